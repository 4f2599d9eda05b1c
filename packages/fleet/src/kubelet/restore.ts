/** Takes up again a pod that an earlier process of the fleet had started, from what its status says. */
import type { ContainerStatus, Instant, Pod } from '@sortie/machinery'
import { parseTime } from '@sortie/machinery'
import type { ContainerRun, Ending } from './containerrun.ts'
import type { PodRun } from './podrun.ts'
import type { ContainerScript, PodScript } from './script.ts'

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>

/** The run that the pod's status describes, and its deletion, whose grace runs already; undefined where no kubelet has taken it in yet. */
export function restoreRun(pod: Pod, script: PodScript, now: Instant): PodRun | undefined {
  const startedAt = parseTime(pod.status?.startTime)
  if (startedAt === undefined) return undefined
  const statuses = new Map<string, ContainerStatus>()
  for (const status of pod.status?.initContainerStatuses ?? []) statuses.set(status.name, status)
  for (const status of pod.status?.containerStatuses ?? []) statuses.set(status.name, status)
  const containers = script.containers.map((container) =>
    restoreContainer(statuses.get(container.name), container, now),
  )
  const deadline = parseTime(pod.metadata.deletionTimestamp)
  if (deadline === undefined) return { script, startedAt, containers }
  return { script, startedAt, containers, stop: { deadline: Math.max(now, deadline) } }
}

function restoreContainer(
  status: ContainerStatus | undefined,
  script: ContainerScript,
  now: Instant,
): ContainerRun {
  const restarts = status?.restartCount ?? 0
  const last = status?.lastState?.terminated
  const base = {
    restarts,
    pulls: 1,
    ...(last === undefined ? {} : { lastEnding: endingOf(last, now) }),
  }
  const { running, terminated } = status?.state ?? {}
  if (terminated !== undefined) {
    return { ...base, phase: 'terminated', ending: endingOf(terminated, now) }
  }
  if (running === undefined) return { ...base, pulls: 0, phase: 'waiting' }
  const startedAt = parseTime(running.startedAt) ?? now
  const end = startedAt + script.durationMs
  return {
    ...base,
    phase: 'running',
    startedAt,
    ...(Number.isFinite(end) ? { dueAt: Math.max(now, end) } : {}),
  }
}

function endingOf(state: Terminated, now: Instant): Ending {
  return {
    exitCode: state.exitCode,
    reason: state.reason ?? '',
    startedAt: parseTime(state.startedAt) ?? now,
    finishedAt: parseTime(state.finishedAt) ?? now,
  }
}
