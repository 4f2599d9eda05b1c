/** What a case of the conformance suite is, and what it is given. */
import type { Transport } from '@sortie/machinery'
import type { Answer } from './answer.ts'
import { type Collection, collectionAt, type Send, sender } from './collection.ts'

export type ServerKind = 'embedded' | 'kubernetes'

/** A server to hold the cases against. */
export interface ConformanceServer {
  readonly kind: ServerKind
  /** May do everything. */
  readonly admin: Transport
  /** May do nothing but what every user may. */
  readonly nobody: Transport
  /** Whoever the bearer of this token is; closed with the server. */
  bearer(token: string): Transport
  /** Forgets old history, where the server can be told to. */
  compact?(): Promise<void>
}

export interface ConformanceContext {
  readonly server: ConformanceServer
  /** A fresh one, of this case alone. */
  readonly namespace: string
  readonly send: Send
  /** A name that no other case has, for what stands in no namespace. */
  unique(prefix: string): string
  /** `namespaced('v1', 'pods')`, in the case's namespace. */
  namespaced(groupVersion: string, plural: string): Collection
  /** A collection of a type without namespace, or one across all namespaces. */
  cluster(groupVersion: string, plural: string): Collection
  /** Asks again until it is so. @throws Error after 45 seconds (the garbage collector learns of new kinds every 30), with the last answer */
  eventually(ask: () => Promise<Answer>, accept: (answer: Answer) => boolean): Promise<Answer>
}

export type CaseRun = (context: ConformanceContext) => Promise<void>

export interface ConformanceCase {
  readonly group: string
  /** A sentence. */
  readonly name: string
  readonly run: CaseRun
}

export type CaseTable = Readonly<Record<string, CaseRun>>

export function casesOf(group: string, table: CaseTable): ConformanceCase[] {
  return Object.entries(table).map(([name, run]) => ({ group, name, run }))
}

export const rootOf = (groupVersion: string): string =>
  groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`

const PATIENCE_MS = 45_000
const PAUSE_MS = 50

export function contextFor(server: ConformanceServer, namespace: string): ConformanceContext {
  const { admin } = server
  return {
    server,
    namespace,
    send: sender(admin),
    unique: (prefix) => `${prefix}-${namespace}`,
    namespaced: (groupVersion, plural) =>
      collectionAt(admin, `${rootOf(groupVersion)}/namespaces/${namespace}/${plural}`),
    cluster: (groupVersion, plural) => collectionAt(admin, `${rootOf(groupVersion)}/${plural}`),
    async eventually(ask, accept) {
      const deadline = performance.now() + PATIENCE_MS
      for (;;) {
        const answer = await ask()
        if (accept(answer)) return answer
        if (performance.now() > deadline) {
          throw new Error(`it never came to be: ${JSON.stringify(answer.body).slice(0, 1_500)}`)
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    },
  }
}
