/** What a controller decided, as data: `decide` returns it, `applyPlan` carries it out. */
import type { ObjectKey, Patch } from '@sortie/client'
import type { Instant, KubeObject, ResourceType } from '@sortie/machinery'

export interface CreateOperation {
  readonly kind: 'create'
  readonly type: ResourceType
  readonly object: KubeObject
  /** The server's refusal as invalid ends the plan there and is returned, for the caller to decide again with it. */
  readonly refusable?: boolean
}

export interface PatchOperation {
  readonly kind: 'patch'
  readonly type: ResourceType
  /** With uid or resourceVersion the patch applies to that very object or version only (merge patches). */
  readonly ref: ObjectKey & { readonly uid?: string; readonly resourceVersion?: string }
  readonly patch: Patch
  readonly subresource?: string
}

/** One object, not another that came under its name; with a resourceVersion, that very version of it. */
export interface ObjectRef extends ObjectKey {
  readonly uid: string
  readonly resourceVersion?: string
}

export interface DeleteOperation {
  readonly kind: 'delete'
  readonly type: ResourceType
  /** A precondition: what has been made again under the name, or has changed since the version, is left alone. */
  readonly ref: ObjectRef
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
}

export type Operation = CreateOperation | PatchOperation | DeleteOperation

export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning'
  /** PascalCase. */
  readonly reason: string
  readonly message: string
  /** The object that it is about, where it is not the plan's owner. */
  readonly regarding?: KubeObject
}

export interface Plan<Status = unknown> {
  /** Neighbours of one kind and type run side by side; a group starts when the one before has ended. */
  readonly operations?: readonly Operation[]
  /** The whole status wanted. Written as a merge patch of what differs, or not at all. */
  readonly status?: Status
  /** Fields of the status that say when it was written: they go with what differs, and are never written alone. */
  readonly stamp?: Partial<Status>
  /** Record before acting: no operation is tried before the status is written. Where it is on record already, as with `ifCurrent`. */
  readonly statusFirst?: boolean
  /**
   * Nothing is done unless the API server still has the owner as the plan was made from it: for what must not be done from an old
   * view. It costs a request, so it is for what is rare.
   */
  readonly ifCurrent?: boolean
  /** The status goes out with the operations: neither needs the other, and one wait is enough for both. */
  readonly statusBeside?: boolean
  /** Recorded after the status that they describe. */
  readonly events?: readonly PlannedEvent[]
  /** When to look again although nothing has changed. */
  readonly requeueAt?: Instant | undefined
}

/** An operation that failed, with its error. */
export interface OperationFailure {
  readonly operation: Operation
  readonly error: unknown
}

export interface ApplyResult {
  readonly requeueAt?: Instant | undefined
  /** The status differs and was not written: it was said too often, or the plan was made from an old view. */
  readonly unsaid?: boolean
  /** A `refusable` create that the server called invalid; nothing after it was done, no status was written. */
  readonly refused?: OperationFailure
}
