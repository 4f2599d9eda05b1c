import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ApiStatusError,
  deepFreeze,
  type JsonObject,
  type ManagedFieldsEntry,
} from '@sortie/machinery'
import { applyPatch, updateManagedFields } from './apply.ts'
import { compileMergeSchema } from './mergeschema.ts'

const schema = compileMergeSchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        selector: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
        stages: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              type: { type: 'string' },
              size: { type: 'integer' },
            },
          },
        },
        ports: {
          type: 'array',
          'x-kubernetes-patch-strategy': 'merge',
          'x-kubernetes-patch-merge-key': 'port',
          items: { type: 'object', properties: { port: { type: 'integer' } } },
        },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        args: { type: 'array', items: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
})

const head = { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 'a', namespace: 'n' } }
const thing = (spec: JsonObject, metadata: JsonObject = {}): JsonObject =>
  deepFreeze({ ...head, metadata: { ...head.metadata, ...metadata }, spec })

interface Step {
  readonly manager: string
  readonly time?: string
  readonly force?: boolean
  readonly subresource?: string
  readonly resetFields?: readonly string[]
}

const at = (second: number): string => `2026-11-23T10:00:0${second}Z`

function apply(live: JsonObject | undefined, applied: JsonObject, step: Step): JsonObject {
  const { object, changed } = applyPatch({ live, applied, schema, time: at(0), ...step })
  assert.equal(changed, object !== live)
  return deepFreeze(object)
}

function update(before: JsonObject | undefined, after: JsonObject, step: Step): JsonObject {
  return deepFreeze(updateManagedFields({ before, after, schema, time: at(0), ...step }))
}

/** A write of the spec that keeps what the object is otherwise. */
function edited(object: JsonObject, spec: JsonObject): JsonObject {
  return deepFreeze({ ...object, spec })
}

function entries(object: JsonObject): readonly ManagedFieldsEntry[] {
  return ((object['metadata'] as JsonObject)['managedFields'] ??
    []) as unknown as ManagedFieldsEntry[]
}

function fieldsOf(object: JsonObject, manager: string, operation = 'Apply'): unknown {
  const found = entries(object).find(
    (entry) => entry.manager === manager && entry.operation === operation,
  )
  return found?.fieldsV1
}

test('the first apply creates the object and owns what it says', () => {
  const object = apply(undefined, thing({ replicas: 1, stages: [{ name: 'x', type: 't' }] }), {
    manager: 'a',
  })
  assert.deepEqual(entries(object), [
    {
      manager: 'a',
      operation: 'Apply',
      apiVersion: 'x.io/v1',
      time: at(0),
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:spec': {
          'f:replicas': {},
          'f:stages': { 'k:{"name":"x"}': { '.': {}, 'f:name': {}, 'f:type': {} } },
        },
      },
    },
  ])
})

test('applying the same again is a no-op that returns the very object', () => {
  const applied = thing({ replicas: 1, tags: ['a'] }, { labels: { l: '1' } })
  const object = apply(undefined, applied, { manager: 'a' })
  assert.equal(apply(object, applied, { manager: 'a', time: at(5) }), object)
})

test('what a manager no longer applies goes, unless someone else owns it', () => {
  const first = apply(undefined, thing({ replicas: 1, tags: ['a', 'b'], free: { x: { y: 1 } } }), {
    manager: 'a',
  })
  const shared = apply(first, thing({ tags: ['b'] }), { manager: 'b' })
  const after = apply(shared, thing({ args: ['1'] }), { manager: 'a', time: at(1) })
  assert.deepEqual(after['spec'], { args: ['1'], tags: ['b'] })
  assert.deepEqual(fieldsOf(after, 'a'), { 'f:spec': { 'f:args': {} } })
  assert.deepEqual(fieldsOf(after, 'b'), { 'f:spec': { 'f:tags': { 'v:"b"': {} } } })
})

test('a list item that others extended loses only what the manager owned', () => {
  const first = apply(undefined, thing({ stages: [{ name: 'x', type: 't' }, { name: 'y' }] }), {
    manager: 'a',
  })
  const both = apply(first, thing({ stages: [{ name: 'x', size: 3 }] }), { manager: 'b' })
  const after = apply(both, thing({ stages: [] }), { manager: 'a' })
  assert.deepEqual(after['spec'], { stages: [{ name: 'x', size: 3 }] })
})

test("changing another's value is a conflict that names the manager and the field", () => {
  const live = update(undefined, thing({ replicas: 1 }), { manager: 'kubectl-client-side-apply' })
  assert.throws(
    () => apply(live, thing({ replicas: 2 }), { manager: 'a' }),
    (error) => {
      assert.ok(error instanceof ApiStatusError)
      assert.equal(error.code, 409)
      assert.equal(
        error.message,
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using x.io/v1: .spec.replicas',
      )
      assert.deepEqual(error.status.details?.causes, [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "kubectl-client-side-apply" using x.io/v1',
          field: '.spec.replicas',
        },
      ])
      return true
    },
  )
})

test('several conflicts are listed by manager', () => {
  const one = apply(undefined, thing({ replicas: 1, stages: [{ name: 'x', type: 't' }] }), {
    manager: 'b',
  })
  const live = update(one, edited(one, { ...(one['spec'] as JsonObject), args: ['1'] }), {
    manager: 'c',
    subresource: 'scale',
  })
  assert.throws(
    () =>
      apply(live, thing({ replicas: 2, args: [], stages: [{ name: 'x', type: 'u' }] }), {
        manager: 'a',
      }),
    {
      message:
        'Apply failed with 3 conflicts: conflicts with "b":\n- .spec.replicas\n- .spec.stages[name="x"].type\n' +
        'conflicts with "c" with subresource "scale" using x.io/v1:\n- .spec.args',
    },
  )
})

test('the same value is no conflict: the field is shared', () => {
  const live = apply(undefined, thing({ replicas: 1 }), { manager: 'a' })
  const both = apply(live, thing({ replicas: 1 }), { manager: 'b' })
  const after = apply(both, head, { manager: 'a' })
  assert.deepEqual(after['spec'], { replicas: 1 })
  assert.deepEqual(
    entries(after).map((entry) => entry.manager),
    ['b'],
  )
})

test('force takes the field over', () => {
  const live = apply(undefined, thing({ replicas: 1, tags: ['x'] }), { manager: 'a' })
  const after = apply(live, thing({ replicas: 2 }), { manager: 'b', force: true })
  assert.deepEqual(after['spec'], { replicas: 2, tags: ['x'] })
  assert.deepEqual(fieldsOf(after, 'a'), { 'f:spec': { 'f:tags': { 'v:"x"': {} } } })
  assert.deepEqual(fieldsOf(after, 'b'), { 'f:spec': { 'f:replicas': {} } })
})

test('list items keep their order, new ones come where the configuration has them', () => {
  const items = (...names: string[]): JsonObject => ({ stages: names.map((name) => ({ name })) })
  const names = (object: JsonObject): unknown =>
    ((object['spec'] as JsonObject)['stages'] as unknown as { name: string }[])
      .map(({ name }) => name)
      .join('')
  for (const [live, applied, merged] of [
    ['abc', 'abc', 'abc'],
    ['abc', 'ac', 'abc'],
    ['abc', 'axc', 'abxc'],
    ['abc', 'ca', 'bca'],
    ['ab', 'xab', 'xab'],
    ['ab', 'abx', 'abx'],
    ['abcd', 'db', 'acdb'],
    ['', 'ab', 'ab'],
  ] as const) {
    const before = update(undefined, thing(items(...live)), { manager: 'u' })
    const after = apply(before, thing(items(...applied)), { manager: 'a', force: true })
    assert.equal(names(after), merged, `${live} and ${applied}`)
  }
})

test('a repeated key in a configuration is refused', () => {
  assert.throws(
    () => apply(undefined, thing({ stages: [{ name: 'x' }, { name: 'x' }] }), { manager: 'a' }),
    /failed to create typed patch object \(n\/a; x\.io\/v1, Kind=Thing\): \.spec\.stages: duplicate entries for key \[name="x"\]/,
  )
  assert.throws(
    () => apply(undefined, thing({ stages: [{ type: 'x' }] }), { manager: 'a' }),
    /omits all key fields \["name"\]/,
  )
})

test('a configuration that carries managedFields is refused', () => {
  const live = apply(undefined, thing({ replicas: 1 }), { manager: 'a' })
  assert.throws(() => apply(live, live, { manager: 'a' }), /metadata\.managedFields must be nil/)
})

test('an update owns what it changed, and takes it from whoever owned it', () => {
  const live = apply(undefined, thing({ replicas: 1, args: ['1'] }), { manager: 'a' })
  const after = update(live, edited(live, { replicas: 2, args: ['1'] }), {
    manager: 'u',
    time: at(1),
  })
  assert.deepEqual(fieldsOf(after, 'a'), { 'f:spec': { 'f:args': {} } })
  assert.deepEqual(fieldsOf(after, 'u', 'Update'), { 'f:spec': { 'f:replicas': {} } })
  assert.deepEqual(
    entries(after).map(({ time }) => time),
    [at(0), at(1)],
  )
  assert.equal((entries(after)[0] as ManagedFieldsEntry).operation, 'Apply')
})

test('an update that removes a field leaves nobody owning it', () => {
  const live = apply(undefined, thing({ replicas: 1, args: ['1'] }), { manager: 'a' })
  const after = update(live, edited(live, { args: ['1'] }), { manager: 'u' })
  assert.deepEqual(
    entries(after).map((entry) => entry.manager),
    ['a'],
  )
  assert.deepEqual(fieldsOf(after, 'a'), { 'f:spec': { 'f:args': {} } })
})

test('an update that changes nothing keeps the entries and their times', () => {
  const live = update(undefined, thing({ replicas: 1 }), { manager: 'u' })
  const same = update(live, thing({ replicas: 1 }), { manager: 'v', time: at(9) })
  assert.equal(
    (same['metadata'] as JsonObject)['managedFields'],
    (live['metadata'] as JsonObject)['managedFields'],
  )
  assert.equal(update(live, live, { manager: 'v' }), live)
})

test('what the server fills in is owned by nobody', () => {
  const live = update(undefined, thing({ replicas: 1 }), { manager: 'u' })
  const stamped = { uid: '1', resourceVersion: '2', generation: 3, creationTimestamp: at(1) }
  const metadata = { ...(live['metadata'] as JsonObject), ...stamped, labels: { a: 'b' } }
  const after = update(live, { ...live, metadata }, { manager: 'v' })
  assert.deepEqual(fieldsOf(after, 'v', 'Update'), {
    'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
  })
})

test('a status write has an entry of its own, and owns nothing that it does not write', () => {
  const live = apply(undefined, thing({ replicas: 1 }), { manager: 'a' })
  const after = update(
    live,
    { ...live, spec: { replicas: 9 }, status: { phase: 'Running' } },
    { manager: 'a', subresource: 'status', resetFields: ['spec', 'metadata'] },
  )
  const entry = entries(after)[1] as ManagedFieldsEntry
  assert.equal(entry.subresource, 'status')
  assert.deepEqual(entry.fieldsV1, { 'f:status': { '.': {}, 'f:phase': {} } })
  assert.deepEqual(fieldsOf(after, 'a'), { 'f:spec': { 'f:replicas': {} } })
})

test('owner references and finalizers are owned one by one', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' }
  const object = apply(undefined, thing({}, { finalizers: ['x/y'], ownerReferences: [owner] }), {
    manager: 'a',
  })
  assert.deepEqual(fieldsOf(object, 'a'), {
    'f:metadata': {
      'f:finalizers': { 'v:"x/y"': {} },
      'f:ownerReferences': { 'k:{"uid":"u1"}': {} },
    },
    'f:spec': {},
  })
})

test('an object that was never tracked belongs to before-first-apply', () => {
  const live = thing({ replicas: 1, args: ['1'] }, { creationTimestamp: at(3) })
  assert.throws(
    () => apply(live, thing({ replicas: 2 }), { manager: 'a' }),
    /"before-first-apply" using x\.io\/v1/,
  )
  const after = apply(live, thing({ replicas: 1 }), { manager: 'a', time: at(4) })
  assert.deepEqual(fieldsOf(after, 'before-first-apply', 'Update'), {
    'f:spec': { '.': {}, 'f:replicas': {}, 'f:args': {} },
  })
})

test('a client may rewrite managedFields, or take them all off', () => {
  const live = apply(undefined, thing({ replicas: 1 }), { manager: 'a' })
  const rename = { ...(entries(live)[0] as ManagedFieldsEntry), manager: 'b' }
  const metadata = { ...(live['metadata'] as JsonObject) }
  const renamed = update(
    live,
    { ...live, metadata: { ...metadata, managedFields: [rename] as never } },
    { manager: 'u' },
  )
  assert.deepEqual(
    entries(renamed).map((entry) => entry.manager),
    ['b'],
  )
  const reset = update(
    live,
    { ...live, metadata: { ...metadata, managedFields: [{}] } },
    { manager: 'u' },
  )
  assert.equal((reset['metadata'] as JsonObject)['managedFields'], undefined)
  const broken = [
    {
      manager: 'x',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { bad: {} },
    },
  ]
  const kept = update(
    live,
    { ...live, metadata: { ...metadata, managedFields: broken } },
    { manager: 'u' },
  )
  assert.deepEqual(entries(kept), entries(live))
})

test('no more than ten Update entries are kept; the oldest are gathered', () => {
  let object = apply(undefined, thing({ free: {} }), { manager: 'owner' })
  for (let index = 0; index < 13; index++) {
    const free = { ...((object['spec'] as JsonObject)['free'] as JsonObject), [`k${index}`]: index }
    object = update(object, edited(object, { free }), {
      manager: `m${index}`,
      time: at(Math.min(9, index)),
    })
  }
  const updates = entries(object).filter((entry) => entry.operation === 'Update')
  assert.equal(updates.length, 10)
  assert.equal(updates[0]?.manager, 'ancient-changes')
  assert.deepEqual(updates[0]?.fieldsV1, {
    'f:spec': { 'f:free': { 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} } },
  })
})

test('an atomic map and an atomic list are owned and replaced whole', () => {
  const live = apply(undefined, thing({ selector: { a: '1', b: '2' }, args: ['1', '2'] }), {
    manager: 'a',
  })
  const after = apply(live, thing({ selector: { a: '1' }, args: ['2'] }), { manager: 'a' })
  assert.deepEqual(after['spec'], { selector: { a: '1' }, args: ['2'] })
  assert.deepEqual(fieldsOf(after, 'a'), { 'f:spec': { 'f:selector': {}, 'f:args': {} } })
})
