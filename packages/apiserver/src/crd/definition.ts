/** A CustomResourceDefinition as the server uses it. */
import type { KubeObject } from '@sortie/machinery'
import type { CompiledSchema, FieldError, JsonSchema } from '../schema/index.ts'
import type { JsonPath } from './jsonpath.ts'

export interface PrinterColumn {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly description?: string
  /** 0 is always shown; higher ones only in wide output. */
  readonly priority: number
  readonly jsonPath: string
  readonly read: JsonPath
}

export interface SelectableField {
  /** As in field selectors: without the leading dot. */
  readonly field: string
  readonly jsonPath: string
  readonly read: JsonPath
}

export interface ScalePaths {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}

export interface CrdVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated: boolean
  /** What the server sends with answers of a deprecated version. */
  readonly deprecationWarning?: string
  readonly schema: JsonSchema
  readonly compiled: CompiledSchema
  readonly status: boolean
  readonly scale?: ScalePaths
  /** The CRD's own columns, or Age where it has none. */
  readonly columns: readonly PrinterColumn[]
  readonly selectableFields: readonly SelectableField[]
}

export interface CrdNames {
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
}

export interface CrdDefinition {
  /** `<plural>.<group>`. */
  readonly name: string
  readonly group: string
  readonly namespaced: boolean
  readonly names: CrdNames
  readonly versions: readonly CrdVersion[]
  readonly storageVersion: string
}

export interface ParsedCrd {
  /** Absent where there are errors. */
  readonly definition?: CrdDefinition
  /** The object with defaults filled in: what is to be stored. */
  readonly object: KubeObject
  readonly errors: readonly FieldError[]
}
