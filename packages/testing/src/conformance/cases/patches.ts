/** JSON patch, merge patch, strategic merge patch. */
import assert from 'node:assert/strict'
import { badRequest, conflict, created, notFound, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { configMap, pod, WIDGETS, widget } from '../fixtures.ts'

async function seeded({ namespaced }: ConformanceContext) {
  const maps = namespaced('v1', 'configmaps')
  const labels = { app: 'a', tier: 'b' }
  const first = created(await maps.create(configMap('a', { x: '1', y: '2' }, { labels })))
  return { item: maps.item('a'), first }
}

const json = casesOf('patches: json', {
  'add, replace, remove': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.patch('json', [
      { op: 'add', path: '/data/z', value: '3' },
      { op: 'replace', path: '/data/x', value: '9' },
      { op: 'remove', path: '/data/y' },
    ])
    assert.deepEqual(ok(answer).at('data'), { x: '9', z: '3' })
  },
  'move, copy, test': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.patch('json', [
      { op: 'test', path: '/data/x', value: '1' },
      { op: 'move', from: '/data/x', path: '/data/moved' },
      { op: 'copy', from: '/data/y', path: '/data/copied' },
    ])
    assert.deepEqual(ok(answer).at('data'), { moved: '1', copied: '2', y: '2' })
  },
  'escaped keys': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.patch('json', [
      { op: 'add', path: '/metadata/labels/a.b~1c', value: 'v' },
    ])
    assert.equal(ok(answer).at('metadata.labels[a.b/c]'), 'v')
  },
  'a test that fails is invalid and changes nothing': async (context) => {
    const { item, first } = await seeded(context)
    const answer = await item.patch('json', [
      { op: 'replace', path: '/data/x', value: '9' },
      { op: 'test', path: '/data/y', value: 'other' },
    ])
    refused(answer, {
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    })
    assert.deepEqual(ok(await item.get()).body, first.body)
  },
  'the removal of what is not there is refused': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.patch('json', [{ op: 'remove', path: '/data/nope' }])
    refused(answer, { code: 422, reason: 'Invalid' })
  },
  'a replace of a key that is not there adds it': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.patch('json', [{ op: 'replace', path: '/data/nope', value: '1' }])
    assert.equal(ok(answer).at('data.nope'), '1')
  },
  'a path through what is not there is refused': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.patch('json', [{ op: 'add', path: '/nope/x', value: '1' }])
    refused(answer, { code: 422, reason: 'Invalid' })
  },
  'a patch that is no list is refused': async (context) => {
    const { item } = await seeded(context)
    badRequest(await item.patch('json', { data: {} }), /error decoding patch/)
  },
  'an unknown operation is refused': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.patch('json', [{ op: 'frob', path: '/data/x' }])
    refused(answer, { code: 422, reason: 'Invalid' })
  },
  'list elements by index and at the end': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a', { blob: ['a', 'b'] })))
    const answer = await widgets.item('a').patch('json', [
      { op: 'add', path: '/spec/blob/-', value: 'c' },
      { op: 'add', path: '/spec/blob/0', value: 'z' },
      { op: 'remove', path: '/spec/blob/1' },
    ])
    assert.deepEqual(ok(answer).at('spec.blob'), ['z', 'b', 'c'])
  },
  'an index past the end is refused': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a', { blob: ['a'] })))
    const patch = [{ op: 'add', path: '/spec/blob/5', value: 'c' }]
    refused(await widgets.item('a').patch('json', patch), { code: 422, reason: 'Invalid' })
  },
  'an empty patch changes nothing': async (context) => {
    const { item, first } = await seeded(context)
    assert.equal(ok(await item.patch('json', [])).resourceVersion, first.resourceVersion)
  },
  'the whole document may be tested': async (context) => {
    const { item, first } = await seeded(context)
    const patch = [
      { op: 'test', path: '/metadata/resourceVersion', value: first.resourceVersion },
      { op: 'replace', path: '/data/x', value: '9' },
    ]
    ok(await item.patch('json', patch))
    refused(await item.patch('json', patch), { code: 422, reason: 'Invalid' })
  },
})

const merge = casesOf('patches: merge', {
  'keys are set, and null takes them away': async (context) => {
    const { item } = await seeded(context)
    const answer = ok(await item.merge({ data: { x: null, z: '3' } }))
    assert.deepEqual(answer.at('data'), { y: '2', z: '3' })
  },
  'a map is taken away by null': async (context) => {
    const { item } = await seeded(context)
    assert.equal(ok(await item.merge({ data: null })).at('data'), undefined)
  },
  'lists are replaced whole': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a', { tags: ['a', 'b'] })))
    assert.deepEqual(ok(await widgets.item('a').merge({ spec: { tags: ['c'] } })).at('spec.tags'), [
      'c',
    ])
  },
  'a resourceVersion makes it conditional': async (context) => {
    const { item, first } = await seeded(context)
    ok(await item.merge({ data: { x: '2' } }))
    const { resourceVersion } = first
    conflict(await item.merge({ metadata: { resourceVersion }, data: { x: '3' } }))
  },
  'the uid cannot be changed': async (context) => {
    const { item } = await seeded(context)
    refused(await item.merge({ metadata: { uid: 'other' }, data: { x: '3' } }), {
      code: 422,
      reason: 'Invalid',
      message:
        /^ConfigMap "a" is invalid: metadata\.uid: Invalid value: "other": field is immutable$/,
    })
  },
  'the name cannot be changed': async (context) => {
    const { item } = await seeded(context)
    badRequest(
      await item.merge({ metadata: { name: 'b' } }),
      'the name of the object (b) does not match the name on the URL (a)',
    )
  },
  'the namespace cannot be changed': async (context) => {
    const { item } = await seeded(context)
    badRequest(await item.merge({ metadata: { namespace: 'b' } }), /namespace/)
  },
  'what does not exist is NotFound': async ({ namespaced }) => {
    notFound(await namespaced('v1', 'configmaps').item('nope').merge({ data: {} }))
  },
  'a patch that is no object is refused': async (context) => {
    const { item } = await seeded(context)
    badRequest(await item.patch('merge', ['x']))
  },
  'a value of the wrong type is refused': async (context) => {
    const { item } = await seeded(context)
    const answer = await item.merge({ data: { x: 5 } })
    refused(answer, {
      code: 422,
      reason: 'Invalid',
      message: /cannot unmarshal number into Go struct field ConfigMap\.data of type string/,
    })
  },
  'a dry run changes nothing': async (context) => {
    const { item, first } = await seeded(context)
    const answer = ok(await item.merge({ data: { x: '9' } }, { dryRun: 'All' }))
    assert.equal(answer.at('data.x'), '9')
    assert.deepEqual(ok(await item.get()).body, first.body)
  },
  'finalizers are replaced, and an empty list takes them away': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', {}, { finalizers: ['x.y/1', 'x.y/2'] })))
    const one = ok(await maps.item('a').merge({ metadata: { finalizers: ['x.y/2'] } }))
    assert.deepEqual(one.at('metadata.finalizers'), ['x.y/2'])
    const none = ok(await maps.item('a').merge({ metadata: { finalizers: [] } }))
    assert.equal(none.at('metadata.finalizers'), undefined)
  },
  'null within a new object of a custom resource is dropped': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a')))
    const answer = ok(await widgets.item('a').merge({ spec: { point: { x: 1, y: null } } }))
    assert.deepEqual(answer.at('spec.point'), { x: 1 })
  },
  'force is not for this kind of patch': async (context) => {
    const { item } = await seeded(context)
    refused(await item.merge({ data: {} }, { force: 'true' }), {
      code: 422,
      reason: 'Invalid',
      message: /force/,
    })
  },
})

const containers = (answer: { at(path: string): unknown }): string[] =>
  (answer.at('spec.containers') as { name: string; image: string }[]).map(
    ({ name, image }) => `${name}=${image}`,
  )

async function seededPod({ namespaced }: ConformanceContext) {
  const pods = namespaced('v1', 'pods')
  const spec = {
    containers: [
      { name: 'one', image: 'a' },
      { name: 'two', image: 'b' },
    ],
    tolerations: [{ key: 'k', operator: 'Exists' }],
  }
  created(await pods.create(pod('p', spec, { labels: { l: '1' }, finalizers: ['x.y/1'] })))
  return pods.item('p')
}

const strategic = casesOf('patches: strategic merge', {
  'containers are merged by name': async (context) => {
    const item = await seededPod(context)
    const patch = { spec: { containers: [{ name: 'two', image: 'c' }] } }
    assert.deepEqual(containers(ok(await item.patch('strategic', patch))), ['one=a', 'two=c'])
  },
  'labels are merged': async (context) => {
    const item = await seededPod(context)
    const answer = ok(await item.patch('strategic', { metadata: { labels: { m: '2' } } }))
    assert.deepEqual(answer.at('metadata.labels'), { l: '1', m: '2' })
  },
  'finalizers are merged': async (context) => {
    const item = await seededPod(context)
    const answer = ok(await item.patch('strategic', { metadata: { finalizers: ['x.y/2'] } }))
    assert.deepEqual((answer.all('metadata.finalizers') as string[]).toSorted(), ['x.y/1', 'x.y/2'])
  },
  'a finalizer is taken from the list by deleteFromPrimitiveList': async (context) => {
    const item = await seededPod(context)
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['x.y/1'] } }
    assert.equal(ok(await item.patch('strategic', patch)).at('metadata.finalizers'), undefined)
  },
  'conditions are merged by type': async (context) => {
    const status = (await seededPod(context)).sub('status')
    const condition = (type: string, value: string) => ({
      status: { conditions: [{ type, status: value }] },
    })
    ok(await status.patch('strategic', condition('A', 'True')))
    ok(await status.patch('strategic', condition('B', 'True')))
    const answer = ok(await status.patch('strategic', condition('A', 'False')))
    const found = answer.all('status.conditions') as { type: string; status: string }[]
    assert.deepEqual(found.map(({ type, status: value }) => `${type}=${value}`).sort(), [
      'A=False',
      'B=True',
    ])
  },
  'a list element is deleted by $patch': async ({ namespaced }) => {
    const templates = namespaced('v1', 'podtemplates')
    const spec = {
      containers: [
        { name: 'one', image: 'a' },
        { name: 'two', image: 'b' },
      ],
    }
    created(await templates.create({ metadata: { name: 't' }, template: { spec } }))
    const patch = { template: { spec: { containers: [{ name: 'one', $patch: 'delete' }] } } }
    const answer = ok(await templates.item('t').patch('strategic', patch))
    assert.deepEqual(
      (answer.all('template.spec.containers') as { name: string }[]).map(({ name }) => name),
      ['two'],
    )
  },
  'a list is replaced by $patch': async ({ namespaced }) => {
    const templates = namespaced('v1', 'podtemplates')
    const spec = { containers: [{ name: 'one', image: 'a' }] }
    created(await templates.create({ metadata: { name: 't' }, template: { spec } }))
    const list = [{ name: 'new', image: 'n' }, { $patch: 'replace' }]
    const patch = { template: { spec: { containers: list } } }
    const answer = ok(await templates.item('t').patch('strategic', patch))
    assert.equal(answer.at('template.spec.containers.0.name'), 'new')
    assert.equal(answer.all('template.spec.containers').length, 1)
  },
  'new elements come first, and $setElementOrder orders them': async ({ namespaced }) => {
    const templates = namespaced('v1', 'podtemplates')
    const spec = {
      containers: [
        { name: 'one', image: 'a' },
        { name: 'two', image: 'b' },
      ],
    }
    created(await templates.create({ metadata: { name: 't' }, template: { spec } }))
    const order = [{ name: 'two' }, { name: 'three' }, { name: 'one' }]
    const patch = {
      template: {
        spec: {
          '$setElementOrder/containers': order,
          containers: [{ name: 'three', image: 'c' }],
        },
      },
    }
    const answer = ok(await templates.item('t').patch('strategic', patch))
    assert.deepEqual(
      (answer.all('template.spec.containers') as { name: string }[]).map(({ name }) => name),
      ['two', 'three', 'one'],
    )
  },
  'a map is replaced by $patch': async (context) => {
    const { item } = await seeded(context)
    const answer = ok(await item.patch('strategic', { data: { $patch: 'replace', q: '1' } }))
    assert.deepEqual(answer.at('data'), { q: '1' })
  },
  'node taints are replaced whole, and kubectl’s cordon works': async ({ cluster, unique }) => {
    const nodes = cluster('v1', 'nodes')
    const name = unique('n')
    created(await nodes.create({ metadata: { name } }))
    const item = nodes.item(name)
    const taint = (key: string) => ({ spec: { taints: [{ key, effect: 'NoSchedule' }] } })
    ok(await item.patch('strategic', taint('a')))
    const answer = ok(await item.patch('strategic', taint('b')))
    assert.equal(answer.all('spec.taints').length, 1)
    ok(await item.patch('strategic', { spec: { unschedulable: true } }))
    const freed = ok(await item.patch('strategic', { spec: { unschedulable: null } }))
    assert.equal(freed.at('spec.unschedulable'), undefined)
  },
  'a custom resource answers 415': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a')))
    refused(await widgets.item('a').patch('strategic', { spec: { size: 2 } }), {
      code: 415,
      reason: 'UnsupportedMediaType',
      message:
        /^the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml/,
    })
  },
  'an element without its merge key is refused': async (context) => {
    const item = await seededPod(context)
    const answer = await item.patch('strategic', { spec: { containers: [{ image: 'x' }] } })
    assert.ok(answer.status >= 400, String(answer.status))
    assert.match(String(answer.at('message')), /does not contain declared merge key: name/)
  },
  'a patch of another content type answers 415': async ({ send, namespace, namespaced }) => {
    created(await namespaced('v1', 'configmaps').create(configMap('a')))
    const path = `/api/v1/namespaces/${namespace}/configmaps/a`
    const headers = { 'content-type': 'application/json' }
    refused(await send('PATCH', path, { body: {}, headers }), {
      code: 415,
      reason: 'UnsupportedMediaType',
    })
  },
  'an invalid result is refused with its causes': async (context) => {
    const item = await seededPod(context)
    refused(await item.patch('strategic', { metadata: { labels: { 'a b': '' } } }), {
      code: 422,
      reason: 'Invalid',
      message: /metadata\.labels: Invalid value: "a b": name part must consist of/,
    })
  },
})

export const PATCH_CASES = [...json, ...merge, ...strategic]
