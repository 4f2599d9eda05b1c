import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileSchema, fieldErrorMessage, type JsonSchema } from './index.ts'

const object = (properties: Record<string, JsonSchema>, rest: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...rest,
})

const spec = (schema: JsonSchema): JsonSchema => object({ spec: schema })

function messages(schema: JsonSchema, value: unknown): string[] {
  return compileSchema(spec(schema)).validate({ spec: value }).map(fieldErrorMessage)
}

const string: JsonSchema = { type: 'string' }
const integer: JsonSchema = { type: 'integer' }

interface Row {
  readonly name: string
  readonly schema: JsonSchema
  readonly good: readonly unknown[]
  /** Value, then the messages it must give. */
  readonly bad: readonly (readonly [unknown, ...string[]])[]
}

const typed = (actual: string, type: string) =>
  `spec: Invalid value: "${actual}": spec in body must be of type ${type}: "${actual}"`

const ROWS: readonly Row[] = [
  {
    name: 'string',
    schema: string,
    good: ['', 'a'],
    bad: [
      [1, typed('integer', 'string')],
      [1.5, typed('number', 'string')],
      [true, typed('boolean', 'string')],
      [{}, typed('object', 'string')],
      [[], typed('array', 'string')],
      [null, typed('null', 'string')],
    ],
  },
  {
    name: 'integer',
    schema: integer,
    good: [0, -1, 2 ** 40],
    bad: [
      ['1', typed('string', 'integer')],
      [
        1.5,
        typed('number', 'integer'),
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec',
      ],
    ],
  },
  {
    name: 'number',
    schema: { type: 'number' },
    good: [1, 1.5],
    bad: [['1', typed('string', 'number')]],
  },
  {
    name: 'boolean',
    schema: { type: 'boolean' },
    good: [true],
    bad: [[0, typed('integer', 'boolean')]],
  },
  { name: 'object', schema: { type: 'object' }, good: [{}], bad: [[[], typed('array', 'object')]] },
  {
    name: 'array',
    schema: { type: 'array', items: string },
    good: [[], ['a']],
    bad: [
      ['a', typed('string', 'array')],
      [
        ['a', 2],
        'spec[1]: Invalid value: "integer": spec[1] in body must be of type string: "integer"',
      ],
    ],
  },
  { name: 'nullable', schema: { type: 'string', nullable: true }, good: [null, 'a'], bad: [] },
  {
    name: 'enum',
    schema: { type: 'string', enum: ['low', 'high'] },
    good: ['low'],
    bad: [['x', 'spec: Unsupported value: "x": supported values: "low", "high"']],
  },
  {
    name: 'pattern',
    schema: { type: 'string', pattern: '^[a-z]+$' },
    good: ['abc'],
    bad: [['X', `spec: Invalid value: "X": spec in body should match '^[a-z]+$'`]],
  },
  {
    name: 'length in code points',
    schema: { type: 'string', minLength: 2, maxLength: 3 },
    good: ['ab', '🚀🚀🚀'],
    bad: [
      ['a', 'spec: Invalid value: "a": spec in body should be at least 2 chars long'],
      ['🚀', 'spec: Invalid value: "🚀": spec in body should be at least 2 chars long'],
      ['abcd', 'spec: Too long: may not be more than 3 bytes'],
    ],
  },
  {
    name: 'bounds',
    schema: { type: 'integer', minimum: 0, maximum: 100 },
    good: [0, 100],
    bad: [
      [-1, 'spec: Invalid value: -1: spec in body should be greater than or equal to 0'],
      [101, 'spec: Invalid value: 101: spec in body should be less than or equal to 100'],
    ],
  },
  {
    name: 'exclusive bounds and multiples',
    schema: {
      type: 'number',
      minimum: 0,
      exclusiveMinimum: true,
      maximum: 1,
      exclusiveMaximum: true,
      multipleOf: 0.1,
    },
    good: [0.1, 0.3, 0.7],
    bad: [
      [0, 'spec: Invalid value: 0: spec in body should be greater than 0'],
      [1, 'spec: Invalid value: 1: spec in body should be less than 1'],
      [0.25, 'spec: Invalid value: 0.25: spec in body should be a multiple of 0.1'],
    ],
  },
  {
    name: 'item counts',
    schema: { type: 'array', items: integer, minItems: 1, maxItems: 2 },
    good: [[1], [1, 1]],
    bad: [
      [[], 'spec: Invalid value: 0: spec in body should have at least 1 items'],
      [[1, 2, 3], 'spec: Too many: 3: must have at most 2 items'],
    ],
  },
  {
    name: 'property counts and required',
    schema: object({ a: string }, { required: ['a'] }),
    good: [{ a: 'x' }],
    bad: [[{}, 'spec.a: Required value']],
  },
  {
    name: 'additionalProperties',
    schema: { type: 'object', additionalProperties: integer, maxProperties: 2 },
    good: [{}, { a: 1 }],
    bad: [
      [
        { a: 'x' },
        'spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"',
      ],
      [{ a: 1, b: 2, c: 3 }, 'spec: Too many: 3: must have at most 2 items'],
    ],
  },
  {
    name: 'int-or-string',
    schema: { 'x-kubernetes-int-or-string': true, anyOf: [integer, string] },
    good: [1, '50%'],
    bad: [
      [true, typed('boolean', 'integer,string')],
      [1.5, typed('number', 'integer,string')],
    ],
  },
  {
    name: 'date-time',
    schema: { type: 'string', format: 'date-time' },
    good: ['2026-01-31T10:00:00Z', '2024-02-29T10:00:00.123456+02:00'],
    bad: [
      [
        '2026-02-30T10:00:00Z',
        'spec: Invalid value: "2026-02-30T10:00:00Z": spec in body must be of type date-time: "2026-02-30T10:00:00Z"',
      ],
    ],
  },
  {
    name: 'duration',
    schema: { type: 'string', format: 'duration' },
    good: ['1h30m', '300ms', '-1.5h', '0', '3 days'],
    bad: [['5', 'spec: Invalid value: "5": spec in body must be of type duration: "5"']],
  },
  {
    name: 'list set',
    schema: { type: 'array', items: string, 'x-kubernetes-list-type': 'set' },
    good: [['a', 'b']],
    bad: [[['a', 'b', 'a'], 'spec[2]: Duplicate value: "a"']],
  },
  {
    name: 'list map',
    schema: {
      type: 'array',
      items: object({ name: string, port: integer }),
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    good: [[{ name: 'a' }, { name: 'b' }]],
    bad: [[[{ name: 'a' }, { name: 'a', port: 1 }], 'spec[1]: Duplicate value: {"name":"a"}']],
  },
  {
    name: 'anyOf',
    schema: { type: 'integer', anyOf: [{ minimum: 10 }, { maximum: 5 }] },
    good: [3, 11],
    bad: [
      [
        7,
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        'spec: Invalid value: 7: spec in body should be greater than or equal to 10',
      ],
    ],
  },
  {
    name: 'oneOf',
    schema: object({ a: string, b: string }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
    good: [{ a: '' }, { b: '' }],
    bad: [
      [
        { a: '', b: '' },
        '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
      [
        {},
        '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
        'spec.a: Required value',
      ],
    ],
  },
  {
    name: 'allOf',
    schema: { type: 'string', allOf: [{ minLength: 1 }, { maxLength: 2 }] },
    good: ['a'],
    bad: [
      [
        'abc',
        'spec: Too long: may not be more than 2 bytes',
        '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)',
      ],
    ],
  },
  {
    name: 'not',
    schema: { type: 'string', not: { enum: ['root'] } },
    good: ['me'],
    bad: [['root', '<nil>: Invalid value: "": "spec" must not validate the schema (not)']],
  },
  {
    name: 'embedded resource',
    schema: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
    good: [{ apiVersion: 'v1', kind: 'Pod', other: 1 }],
    bad: [
      [{ kind: 'Pod' }, 'spec.apiVersion: Required value'],
      [
        { apiVersion: 'a/b/c', kind: 'Pod' },
        'spec.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      ],
    ],
  },
]

describe('validate', () => {
  for (const { name, schema, good, bad } of ROWS) {
    it(`judges ${name}`, () => {
      for (const value of good) assert.deepEqual(messages(schema, value), [], JSON.stringify(value))
      for (const [value, ...expected] of bad) assert.deepEqual(messages(schema, value), expected)
    })
  }
})

describe('normalise', () => {
  const compiled = compileSchema(
    spec(
      object({
        mode: { type: 'string', default: 'fast' },
        limits: object({ cpu: { type: 'integer', default: 2 } }, { default: {} }),
        note: { type: 'string', nullable: true, default: 'n' },
        list: {
          type: 'array',
          items: object({ name: string, size: { type: 'integer', default: 1 } }),
        },
        raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        open: { type: 'object', additionalProperties: object({ x: string }) },
      }),
    ),
  )
  const run = (value: unknown) => compiled.normalise({ spec: value })

  it('fills nested defaults, also inside a default', () => {
    assert.deepEqual(run({}).value, { spec: { mode: 'fast', limits: { cpu: 2 }, note: 'n' } })
  })

  it('replaces a null by the default where the field takes no null, and keeps it where it does', () => {
    const value = run({ mode: null, note: null, limits: { cpu: null } }).value
    assert.deepEqual(value, { spec: { mode: 'fast', note: null, limits: { cpu: 2 } } })
  })

  it('drops a null without default', () => {
    assert.equal(Object.hasOwn((run({ list: null }).value as { spec: object }).spec, 'list'), false)
  })

  it('prunes unknown fields everywhere but under preserve-unknown-fields', () => {
    const before = {
      mode: 'm',
      note: 'n',
      limits: { cpu: 1, gpu: 2 },
      list: [{ name: 'a', size: 1, foo: 1 }],
      raw: { any: { thing: 1 } },
      open: { k: { x: 'x', y: 'y' } },
      stray: true,
    }
    const { value, pruned } = run(before)
    assert.equal(pruned, true)
    assert.deepEqual(value, {
      spec: {
        mode: 'm',
        note: 'n',
        limits: { cpu: 1 },
        list: [{ name: 'a', size: 1 }],
        raw: { any: { thing: 1 } },
        open: { k: { x: 'x' } },
      },
    })
    assert.deepEqual(compiled.unknownFields({ spec: before }), [
      'spec.limits.gpu',
      'spec.list[0].foo',
      'spec.open.k.y',
      'spec.stray',
    ])
  })

  it('returns the same reference where nothing changes', () => {
    const whole = {
      apiVersion: 'v1',
      kind: 'X',
      metadata: { name: 'x', labels: { odd: 'y' } },
      spec: { mode: 'm', limits: { cpu: 1 }, note: null, list: [{ size: 1 }] },
    }
    assert.equal(compiled.normalise(whole).value, whole)
  })

  it('keeps a field named __proto__ an ordinary field', () => {
    const raw = JSON.parse('{"raw":{"__proto__":{"a":1}},"stray":1}')
    const after = run(raw).value as { spec: { raw: object } }
    assert.equal(JSON.stringify(after.spec.raw), '{"__proto__":{"a":1}}')
  })
})
