/** What a change of a weapon's image does to the pods that carry it, by the weapon's update strategy. */
import { type Instant, PODS } from '@sortie/machinery'
import type { Operation } from '@sortie/runtime'
import { REPLACE_ANNOTATION } from '../pod/index.ts'
import type { Carrier, UpdateStrategy, WeaponObservation } from './observation.ts'

/** Live containers with another image than new pods get, in pods that are not leaving anyway. */
export function outdated({ facts, carriers }: WeaponObservation): readonly Carrier[] {
  if (facts.image === undefined) return []
  return carriers.filter(({ image, leaving }) => !leaving && image !== facts.image)
}

/**
 * A pod that has just been made is left for so long before it is replaced: while two operators lead, and one of them does not know of
 * the new image yet, each replaces what the other has made.
 */
export const SETTLING_MS = 2_000

export interface RolloutPlan {
  readonly operations: readonly Operation[]
  /** When to look again although nothing has changed. */
  readonly requeueAt?: Instant | undefined
}

interface Outdated {
  readonly old: readonly Carrier[]
  readonly now: Instant
}

type Rollout = (observed: WeaponObservation, outdated: Outdated) => RolloutPlan

const ROLLOUTS: Readonly<Record<UpdateStrategy, Rollout>> = {
  OnNextTask: () => ({ operations: [] }),
  HotReload: (observed, { old }) => ({
    operations: old.map((carrier) => reload(observed, carrier)),
  }),
  Recreate: (observed, outdated) => replaceOrReload(observed, outdated, outdated.old.length),
  RollingUpdate: (observed, outdated) => replaceOrReload(observed, outdated, room(observed)),
}

export function planRollout(observed: WeaponObservation, now: Instant): RolloutPlan {
  const old = outdated(observed)
  return old.length === 0 ? { operations: [] } : ROLLOUTS[observed.strategy](observed, { old, now })
}

/** A pod without a node has started nothing: its image is changed where it stands, whatever the strategy. */
function replaceOrReload(
  observed: WeaponObservation,
  { old, now }: Outdated,
  most: number,
): RolloutPlan {
  const waiting = old.filter(({ placed }) => !placed)
  const leaving = old.filter(({ placed }) => placed).slice(0, most)
  const settledAt = ({ createdAt }: Carrier): Instant =>
    createdAt === undefined ? now : createdAt + SETTLING_MS
  const due = leaving.filter((carrier) => settledAt(carrier) <= now)
  const later = leaving.map(settledAt).filter((at) => at > now)
  return {
    operations: [
      ...waiting.map((carrier) => reload(observed, carrier)),
      ...due.map((carrier) => replace(observed, carrier)),
    ],
    requeueAt: later.length === 0 ? undefined : Math.min(...later),
  }
}

/** How many more pods may leave now: those that left and are not running again count. */
function room({ carriers, awaited, maxUnavailable, facts }: WeaponObservation): number {
  const isAway = ({ leaving, running, image }: Carrier): boolean =>
    leaving || (!running && image === facts.image)
  return Math.max(
    0,
    mostAway(maxUnavailable, carriers.length) - awaited - carriers.filter(isAway).length,
  )
}

/** A number, or a percentage of the pods, rounded up; one at least. */
export function mostAway(maxUnavailable: unknown, pods: number): number {
  const percent = typeof maxUnavailable === 'string' && /^\d{1,3}%$/.test(maxUnavailable)
  const most = percent
    ? Math.ceil((pods * Number.parseInt(maxUnavailable, 10)) / 100)
    : Number(typeof maxUnavailable === 'object' ? Number.NaN : maxUnavailable)
  return Number.isSafeInteger(most) && most > 1 ? most : 1
}

/**
 * Changes the image of one container, the one field that Kubernetes lets change: the kubelet restarts that container alone. The
 * tests keep the patch off another pod that came under the same name.
 */
function reload({ facts }: WeaponObservation, carrier: Carrier): Operation {
  const path = `/spec/${carrier.list}/${carrier.index}`
  const body = [
    { op: 'test', path: '/metadata/uid', value: carrier.uid },
    { op: 'test', path: `${path}/name`, value: carrier.container },
    { op: 'replace', path: `${path}/image`, value: facts.image },
  ]
  return { kind: 'patch', type: PODS, ref: refOf(carrier), patch: { type: 'json', body } }
}

/** Asks the task's controller to replace the pod, which it does without using the retry budget. */
function replace({ facts }: WeaponObservation, carrier: Carrier): Operation {
  const said = `weapon ${facts.key} has the image ${facts.image ?? ''} now`
  const body = { metadata: { annotations: { [REPLACE_ANNOTATION]: said } } }
  const ref = { ...refOf(carrier), uid: carrier.uid }
  return { kind: 'patch', type: PODS, ref, patch: { type: 'merge', body } }
}

function refOf({ namespace, pod }: Carrier) {
  return { namespace, name: pod }
}
