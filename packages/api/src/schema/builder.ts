/**
 * Builds structural schemas: one source for the static types, the CRDs and the reference pages. It has constructors only
 * for what a structural schema can say, so a schema that compiles is one that the API server accepts.
 */
import type { JsonObject, JsonValue } from '@sortie/machinery'
import type { StructuralSchema, ValidationRule } from './structural.ts'

/** Whether a field must be written, may be missing, or is filled in by the API server. */
export type Presence = 'required' | 'optional' | 'defaulted'

/** `In` is what a manifest may say, `Out` what the API server returns: defaults are present there. */
export interface Schema<In, Out = In, P extends Presence = 'required'> {
  readonly json: StructuralSchema
  readonly presence: P
  /** Carries the types; never there at run time. */
  readonly types?: { readonly in: In; readonly out: Out }
  /** What the field is, its unit and what leaves out means: the text of `kubectl explain`. */
  doc(text: string): Schema<In, Out, P>
  optional(): Schema<In, Out, 'optional'>
  /** Filled in by the API server where it is missing; makes the field optional on input only. */
  default(value: In): Schema<In, Out, 'defaulted'>
  nullable(): Schema<In | null, Out | null, P>
  /** The least value of a number, the least length of a text, list or map. */
  min(least: number): Schema<In, Out, P>
  /** The greatest value of a number, the greatest length of a text, list or map. */
  max(most: number): Schema<In, Out, P>
  /** A regular expression that RE2 and JavaScript read alike; it must be anchored where the whole is meant. */
  pattern(regex: string): Schema<In, Out, P>
  format(name: string): Schema<In, Out, P>
  /** Refuses what this regular expression finds; costs no CEL budget, but says little: prefer `cel` where it fits. */
  refuse(regex: string): Schema<In, Out, P>
  cel(rule: string, message: string, options?: CelOptions): Schema<In, Out, P>
  /**
   * An object with one writer: apply replaces it as a whole, and managedFields name it once instead of every field of it, which
   * each later write and watch event carries and the server reads again.
   */
  atomic(): Schema<In, Out, P>
  /** Unknown fields are kept instead of dropped. */
  open(): Schema<In & JsonObject, Out & JsonObject, P>
}

export type CelOptions = Omit<ValidationRule, 'rule' | 'message'>

/** What a manifest may say for a schema. */
export type In<S> = S extends Schema<infer I, unknown, Presence> ? I : never
/** What the API server returns for a schema. */
export type Out<S> = S extends Schema<unknown, infer O, Presence> ? O : never

export type AnySchema = Schema<unknown, unknown, Presence>
export type Fields = Readonly<Record<string, AnySchema>>

type Flat<T> = { [K in keyof T]: T[K] }
type KeysWith<F extends Fields, P extends Presence> = {
  [K in keyof F]: F[K]['presence'] extends P ? K : never
}[keyof F]
type ObjectIn<F extends Fields> = Flat<
  { readonly [K in KeysWith<F, 'required'>]: In<F[K]> } & {
    readonly [K in KeysWith<F, 'optional' | 'defaulted'>]?: In<F[K]>
  }
>
type ObjectOut<F extends Fields> = Flat<
  { readonly [K in KeysWith<F, 'required' | 'defaulted'>]: Out<F[K]> } & {
    readonly [K in KeysWith<F, 'optional'>]?: Out<F[K]>
  }
>
type RequiredKey<T> = {
  [K in keyof T & string]: undefined extends T[K] ? never : K
}[keyof T & string]

const LEAST = {
  string: 'minLength',
  integer: 'minimum',
  number: 'minimum',
  array: 'minItems',
  object: 'minProperties',
  boolean: undefined,
} as const

const MOST = {
  string: 'maxLength',
  integer: 'maximum',
  number: 'maximum',
  array: 'maxItems',
  object: 'maxProperties',
  boolean: undefined,
} as const

function bound(json: StructuralSchema, side: typeof LEAST | typeof MOST): string {
  const key = json.type === undefined ? undefined : side[json.type]
  if (key === undefined) throw new TypeError(`a ${json.type ?? 'typeless'} field has no bounds`)
  return key
}

function make<I, O, P extends Presence>(json: StructuralSchema, presence: P): Schema<I, O, P> {
  const next = (more: StructuralSchema): Schema<I, O, P> => make({ ...json, ...more }, presence)
  return {
    json,
    presence,
    doc: (description) => next({ description }),
    optional: () => make(json, 'optional'),
    default: (value) => make({ ...json, default: value as JsonValue }, 'defaulted'),
    nullable: () =>
      make(
        {
          ...json,
          nullable: true,
          ...(json.enum === undefined ? {} : { enum: [...json.enum, null] }),
        },
        presence,
      ),
    min: (least) => next({ [bound(json, LEAST)]: least }),
    max: (most) => next({ [bound(json, MOST)]: most }),
    pattern: (pattern) => next({ pattern }),
    format: (format) => next({ format }),
    refuse: (pattern) => next({ not: { pattern } }),
    cel: (rule, message, options = {}) =>
      next({
        'x-kubernetes-validations': [
          ...(json['x-kubernetes-validations'] ?? []),
          { rule, message, ...options },
        ],
      }),
    atomic: () => next({ 'x-kubernetes-map-type': 'atomic' }),
    open: () => make({ ...json, 'x-kubernetes-preserve-unknown-fields': true }, presence),
  }
}

export function str(): Schema<string> {
  return make({ type: 'string' }, 'required')
}

/** A whole number that every client can hold: bounds must stay within ±2⁵³. */
export function int(): Schema<number> {
  return make({ type: 'integer' }, 'required')
}

export function bool(): Schema<boolean> {
  return make({ type: 'boolean' }, 'required')
}

/** One of a fixed set of texts. */
export function oneOf<const T extends readonly string[]>(...values: T): Schema<T[number]> {
  return make({ type: 'string', enum: values }, 'required')
}

/** A number or a text that holds one, as Kubernetes' IntOrString. */
export function intOrString(): Schema<number | string> {
  return make({ 'x-kubernetes-int-or-string': true }, 'required')
}

/** Any JSON value, kept as it is. */
export function anything(): Schema<JsonValue> {
  return make({ 'x-kubernetes-preserve-unknown-fields': true }, 'required')
}

/** Any JSON object, kept as it is. */
export function raw(): Schema<JsonObject> {
  return make({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, 'required')
}

/** An object with these fields; others are dropped (or refused under strict field validation). */
export function obj<const F extends Fields>(fields: F): Schema<ObjectIn<F>, ObjectOut<F>> {
  const entries = Object.entries(fields)
  const required = entries
    .filter(([, field]) => field.presence === 'required')
    .map(([name]) => name)
  return make(
    {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, field]) => [name, field.json])),
      ...(required.length === 0 ? {} : { required }),
    },
    'required',
  )
}

/** A list that is replaced as a whole. */
export function arr<I, O>(items: Schema<I, O>): Schema<readonly I[], readonly O[]> {
  return make({ type: 'array', items: items.json, 'x-kubernetes-list-type': 'atomic' }, 'required')
}

/** A list of different texts; the API server refuses a repetition. */
export function set<I extends string, O extends string>(
  items: Schema<I, O>,
): Schema<readonly I[], readonly O[]> {
  return make({ type: 'array', items: items.json, 'x-kubernetes-list-type': 'set' }, 'required')
}

/** A list of objects told apart by `keys`; the API server refuses a repetition, and apply merges by key. */
export function listMap<I extends object, O extends object>(
  items: Schema<I, O>,
  ...keys: readonly [RequiredKey<O>, ...RequiredKey<O>[]]
): Schema<readonly I[], readonly O[]> {
  return make(
    {
      type: 'array',
      items: items.json,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': keys,
    },
    'required',
  )
}

/** An object whose keys the user chooses. */
export function map<I, O>(
  values: Schema<I, O>,
): Schema<Readonly<Record<string, I>>, Readonly<Record<string, O>>> {
  return make({ type: 'object', additionalProperties: values.json }, 'required')
}
