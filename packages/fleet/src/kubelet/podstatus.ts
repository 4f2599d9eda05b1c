/** What a kubelet says about a pod: the machine's state as a PodStatus. */
import type {
  ContainerState,
  ContainerStatus,
  Instant,
  Pod,
  PodCondition,
  PodStatus,
} from '@sortie/machinery'
import { formatTime, stableHash } from '@sortie/machinery'
import type { ContainerRun, Ending } from './containerrun.ts'
import type { PodRun } from './podrun.ts'
import type { ContainerScript } from './script.ts'

export interface StatusContext {
  readonly pod: Pod
  readonly hostIP: string
  readonly now: Instant
}

/** The whole status, with the times of conditions that did not change kept as they were. */
export function statusOf(run: PodRun, context: StatusContext): PodStatus {
  const statuses = run.containers.map((container, index) =>
    containerStatus(container, scriptAt(run, index), context.pod),
  )
  const isInit = (index: number): boolean => scriptAt(run, index).role !== 'main'
  const initStatuses = statuses.filter((_, index) => isInit(index))
  const { outcome } = run
  return {
    phase: phaseOf(run),
    conditions: conditionsOf(run, context),
    ...(outcome?.reason === undefined ? {} : { reason: outcome.reason }),
    ...(outcome?.message === undefined ? {} : { message: outcome.message }),
    startTime: formatTime(run.startedAt),
    hostIP: context.hostIP,
    podIP: podAddress(context.pod),
    ...(initStatuses.length === 0 ? {} : { initContainerStatuses: initStatuses }),
    containerStatuses: statuses.filter((_, index) => !isInit(index)),
  }
}

function scriptAt(run: PodRun, index: number): ContainerScript {
  const script = run.script.containers[index]
  if (script === undefined) throw new RangeError('a run has as many containers as its script')
  return script
}

/** Pending until the first main container has started, then Running, then what the outcome says. */
function phaseOf(run: PodRun): NonNullable<PodStatus['phase']> {
  if (run.outcome !== undefined) return run.outcome.phase
  return run.containers.some(
    (container, index) => scriptAt(run, index).role === 'main' && hasStarted(container),
  )
    ? 'Running'
    : 'Pending'
}

function hasStarted({ phase, lastEnding }: ContainerRun): boolean {
  return phase === 'running' || phase === 'terminated' || lastEnding !== undefined
}

function conditionsOf(run: PodRun, { pod, now }: StatusContext): readonly PodCondition[] {
  const isInitialized = run.containers.every(
    (container, index) =>
      scriptAt(run, index).role === 'main' ||
      container.ending?.exitCode === 0 ||
      (scriptAt(run, index).role === 'sidecar' && hasStarted(container)),
  )
  const isReady =
    run.outcome === undefined &&
    run.containers.every(
      (container, index) => scriptAt(run, index).role === 'init' || container.phase === 'running',
    )
  const notReady = isReady ? undefined : notReadyReason(run)
  const wanted: readonly PodCondition[] = [
    { type: 'PodScheduled', status: 'True' },
    condition('Initialized', isInitialized, isInitialized ? undefined : 'ContainersNotInitialized'),
    condition('ContainersReady', isReady, notReady),
    condition('Ready', isReady, notReady),
  ]
  const before = pod.status?.conditions ?? []
  const ours = new Set(wanted.map(({ type }) => type))
  const others = before.filter(({ type }) => !ours.has(type))
  return [...others, ...wanted.map((next) => stamp(next, before, now))]
}

function condition(type: string, holds: boolean, reason: string | undefined): PodCondition {
  return { type, status: holds ? 'True' : 'False', ...(reason === undefined ? {} : { reason }) }
}

function notReadyReason(run: PodRun): string {
  if (run.outcome?.phase === 'Succeeded') return 'PodCompleted'
  return run.outcome?.phase === 'Failed' ? 'PodFailed' : 'ContainersNotReady'
}

function stamp(next: PodCondition, before: readonly PodCondition[], now: Instant): PodCondition {
  const last = before.find(({ type }) => type === next.type)
  const isSame = last?.status === next.status && last.lastTransitionTime !== undefined
  return { ...next, lastTransitionTime: isSame ? last.lastTransitionTime : formatTime(now) }
}

function containerStatus(run: ContainerRun, script: ContainerScript, pod: Pod): ContainerStatus {
  const wasStarted = run.phase === 'running' || run.phase === 'terminated'
  const ready =
    run.phase === 'running' ||
    (script.role === 'init' && run.ending !== undefined && run.ending.exitCode === 0)
  return {
    name: script.name,
    state: stateOf(run),
    ...(run.lastEnding === undefined
      ? {}
      : { lastState: { terminated: endingState(run.lastEnding) } }),
    ready,
    started: run.phase === 'running',
    restartCount: run.restarts,
    image: script.image,
    imageID: wasStarted ? `sha256:${imageDigest(script.image)}` : '',
    ...(wasStarted ? { containerID: containerId(script, run, pod) } : {}),
  }
}

function stateOf(run: ContainerRun): ContainerState {
  if (run.phase === 'running') return { running: { startedAt: formatTime(run.startedAt ?? 0) } }
  if (run.phase === 'terminated' && run.ending !== undefined) {
    return { terminated: endingState(run.ending) }
  }
  const message = run.message === undefined ? {} : { message: run.message }
  return { waiting: { reason: run.reason ?? 'PodInitializing', ...message } }
}

function endingState(ending: Ending): NonNullable<ContainerState['terminated']> {
  return {
    exitCode: ending.exitCode,
    reason: ending.reason,
    startedAt: formatTime(ending.startedAt),
    finishedAt: formatTime(ending.finishedAt),
  }
}

function imageDigest(image: string): string {
  return stableHash(image).repeat(4).slice(0, 32)
}

function containerId(script: ContainerScript, run: ContainerRun, pod: Pod): string {
  return `sortie://${stableHash(`${pod.metadata.uid}/${script.name}/${run.restarts}`)}`
}

/** An address of the pod network, the same whenever it is asked for. */
function podAddress(pod: Pod): string {
  const number = Number.parseInt(stableHash(pod.metadata.uid ?? ''), 36)
  return `10.${64 + (number % 64)}.${Math.floor(number / 64) % 256}.${(Math.floor(number / 16_384) % 254) + 1}`
}
