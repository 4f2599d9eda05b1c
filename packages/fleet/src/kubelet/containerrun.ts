/** One container of a simulated pod as a state machine: how it pulls, starts, runs, ends and is started again. */
import type { Instant } from '@sortie/machinery'
import type { ContainerScript, PodScript } from './script.ts'

export interface Ending {
  readonly exitCode: number
  readonly reason: string
  readonly startedAt: Instant
  readonly finishedAt: Instant
}

export type ContainerPhase = 'waiting' | 'pulling' | 'starting' | 'running' | 'terminated'

export interface ContainerRun {
  readonly phase: ContainerPhase
  /** Of a container that waits. */
  readonly reason?: string
  readonly message?: string
  readonly startedAt?: Instant
  readonly ending?: Ending
  readonly lastEnding?: Ending
  readonly restarts: number
  /** Of the restarts those that the back-off does not count any more; default 0. */
  readonly forgiven?: number
  readonly pulls: number
  /** When it does by itself what it does next; absent where it waits for something else. */
  readonly dueAt?: Instant
  /** It was told to end (SIGTERM), and how it will. */
  readonly stopping?: { readonly exitCode: number }
}

const PULL_BACKOFF_MS = { first: 10_000, most: 300_000 }
const CRASH_BACKOFF_MS = { first: 10_000, most: 300_000 }
/** A kubelet takes a container for stable, and forgets its crashes, that has run for twice the longest delay. */
const STABLE_MS = 2 * CRASH_BACKOFF_MS.most
const EXIT_KILLED = 137
const EXIT_TERMINATED = 143

export interface ContainerStep {
  readonly container: ContainerRun
  readonly script: ContainerScript
  readonly restartPolicy: PodScript['restartPolicy']
  /** The pod is being ended: nothing is started again. */
  readonly isEnding: boolean
}

/** What a container does when it is due. */
export function stepContainer(one: ContainerStep, at: Instant): ContainerRun {
  const { container, script } = one
  switch (container.phase) {
    case 'waiting':
      if (container.reason === 'ErrImagePull') return backOffPull(container, script)
      return container.reason === 'ImagePullBackOff'
        ? pullOnce(container, script, at)
        : beginStart(container, script, at)
    case 'pulling':
      return pullOnce(container, script, at)
    case 'starting':
      return beginRunning(container, script, at)
    default:
      return endContainer(one, at)
  }
}

/** The image is fetched, and then the container starts; without any delay all of it happens at once. */
export function beginPull(
  container: ContainerRun,
  script: ContainerScript,
  at: Instant,
): ContainerRun {
  if (script.pullMs === 0) return pullOnce(container, script, at)
  return {
    ...resting(container),
    phase: 'pulling',
    reason: 'ContainerCreating',
    dueAt: at + script.pullMs,
  }
}

function pullOnce(container: ContainerRun, script: ContainerScript, at: Instant): ContainerRun {
  const pulls = container.pulls + 1
  if (pulls > script.pullFailures) return beginStart({ ...container, pulls }, script, at)
  const error = script.pullError ?? 'ErrImagePull'
  const isFirst = container.reason !== 'ImagePullBackOff'
  const delay = backoffMs(PULL_BACKOFF_MS, pulls - 1)
  const retries = error === 'ErrImagePull'
  return {
    ...resting(container),
    pulls,
    reason: isFirst || !retries ? error : 'ImagePullBackOff',
    message: isFirst || !retries ? pullMessage(error, script.image) : backOffMessage(script.image),
    ...(retries ? { dueAt: at + (isFirst ? SHOW_ERROR_MS : delay) } : {}),
  }
}

/** How long ErrImagePull shows before it turns into ImagePullBackOff. */
const SHOW_ERROR_MS = 1_000

function backOffPull(container: ContainerRun, script: ContainerScript): ContainerRun {
  const due = container.dueAt ?? 0
  return {
    ...resting(container),
    reason: 'ImagePullBackOff',
    message: backOffMessage(script.image),
    dueAt: due + backoffMs(PULL_BACKOFF_MS, container.pulls - 1) - SHOW_ERROR_MS,
  }
}

function pullMessage(error: string, image: string): string {
  if (error === 'InvalidImageName')
    return `Failed to apply default image tag "${image}": couldn't parse image name`
  return `failed to pull and unpack image "${image}": failed to resolve reference: no such host`
}

function backOffMessage(image: string): string {
  return `Back-off pulling image "${image}"`
}

function beginStart(container: ContainerRun, script: ContainerScript, at: Instant): ContainerRun {
  if (script.startDelayMs === 0) return beginRunning(container, script, at)
  return {
    ...resting(container),
    phase: 'starting',
    reason: 'ContainerCreating',
    dueAt: at + script.startDelayMs,
  }
}

function beginRunning(container: ContainerRun, script: ContainerScript, at: Instant): ContainerRun {
  const end = at + script.durationMs
  return {
    ...resting(container),
    phase: 'running',
    startedAt: at,
    ...(Number.isFinite(end) ? { dueAt: end } : {}),
  }
}

/** The container without what it was waiting for. */
function resting({ restarts, forgiven, pulls, lastEnding }: ContainerRun): ContainerRun {
  return {
    phase: 'waiting',
    restarts,
    pulls,
    ...(forgiven === undefined ? {} : { forgiven }),
    ...(lastEnding === undefined ? {} : { lastEnding }),
  }
}

function endContainer(one: ContainerStep, at: Instant): ContainerRun {
  const { container, script } = one
  const exitCode = container.stopping?.exitCode ?? script.exitCode
  const ending = endingOf(container, at, exitCode)
  if (!restarts(one, exitCode)) {
    return { ...resting(container), phase: 'terminated', ending }
  }
  const forgiven =
    at - ending.startedAt > STABLE_MS ? container.restarts : (container.forgiven ?? 0)
  const again = {
    ...resting(container),
    restarts: container.restarts + 1,
    forgiven,
    lastEnding: ending,
  }
  const counted = container.restarts - forgiven
  if (counted === 0) return beginStart(again, script, at)
  return {
    ...again,
    reason: 'CrashLoopBackOff',
    message: `back-off restarting failed container ${script.name}`,
    dueAt: at + backoffMs(CRASH_BACKOFF_MS, counted - 1),
  }
}

function endingOf(container: ContainerRun, at: Instant, exitCode: number): Ending {
  const reason = exitCode === 0 ? 'Completed' : 'Error'
  return { exitCode, reason, startedAt: container.startedAt ?? at, finishedAt: at }
}

function restarts(one: ContainerStep, exitCode: number): boolean {
  if (one.container.stopping !== undefined || one.isEnding) return false
  if (one.script.role === 'sidecar') return true
  if (exitCode !== 0) return one.restartPolicy !== 'Never'
  return one.restartPolicy === 'Always' && one.script.role === 'main'
}

function backoffMs(
  backoff: { readonly first: number; readonly most: number },
  tries: number,
): number {
  return Math.min(backoff.most, backoff.first * 2 ** Math.min(tries, 20))
}

/** The container after its image was changed: one that runs is restarted, one that waits tries again. Crashes of the old image do not count. */
export function restartWithImage(container: ContainerRun, at: Instant): ContainerRun {
  if (container.phase === 'terminated') return container
  const running = container.phase === 'running'
  const restarts = container.restarts + (running ? 1 : 0)
  const again = { ...resting(container), restarts, forgiven: restarts, pulls: 0 }
  return running ? { ...again, lastEnding: endingOf(container, at, EXIT_TERMINATED) } : again
}

/** Nothing has happened to it yet, and nothing will by itself. */
export function isUntouched({ phase, reason, dueAt }: ContainerRun): boolean {
  return phase === 'waiting' && reason === undefined && dueAt === undefined
}

/** Sends SIGTERM: the container ends by itself, by the signal, or is killed at the latest time. */
export function terminateContainer(
  { container, script }: Pick<ContainerStep, 'container' | 'script'>,
  { at, latest }: { readonly at: Instant; readonly latest: Instant },
): ContainerRun {
  if (container.phase !== 'running') {
    const { dueAt: _, ...still } = container
    return still
  }
  if (container.stopping !== undefined && (container.dueAt ?? latest) <= latest) {
    return container.dueAt !== undefined && container.dueAt <= at ? ended(container, at) : container
  }
  const endsAt = Math.min(container.dueAt ?? Number.POSITIVE_INFINITY, at + script.terminationMs)
  const isOwnEnd =
    container.dueAt !== undefined && container.dueAt <= latest && endsAt === container.dueAt
  const exitCode = isOwnEnd
    ? script.exitCode
    : endsAt <= latest && latest > at
      ? EXIT_TERMINATED
      : EXIT_KILLED
  const stopping = { ...container, stopping: { exitCode }, dueAt: Math.min(endsAt, latest) }
  return stopping.dueAt <= at ? ended(stopping, at) : stopping
}

function ended(container: ContainerRun, at: Instant): ContainerRun {
  const ending = endingOf(container, at, container.stopping?.exitCode ?? 0)
  return { ...resting(container), phase: 'terminated', ending }
}
