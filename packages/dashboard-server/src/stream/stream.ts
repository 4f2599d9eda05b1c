/** The stream's end on the server: upgrades, beats, and all connections of a session. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { BEAT_MILLIS, STREAM_PROTOCOL, type StreamMode } from '@sortie/api'
import type { Clock, Random, Timer } from '@sortie/machinery'
import { type WebSocket, WebSocketServer } from 'ws'
import { ownerPrefix } from '../source/open.ts'
import { createSourcePool } from '../source/pool.ts'
import { type Connection, openConnection, type StreamUser } from './connection.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'
import { createViews } from './views.ts'

/** Streams of all people together. */
const MAX_CONNECTIONS = 2_000
const FULL = 'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

export interface StreamServer {
  /** Connections that are open. */
  readonly connections: number
  /** Takes a request over that was checked already. `onClose` is called once, when the stream is over. */
  accept(upgrade: Upgrade, user: StreamUser, onClose: () => void): void
  /** Ends all streams of this user. */
  end(user: StreamUser, code: number, reason: string): void
  /** The credentials of this owner are gone: what was watched by them ends. */
  forget(owner: string): void
  close(): Promise<void>
}

export interface StreamServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly mode: StreamMode
  /** Default 2,000. */
  readonly maxConnections?: number
}

export function createStreamServer(options: StreamServerOptions): StreamServer {
  const { clock, random, mode, maxConnections = MAX_CONNECTIONS } = options
  const pool = createSourcePool(clock)
  const views = createViews({ clock, pool })
  const epoch = random.uuid()
  const connections = new Map<Connection, StreamUser>()
  const server = createWebSocketServer(mode)
  let beat: Timer | undefined

  const sendBeats = (): void => {
    beat = connections.size === 0 ? undefined : clock.setTimer(BEAT_MILLIS, sendBeats)
    const message = { type: 'beat', time: clock.now() } as const
    for (const { socket } of connections.keys()) socket.send(message)
  }
  const open = (socket: WebSocket, user: StreamUser, onClose: () => void): void => {
    const connection = openConnection({
      socket,
      user,
      views,
      clock,
      hello: { type: 'hello', protocol: STREAM_PROTOCOL, epoch, time: clock.now(), mode },
      onClose() {
        connections.delete(connection)
        onClose()
      },
    })
    connections.set(connection, user)
    beat ??= clock.setTimer(BEAT_MILLIS, sendBeats)
  }
  return {
    get connections() {
      return connections.size
    },
    accept({ request, socket, head }, user, onClose) {
      if (connections.size >= maxConnections) {
        // Nobody else listens on a socket that is upgraded: a reset would end the process.
        socket.on('error', () => {})
        socket.end(FULL)
        onClose()
        return
      }
      server.handleUpgrade(request, socket, head, (accepted) => open(accepted, user, onClose))
    },
    end(user, code, reason) {
      for (const [connection, other] of connections) {
        if (other === user) connection.end(code, reason)
      }
    },
    forget: (owner) => pool.end(ownerPrefix(owner)),
    async close() {
      beat?.cancel()
      for (const client of server.clients) client.terminate()
      server.close()
      views.close()
      await pool.close()
    },
  }
}

/** Batches go as they are: they are small, and written once for all. Snapshots are compressed, unless nothing is gained by it. */
function createWebSocketServer(mode: StreamMode): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate:
      mode === 'embedded'
        ? false
        : {
            threshold: 4_096,
            concurrencyLimit: 4,
            serverNoContextTakeover: true,
            clientNoContextTakeover: true,
          },
  })
}
