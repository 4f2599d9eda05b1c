/** What a browser asks of a dashboard, by whatever name it reached it. */
import { once } from 'node:events'
import { type RequestOptions, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'

type Headers = Readonly<Record<string, string>>

export interface Reply {
  readonly status: number | undefined
  readonly cookie: string | undefined
  readonly body: string
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Unlike fetch it sends the Host that it is told. */
export function get(port: number, path: string, headers: Headers): Promise<Reply> {
  return ask({ port, path, headers })
}

export function signIn(port: number, host: string, token: string): Promise<Reply> {
  const ours = { origin: `http://${host}`, 'x-sortie-csrf': '1' }
  const headers = { host, ...ours, 'content-type': 'application/json' }
  return ask({ port, path: '/api/session', method: 'POST', headers }, JSON.stringify({ token }))
}

function ask(options: RequestOptions, body?: string): Promise<Reply> {
  return new Promise((done, fail) => {
    const asked = request({ host: '127.0.0.1', ...options }, (reply) => {
      let text = ''
      reply.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      reply.on('end', () =>
        done({ status: reply.statusCode, cookie: reply.headers['set-cookie']?.[0], body: text }),
      )
    })
    asked.on('error', fail)
    asked.end(body)
  })
}
