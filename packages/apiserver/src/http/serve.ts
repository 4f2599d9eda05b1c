/** The server on the loopback interface, by node:http. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ApiRequest, failureStatus, type HttpMethod } from '@sortie/machinery'
import type { UserInfo } from '../registry/definition.ts'
import type { Answer } from '../server/answer.ts'
import type { ApiServer } from '../server/apiserver.ts'
import { createTokenAuthenticator, tokenOf } from './authentication.ts'
import { encodeBody, encodeObject } from './encoding.ts'

export interface ServeOptions {
  readonly host?: '127.0.0.1'
  readonly port: number
  /** Bearer tokens and who comes by each. */
  readonly tokens: ReadonlyMap<string, UserInfo>
}

export interface HttpService {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

export async function serveHttp(server: ApiServer, options: ServeOptions): Promise<HttpService> {
  const host = options.host ?? '127.0.0.1'
  const http = createServer((request, response) => {
    void answer(server, options, { request, response })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(options.port, host, resolve)
  })
  const { port } = http.address() as AddressInfo
  return { url: `http://${host}:${port}`, port, close: () => closeServer(http) }
}

function closeServer(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve())
    http.closeAllConnections()
  })
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

async function answer(server: ApiServer, options: ServeOptions, exchange: Exchange): Promise<void> {
  const { request, response } = exchange
  const token = tokenOf(request.headers.authorization)
  const user =
    token === undefined ? undefined : createTokenAuthenticator(options.tokens).userOf(token)
  if (user === undefined) {
    const status = failureStatus('Unauthorized', { message: 'Unauthorized' })
    response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(status))
    return
  }
  const body = await readBody(request)
  const url = new URL(request.url ?? '/', 'http://localhost')
  const apiRequest: ApiRequest = {
    method: (request.method ?? 'GET') as HttpMethod,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers as Record<string, string>,
    ...(body === undefined ? {} : { body }),
  }
  send(await server.serve(apiRequest, user), response)
}

function send(answer: Answer, response: ServerResponse): void {
  if (answer.kind === 'response') {
    const { status, headers, body } = answer.response
    response.writeHead(status, headers).end(encodeBody(body))
    return
  }
  if (answer.kind === 'stream') {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const stream = answer.open({
      onChunk: (chunk) => response.write(chunk),
      onEnd: () => response.end(),
    })
    response.on('close', () => stream.close())
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const stream = answer.open({
    onEvent: ({ type, object }) => {
      response.write(`{"type":"${type}","object":${encodeObject(object)}}\n`)
    },
    onFlush: () => {},
    onEnd: () => response.end(),
  })
  response.on('close', () => stream.close())
}

function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 0 ? undefined : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}
