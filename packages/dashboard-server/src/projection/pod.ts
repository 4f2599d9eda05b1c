/** Pod to row. */
import { ANNOTATIONS, type ContainerRow, LABELS, type PodRow } from '@sortie/api'
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  Stored,
} from '@sortie/machinery'
import { identity, millis, rowOf, said } from './row.ts'

const NO_WORK: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', 'Completed'])

export function podRow(pod: Stored<Pod>): PodRow {
  const { metadata, spec, status } = pod
  const labels = metadata.labels ?? {}
  const containers = containersOf(pod)
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const main = containers.filter(({ role }) => role === 'task')
  return rowOf<PodRow>({
    ...identity(pod),
    flightTask: said(labels[LABELS.flightTask]),
    mission: said(labels[LABELS.mission]),
    stage: said(labels[LABELS.stage]),
    attempt: attemptOf(pod),
    phase: status?.phase ?? 'Pending',
    node: said(spec.nodeName),
    ...trouble(pod, scheduled, containers),
    scheduled: scheduled?.status === 'True' ? millis(scheduled.lastTransitionTime) : undefined,
    started: least(main.map(({ started }) => started)),
    finished: finishedAt(status?.phase, main),
    containers,
  })
}

function attemptOf({ metadata }: Stored<Pod>): number {
  const attempt = Number(metadata.annotations?.[ANNOTATIONS.attempt] ?? 0)
  return Number.isInteger(attempt) && attempt >= 0 ? attempt : 0
}

/** Why it does not run, or did not end well: the pod's own word, else the scheduler's, else a container's. */
function trouble(
  { status }: Stored<Pod>,
  scheduled: PodCondition | undefined,
  containers: readonly ContainerRow[],
): { readonly reason: string | undefined; readonly message: string | undefined } {
  if (said(status?.reason) !== undefined) {
    return { reason: said(status?.reason), message: said(status?.message) }
  }
  if (scheduled?.status === 'False') {
    return { reason: said(scheduled.reason), message: said(scheduled.message) }
  }
  // What a sidecar does when the work is done is nobody's trouble.
  if (status?.phase === 'Succeeded') return { reason: undefined, message: undefined }
  const blamed = containers.find(
    ({ state, reason, exitCode }) =>
      (state === 'waiting' && reason !== undefined && !NO_WORK.has(reason)) ||
      (state === 'terminated' && (exitCode ?? 0) !== 0),
  )
  return {
    reason: blamed?.reason,
    message: said(status?.message) ?? waitingMessage(status?.containerStatuses, blamed?.name),
  }
}

function waitingMessage(
  statuses: readonly ContainerStatus[] | undefined,
  name: string | undefined,
): string | undefined {
  const state = statuses?.find((status) => status.name === name)?.state
  return said(state?.waiting?.message) ?? said(state?.terminated?.message)
}

function containersOf({ spec, status }: Stored<Pod>): readonly ContainerRow[] {
  const rows: ContainerRow[] = []
  const add = (
    list: readonly Container[] | undefined,
    statuses: readonly ContainerStatus[] | undefined,
    roleOf: (container: Container) => ContainerRow['role'],
  ): void => {
    for (const container of list ?? []) {
      const found = statuses?.find(({ name }) => name === container.name)
      rows.push(containerRow(container, found, roleOf(container)))
    }
  }
  add(spec.initContainers, status?.initContainerStatuses, ({ restartPolicy }) =>
    restartPolicy === 'Always' ? 'sidecar' : 'init',
  )
  add(spec.containers, status?.containerStatuses, ({ name }) =>
    name.startsWith('weapon-') ? 'sidecar' : 'task',
  )
  return rows
}

function containerRow(
  container: Container,
  status: ContainerStatus | undefined,
  role: ContainerRow['role'],
): ContainerRow {
  const state = status?.state
  const ended = state?.terminated
  return rowOf<ContainerRow>({
    name: container.name,
    role,
    image: said(container.image) ?? status?.image ?? '',
    state: stateOf(state),
    reason: said(state?.waiting?.reason) ?? said(ended?.reason),
    restarts: status?.restartCount ?? 0,
    exitCode: ended?.exitCode,
    started: millis(state?.running?.startedAt) ?? millis(ended?.startedAt),
    finished: millis(ended?.finishedAt),
  })
}

function stateOf(state: ContainerState | undefined): ContainerRow['state'] {
  if (state?.running !== undefined) return 'running'
  if (state?.terminated !== undefined) return 'terminated'
  return state?.waiting === undefined ? 'unknown' : 'waiting'
}

function finishedAt(phase: string | undefined, main: readonly ContainerRow[]): number | undefined {
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined
  const times = main.flatMap(({ finished }) => (finished === undefined ? [] : [finished]))
  return times.length === 0 ? undefined : Math.max(...times)
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
