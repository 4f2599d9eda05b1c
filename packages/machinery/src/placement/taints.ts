/** Taints, tolerations and the states of a node that keep pods away. */
import type { NodeObject, PodSpec, Taint, Toleration } from '../core.ts'

/** The taint that stands for a cordon. */
export const UNSCHEDULABLE_TAINT: Taint = {
  key: 'node.kubernetes.io/unschedulable',
  effect: 'NoSchedule',
}

/** The taint that stands for the condition Ready being False or Unknown. */
export const NOT_READY_TAINT: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

/** Whether one of the tolerations covers the taint. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) === true
}

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
  if (key !== undefined && key !== '' && key !== taint.key) return false
  if (operator === 'Exists') return true
  return key !== undefined && key !== '' && (value ?? '') === (taint.value ?? '')
}

/** The first taint of a node that keeps the pod away; PreferNoSchedule keeps nothing away. */
export function untoleratedTaint(
  { tolerations }: Pick<PodSpec, 'tolerations'>,
  { spec }: NodeObject,
): Taint | undefined {
  return spec?.taints?.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, tolerations),
  )
}

/** Whether a node is cordoned for the pod. */
export function isCordonedFor(
  { tolerations }: Pick<PodSpec, 'tolerations'>,
  { spec }: NodeObject,
): boolean {
  return spec?.unschedulable === true && !isTolerated(UNSCHEDULABLE_TAINT, tolerations)
}

/**
 * Since when a node's condition Ready is False or Unknown, as written there; undefined while it is True, and where the node
 * never said. On a real cluster the node controller taints such a node; where none runs the condition is all there is.
 */
export function notReadyCondition({
  status,
}: NodeObject): { readonly since: string | undefined; readonly reason: string } | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready === undefined || ready.status === 'True') return undefined
  return { since: ready.lastTransitionTime, reason: ready.reason ?? ready.status }
}
