/** One tab's stream: its subscriptions and logs, by what its person may see. */
import { type ClientMessage, type Hello, type RowKind, type Scope, STREAM_CLOSE } from '@sortie/api'
import type { Clock, Transport } from '@sortie/machinery'
import type { WebSocket } from 'ws'
import type { AccessGate } from '../access/gate.ts'
import { followLog, type LogFollower } from './logs.ts'
import { parseMessage } from './messages.ts'
import { createStreamSocket, type StreamSocket } from './socket.ts'
import { createSubscription, type Subscription } from './subscription.ts'
import { refusal, type Views, type Watcher } from './views.ts'

/** Subscriptions and logs of one tab. */
const MAX_OPEN = 100

/** Whose stream it is. */
export interface StreamUser {
  readonly gate: AccessGate
  readonly watcher: Watcher
  /** By the person's own credentials: for logs. */
  readonly transport: Transport
}

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly user: StreamUser
  readonly views: Views
  readonly clock: Clock
  readonly hello: Hello
  onClose(): void
}

export interface Connection {
  readonly socket: StreamSocket
  end(code: number, reason: string): void
}

interface Held {
  readonly kind: RowKind
  readonly scope: Scope
  readonly subscription: Subscription
}

export function openConnection(options: ConnectionOptions): Connection {
  const { user, views } = options
  const socket = createStreamSocket(options.socket)
  const subscriptions = new Map<number, Held>()
  const logs = new Map<number, LogFollower>()

  const bind = ({ kind, scope, subscription }: Held): void => {
    const { access } = user.gate
    if (access.state === 'asking') return
    if (access.state === 'unanswered') {
      subscription.refuse({ state: 'error', message: access.message }, 'keep')
      return
    }
    const wanted = { kind, scope, grant: access.grants[kind] }
    const missing = refusal(wanted)
    if (missing === undefined) subscription.show(views.find(user.watcher, wanted))
    else subscription.refuse({ state: 'forbidden', message: missing }, 'drop')
  }
  const close = (id: number): void => {
    subscriptions.get(id)?.subscription.end()
    subscriptions.delete(id)
    logs.get(id)?.close()
    logs.delete(id)
  }
  const take = (message: ClientMessage): void => {
    const { id } = message
    close(id)
    if (message.type === 'unsubscribe') return
    if (subscriptions.size + logs.size >= MAX_OPEN) {
      socket.end(STREAM_CLOSE.protocol, `more than ${MAX_OPEN} subscriptions`)
    } else if (message.type === 'logs') {
      logs.set(id, startLog(options, socket, { ...message, onEnd: () => logs.delete(id) }))
    } else {
      const { kind, scope } = message
      const held = { kind, scope, subscription: createSubscription(socket, id) }
      subscriptions.set(id, held)
      if (scope.namespace !== undefined) user.gate.consider(scope.namespace)
      bind(held)
    }
  }
  const ignore = user.gate.listen(() => {
    for (const held of subscriptions.values()) bind(held)
  })
  options.socket.on('message', (data, isBinary) => {
    const message = isBinary ? undefined : parseMessage(String(data))
    if (message === undefined) socket.end(STREAM_CLOSE.protocol, 'no message of the protocol')
    else take(message)
  })
  // What went wrong on the line shows as its close.
  options.socket.on('error', () => {})
  options.socket.on('close', () => {
    ignore()
    for (const id of [...subscriptions.keys(), ...logs.keys()]) close(id)
    options.onClose()
  })
  socket.send(options.hello)
  return { socket, end: (code, reason) => socket.end(code, reason) }
}

function startLog(
  { user, clock }: ConnectionOptions,
  socket: StreamSocket,
  { id, source, onEnd }: Extract<ClientMessage, { type: 'logs' }> & { onEnd(): void },
): LogFollower {
  return followLog({ id, source, socket, clock, transport: user.transport, onEnd })
}
