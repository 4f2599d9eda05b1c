/** For tests: as much of a browser as speaks with the server. Headers can be what no browser would send. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import {
  type ClientMessage,
  CSRF_HEADER,
  type Row,
  type RowKind,
  type Scope,
  type ServerMessage,
  type SubscriptionState,
} from '@sortie/api'
import { WebSocket } from 'ws'
import { until } from './site.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly bytes: Buffer
  json<T = Record<string, unknown>>(): T
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

export class Browser {
  readonly url: string
  cookie: string | undefined

  constructor(url: string) {
    this.url = url
  }

  get(path: string, headers: Ask['headers'] = {}): Promise<Reply> {
    return this.ask(path, { headers })
  }

  /** A header given as undefined is left out. */
  async ask(path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Reply> {
    const unsafe = method !== 'GET' && method !== 'HEAD'
    const usual = {
      ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
      ...(unsafe ? { origin: this.url, [CSRF_HEADER]: '1', 'sec-fetch-site': 'same-origin' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    // Node frames no body of a DELETE by itself.
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
    const reply = await send(this.url, {
      path,
      method,
      headers: { ...usual, ...length, ...headers },
      body: text,
    })
    const given = reply.headers['set-cookie']?.[0]?.split(';')[0]
    if (given !== undefined) this.cookie = given
    return reply
  }

  async signIn(token: string): Promise<Reply> {
    const reply = await this.ask('/api/session', { method: 'POST', body: { token } })
    if (reply.status !== 200) throw new Error(`sign-in: ${reply.status} ${reply.text}`)
    return reply
  }

  /** Opens the stream. @throws Error with the status where it is refused */
  async stream(headers: Readonly<Record<string, string>> = {}): Promise<Stream> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/api/stream`, {
      headers: { cookie: this.cookie ?? '', origin: this.url, ...headers },
    })
    const stream = new Stream(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('unexpected-response', (request, response) => {
        request.destroy()
        reject(new Error(String(response.statusCode)))
      })
      socket.once('error', reject)
    })
    return stream
  }
}

interface Sending {
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string | undefined
}

/** By node:http: fetch would mend the paths and headers that attacks are made of. */
function send(url: string, { path, method, headers, body }: Sending): Promise<Reply> {
  const { hostname, port } = new URL(url)
  const given = Object.entries(headers).filter(
    (header): header is [string, string] => header[1] !== undefined,
  )
  return new Promise((resolve, reject) => {
    const options = {
      hostname,
      port,
      path,
      method,
      headers: Object.fromEntries(given),
      agent: false,
    }
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const text = bytes.toString('utf8')
        const { statusCode: status = 0, headers: received } = response
        resolve({ status, headers: received, text, bytes, json: () => JSON.parse(text) })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** What a browser holds of one subscription. */
export class Held {
  readonly rows = new Map<string, Row>()
  readonly states: SubscriptionState[] = []
  snapshots = 0
  batches = 0

  get state(): string | undefined {
    return this.states.at(-1)?.state
  }

  names(): string[] {
    return [...this.rows.values()].map(({ name }) => name).sort()
  }

  byUid(): Record<string, Row> {
    return Object.fromEntries([...this.rows].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

export class Stream {
  readonly socket: WebSocket
  /** Texts as they came. */
  readonly texts: string[] = []
  readonly messages: ServerMessage[] = []
  readonly held = new Map<number, Held>()
  closed: { readonly code: number; readonly reason: string } | undefined
  #nextId = 1

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.#receive(String(data)))
    socket.on('error', () => {})
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
    })
  }

  subscribe(kind: RowKind, scope: Scope = {}): Held {
    const id = this.#nextId++
    const held = new Held()
    this.held.set(id, held)
    this.say({ type: 'subscribe', id, kind, scope })
    return held
  }

  /** Subscribes, and waits for rows or for the reason why there are none. */
  async show(kind: RowKind, scope: Scope = {}): Promise<Held> {
    const held = this.subscribe(kind, scope)
    await until(() => held.state !== undefined, `the state of ${kind}`)
    return held
  }

  say(message: ClientMessage | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  close(): void {
    this.socket.terminate()
  }

  #receive(text: string): void {
    this.texts.push(text)
    const message = JSON.parse(text) as ServerMessage
    this.messages.push(message)
    const held = 'id' in message ? this.held.get(message.id) : undefined
    if (held === undefined) return
    if (message.type === 'state') held.states.push(message)
    else if (message.type === 'snapshot') {
      if (message.first) held.rows.clear()
      for (const row of message.rows) held.rows.set(row.uid, row)
      if (message.last) held.snapshots++
    } else if (message.type === 'batch') {
      held.batches++
      for (const row of message.upserts) held.rows.set(row.uid, row)
      for (const uid of message.deletes) held.rows.delete(uid)
    }
  }
}
