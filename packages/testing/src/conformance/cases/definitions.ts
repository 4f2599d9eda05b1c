/** CustomResourceDefinitions: what is refused, what becomes of their resources, how they come and go. */
import assert from 'node:assert/strict'
import type { JsonObject } from '@sortie/machinery'
import { type Answer, created, invalid, ok, refused } from '../answer.ts'
import { type CaseRun, type ConformanceContext, casesOf } from '../case.ts'
import { definitionOf } from '../fixtures.ts'

const API = 'apiextensions.k8s.io/v1'
const crds = ({ cluster }: ConformanceContext) => cluster(API, 'customresourcedefinitions')

/** A definition in a group of the case’s own. */
function thing(context: ConformanceContext, schema: object, more: object = {}): JsonObject {
  const group = `${context.namespace}.sortie.test`
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }
  return definitionOf({ plural: 'things', kind: 'Thing', scope: 'Namespaced', group }, [
    { ...version, ...more },
  ])
}

const specOf = (properties: object, more: object = {}): object => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, ...more } },
})
const AT = 'spec.validation.openAPIV3Schema'

type Cause = readonly [field: string, reason?: string]

/** Schemas that are refused, with the fields of the causes. */
const REFUSED: Readonly<Record<string, readonly [schema: object, ...Cause[]]>> = {
  'a root that is no object': [{ type: 'string' }, [`${AT}.type`, 'FieldValueInvalid']],
  'a field without type': [
    specOf({ a: {} }),
    [`${AT}.properties[spec].properties[a].type`, 'FieldValueRequired'],
  ],
  'an unknown type': [
    specOf({ a: { type: 'text' } }),
    [`${AT}.properties[spec].properties[a].type`],
  ],
  'a list without items': [
    specOf({ a: { type: 'array' } }),
    [`${AT}.properties[spec].properties[a].items`, 'FieldValueRequired'],
  ],
  'a list map without keys': [
    specOf({
      a: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        items: { type: 'object', properties: { k: { type: 'string' } } },
      },
    }),
    [`${AT}.properties[spec].properties[a].x-kubernetes-list-map-keys`, 'FieldValueRequired'],
  ],
  'a key that is neither required nor defaulted': [
    specOf({
      a: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' } } },
      },
    }),
    [`${AT}.properties[spec].properties[a].items.properties[k].default`, 'FieldValueRequired'],
  ],
  'a default of the wrong type': [
    specOf({ a: { type: 'integer', default: 'x' } }),
    [`${AT}.properties[spec].properties[a].default`],
  ],
  'a default against its own minimum': [
    specOf({ a: { type: 'integer', minimum: 5, default: 1 } }),
    [`${AT}.properties[spec].properties[a].default`],
  ],
  'a pattern that does not compile': [
    specOf({ a: { type: 'string', pattern: '(' } }),
    [`${AT}.properties[spec].properties[a].pattern`, 'FieldValueInvalid'],
  ],
  'a rule that does not compile': [
    specOf({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self +' }] } }),
    [`${AT}.properties[spec].properties[a].x-kubernetes-validations[0].rule`, 'FieldValueInvalid'],
  ],
  'a rule that is no truth value': [
    specOf({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self' }] } }),
    [`${AT}.properties[spec].properties[a].x-kubernetes-validations[0].rule`, 'FieldValueInvalid'],
  ],
  'a rule about a field that is not there': [
    specOf({ a: { type: 'string' } }, { 'x-kubernetes-validations': [{ rule: 'self.b == "x"' }] }),
    [`${AT}.properties[spec].x-kubernetes-validations[0].rule`, 'FieldValueInvalid'],
  ],
  'an empty rule': [
    specOf({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: '' }] } }),
    [`${AT}.properties[spec].properties[a].x-kubernetes-validations[0].rule`, 'FieldValueRequired'],
  ],
  'properties and additionalProperties together': [
    specOf({
      a: {
        type: 'object',
        properties: { b: { type: 'string' } },
        additionalProperties: { type: 'string' },
      },
    }),
    [`${AT}.properties[spec].properties[a].additionalProperties`, 'FieldValueForbidden'],
  ],
  uniqueItems: [
    specOf({ a: { type: 'array', uniqueItems: true, items: { type: 'string' } } }),
    [`${AT}.properties[spec].properties[a].uniqueItems`, 'FieldValueForbidden'],
  ],
  'a set of objects that are not atomic': [
    specOf({
      a: {
        type: 'array',
        'x-kubernetes-list-type': 'set',
        items: { type: 'object', properties: { x: { type: 'string' } } },
      },
    }),
    [`${AT}.properties[spec].properties[a].items.x-kubernetes-map-type`],
  ],
  // The text of a number has no bound that the estimate knows of.
  'a message expression that costs too much': [
    specOf(
      { a: { type: 'integer' } },
      {
        'x-kubernetes-validations': [
          { rule: 'self.a > 1', messageExpression: "'not ' + string(self.a)" },
        ],
      },
    ),
    [`${AT}.properties[spec].x-kubernetes-validations[0].messageExpression`],
  ],
  'a rule that splits many long texts': [
    specOf({
      a: {
        type: 'array',
        maxItems: 20,
        items: {
          type: 'string',
          'x-kubernetes-validations': [{ rule: "self.split('b').size() < 3" }],
        },
      },
    }),
    [`${AT}.properties[spec].properties[a].items.x-kubernetes-validations[0].rule`],
  ],
  'a rule that compares long texts': [
    specOf({
      a: {
        type: 'array',
        maxItems: 40,
        items: { type: 'string' },
        'x-kubernetes-validations': [{ rule: 'self.isSorted()' }],
      },
    }),
    [`${AT}.properties[spec].properties[a].x-kubernetes-validations[0].rule`],
  ],
  // What the type of a value is has no bound but that of the value.
  'a rule about types of many values': [
    specOf({
      a: {
        type: 'array',
        maxItems: 100,
        items: {
          'x-kubernetes-int-or-string': true,
          'x-kubernetes-validations': [{ rule: 'type(self) == int' }],
        },
      },
    }),
    [`${AT}.properties[spec].properties[a].items.x-kubernetes-validations[0].rule`],
  ],
  'a rule that costs too much': [
    specOf({
      a: {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-validations': [{ rule: 'self.all(x, self.all(y, x != y || x == y))' }],
      },
    }),
    [
      `${AT}.properties[spec].properties[a].x-kubernetes-validations[0].rule`,
      'FieldValueForbidden',
    ],
    [
      `${AT}.properties[spec].properties[a].x-kubernetes-validations[0].rule`,
      'FieldValueForbidden',
    ],
    [AT, 'FieldValueForbidden'],
  ],
}

const schemas = casesOf(
  'definitions: schemas',
  Object.fromEntries(
    Object.entries(REFUSED).map(([name, [schema, ...causes]]): [string, CaseRun] => [
      `${name} is refused`,
      async (context) => {
        const answer = await crds(context).create(thing(context, schema), { dryRun: 'All' })
        refused(answer, { code: 422, reason: 'Invalid' })
        const given = new Set(
          (answer.all('details.causes') as { field: string }[]).map(({ field }) => field),
        )
        for (const [field] of causes) {
          assert.ok(given.has(field), `${field} in ${JSON.stringify(answer.at('message'))}`)
        }
      },
    ]),
  ),
)

const isServed = ({ status }: Answer): boolean => status === 200

const life = casesOf('definitions: life', {
  'a definition is established and its resource served': async (context) => {
    const body = thing(context, specOf({ a: { type: 'string' } }))
    const answer = created(await crds(context).create(body))
    assert.equal(answer.at('spec.conversion.strategy'), 'None')
    assert.equal(answer.at('spec.names.listKind'), 'ThingList')
    const found = await context.eventually(
      () => crds(context).item(answer.name).get(),
      (one) =>
        (one.all('status.conditions') as { type: string; status: string }[]).some(
          ({ type, status }) => type === 'Established' && status === 'True',
        ),
    )
    assert.deepEqual(found.at('status.storedVersions'), ['v1'])
    assert.equal(found.at('status.acceptedNames.plural'), 'things')
    const group = `${context.namespace}.sortie.test`
    const things = context.namespaced(`${group}/v1`, 'things')
    await context.eventually(() => things.list(), isServed)
    const object = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' } }
    created(await things.create({ ...object, spec: { a: 'x', b: 'y' } }))
    assert.deepEqual(ok(await things.item('a').get()).at('spec'), { a: 'x' })
  },
  'singular and list kind are filled in': async (context) => {
    const body = structuredClone(thing(context, { type: 'object' })) as unknown as {
      spec: { names: object }
    }
    body.spec.names = { plural: 'things', kind: 'Thing' }
    const answer = created(await crds(context).create(body, { dryRun: 'All' }))
    assert.equal(answer.at('spec.names.singular'), 'thing')
    assert.equal(answer.at('spec.names.listKind'), 'ThingList')
  },
  'a definition that goes takes its objects with it': async (context) => {
    const body = thing(context, specOf({ a: { type: 'string' } }))
    const { name } = created(await crds(context).create(body))
    const group = `${context.namespace}.sortie.test`
    const things = context.namespaced(`${group}/v1`, 'things')
    await context.eventually(() => things.list(), isServed)
    created(
      await things.create({ apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' } }),
    )
    ok(await crds(context).item(name).delete())
    await context.eventually(
      () => crds(context).item(name).get(),
      ({ status }) => status === 404,
    )
    await context.eventually(
      () => things.list(),
      ({ status }) => status === 404,
    )
  },
  'a changed schema holds for the objects that are there': async (context) => {
    const body = thing(context, specOf({ a: { type: 'string' }, b: { type: 'string' } }))
    const { name } = created(await crds(context).create(body))
    const group = `${context.namespace}.sortie.test`
    const things = context.namespaced(`${group}/v1`, 'things')
    await context.eventually(() => things.list(), isServed)
    const object = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' } }
    created(await things.create({ ...object, spec: { a: 'x', b: 'y' } }))
    const next = specOf({ a: { type: 'string' }, c: { type: 'integer', default: 3 } })
    const versions = [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: next } },
    ]
    ok(await crds(context).item(name).merge({ spec: { versions } }))
    await context.eventually(
      () => things.item('a').get(),
      (answer) => answer.at('spec.c') === 3,
    )
    assert.deepEqual(ok(await things.item('a').get()).at('spec'), { a: 'x', c: 3 })
  },
  'a value that was wrong before may stay while another changes': async (context) => {
    const body = thing(context, specOf({ a: { type: 'string' }, b: { type: 'string' } }))
    const { name } = created(await crds(context).create(body))
    const group = `${context.namespace}.sortie.test`
    const things = context.namespaced(`${group}/v1`, 'things')
    await context.eventually(() => things.list(), isServed)
    const object = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' } }
    created(await things.create({ ...object, spec: { a: 'long', b: 'y' } }))
    const next = specOf({ a: { type: 'string', maxLength: 2 }, b: { type: 'string' } })
    const versions = [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: next } },
    ]
    ok(await crds(context).item(name).merge({ spec: { versions } }))
    await context.eventually(
      () =>
        things.create(
          { ...object, metadata: { name: 'b' }, spec: { a: 'long' } },
          { dryRun: 'All' },
        ),
      ({ status }) => status === 422,
    )
    ok(await things.item('a').merge({ spec: { b: 'z' } }))
    invalid(await things.item('a').merge({ spec: { a: 'longer' } }), [
      'spec.a',
      'FieldValueTooLong',
    ])
  },
  'what has fields of no schema never counts as unchanged': async (context) => {
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    const body = thing(context, specOf({ a: open, b: { type: 'string' } }))
    const { name } = created(await crds(context).create(body))
    const group = `${context.namespace}.sortie.test`
    const things = context.namespaced(`${group}/v1`, 'things')
    await context.eventually(() => things.list(), isServed)
    const object = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' } }
    created(await things.create({ ...object, spec: { a: { x: 1 }, b: 'y' } }))
    created(await things.create({ ...object, metadata: { name: 'b' }, spec: { a: {}, b: 'y' } }))
    const next = specOf({ a: { ...open, minProperties: 2 }, b: { type: 'string' } })
    const versions = [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: next } },
    ]
    ok(await crds(context).item(name).merge({ spec: { versions } }))
    const other = { ...object, metadata: { name: 'c' }, spec: { a: {} } }
    await context.eventually(
      () => things.create(other, { dryRun: 'All' }),
      ({ status }) => status === 422,
    )
    invalid(await things.item('a').merge({ metadata: { labels: { a: 'b' } } }), ['spec.a'])
    ok(await things.item('b').merge({ metadata: { labels: { a: 'b' } } }))
  },
  'the name must be plural and group': async (context) => {
    const body = { ...thing(context, { type: 'object' }), metadata: { name: 'wrong.name' } }
    refused(await crds(context).create(body), {
      code: 422,
      reason: 'Invalid',
      message:
        /metadata\.name: Invalid value: "wrong\.name": must be spec\.names\.plural\+"\."\+spec\.group/,
    })
  },
  'one version must be stored': async (context) => {
    const body = thing(context, { type: 'object' }, { storage: false })
    refused(await crds(context).create(body), {
      code: 422,
      reason: 'Invalid',
      message: /must have exactly one version marked as storage version/,
    })
  },
  'a schema is required': async (context) => {
    const body = thing(context, { type: 'object' }, { schema: null })
    refused(await crds(context).create(body), {
      code: 422,
      reason: 'Invalid',
      message: /spec\.versions\[0\]\.schema\.openAPIV3Schema: Required value/,
    })
  },
  'scope is one of two': async (context) => {
    const body = structuredClone(thing(context, { type: 'object' })) as unknown as {
      spec: { scope: string }
    }
    body.spec.scope = 'Galaxy'
    refused(await crds(context).create(body), { code: 422, reason: 'Invalid', message: /scope/ })
  },
  'the group does not change': async (context) => {
    const { name } = created(await crds(context).create(thing(context, { type: 'object' })))
    refused(
      await crds(context)
        .item(name)
        .merge({ spec: { group: 'other.test' } }),
      {
        code: 422,
        reason: 'Invalid',
      },
    )
    ok(await crds(context).item(name).delete())
  },
  'names that another kind has are not accepted': async (context) => {
    const first = thing(context, { type: 'object' })
    created(await crds(context).create(first))
    const group = `${context.namespace}.sortie.test`
    const second = definitionOf(
      { plural: 'stuff', kind: 'Thing', scope: 'Namespaced', group },
      (first['spec'] as unknown as { versions: object[] }).versions,
    )
    const { name } = created(await crds(context).create(second))
    const found = await context.eventually(
      () => crds(context).item(name).get(),
      (one) =>
        (one.all('status.conditions') as { type: string; status: string }[]).some(
          ({ type, status }) => type === 'NamesAccepted' && status === 'False',
        ),
    )
    const conditions = found.all('status.conditions') as { type: string; reason: string }[]
    const accepted = conditions.find(({ type }) => type === 'NamesAccepted')
    assert.match(String(accepted?.reason), /Conflict/)
  },
})

export const DEFINITION_CASES = [...schemas, ...life]
