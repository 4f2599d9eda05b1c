/**
 * One pod on a simulated aircraft as a state machine: where each container stands and when something happens next.
 * Pure: `advance` carries out what has fallen due, at the time it fell due, however late it is called.
 */
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
  readonly pulls: number
  /** When it does by itself what it does next; absent where it waits for something else. */
  readonly dueAt?: Instant
  /** It was told to end (SIGTERM), and how it will. */
  readonly stopping?: { readonly exitCode: number }
}

export interface PodOutcome {
  readonly phase: 'Succeeded' | 'Failed'
  readonly reason?: string
  readonly message?: string
  readonly at: Instant
}

export interface PodRun {
  readonly script: PodScript
  readonly startedAt: Instant
  /** In the order of the script's. */
  readonly containers: readonly ContainerRun[]
  /** Everything must have ended by then: the pod is being deleted, evicted or out of time. */
  readonly stop?: {
    readonly deadline: Instant
    readonly reason?: string
    readonly message?: string
  }
  readonly outcome?: PodOutcome
}

const PULL_BACKOFF_MS = { first: 10_000, most: 300_000 }
const CRASH_BACKOFF_MS = { first: 10_000, most: 300_000 }
const EXIT_KILLED = 137
const EXIT_TERMINATED = 143

/** A pod just admitted. */
export function startRun(script: PodScript, at: Instant): PodRun {
  const containers = script.containers.map(
    (): ContainerRun => ({ phase: 'waiting', restarts: 0, pulls: 0 }),
  )
  return settle({ script, startedAt: at, containers }, at)
}

/** A pod that its kubelet turned away; its containers never start. */
export function refuseRun(script: PodScript, outcome: PodOutcome): PodRun {
  return { ...startedNothing(script, outcome.at), outcome }
}

function startedNothing(script: PodScript, at: Instant): PodRun {
  const containers = script.containers.map(
    (): ContainerRun => ({ phase: 'waiting', restarts: 0, pulls: 0 }),
  )
  return { script, startedAt: at, containers }
}

/** When something happens next by itself, if anything does. */
export function nextDue(run: PodRun): Instant | undefined {
  if (run.outcome !== undefined) return undefined
  let next = podDue(run)?.at
  for (const { dueAt } of run.containers) {
    if (dueAt !== undefined && (next === undefined || dueAt < next)) next = dueAt
  }
  return next
}

/** Carries out everything that is due by `now`, in order. */
export function advance(run: PodRun, now: Instant): PodRun {
  let current = run
  for (let due = nextDue(current); due !== undefined && due <= now; due = nextDue(current)) {
    current = settle(step(current, due), due)
  }
  return current
}

/** Tells every container to end, within `graceMs`; later calls can only shorten the time. */
export function stopRun(
  run: PodRun,
  at: Instant,
  options: { readonly graceMs: number; readonly reason?: string; readonly message?: string },
): PodRun {
  if (run.outcome !== undefined) return run
  const deadline = Math.min(run.stop?.deadline ?? Number.POSITIVE_INFINITY, at + options.graceMs)
  const { reason, message } = { ...options, ...run.stop }
  const stop = {
    deadline,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  }
  return settle({ ...run, stop }, at)
}

/** Follows a change of the pod's images: a container whose image changed is restarted alone, as a kubelet does. */
export function changeScript(run: PodRun, script: PodScript, at: Instant): PodRun {
  if (run.outcome !== undefined || script.containers.length !== run.containers.length) return run
  const containers = run.containers.map((container, index) => {
    const [before, after] = [run.script.containers[index], script.containers[index]]
    if (before === undefined || before.image === after?.image) return container
    return restartWithImage(container, at)
  })
  return settle({ ...run, script, containers }, at)
}

function restartWithImage(container: ContainerRun, at: Instant): ContainerRun {
  const { restarts } = container
  if (container.phase === 'terminated') return container
  if (container.phase !== 'running') return { phase: 'waiting', restarts, pulls: 0 }
  const ending = endingOf(container, at, EXIT_TERMINATED)
  return { phase: 'waiting', restarts: restarts + 1, pulls: 0, lastEnding: ending }
}

interface PodDue {
  readonly at: Instant
  readonly reason: string
  readonly message: string
}

/** What ends the pod as a whole: its deadline or an eviction. */
function podDue(run: PodRun): PodDue | undefined {
  if (run.stop !== undefined) return undefined
  const { deadlineMs = Number.POSITIVE_INFINITY, evictAfterMs = Number.POSITIVE_INFINITY } =
    run.script
  if (deadlineMs === Number.POSITIVE_INFINITY && evictAfterMs === Number.POSITIVE_INFINITY) return
  return deadlineMs <= evictAfterMs
    ? {
        at: run.startedAt + deadlineMs,
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      }
    : {
        at: run.startedAt + evictAfterMs,
        reason: 'Evicted',
        message: 'The node was low on resource: memory.',
      }
}

function step(run: PodRun, at: Instant): PodRun {
  const due = podDue(run)
  if (due !== undefined && due.at === at) {
    return { ...run, stop: { deadline: at, reason: due.reason, message: due.message } }
  }
  const containers = run.containers.map((container, index) => {
    const script = run.script.containers[index]
    return container.dueAt === at && script !== undefined
      ? stepContainer({ container, script, run }, at)
      : container
  })
  return { ...run, containers }
}

interface ContainerStep {
  readonly container: ContainerRun
  readonly script: ContainerScript
  readonly run: PodRun
}

function stepContainer({ container, script, run }: ContainerStep, at: Instant): ContainerRun {
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
      return endContainer({ container, script, run }, at)
  }
}

/** The image is fetched, and then the container starts; without any delay all of it happens at once. */
function beginPull(container: ContainerRun, script: ContainerScript, at: Instant): ContainerRun {
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
  const { restarts, pulls, lastEnding } = container
  const end = at + script.durationMs
  return {
    phase: 'running',
    startedAt: at,
    restarts,
    pulls,
    ...(lastEnding === undefined ? {} : { lastEnding }),
    ...(Number.isFinite(end) ? { dueAt: end } : {}),
  }
}

/** The container without what it was waiting for. */
function resting({ restarts, pulls, lastEnding }: ContainerRun): ContainerRun {
  return {
    phase: 'waiting',
    restarts,
    pulls,
    ...(lastEnding === undefined ? {} : { lastEnding }),
  }
}

function endContainer({ container, script, run }: ContainerStep, at: Instant): ContainerRun {
  const exitCode = container.stopping?.exitCode ?? script.exitCode
  const ending = endingOf(container, at, exitCode)
  if (!restarts({ container, script, run }, exitCode)) {
    return { ...resting(container), phase: 'terminated', ending }
  }
  const again = { ...resting(container), restarts: container.restarts + 1, lastEnding: ending }
  if (container.restarts === 0) return beginStart(again, script, at)
  return {
    ...again,
    reason: 'CrashLoopBackOff',
    message: `back-off restarting failed container ${script.name}`,
    dueAt: at + backoffMs(CRASH_BACKOFF_MS, container.restarts - 1),
  }
}

function endingOf(container: ContainerRun, at: Instant, exitCode: number): Ending {
  const reason = exitCode === 0 ? 'Completed' : 'Error'
  return { exitCode, reason, startedAt: container.startedAt ?? at, finishedAt: at }
}

function restarts({ container, script, run }: ContainerStep, exitCode: number): boolean {
  if (container.stopping !== undefined || run.stop !== undefined) return false
  if (script.role === 'sidecar') return true
  const policy = run.script.restartPolicy
  if (exitCode !== 0) return policy !== 'Never'
  return policy === 'Always' && script.role === 'main'
}

function backoffMs(
  backoff: { readonly first: number; readonly most: number },
  tries: number,
): number {
  return Math.min(backoff.most, backoff.first * 2 ** Math.min(tries, 20))
}

/** Does everything that follows at once from where the containers stand: starts what may start, ends what must end. */
function settle(run: PodRun, at: Instant): PodRun {
  if (run.outcome !== undefined) return run
  const started = run.stop === undefined ? startWhatMay(run, at) : run
  const stopped = stopWhatMust(started, at)
  return conclude(stopped, at)
}

/** Init containers one after another, sidecars when their turn comes, main containers when all of these are through. */
function startWhatMay(run: PodRun, at: Instant): PodRun {
  let current = run
  for (const [index, script] of run.script.containers.entries()) {
    let container = current.containers[index]
    if (container === undefined) break
    if (isUntouched(container)) {
      container = beginPull(container, script, at)
      current = replace(current, index, container)
    }
    const isThrough =
      script.role === 'main' ||
      (script.role === 'sidecar' && container.phase === 'running') ||
      (script.role === 'init' && container.ending?.exitCode === 0)
    if (isThrough) continue
    if (script.role === 'init' && container.dueAt === at && container.phase === 'running') {
      return startWhatMay(step(current, at), at)
    }
    break
  }
  return current
}

function isUntouched({ phase, reason, dueAt }: ContainerRun): boolean {
  return phase === 'waiting' && reason === undefined && dueAt === undefined
}

function replace(run: PodRun, index: number, container: ContainerRun): PodRun {
  return { ...run, containers: run.containers.with(index, container) }
}

/** When the pod is being stopped every container gets SIGTERM, the sidecars after the others; when its work is over, the sidecars. */
function stopWhatMust(run: PodRun, at: Instant): PodRun {
  let current = run
  const deadline = run.stop?.deadline ?? Number.POSITIVE_INFINITY
  if (run.stop !== undefined) current = terminate(current, at, { deadline, sidecars: false })
  const worksOn = current.containers.some(
    (container, index) =>
      roleAt(current, index) !== 'sidecar' &&
      (run.stop === undefined ? !isOver(current, index) : container.phase === 'running'),
  )
  const hasFailed = run.stop === undefined && hasFailedInit(current)
  if (worksOn && !hasFailed) return current
  return terminate(current, at, { deadline, sidecars: true })
}

function roleAt(run: PodRun, index: number): ContainerScript['role'] {
  return run.script.containers[index]?.role ?? 'main'
}

function isOver(run: PodRun, index: number): boolean {
  return run.containers[index]?.phase === 'terminated'
}

function hasFailedInit(run: PodRun): boolean {
  return run.containers.some(
    ({ ending }, index) =>
      roleAt(run, index) === 'init' && ending !== undefined && ending.exitCode !== 0,
  )
}

/** How long sidecars get once the work is done, in milliseconds: the default grace period of a pod. */
const SIDECAR_GRACE_MS = 30_000

interface Termination {
  readonly deadline: Instant
  readonly sidecars: boolean
}

function terminate(run: PodRun, at: Instant, { deadline, sidecars }: Termination): PodRun {
  const containers = run.containers.map((container, index) => {
    const script = run.script.containers[index]
    if (script === undefined || (script.role === 'sidecar') !== sidecars) return container
    const latest = Number.isFinite(deadline) ? deadline : at + SIDECAR_GRACE_MS
    return terminateContainer({ container, script, run }, { at, latest })
  })
  return { ...run, containers }
}

function terminateContainer(
  { container, script }: ContainerStep,
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

/** The pod is over when nothing runs and nothing will be started again. */
function conclude(run: PodRun, at: Instant): PodRun {
  if (run.containers.some(({ phase }) => phase === 'running')) return run
  const works = run.containers.filter((_, index) => roleAt(run, index) !== 'sidecar')
  const allEnded = works.every(({ phase }) => phase === 'terminated')
  if (run.stop === undefined && !allEnded && !hasFailedInit(run)) return run
  const succeeded = allEnded && works.every(({ ending }) => ending?.exitCode === 0)
  const { reason, message } = run.stop ?? {}
  const phase = succeeded && reason === undefined ? 'Succeeded' : 'Failed'
  return {
    ...run,
    outcome: {
      phase,
      at,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    },
  }
}
