/** What became of a task's attempts, one pod each. Pure. */
import type { ContainerRow, PodRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'

export interface Attempt {
  readonly pod: PodRow
  /** Milliseconds waited for an aircraft, until it ran, and for which it ran; missing where it did not get there. */
  readonly queued: number
  readonly placed?: number
  readonly ran?: number
}

/** Newest first; what still lasts is counted up to `now`. */
export function attemptsOf(pods: readonly PodRow[], now: Instant): readonly Attempt[] {
  return pods.toSorted((a, b) => b.created - a.created).map((pod) => attemptOf(pod, now))
}

function attemptOf(pod: PodRow, now: Instant): Attempt {
  const { created, scheduled, started, finished } = pod
  const end = finished ?? now
  return {
    pod,
    queued: (scheduled ?? started ?? end) - created,
    ...(scheduled === undefined ? {} : { placed: (started ?? end) - scheduled }),
    ...(started === undefined ? {} : { ran: end - started }),
  }
}

/** The task's own container first, then weapons, then what prepared the pod. */
export function orderContainers(containers: readonly ContainerRow[]): readonly ContainerRow[] {
  const rank = { task: 0, sidecar: 1, init: 2 }
  return containers.toSorted((a, b) => rank[a.role] - rank[b.role])
}
