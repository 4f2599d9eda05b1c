/** What the server knows of one resource: how it is served, and the rules of its kind. */
import type { Clock, Random } from '@sortie/machinery'
import type { ReviewedWrite } from '../admission/write.ts'
import type { PrinterColumn } from '../crd/index.ts'
import type { FieldError } from '../schema/fielderror.ts'
import type { JsonSchema } from '../schema/index.ts'
import type { Authorizer } from '../server/authorization.ts'
import type { ApiObject, Store, StoredObject } from '../store/index.ts'
import type { Catalog } from './catalog.ts'

/** Who asks, as authentication/v1 UserInfo. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export type Verb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch'

/** What a rule of a kind may look at and say while an object is written. */
export interface WriteContext {
  readonly store: Store
  readonly catalog: Catalog
  readonly clock: Clock
  readonly random: Random
  readonly user: UserInfo
  /** For kinds that give rights. */
  readonly authorizer: Authorizer
  readonly dryRun: boolean
  /** Holds a write that is valid against the policies in force; absent where there are none. @throws ApiStatusError */
  review?(write: ReviewedWrite): void
  /** Warnings for the client: each becomes a Warning header. */
  readonly warnings: string[]
}

/** A write as its rules see it. */
export interface Update {
  readonly object: ApiObject
  readonly old: StoredObject
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun: boolean
}

/** The rules of a kind. Every one is pure as far as the object goes: it answers a new one. */
export interface Strategy {
  /** The rule that names keep; default `subdomain`. */
  readonly nameFormat?: 'subdomain' | 'label' | 'path'
  /** What counts as a new generation; default `none`. */
  readonly generation?: 'none' | 'spec' | 'all'
  /** A PUT without resourceVersion replaces whatever is there; default true. */
  readonly allowsUnconditionalUpdate?: boolean
  /** A PUT to a name that does not exist creates it; default false. */
  readonly createsOnUpdate?: boolean
  /** A DELETE answers the object rather than a Status; default false. */
  readonly returnsDeleted?: boolean
  /** Metadata stays as it was where the status is written; default false. */
  readonly keepsMetadataOnStatus?: boolean
  /** The object as it is once it is decoded: without what its kind does not know, and with what was left out filled in. */
  defaults?(object: ApiObject): ApiObject
  /** Of what an apply merged only the gaps are filled, so that its nulls are judged; default: as `defaults`. */
  fillApplied?(object: ApiObject): ApiObject
  /** Decides whether the object may be created at all. @throws ApiStatusError */
  admit?(object: ApiObject, context: WriteContext): ApiObject
  /** The object as it starts its life; the status has been taken off already where it is a subresource. */
  prepareCreate?(object: ApiObject, context: WriteContext): ApiObject
  prepareUpdate?(update: Update, context: WriteContext): ApiObject
  prepareStatus?(update: Update, context: WriteContext): ApiObject
  /** What a new object must keep beside what `validate` checks. */
  validateCreate?(object: ApiObject, context: WriteContext): readonly FieldError[]
  validate?(object: ApiObject, context: WriteContext): readonly FieldError[]
  validateUpdate?(update: Update, context: WriteContext): readonly FieldError[]
  validateStatus?(update: Update, context: WriteContext): readonly FieldError[]
  /** Tells of what is valid and yet unwise; not for writes of the status. */
  warn?(
    update: { readonly object: ApiObject; readonly old: StoredObject | undefined },
    context: WriteContext,
  ): void
  /** Fields with a value other than their path's, for field selectors. */
  fields?(object: ApiObject): Readonly<Record<string, string | undefined>>
  /** Seconds between the request and the end; undefined where the kind goes at once. */
  graceSeconds?(object: ApiObject, options: DeleteOptions): number | undefined
  /** The object as its deletion leaves it, where it stays for a while. */
  prepareDelete?(object: ApiObject): ApiObject
  /** Decides whether the object may be deleted. @throws ApiStatusError */
  admitDelete?(object: StoredObject, context: WriteContext): void
  /** True while something other than finalizers keeps a deleted object. */
  isHeld?(object: ApiObject): boolean
}

/** One version of a resource, and how its objects turn into the stored form and back. */
export interface ServedVersion {
  readonly version: string
  readonly toStorage?: (object: ApiObject) => ApiObject
  /** Must answer the same object for the same stored one, so that its encoding is made once. */
  readonly fromStorage?: (object: StoredObject) => StoredObject
  /** Goes with every answer of a deprecated version, as a warning. */
  readonly deprecation?: string
  /** Paths of the fields that the kind does not know. */
  readonly unknownFields?: (object: ApiObject) => readonly string[]
  /** The metadata of objects within the object, by path. */
  readonly embeddedMetadata?: (object: ApiObject) => readonly (readonly [string, unknown])[]
  /** Printer columns of a custom resource. */
  readonly columns?: readonly PrinterColumn[]
  /** The schema of a custom resource. */
  readonly schema?: JsonSchema
}

export interface ScaleDefinition {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}

export interface ResourceDefinition {
  readonly group: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** The preferred one first. */
  readonly versions: readonly ServedVersion[]
  readonly storageVersion: string
  /** The store's name for it; two resources may be views of one storage. */
  readonly storage: string
  readonly verbs: readonly Verb[]
  readonly hasStatus: boolean
  readonly scale?: ScaleDefinition
  /** Further subresources, as discovery names them. */
  readonly subresources?: readonly SubresourceDefinition[]
  readonly isCustom: boolean
  /** The revision since when it is served as it is; absent for what always was. No watch starts before it. */
  readonly since?: number
  /** Fields that a field selector may name beside metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[]
  readonly strategy: Strategy
}

export interface SubresourceDefinition {
  readonly name: string
  readonly kind: string
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly Verb[]
}

/** `pods`, or `deployments.apps`: how messages name a resource. */
export function resourceName(definition: Pick<ResourceDefinition, 'group' | 'plural'>): string {
  return definition.group === '' ? definition.plural : `${definition.plural}.${definition.group}`
}

/** `Pod`, or `Deployment.apps`: how messages name a kind. */
export function kindName(definition: Pick<ResourceDefinition, 'group' | 'kind'>): string {
  return definition.group === '' ? definition.kind : `${definition.kind}.${definition.group}`
}

export function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}
