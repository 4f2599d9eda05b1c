/** What a browser may say, checked: nothing of a message is taken that the protocol does not have. */
import type { ClientMessage, LogSource, RowKind, Scope } from '@sortie/api'
import { isJsonObject } from '@sortie/machinery'
import { RESOURCE_OF } from '../source/open.ts'

/** Longest message that is read, in bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024
const MAX_NAME = 512
const MAX_TAIL_LINES = 100_000

/** Undefined where the text is no message of the protocol. */
export function parseMessage(text: string): ClientMessage | undefined {
  const message = readJson(text)
  if (!isJsonObject(message)) return undefined
  const { type, id } = message
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return undefined
  if (type === 'unsubscribe') return { type, id }
  if (type === 'subscribe') return subscription(id, message['kind'], message['scope'])
  if (type === 'logs') return logs(id, message['source'])
  return undefined
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRowKind(kind: unknown): kind is RowKind {
  return typeof kind === 'string' && (kind === 'summary' || Object.hasOwn(RESOURCE_OF, kind))
}

function subscription(id: number, kind: unknown, scope: unknown): ClientMessage | undefined {
  if (!isRowKind(kind) || !isJsonObject(scope)) return undefined
  const { namespace, mission, of } = scope
  const texts = { namespace, mission, of }
  if (!Object.values(texts).every(isNameOrMissing)) return undefined
  const given = Object.entries(texts).filter(([, text]) => text !== undefined)
  return { type: 'subscribe', id, kind, scope: Object.fromEntries(given) as Scope }
}

function logs(id: number, source: unknown): ClientMessage | undefined {
  if (!isJsonObject(source)) return undefined
  const { namespace, pod, container, follow, previous, tailLines } = source
  if (![namespace, pod, container].every(isPathName)) return undefined
  if (typeof follow !== 'boolean') return undefined
  if (previous !== undefined && typeof previous !== 'boolean') return undefined
  if (tailLines !== undefined && !isTail(tailLines)) return undefined
  const checked: LogSource = {
    namespace: namespace as string,
    pod: pod as string,
    container: container as string,
    follow,
    ...(previous === true ? { previous } : {}),
    ...(tailLines === undefined ? {} : { tailLines: tailLines as number }),
  }
  return { type: 'logs', id, source: checked }
}

function isNameOrMissing(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'string' && value !== '' && value.length <= MAX_NAME)
  )
}

/** Names that become part of a path upstream: what Kubernetes allows, and no more. */
function isPathName(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(value)
}

function isTail(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_TAIL_LINES
}
