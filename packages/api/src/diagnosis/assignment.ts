/** Why a pod went to its aircraft: what the scheduler leaves on the pod with the binding. */
import { isJsonObject, type KubeObject } from '@sortie/machinery'
import { ANNOTATIONS } from '../constants.ts'

/** An aircraft that could have taken the pod. */
export interface AssignmentCandidate {
  readonly node: string
  /** 0 to 1,400. */
  readonly score: number
  /** Points by criterion, weighted; they add up to the score. */
  readonly parts: Readonly<Partial<Record<string, number>>>
}

export interface AssignmentTrace {
  /** Of the aircraft that the pod went to. */
  readonly score: number
  readonly parts: Readonly<Partial<Record<string, number>>>
  /** Nodes that could have taken the pod, of how many. */
  readonly feasible: number
  readonly nodes: number
  /** Nodes that each check refused, by the check's name: a node counts for the first that did. */
  readonly filters?: Readonly<Partial<Record<string, number>>>
  /** The same by reason, in kube-scheduler's words. */
  readonly refusals?: Readonly<Record<string, number>>
  /** The best for this pod alone, best first, three at most. One that is better than the pod's own went to another. */
  readonly candidates?: readonly AssignmentCandidate[]
  /** The gang that the pod was placed with. */
  readonly gang?: {
    /** `namespace/name` of the stage. */
    readonly name: string
    readonly size: number
    /** How many of it had an aircraft before. */
    readonly placed: number
  }
}

/** The trace on a pod; undefined where another scheduler placed it, or nobody did. Never throws. */
export function readAssignment(pod: KubeObject): AssignmentTrace | undefined {
  const text = pod.metadata.annotations?.[ANNOTATIONS.assignment]
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? (value as unknown as AssignmentTrace) : undefined
  } catch {
    return undefined
  }
}
