/** What is refused before anything else looks at a request. */
import type { IncomingMessage } from 'node:http'
import { type ApiStatusError, statusError } from '@sortie/machinery'

/** The largest request body, in bytes: what etcd and the API server take by default. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024

const LOCAL_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Refuses requests that a browser was tricked into: another Host means a rebound name, another Origin another page.
 * @throws ApiStatusError Forbidden
 */
export function checkOrigin({ headers }: IncomingMessage): void {
  if (!isLocal(headers.host)) throw refused('the Host header names another machine')
  const { origin } = headers
  if (origin === undefined) return
  const name = /^https?:\/\/(.+)$/.exec(origin)?.[1]
  if (!isLocal(name)) throw refused('the Origin header names another site')
}

function isLocal(host: string | undefined): boolean {
  return LOCAL_NAMES.has((host ?? '').replace(/:\d+$/, '').toLowerCase())
}

function refused(message: string): ApiStatusError {
  return statusError('Forbidden', { message })
}

/** The path and query of a request line. @throws ApiStatusError BadRequest for the absolute form */
export function splitTarget(target: string): {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
} {
  if (!target.startsWith('/') || target.startsWith('//')) {
    throw statusError('BadRequest', { message: 'the request target must be a path' })
  }
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: {} }
  return { path: target.slice(0, mark), query: parseQuery(target.slice(mark + 1)) }
}

/** Of a parameter that comes several times the first counts, as for the API server. */
function parseQuery(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...new URLSearchParams(text)].reverse())
}

/**
 * The whole body of a request; undefined where there is none.
 * @throws ApiStatusError RequestEntityTooLarge as soon as it is known to be
 */
export function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      request.resume()
      reject(tooLarge())
      return
    }
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY_BYTES) reject(tooLarge())
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(size === 0 ? undefined : join(chunks)))
    request.on('error', reject)
    // A request closes when it has been read, too; an error is dear to make.
    request.on('close', () => {
      if (!request.complete) reject(new Error('the client went away'))
    })
  })
}

function join(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

function tooLarge(): ApiStatusError {
  return statusError('RequestEntityTooLarge', {
    message: `Request entity too large: limit is ${MAX_BODY_BYTES}`,
  })
}
