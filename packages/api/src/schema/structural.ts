/** The part of OpenAPI v3 that apiextensions.k8s.io/v1 accepts as a structural schema. */
import type { JsonValue } from '@sortie/machinery'

export type SchemaType = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array'

/** One rule of x-kubernetes-validations. */
export interface ValidationRule {
  readonly rule: string
  /** What is said to the user; one line. */
  readonly message: string
  readonly messageExpression?: string
  readonly reason?:
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
  /** Relative path of the field that the error names, as in `.cancel`. */
  readonly fieldPath?: string
}

/** JSONSchemaProps, as far as the builder makes them. */
export interface StructuralSchema {
  readonly type?: SchemaType
  readonly description?: string
  readonly default?: JsonValue
  readonly nullable?: boolean
  readonly enum?: readonly JsonValue[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly not?: StructuralSchema
  readonly properties?: Readonly<Record<string, StructuralSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: StructuralSchema
  readonly items?: StructuralSchema
  readonly 'x-kubernetes-int-or-string'?: true
  readonly 'x-kubernetes-preserve-unknown-fields'?: true
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[]
}
