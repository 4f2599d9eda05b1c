/** A write as admission sees it. */
import type { ResourceDefinition, UserInfo } from '../registry/definition.ts'
import type { ApiObject } from '../store/index.ts'

export type AdmissionOperation = 'CREATE' | 'DELETE' | 'UPDATE'

/** What the registry knows of a write that is valid and about to be made. */
export interface ReviewedWrite {
  readonly operation: AdmissionOperation
  readonly definition: ResourceDefinition
  readonly subresource: string
  /** The object as it is to be; absent where it goes. */
  readonly object?: ApiObject
  /** The object as it is; absent where it is new. */
  readonly old?: ApiObject
  /** Kind of the object, where it is not the resource's own: Binding, Eviction. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string }
}

export interface AdmittedWrite extends ReviewedWrite {
  /** The version that the client speaks. */
  readonly version: string
  /** Empty where the resource has none. */
  readonly namespace: string
  /** Empty where the request names none. */
  readonly name: string
  readonly user: UserInfo
  readonly dryRun: boolean
}
