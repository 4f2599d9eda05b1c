import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  compileSchema,
  fieldErrorMessage,
  type JsonSchema,
  type ValidationRule,
} from '../schema/index.ts'
import { checkSchemaRules, escapeProperty, ruleChecker } from './index.ts'

const text: JsonSchema = { type: 'string', maxLength: 63 }
const integer: JsonSchema = { type: 'integer' }

function object(properties: Record<string, JsonSchema>, ...rules: ValidationRule[]): JsonSchema {
  const validations = rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }
  return { type: 'object', properties, ...validations }
}

function judge(schema: JsonSchema, value: unknown, oldValue?: unknown): string[] {
  const compiled = compileSchema(schema, { rules: ruleChecker })
  const options = oldValue === undefined ? {} : { oldValue }
  return compiled.validate(value, options).map(fieldErrorMessage)
}

const withSpec = (schema: JsonSchema) => object({ spec: schema })

describe('a rule that fails', () => {
  const bad = { spec: { a: 1, b: 'x' } }
  const fields = { a: integer, b: text }
  const ROWS: readonly (readonly [string, ValidationRule, string])[] = [
    ['names itself', { rule: 'self.a > 1' }, 'spec: Invalid value: failed rule: self.a > 1'],
    ['says its message', { rule: 'self.a > 1', message: ' more ' }, 'spec: Invalid value: more'],
    [
      'says what its messageExpression finds',
      { rule: 'self.a > 1', messageExpression: '"%d is not more than 1".format([self.a])' },
      'spec: Invalid value: 1 is not more than 1',
    ],
    [
      'falls back to its message where the messageExpression fails',
      { rule: 'self.a > 1', message: 'more', messageExpression: 'self.b + string(1 / 0)' },
      'spec: Invalid value: more',
    ],
    [
      'points at its fieldPath',
      { rule: 'self.a > 1', message: 'more', fieldPath: '.a' },
      'spec.a: Invalid value: more',
    ],
    [
      'gives its reason',
      { rule: 'self.a > 1', message: 'no', reason: 'FieldValueForbidden' },
      'spec: Forbidden: no',
    ],
    [
      'gives the reason Required',
      {
        rule: 'has(self.c)',
        message: 'c is needed',
        reason: 'FieldValueRequired',
        fieldPath: '.c',
      },
      'spec.c: Required value: c is needed',
    ],
    [
      'reports an error of its evaluation',
      { rule: 'self.c == "x"' },
      'spec: Invalid value: "object": no such key: c evaluating rule: self.c == "x"',
    ],
  ]
  for (const [what, rule, message] of ROWS) {
    it(what, () => {
      const schema = withSpec(object({ ...fields, c: text }, rule))
      assert.deepEqual(judge(schema, bad), [message])
    })
  }

  it('is not run where the object is invalid otherwise', () => {
    const schema = withSpec(object(fields, { rule: 'self.a > 1' }))
    assert.deepEqual(judge(schema, { spec: { a: 'x' } }), [
      'spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ])
  })

  it('is let pass where the value was stored before and stays', () => {
    const schema = withSpec(object(fields, { rule: 'self.a > 1' }))
    assert.deepEqual(judge(schema, bad, bad), [])
    assert.equal(judge(schema, { spec: { a: 0 } }, bad).length, 1)
  })
})

describe('transition rules', () => {
  const items = object(
    { name: text, size: integer },
    { rule: 'self.size == oldSelf.size', message: 'fixed' },
  )
  const list: JsonSchema = {
    type: 'array',
    items: { ...items, required: ['name'] },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  }
  const schema = withSpec(object({ list }))

  it('compare items of map lists by their keys', () => {
    const before = {
      spec: {
        list: [
          { name: 'a', size: 1 },
          { name: 'b', size: 2 },
        ],
      },
    }
    const moved = {
      spec: {
        list: [
          { name: 'b', size: 2 },
          { name: 'c', size: 9 },
          { name: 'a', size: 1 },
        ],
      },
    }
    assert.deepEqual(judge(schema, moved, before), [])
    const changed = { spec: { list: [{ name: 'b', size: 3 }] } }
    assert.deepEqual(judge(schema, changed, before), ['spec.list[0]: Invalid value: fixed'])
  })

  it('are not run on creation, unless oldSelf is optional', () => {
    const rule = {
      rule: 'oldSelf.hasValue() || self.a == 1',
      optionalOldSelf: true,
      message: 'begin with 1',
    }
    const begun = withSpec(object({ a: integer }, rule))
    assert.deepEqual(judge(begun, { spec: { a: 2 } }), ['spec: Invalid value: begin with 1'])
    assert.deepEqual(judge(begun, { spec: { a: 2 } }, { spec: { a: 1 } }), [])
    assert.deepEqual(judge(schema, { spec: { list: [{ name: 'a', size: 1 }] } }), [])
  })

  it('are not run where the old value was null', () => {
    const grown: JsonSchema = {
      type: 'array',
      items: integer,
      nullable: true,
      'x-kubernetes-validations': [{ rule: 'self.size() >= oldSelf.size()' }],
    }
    const fields = withSpec(object({ grown }))
    assert.deepEqual(judge(fields, { spec: { grown: [1] } }, { spec: { grown: null } }), [])
    assert.equal(judge(fields, { spec: { grown: [] } }, { spec: { grown: [1] } }).length, 1)
  })

  it('write map keys in brackets', () => {
    const map: JsonSchema = {
      type: 'object',
      additionalProperties: object({ a: integer }, { rule: 'self.a > 0', message: 'positive' }),
    }
    const value = { spec: { map: { k: { a: 0 } } } }
    assert.deepEqual(judge(withSpec(object({ map })), value), [
      'spec.map[k]: Invalid value: positive',
    ])
  })
})

describe('rules at the root', () => {
  it('see the name of the object and nothing else of its metadata', () => {
    const rule = { rule: 'self.metadata.name.startsWith("m-")', message: 'm-' }
    assert.deepEqual(judge(object({}, rule), { metadata: { name: 'x' } }), [
      '<nil>: Invalid value: m-',
    ])
    const schema = object({}, { rule: 'self.metadata.labels.size() > 0' })
    assert.match(checkSchemaRules(schema).map(fieldErrorMessage).join(), /undefined field 'labels'/)
  })
})

describe('cost estimates', () => {
  const list = (maxItems: number): JsonSchema => ({ type: 'array', maxItems, items: text })
  const pairwise = { rule: 'self.l.all(a, self.l.exists_one(b, a == b))' }
  const costs = (schema: JsonSchema) => checkSchemaRules(schema).map(fieldErrorMessage)

  it('grow with the square of nested loops', () => {
    assert.deepEqual(costs(object({ l: list(64) }, pairwise)), [])
    assert.match(costs(object({ l: list(5_000) }, pairwise)).join(), /exceeds budget by factor of/)
  })

  it('count how often a schema may apply', () => {
    const inner = object({ l: list(64) }, pairwise)
    const many: JsonSchema = { type: 'array', maxItems: 1_000, items: inner }
    assert.match(
      costs(object({ many })).join(),
      /properties\[many\]\.items\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget/,
    )
  })

  it('refuse matching of text without bounds in a list without bounds', () => {
    const items = object({ s: { type: 'string' } }, { rule: 'self.s.matches("^[a-z]+$")' })
    assert.match(costs(object({ l: { type: 'array', items } })).join(), /more than 100x/)
  })
})

describe('escapeProperty', () => {
  const ROWS = [
    ['plain', 'plain'],
    ['namespace', '__namespace__'],
    ['a-b', 'a__dash__b'],
    ['a.b/c', 'a__dot__b__slash__c'],
    ['a__b', 'a__underscores__b'],
    ['1a', undefined],
    ['a b', undefined],
  ] as const
  for (const [name, escaped] of ROWS) {
    it(`writes ${name} as ${escaped}`, () => assert.equal(escapeProperty(name), escaped))
  }
})
