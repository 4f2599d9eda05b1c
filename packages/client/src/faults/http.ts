/** HTTP servers for the transport's tests: they answer as a test says and count connections. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface FaultServer {
  readonly url: string
  /** `GET /path?query` of each request, in order of arrival. */
  readonly requests: readonly string[]
  /** Connections open now, and all that ever were. */
  connections(): { readonly open: number; readonly total: number }
  /** Resolves when no connection is open. */
  whenQuiet(): Promise<void>
  close(): Promise<void>
}

export interface Certificate {
  readonly cert: string
  readonly key: string
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Listens on a free port of the loopback. With a certificate it speaks TLS. */
export async function startFaultServer(
  answer: Answer,
  certificate?: Certificate & { readonly ca?: string; readonly requestCert?: boolean },
): Promise<FaultServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let total = 0
  let quiet: (() => void)[] = []
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method} ${request.url}`)
    answer(request, response)
  }
  const server =
    certificate === undefined
      ? http.createServer(listener)
      : https.createServer(certificate, listener)
  server.on('connection', (socket: Socket) => {
    total++
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size > 0) return
      for (const resolve of quiet) resolve()
      quiet = []
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    connections: () => ({ open: sockets.size, total }),
    whenQuiet: () =>
      sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => quiet.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** The path without the query, and the query. */
export function targetOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://server')
}

/**
 * A certificate for the loopback that signs itself.
 * @throws Error where there is no openssl to make it with
 */
export function makeCertificate(commonName: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = 'subjectAltName=DNS:localhost,DNS:api.example,IP:127.0.0.1'
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', keyFile, '-out', certFile]
  const identity = ['-days', '2', '-subj', `/CN=${commonName}`, '-addext', names]
  try {
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...identity], { stdio: 'pipe' })
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  } catch (cause) {
    throw new Error('the TLS tests make their certificates with openssl: install it', { cause })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
