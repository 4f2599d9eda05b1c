/** The API server's own record of who asked it for what: the audit log, read as it grows. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export interface AuditedRequest {
  readonly user: string
  /** `create`, `patch`, `get`, …; watches are left out. */
  readonly verb: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  readonly code: number
  /** Milliseconds since the epoch, with microseconds as a fraction. */
  readonly received: number
  readonly completed: number
}

export interface AuditTrail {
  /** What ended since the last call, in the order of the log. */
  read(): readonly AuditedRequest[]
  /** Reads until none of those that work here asked for anything for so long, ms. The server itself never rests. */
  settle(quietMs?: number): Promise<readonly AuditedRequest[]>
  close(): void
}

interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
}

/** The parts, the harness, and what makes and places the pods of a Job. */
const WORKERS = /^(sortie-|harness$|system:kube-scheduler$|.*:job-controller$)/
const CHUNK = 4 * 2 ** 20

export function openAudit(file: string): AuditTrail {
  const log = openSync(file, 'r')
  const chunk = Buffer.allocUnsafe(CHUNK)
  let offset = 0
  let rest = Buffer.alloc(0)
  const read = (): readonly AuditedRequest[] => {
    const requests: AuditedRequest[] = []
    while (offset < fstatSync(log).size) {
      const count = readSync(log, chunk, 0, CHUNK, offset)
      offset += count
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)])
      const end = bytes.lastIndexOf(10) + 1
      rest = Buffer.from(bytes.subarray(end))
      for (const line of bytes.toString('utf8', 0, end).split('\n')) {
        const request = line === '' ? undefined : parse(line)
        if (request !== undefined) requests.push(request)
      }
    }
    return requests
  }
  return {
    read,
    async settle(quietMs = 1500) {
      const all: AuditedRequest[] = [...read()]
      for (let quietSince = performance.now(); performance.now() - quietSince < quietMs; ) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        const more = read()
        if (more.some(({ user }) => WORKERS.test(user))) quietSince = performance.now()
        for (const request of more) all.push(request)
      }
      return all
    },
    close: () => closeSync(log),
  }
}

function parse(line: string): AuditedRequest | undefined {
  const event = JSON.parse(line) as AuditEvent
  if (event.stage !== 'ResponseComplete' || event.verb === 'watch') return undefined
  return {
    user: event.user.username,
    verb: event.verb,
    resource: event.objectRef?.resource ?? '',
    subresource: event.objectRef?.subresource ?? '',
    name: event.objectRef?.name ?? '',
    code: event.responseStatus?.code ?? 0,
    received: instant(event.requestReceivedTimestamp),
    completed: instant(event.stageTimestamp),
  }
}

/** Six digits of a second, of which Date keeps three. */
function instant(text: string): number {
  return Date.parse(text) + Number(text.slice(-4, -1)) / 1000
}

export function requestsOf(
  requests: readonly AuditedRequest[],
  users: readonly string[],
): readonly AuditedRequest[] {
  return requests.filter(({ user }) => users.includes(user))
}
