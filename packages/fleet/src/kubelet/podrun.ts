/**
 * One pod on a simulated aircraft as a state machine: where each container stands and when something happens next.
 * Pure: `advance` carries out what has fallen due, at the time it fell due, however late it is called.
 */
import type { Instant } from '@sortie/machinery'
import {
  beginPull,
  type ContainerRun,
  isUntouched,
  restartWithImage,
  stepContainer,
  terminateContainer,
} from './containerrun.ts'
import type { ContainerScript, PodScript } from './script.ts'

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

/** Goes on with a run that was taken up in the middle: what waited for a process that is gone begins now. */
export function resumeRun(run: PodRun, at: Instant): PodRun {
  return settle(run, at)
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
  const { restartPolicy } = run.script
  const isEnding = run.stop !== undefined
  const containers = run.containers.map((container, index) => {
    const script = run.script.containers[index]
    return container.dueAt === at && script !== undefined
      ? stepContainer({ container, script, restartPolicy, isEnding }, at)
      : container
  })
  return { ...run, containers }
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
    return terminateContainer({ container, script }, { at, latest })
  })
  return { ...run, containers }
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
