import type { WaitingPod } from '../gang/units.ts'
import type { ScoreName } from '../score/scores.ts'

/** Why a pod goes where it goes: what becomes the binding's annotation. */
export interface Trace {
  readonly score: number
  readonly parts: Readonly<Partial<Record<ScoreName, number>>>
  /** Nodes that could have taken the pod, of how many. */
  readonly feasible: number
  readonly nodes: number
  readonly refusals: Readonly<Record<string, number>>
  readonly gang?: string
}

export type Decision =
  | {
      readonly kind: 'bind'
      readonly pod: WaitingPod
      readonly node: string
      readonly trace: Trace
    }
  | { readonly kind: 'wait'; readonly pod: WaitingPod; readonly message: string }
