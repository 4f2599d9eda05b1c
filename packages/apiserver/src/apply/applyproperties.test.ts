import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deepEqual, deepFreeze, type JsonObject, type JsonValue } from '@sortie/machinery'
import fc from 'fast-check'
import { applyPatch, updateManagedFields } from './apply.ts'
import {
  difference,
  equalSets,
  type FieldSet,
  intersection,
  isSubset,
  memberPaths,
  readFieldSet,
  union,
} from './fieldset.ts'
import { mergeObjects } from './merge.ts'
import { compileMergeSchema } from './mergeschema.ts'

const stage = {
  type: 'object',
  properties: { name: { type: 'string' }, size: { type: 'integer' }, tags: tagsSchema() },
}

function tagsSchema() {
  return { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } }
}

const schema = compileMergeSchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        tags: tagsSchema(),
        args: { type: 'array', items: { type: 'string' } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        stages: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: stage,
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
})

const letter = fc.constantFrom('a', 'b', 'c')
const tags = fc.uniqueArray(letter, { maxLength: 3 })
const size = fc.constantFrom(1, 2)
const optional = { requiredKeys: [] }
const free: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>(
  {},
  { a: 1 },
  { a: { b: 1 } },
  { b: [1] },
  { a: [] },
)
const spec = fc.record(
  {
    size,
    tags,
    args: fc.array(letter, { maxLength: 2 }),
    labels: fc.dictionary(letter, letter, { maxKeys: 2 }),
    stages: fc.uniqueArray(fc.record({ name: letter, size, tags }, { requiredKeys: ['name'] }), {
      maxLength: 3,
      selector: ({ name }) => name,
    }),
    free,
  },
  optional,
) as fc.Arbitrary<JsonObject>

interface Write {
  readonly kind: 'apply' | 'update'
  readonly manager: string
  readonly spec: JsonObject
}

const write: fc.Arbitrary<Write> = fc.record({
  kind: fc.constantFrom('apply', 'update'),
  manager: fc.constantFrom('x', 'y'),
  spec,
})

const head = { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 'a' } }

function perform(
  live: JsonObject,
  { kind, manager, spec: wanted }: Write,
  time = 't1',
): JsonObject {
  if (kind === 'apply') {
    const applied = deepFreeze({ ...head, spec: wanted })
    return deepFreeze(applyPatch({ live, applied, manager, schema, time, force: true }).object)
  }
  const after = deepFreeze({ ...live, spec: wanted })
  return deepFreeze(updateManagedFields({ before: live, after, manager, schema, time }))
}

function start(first: Write): JsonObject {
  const after = deepFreeze({ ...head, spec: first.spec })
  return deepFreeze(
    updateManagedFields({ before: undefined, after, manager: 'u', schema, time: 't0' }),
  )
}

const history = fc.tuple(write, fc.array(write, { maxLength: 6 }))

function after([first, writes]: [Write, Write[]]): JsonObject {
  return writes.reduce((live, next) => perform(live, next), start(first))
}

/** A container that an apply took the last field out of is null, as in Kubernetes: the kind's own rules refuse or drop it. */
const isEmptied = (object: JsonObject): boolean => JSON.stringify(object['spec']).includes('null')

/** Nobody owns an empty list, so that it may go with what an apply takes out around it, as in Kubernetes. */
const hasEmptyList = (wanted: JsonObject): boolean => JSON.stringify(wanted).includes('[]')

test('a container that an apply empties is null', () => {
  const first = perform(start({ kind: 'apply', manager: 'x', spec: {} }), {
    kind: 'apply',
    manager: 'x',
    spec: { labels: { a: 'a' }, size: 1 },
  })
  const next = perform(first, { kind: 'apply', manager: 'x', spec: { labels: {}, size: 1 } })
  assert.deepEqual(next['spec'], { labels: null, size: 1 })
})

test('an empty list goes with the object that the rest of it leaves', () => {
  const spec = { stages: [{ name: 'a', tags: ['a'] }] }
  const first = perform(start({ kind: 'apply', manager: 'x', spec: {} }), {
    kind: 'apply',
    manager: 'x',
    spec,
  })
  const next = perform(first, { kind: 'apply', manager: 'x', spec: { stages: [], free: {} } })
  assert.deepEqual(next['spec'], { free: {} })
})

test('applying the same configuration again changes nothing, whatever happened before', () => {
  fc.assert(
    fc.property(history, write, (past, last) => {
      const apply: Write = { ...last, kind: 'apply' }
      const once = perform(after(past), apply)
      if (isEmptied(once) || hasEmptyList(last.spec)) return
      assert.equal(perform(once, apply, 't2'), once)
    }),
  )
})

test('what is applied is what is there afterwards', () => {
  fc.assert(
    fc.property(history, write, (past, { manager, spec: wanted }) => {
      const object = perform(after(past), { kind: 'apply', manager, spec: wanted })
      if (isEmptied(object) || hasEmptyList(wanted)) return
      assert.equal(mergeObjects(schema, object, { ...head, spec: wanted }), object)
    }),
  )
})

test('nobody but the writer gains a field by a write', () => {
  fc.assert(
    fc.property(history, write, (past, next) => {
      const live = after(past)
      const object = perform(live, next)
      for (const [owner, fields] of owners(object)) {
        if (owner === `${next.kind} ${next.manager}`) continue
        assert.ok(isSubset(fields, owners(live).get(owner) ?? {}), owner)
      }
    }),
  )
})

function owners(object: JsonObject): ReadonlyMap<string, FieldSet> {
  const entries = ((object['metadata'] as JsonObject)['managedFields'] ?? []) as unknown as {
    manager: string
    operation: string
    fieldsV1: FieldSet
  }[]
  return new Map(entries.map((e) => [`${e.operation.toLowerCase()} ${e.manager}`, e.fieldsV1]))
}

test('an update and its reverse restore the object', () => {
  fc.assert(
    fc.property(history, spec, (past, other) => {
      const live = after(past)
      const there = perform(live, { kind: 'update', manager: 'x', spec: other })
      const back = perform(there, {
        kind: 'update',
        manager: 'x',
        spec: live['spec'] as JsonObject,
      })
      assert.ok(deepEqual(back['spec'], live['spec']))
    }),
  )
})

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1')
const set: fc.Arbitrary<FieldSet> = fc
  .array(fc.array(element, { minLength: 1, maxLength: 3 }), { maxLength: 6 })
  .map((paths) => paths.reduce<FieldSet>((all, path) => union(all, single(path)), {}))

function single(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((inner, name) => ({ [name]: inner }), {})
}

test('sets of fields follow the algebra of sets of paths', () => {
  const paths = (value: FieldSet): Set<string> => new Set(memberPaths(value))
  fc.assert(
    fc.property(set, set, (a, b) => {
      const [left, right] = [paths(a), paths(b)]
      assert.deepEqual(paths(union(a, b)), left.union(right))
      assert.deepEqual(paths(difference(a, b)), left.difference(right))
      assert.deepEqual(paths(intersection(a, b)), left.intersection(right))
      assert.equal(isSubset(a, b), left.isSubsetOf(right))
      assert.equal(union(a, a), a)
      if (left.isDisjointFrom(right)) assert.equal(difference(a, b), a)
      if (right.isSubsetOf(left)) assert.equal(union(a, b), a)
    }),
    { numRuns: 1000 },
  )
})

test('a set that a client sends is read and made canonical, or refused', () => {
  fc.assert(fc.property(set, (value) => equalSets(readFieldSet(value) ?? {}, value)))
  assert.deepEqual(readFieldSet({ 'k:{ "b":1, "a":"x"}': { '.': {} } }), {
    'k:{"a":"x","b":1}': { '.': {} },
  })
  for (const bad of [
    null,
    [],
    'x',
    { bad: {} },
    { 'f:a': 1 },
    { 'k:[]': {} },
    { 'v:{': {} },
    { 'i:x': {} },
  ]) {
    assert.equal(readFieldSet(bad), undefined, JSON.stringify(bad))
  }
  let deep: JsonObject = {}
  for (let level = 0; level < 100; level++) deep = { 'f:a': deep }
  assert.equal(readFieldSet(deep), undefined)
})

test('a value of another shape takes the ownership of all below it', () => {
  const live = start({ kind: 'update', manager: 'u', spec: { free: { a: { b: 1, c: 2 } } } })
  const text = perform(live, { kind: 'update', manager: 'x', spec: { free: { a: 'text' } } })
  assert.deepEqual(owners(text).get('update x'), { 'f:spec': { 'f:free': { 'f:a': {} } } })
  assert.deepEqual(owners(text).get('update u'), { 'f:spec': { '.': {}, 'f:free': {} } })
})
