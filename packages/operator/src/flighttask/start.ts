/** From a task that has no pod to its pod: what holds it, what refuses it, and the pod itself. */
import { REASONS, summarizeProblems, TASK_CONDITIONS } from '@sortie/api'
import { type Instant, type KubeObject, PODS, parseTime, soonest } from '@sortie/machinery'
import type { PlannedEvent } from '@sortie/runtime'
import { canRuleOut } from '../aircraft/facts.ts'
import { buildPod, type CarriedWeapon, type ExcludedNodes } from '../pod/index.ts'
import { judgeLoadout } from './loadout.ts'
import { retriesOf, type StartObservation, type TaskObservation } from './observation.ts'
import { fail, leaveAlone, sweep, type TaskPlan, windDownEnd } from './plan.ts'
import { withCondition, withFields } from './status.ts'

interface Hold {
  /** Said where nothing else would say why the task waits. */
  readonly message?: string
  /** When it ends by itself. */
  readonly until?: Instant
}

/** What keeps a task from getting its pod, in the order in which it is asked. */
const HOLDS: Readonly<
  Record<string, (observed: TaskObservation, now: Instant) => Hold | undefined>
> = {
  earlierPodGone: ({ pods }) => (pods.some(({ finished }) => !finished) ? {} : undefined),
  nameFree: (observed) => (isNameHeld(observed) ? {} : undefined),
  notSuspended: ({ suspended }) => (suspended ? {} : undefined),
  gatesOpen: ({ order }) => (order.gates.length > 0 ? {} : undefined),
  stageRuns: ({ heldByStage }) =>
    heldByStage === undefined ? undefined : { message: heldByStage },
  stageClear: ({ stageBusy }) => (stageBusy ? {} : undefined),
  delayOver: ({ status }, now) => delay(parseTime(status.nextRetryTime), now),
}

/** An ended pod of the same attempt that was given up still has the name that its replacement needs. */
function isNameHeld(observed: TaskObservation): boolean {
  const retry = retriesOf(observed)
  return observed.pods.some((pod) => pod.uid === observed.status.podRef?.uid && pod.retry === retry)
}

function delay(until: Instant | undefined, now: Instant): Hold | undefined {
  return until === undefined || until <= now ? undefined : { until }
}

/** The first hold, by name; undefined where the task may have its pod now. */
export function findHold(
  observed: TaskObservation,
  now: Instant,
): (Hold & { readonly name: string }) | undefined {
  for (const [name, check] of Object.entries(HOLDS)) {
    const hold = check(observed, now)
    if (hold !== undefined) return { name, ...hold }
  }
  return undefined
}

/** Plans the next step of a task without a present pod. */
export function planStart(observed: TaskObservation, now: Instant): TaskPlan {
  const stray = sweep(observed, now)
  const hold = findHold(observed, now)
  if (hold !== undefined) {
    const status =
      hold.message === undefined
        ? observed.status
        : withFields(observed.status, { phase: 'Pending', message: hold.message })
    const requeueAt = soonest(hold.until, windDownEnd(observed.pods, now))
    return { operations: stray, status, requeueAt }
  }
  if (observed.creation?.invalid === true)
    return planRefused(observed, observed.creation.message, now)
  if (observed.start === undefined) {
    return { ...leaveAlone(observed), operations: stray, needsStart: true }
  }
  return planCreation(observed, observed.start, now)
}

function planRefused(observed: TaskObservation, message: string, now: Instant): TaskPlan {
  const reason = REASONS.podInvalid
  return fail(observed, { reason, message, condition: notCreated(reason, message) }, now)
}

function notCreated(reason: string, message: string) {
  return { type: TASK_CONDITIONS.podCreated, status: 'False' as const, reason, message }
}

function planCreation(observed: TaskObservation, start: StartObservation, now: Instant): TaskPlan {
  const verdict = judgeLoadout(start.loadout, observed.order.aircraft.type)
  if (verdict.kind !== 'valid') {
    const { reason, message } = verdict
    const condition = {
      type: TASK_CONDITIONS.loadoutValid,
      status: 'False' as const,
      reason,
      message,
    }
    if (verdict.kind === 'incompatible') {
      return { ...fail(observed, { reason, message, condition }, now), confirmLoadout: true }
    }
    const status = withFields(observed.status, { phase: 'Pending', message })
    return { operations: [], status: withCondition(status, condition, now) }
  }
  return planPod(observed, start, { carried: verdict.carried, now })
}

function planPod(
  observed: TaskObservation,
  start: StartObservation,
  { carried, now }: { readonly carried: readonly CarriedWeapon[]; readonly now: Instant },
): TaskPlan {
  const built = buildPod({
    order: observed.order,
    facts: observed.facts,
    weapons: carried,
    retry: retriesOf(observed),
    excluded: excludedNodes(observed, start),
    nameTaken: observed.nameTaken,
    schedulerName: start.schedulerName,
    rules: start.rules,
  })
  if (built.problems !== undefined) {
    const reason = built.policy ? REASONS.podPolicy : REASONS.podInvalid
    const message = summarizeProblems(built.problems)
    return fail(observed, { reason, message, condition: notCreated(reason, message) }, now)
  }
  return {
    operations: [{ kind: 'create', type: PODS, object: built.pod as KubeObject, refusable: true }],
    status: afterFailure(observed, now),
    events: carried.filter(({ weapon }) => weapon.deprecated).map(deprecation),
  }
}

/** What kept the last try from being made stays to be read until the pod is there. */
function afterFailure(observed: TaskObservation, now: Instant) {
  const { creation, status } = observed
  if (creation === undefined) return status
  const message = `the pod cannot be created yet: ${creation.message}`
  return withCondition(
    withFields(status, { phase: 'Pending', message }),
    notCreated(creation.reason, creation.message),
    now,
  )
}

/** Aircraft that failed the task are out of the question while others could take it, and avoided where none could. */
function excludedNodes({ order, status }: TaskObservation, start: StartObservation): ExcludedNodes {
  const names = status.excludedNodes ?? []
  if (names.length === 0) return { names, required: false }
  return { names, required: canRuleOut(names, { ...start, need: order.aircraft }) }
}

function deprecation({ weapon }: CarriedWeapon): PlannedEvent {
  return {
    type: 'Warning',
    reason: REASONS.weaponDeprecated,
    message: `Weapon ${weapon.key} is deprecated; it is carried all the same`,
  }
}
