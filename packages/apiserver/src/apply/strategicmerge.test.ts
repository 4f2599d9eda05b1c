import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deepFreeze, type JsonObject } from '@sortie/machinery'
import fc from 'fast-check'
import { applyStrategicMergePatch, type PatchSchemaSource } from './strategicmerge.ts'

const pod = deepFreeze({
  metadata: { name: 'p', labels: { a: '1' }, finalizers: ['x', 'y'] },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'a',
        env: [{ name: 'A', value: '1' }],
        ports: [{ containerPort: 80 }],
      },
      { name: 'side', image: 'b', args: ['1', '2'] },
    ],
    tolerations: [{ key: 'a' }],
    volumes: [{ name: 'v', emptyDir: {} }],
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'False' },
      { type: 'Init', status: 'True' },
    ],
  },
})

for (const [what, patch, check] of [
  [
    'containers merge by name, and their env by name',
    { spec: { containers: [{ name: 'main', image: 'c', env: [{ name: 'B', value: '2' }] }] } },
    (after: typeof pod) => {
      assert.equal(after.spec.containers.length, 2)
      assert.deepEqual(after.spec.containers[0], {
        name: 'main',
        image: 'c',
        // What is new goes before what the patch does not name.
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
        ports: [{ containerPort: 80 }],
      })
      assert.equal(after.spec.containers[1], pod.spec.containers[1])
    },
  ],
  [
    'an item with $patch delete goes',
    { spec: { containers: [{ name: 'side', $patch: 'delete' }] } },
    (after: typeof pod) =>
      assert.deepEqual(
        after.spec.containers.map(({ name }) => name),
        ['main'],
      ),
  ],
  [
    'a list with $patch replace is replaced',
    { spec: { containers: [{ name: 'only', image: 'z' }, { $patch: 'replace' }] } },
    (after: typeof pod) => assert.deepEqual(after.spec.containers, [{ name: 'only', image: 'z' }]),
  ],
  [
    'tolerations and args are atomic',
    { spec: { tolerations: [{ key: 'b' }], containers: [{ name: 'side', args: ['3'] }] } },
    (after: typeof pod) => {
      assert.deepEqual(after.spec.tolerations, [{ key: 'b' }])
      assert.deepEqual(after.spec.containers[1]?.args, ['3'])
    },
  ],
  [
    'conditions merge by type',
    { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    (after: typeof pod) =>
      assert.deepEqual(after.status.conditions, [
        { type: 'Ready', status: 'True' },
        { type: 'Init', status: 'True' },
      ]),
  ],
  [
    'finalizers are a set of scalars, and values leave it by $deleteFromPrimitiveList',
    { metadata: { finalizers: ['z'], '$deleteFromPrimitiveList/finalizers': ['x'] } },
    (after: typeof pod) => assert.deepEqual(after.metadata.finalizers, ['z', 'y']),
  ],
  [
    '$setElementOrder orders what it names',
    {
      spec: {
        '$setElementOrder/containers': [{ name: 'new' }, { name: 'side' }, { name: 'main' }],
        containers: [{ name: 'new', image: 'n' }],
      },
    },
    (after: typeof pod) =>
      assert.deepEqual(
        after.spec.containers.map(({ name }) => name),
        ['new', 'side', 'main'],
      ),
  ],
  [
    '$retainKeys drops the other keys of a union',
    {
      spec: {
        volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: { secretName: 's' } }],
      },
    },
    (after: typeof pod) =>
      assert.deepEqual(after.spec.volumes, [{ name: 'v', secret: { secretName: 's' } }] as unknown),
  ],
  [
    'null removes a key, $patch replace replaces an object',
    { metadata: { labels: null }, status: { $patch: 'replace', phase: 'Running' } },
    (after: typeof pod) => {
      assert.equal('labels' in after.metadata, false)
      assert.deepEqual(after.status, { phase: 'Running' } as unknown)
    },
  ],
  [
    'what is new has no nulls, and nothing of what a directive says',
    { spec: { affinity: { x: { y: null, z: 1 }, w: { $patch: 'delete' } } } },
    (after: typeof pod) =>
      assert.deepEqual((after.spec as JsonObject)['affinity'], { x: { z: 1 } }),
  ],
  [
    'what is new and has a directive stays away',
    { spec: { affinity: { $patch: 'replace', x: 1 } } },
    (after: typeof pod) => assert.equal(after.spec, pod.spec),
  ],
  [
    'an object with $patch delete is emptied',
    { status: { $patch: 'delete' } },
    (after: typeof pod) => assert.deepEqual(after.status, {} as unknown),
  ],
] as [string, JsonObject, (after: typeof pod) => void][]) {
  test(`strategic merge: ${what}`, () => {
    check(applyStrategicMergePatch(pod, deepFreeze(patch)) as unknown as typeof pod)
  })
}

test('strategic merge: what does not change is the same object', () => {
  assert.equal(applyStrategicMergePatch(pod, pod), pod)
  assert.equal(applyStrategicMergePatch(pod, { metadata: { finalizers: ['x'] }, gone: null }), pod)
})

test('strategic merge: a directive or an item without its key is refused', () => {
  const refuse = (patch: JsonObject, problem: RegExp): void =>
    assert.throws(() => applyStrategicMergePatch(pod, patch), problem)
  refuse(
    { spec: { $patch: 'explode' } },
    /unknown patch type: explode in map: map\[\$patch:explode\]/,
  )
  refuse({ spec: { containers: [{ image: 'x' }] } }, /does not contain declared merge key: name/)
  refuse({ spec: { containers: ['x'] } }, /list element types are not identical/)
  refuse({ spec: { $retainKeys: 1 } }, /invalid patch format of retainKeys/)
  refuse({ spec: { $retainKeys: ['a'], volumes: [] } }, /invalid patch format of retainKeys/)
  const order = [{ name: 'main' }, { name: 'side' }]
  const containers = [{ name: 'side' }, { name: 'main' }]
  refuse({ spec: { '$setElementOrder/containers': order, containers } }, /The order in patch list/)
})

test('strategic merge: a schema decides where there is one', () => {
  const schema: PatchSchemaSource = {
    properties: {
      parts: {
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'id',
        items: { $ref: 'part' },
      },
      containers: {},
      whole: { 'x-kubernetes-patch-strategy': 'replace' },
    },
  }
  const part: PatchSchemaSource = {
    properties: { tags: { 'x-kubernetes-patch-strategy': 'merge' } },
  }
  const target = {
    parts: [{ id: 1, tags: ['a'] }],
    containers: [{ name: 'a' }],
    whole: { a: 1 },
  }
  const patch = {
    parts: [{ id: 1, tags: ['b'] }, { id: 2 }],
    containers: [{ name: 'b' }],
    whole: { b: 2 },
  }
  const options = { schema, resolve: (ref: string) => (ref === 'part' ? part : undefined) }
  assert.deepEqual(applyStrategicMergePatch(target, patch, options), {
    parts: [{ id: 1, tags: ['b', 'a'] }, { id: 2 }],
    containers: [{ name: 'b' }],
    whole: { b: 2 },
  })
})

test('strategic merge: applying a patch twice is applying it once', () => {
  const scalar = fc.constantFrom<JsonObject[string]>('1', 2, null)
  const item = fc.record({
    name: fc.constantFrom('main', 'side', 'new'),
    image: fc.constantFrom('a', 'b'),
  })
  const patch = fc.record(
    {
      metadata: fc.record({ labels: fc.dictionary(fc.constantFrom('a', 'b'), scalar) }),
      spec: fc.record({ containers: fc.uniqueArray(item, { selector: ({ name }) => name }) }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(patch, (given) => {
      const once = deepFreeze(applyStrategicMergePatch(pod, given as JsonObject))
      assert.equal(applyStrategicMergePatch(once, given as JsonObject), once)
    }),
  )
})
