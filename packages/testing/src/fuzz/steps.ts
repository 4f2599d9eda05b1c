/** Steps of a sequence: what writers do to one object, one after another. */
import { isJsonObject, type JsonObject, type JsonValue } from '@sortie/machinery'
import fc from 'fast-check'
import type { FuzzKind } from './kinds.ts'
import { jsonPatchOf, mergePatchOf, type PatchPlaces, strategicPatchOf } from './patches.ts'
import type { FuzzSchema } from './schema.ts'
import { UNTIDY, valueFor } from './values.ts'

/** What a request says of itself beside its body. */
export interface StepOptions {
  /** Empty: the client's name stands in. */
  readonly manager: string
  readonly validation: '' | 'Strict' | 'Warn' | 'Ignore'
  readonly dryRun: boolean
  readonly subresource: '' | 'status'
}

export type Step =
  | (StepOptions & { readonly do: 'create'; readonly content: JsonObject })
  | (StepOptions & {
      readonly do: 'update'
      readonly content: JsonObject
      /** Laid over what the server answered last, or in its place. */
      readonly over: boolean
      readonly version: 'fresh' | 'stale' | 'none'
    })
  | (StepOptions & {
      readonly do: 'merge' | 'json' | 'strategic'
      readonly patch: JsonValue
    })
  | (StepOptions & { readonly do: 'apply'; readonly content: JsonObject; readonly force: boolean })
  | (StepOptions & { readonly do: 'delete' })

const MANAGERS = ['one', 'two', 'three']

function optionsFor(kind: FuzzKind): fc.Arbitrary<StepOptions> {
  return fc.record({
    manager: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...MANAGERS) },
      { weight: 1, arbitrary: fc.constant('') },
    ),
    validation: fc.oneof(
      { weight: 3, arbitrary: fc.constant('' as const) },
      {
        weight: 2,
        arbitrary: fc.constantFrom('Strict' as const, 'Warn' as const, 'Ignore' as const),
      },
    ),
    dryRun: fc.oneof(
      { weight: 12, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    subresource: kind.hasStatus
      ? fc.oneof(
          { weight: 3, arbitrary: fc.constant('' as const) },
          { weight: 1, arbitrary: fc.constant('status' as const) },
        )
      : fc.constant('' as const),
  })
}

const LABELS: FuzzSchema = {
  type: 'object',
  additionalProperties: { type: 'string', enum: ['a', 'b', ''] },
}

const METADATA: FuzzSchema = {
  type: 'object',
  properties: {
    labels: LABELS,
    annotations: LABELS,
    finalizers: {
      type: 'array',
      items: { type: 'string', enum: ['a.b/c', 'a.b/d'] },
      'x-kubernetes-list-type': 'set',
    },
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: {
          // Of no kind that there is: nothing collects its dependants.
          apiVersion: { type: 'string', enum: ['none.test/v1'] },
          kind: { type: 'string', enum: ['None'] },
          name: { type: 'string', enum: ['a', 'b'] },
          uid: { type: 'string', enum: ['11', '22'] },
          controller: { type: 'boolean' },
        },
      },
    },
    generateName: { type: 'string', enum: ['g-'] },
  },
}

/** Most writes say little of metadata. */
const metadata: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: valueFor(METADATA, { wild: 1 }).map((one) => (isJsonObject(one) ? one : {})),
  },
)

function contentFor(kind: FuzzKind): fc.Arbitrary<JsonObject> {
  return fc.tuple(valueFor(kind.schema, UNTIDY), metadata).map(([fields, meta]) => ({
    ...(typeof fields === 'object' && fields !== null ? (fields as JsonObject) : {}),
    ...(Object.keys(meta as object).length === 0 ? {} : { metadata: meta }),
  }))
}

const isPlayed =
  ({ avoids }: FuzzKind) =>
  (step: Step): boolean =>
    avoids?.test(JSON.stringify(step)) !== true

function stepFor(kind: FuzzKind): fc.Arbitrary<Step> {
  const options = optionsFor(kind)
  const content = contentFor(kind)
  const places: PatchPlaces = { schema: kind.schema, metadata: METADATA }
  const make = <T extends object>(verb: Step['do'], part: fc.Arbitrary<T>): fc.Arbitrary<Step> =>
    fc
      .tuple(options, part)
      .map(([said, more]) => ({ do: verb, ...said, ...more }) as unknown as Step)
  const patched = (verb: 'merge' | 'json' | 'strategic', patch: fc.Arbitrary<JsonValue>) =>
    make(verb, fc.record({ patch }))
  const step = fc.oneof(
    { weight: 1, arbitrary: make('create', fc.record({ content })) },
    {
      weight: 3,
      arbitrary: make(
        'update',
        fc.record({
          content,
          over: fc.boolean(),
          version: fc.oneof(
            { weight: 8, arbitrary: fc.constant('fresh' as const) },
            { weight: 1, arbitrary: fc.constantFrom('stale' as const, 'none' as const) },
          ),
        }),
      ),
    },
    { weight: 3, arbitrary: patched('merge', mergePatchOf(places)) },
    { weight: 3, arbitrary: patched('json', jsonPatchOf(places)) },
    ...(kind.builtIn
      ? [{ weight: 4, arbitrary: patched('strategic', strategicPatchOf(places)) }]
      : []),
    { weight: 7, arbitrary: make('apply', fc.record({ content, force: fc.boolean() })) },
    { weight: 1, arbitrary: make('delete', fc.constant({})) },
  )
  return step.filter(isPlayed(kind))
}

/** The first step mostly makes the object. */
export function sequenceFor(kind: FuzzKind): fc.Arbitrary<readonly Step[]> {
  const content = contentFor(kind)
  const making = fc
    .tuple(optionsFor(kind), content, fc.constantFrom('create' as const, 'apply' as const))
    .map(
      ([said, made, verb]): Step =>
        ({
          ...said,
          subresource: '',
          dryRun: false,
          do: verb,
          content: made,
          force: false,
        }) as Step,
    )
    .filter(isPlayed(kind))
  return fc
    .tuple(making, fc.array(stepFor(kind), { minLength: 1, maxLength: 6 }))
    .map(([first, rest]) => [first, ...rest])
}
