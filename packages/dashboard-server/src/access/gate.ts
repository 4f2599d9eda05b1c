/**
 * The access gate: what one person may be shown, asked of the API server with that person's own credentials while the person
 * looks, and again every minute.
 *
 * Threat: in the mode `hub` the server itself may read everything, so this module alone stands between a person and rows that
 * are not theirs. Hence it fails closed. Before the first answer nothing is granted; an answer that does not come takes back
 * what was granted; an incomplete answer is no. Nothing is derived from roles and bindings, which a webhook authorizer has not.
 * What is left: a right that is taken away shows for up to a minute, and a namespace that is new is seen that much later.
 */
import type { Client } from '@sortie/client'
import { ApiStatusError, type Clock, type Logger, type Timer } from '@sortie/machinery'
import { ALL_GRANTED, type Grants, NOTHING_GRANTED, sameGrants } from './grants.ts'
import { reviewGrants } from './reviews.ts'

/** How often a person's rights are asked for while the person looks. */
export const REVIEW_MILLIS = 60_000

/** What is known of a person's rights. */
export type Access =
  /** Not asked yet. */
  | { readonly state: 'asking' }
  | { readonly state: 'granted'; readonly grants: Grants }
  /** The question stayed without answer: nothing is shown. */
  | { readonly state: 'unanswered'; readonly message: string }

export interface AccessGate {
  readonly access: Access
  /** Asks while somebody listens; calls back when the answer changes. The function returned ends it. */
  listen(onChange: () => void): () => void
  /** Someone looks at a namespace that a list of namespaces may not tell: asks about it too. */
  consider(namespace: string): void
}

export interface GateOptions {
  /** With the person's own credentials, and without retries. */
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** Namespaces to ask about where the cluster as a whole may not be listed. */
  namespaces(): Promise<readonly string[]>
}

/** Grants everything: for a server that is one person's own. */
export function openGate(): AccessGate {
  return {
    access: { state: 'granted', grants: ALL_GRANTED },
    listen: () => () => {},
    consider() {},
  }
}

export function createAccessGate(options: GateOptions): AccessGate {
  const { client, clock, log } = options
  const listeners = new Set<() => void>()
  const considered = new Set<string>()
  let access: Access = { state: 'asking' }
  let timer: Timer | undefined
  /** Answers of a round that began before the last one are not used. */
  let round = 0

  const namespaces = async (): Promise<readonly string[]> => [
    ...new Set([...(await options.namespaces()), ...considered]),
  ]
  const settle = (next: Access): void => {
    const same = sameAccess(access, next)
    access = next
    if (same) return
    for (const listener of [...listeners]) listener()
  }
  const ask = async (): Promise<void> => {
    timer?.cancel()
    round++
    const mine = round
    const next = await answer(client, namespaces)
    if (mine !== round || listeners.size === 0) return
    if (next.state === 'unanswered') log.warn('access not answered', { message: next.message })
    timer = clock.setTimer(REVIEW_MILLIS, () => void ask())
    settle(next)
  }
  return {
    get access() {
      return access
    },
    listen(onChange) {
      listeners.add(onChange)
      if (listeners.size === 1) void ask()
      return () => {
        listeners.delete(onChange)
        if (listeners.size > 0) return
        timer?.cancel()
        round++
        // Whoever comes next is asked about anew.
        access = { state: 'asking' }
      }
    },
    consider(namespace) {
      if (considered.has(namespace) || considered.size >= MAX_CONSIDERED) return
      considered.add(namespace)
      if (listeners.size > 0) void ask()
    },
  }
}

/** Namespaces that somebody may make the gate ask about by naming them. */
const MAX_CONSIDERED = 100

async function answer(
  client: Client,
  namespaces: () => Promise<readonly string[]>,
): Promise<Access> {
  try {
    return { state: 'granted', grants: await reviewGrants(client, namespaces) }
  } catch (error) {
    // The token is no longer taken: that is an answer.
    if (error instanceof ApiStatusError && error.code === 401) {
      return { state: 'granted', grants: NOTHING_GRANTED }
    }
    return { state: 'unanswered', message: error instanceof Error ? error.message : String(error) }
  }
}

function sameAccess(a: Access, b: Access): boolean {
  if (a.state === 'granted' && b.state === 'granted') return sameGrants(a.grants, b.grants)
  return a.state === b.state
}
