/** One run as data: everything that chance decides, drawn up front, so that a run can be replayed, cut down and printed. */
import type { MissionSpecInput, WeaponSpecInput } from '@sortie/api'
import type { FleetSpec } from '@sortie/fleet'
import type { Fault } from '../faults/fault.ts'

/** Milliseconds from the start of the run. */
export type Moment = number

export interface MissionPlan {
  readonly name: string
  readonly at: Moment
  readonly spec: MissionSpecInput
  /** Default `default`. */
  readonly namespace?: string
}

export interface WeaponPlan {
  readonly name: string
  readonly at: Moment
  readonly spec: WeaponSpecInput
}

/** What someone does to the cluster while it works. What it is done to may be gone by then: then it does nothing. */
export type Action =
  | { readonly kind: 'cancel'; readonly at: Moment; readonly mission: string }
  | {
      readonly kind: 'suspend'
      readonly at: Moment
      readonly mission: string
      readonly forMs: number
    }
  /** Deletes the mission; makes it again under the same name where `againAfterMs` is given. */
  | {
      readonly kind: 'delete'
      readonly at: Moment
      readonly mission: string
      readonly againAfterMs?: number
    }
  /** A new value of the retry annotation. */
  | { readonly kind: 'retry'; readonly at: Moment; readonly mission: string }
  | { readonly kind: 'edit'; readonly at: Moment; readonly mission: string; readonly edit: Edit }
  | {
      readonly kind: 'weaponImage'
      readonly at: Moment
      readonly weapon: string
      readonly tag: string
    }
  /** Something that happens to one pod of those alive; `pick` in [0, 1) says which. */
  | {
      readonly kind: 'pod'
      readonly at: Moment
      readonly pick: number
      /** `evict` as a kubelet under pressure does, `apiEvict` as a drain does. */
      readonly fate: 'delete' | 'forceDelete' | 'evict' | 'apiEvict'
    }
  /** Somebody else's finalizer on an object of ours, for a while. */
  | {
      readonly kind: 'finalizer'
      readonly at: Moment
      readonly pick: number
      readonly of: 'mission' | 'stage' | 'task' | 'pod'
      readonly forMs: number
    }
  /** The namespace goes with all that is in it, and comes back with its missions where `againAfterMs` is given. */
  | {
      readonly kind: 'deleteNamespace'
      readonly at: Moment
      readonly namespace: string
      readonly againAfterMs?: number
    }
  /** Somebody opens the gates of all stages that wait for an approval. */
  | { readonly kind: 'approve'; readonly at: Moment }
  /** A child of a mission is deleted by hand. */
  | {
      readonly kind: 'deleteChild'
      readonly at: Moment
      readonly pick: number
      readonly of: 'stage' | 'task'
    }
  | {
      readonly kind: 'node'
      readonly at: Moment
      readonly pick: number
      readonly fate: 'notReady' | 'gone' | 'cordon'
      readonly forMs: number
      /** A node controller taints the node that is not ready. */
      readonly tainted?: boolean
    }
  /** The wall clock alone is set forward or back. */
  | { readonly kind: 'clockJump'; readonly at: Moment; readonly byMs: number }

/** A change of a mission's spec, applied to what the spec is by then. */
export type Edit =
  | { readonly kind: 'addStage'; readonly stage: StagePlan }
  /** Between two others: it comes after all before it, and those after it wait for it. */
  | { readonly kind: 'insertStage'; readonly pick: number; readonly stage: StagePlan }
  | { readonly kind: 'changeStage'; readonly pick: number; readonly stage: Partial<StagePlan> }
  /** Makes the plan wrong, by a circle; the next edit mends it. */
  | { readonly kind: 'cycle' }
  | { readonly kind: 'removeStage'; readonly pick: number }
  | { readonly kind: 'addTask'; readonly pick: number; readonly task: TaskPlan }
  | { readonly kind: 'removeTask'; readonly pick: number }
  | { readonly kind: 'changeTask'; readonly pick: number; readonly task: Partial<TaskPlan> }
  | { readonly kind: 'maxParallelTasks'; readonly value: number }
  | { readonly kind: 'maxRetries'; readonly value: number }

export type StagePlan = NonNullable<MissionSpecInput['stages']>[number]
export type TaskPlan = NonNullable<StagePlan['flightTasks']>[number]

export interface Scenario {
  readonly seed: number
  readonly fleet: FleetSpec
  readonly weapons: readonly WeaponPlan[]
  readonly missions: readonly MissionPlan[]
  readonly actions: readonly Action[]
  readonly faults: readonly Fault[]
  /** Most that a request, an answer or an event takes on its way; 0: no time at all. Milliseconds. */
  readonly latencyMs: number
  /** Objects of others stand where ours would like to. */
  readonly decoys: boolean
}
