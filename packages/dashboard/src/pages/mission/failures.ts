/** Which attempts of tasks have failed, and what became of them: from pods while they are kept, else from the task's own record. Pure. */
import type { FlightTaskRow, PodRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'

/** `again`: a later attempt was made; `waits`: one will be; `last`: the task has failed; `open`: its controller has not said yet. */
export type Sequel = 'again' | 'waits' | 'last' | 'open'

export interface Failure {
  /** Of the pod, or made of the task's where there is none any more. */
  readonly uid: string
  readonly task: FlightTaskRow
  /** From 0. */
  readonly attempt: number
  readonly at?: Instant | undefined
  readonly node?: string | undefined
  /** In the cluster's own words; empty where nobody knows any more. */
  readonly why: string
  /** The container that ended with an error. */
  readonly exit?: { readonly container: string; readonly code: number } | undefined
  readonly sequel: Sequel
}

/** The latest first; those without a time last. */
export function failuresOf(
  tasks: readonly FlightTaskRow[],
  pods: readonly PodRow[],
): readonly Failure[] {
  const podsOf = Map.groupBy(pods, ({ flightTask }) => flightTask)
  return tasks
    .flatMap((task) => failuresOfTask(task, podsOf.get(task.name) ?? []))
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0) || b.attempt - a.attempt)
}

function failuresOfTask(task: FlightTaskRow, pods: readonly PodRow[]): readonly Failure[] {
  const failed = pods.filter(({ phase }) => phase === 'Failed')
  const seen = failed.map((pod) => ({
    uid: pod.uid,
    task,
    attempt: pod.attempt,
    at: pod.finished,
    node: pod.node,
    why: [pod.reason, pod.message].filter(Boolean).join(' · '),
    exit: exitOf(pod),
    sequel: sequelOf(task, pod, pods),
  }))
  const all = [...seen, ...recordedFailures(task, pods)]
  if (task.phase !== 'Failed' || seen.some(({ sequel }) => sequel === 'last')) return all
  const { uid, retries: attempt, completed: at, node, message = '' } = task
  return [...all, { uid, task, attempt, at, node, why: message, sequel: 'last' as const }]
}

/**
 * Attempts that the task counts as failed and tried again, of which no failed pod is left: that there were any is all that is known of
 * them, but for the last while the next is waited for, which the task's message tells.
 */
export function recordedFailures(task: FlightTaskRow, pods: readonly PodRow[]): readonly Failure[] {
  const kept = new Set(pods.filter(({ phase }) => phase === 'Failed').map((pod) => pod.attempt))
  return Array.from({ length: task.retries }, (_, attempt): Failure => {
    const isWaiting = task.nextRetry !== undefined && attempt === task.retries - 1
    return {
      uid: `${task.uid}/${attempt}`,
      task,
      attempt,
      why: (isWaiting && task.message) || '',
      sequel: isWaiting ? 'waits' : 'again',
    }
  }).filter(({ attempt }) => !kept.has(attempt))
}

function exitOf({ containers }: PodRow): Failure['exit'] {
  for (const { name, exitCode = 0 } of containers) {
    if (exitCode !== 0) return { container: name, code: exitCode }
  }
  return undefined
}

function sequelOf(task: FlightTaskRow, pod: PodRow, pods: readonly PodRow[]): Sequel {
  if (pods.some(({ created, attempt }) => attempt > pod.attempt || created > pod.created)) {
    return 'again'
  }
  if (task.phase === 'Failed') return 'last'
  return task.nextRetry === undefined ? 'open' : 'waits'
}
