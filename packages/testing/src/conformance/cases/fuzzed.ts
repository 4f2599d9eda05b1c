/** What random sequences of writes found the two servers to answer differently once (see `fuzz`). */
import assert from 'node:assert/strict'
import { created, invalid, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import type { Item } from '../collection.ts'
import { configMap, WIDGETS, widget } from '../fixtures.ts'

const widgetsOf = ({ namespaced }: ConformanceContext) => namespaced(WIDGETS, 'widgets')

async function seeded(context: ConformanceContext, content: object = {}): Promise<Item> {
  created(await widgetsOf(context).create(widget('a', content)))
  return widgetsOf(context).item('a')
}

const owner = (more: object = {}): object => ({
  apiVersion: 'none.test/v1',
  kind: 'None',
  name: 'a',
  uid: '1',
  ...more,
})

const withMetadata = (metadata: object): object => ({
  ...widget('a'),
  metadata: { name: 'a', ...metadata },
})

const metadata = casesOf('fuzzed: metadata', {
  'an owner reference of another type is refused': async (context) => {
    for (const odd of [owner({ apiVersion: 1 }), ['a'], 'a']) {
      const answer = await widgetsOf(context).create(withMetadata({ ownerReferences: [odd] }))
      refused(answer, { code: 400, reason: 'BadRequest', message: /cannot unmarshal/ })
    }
  },
  'what is empty in metadata is left out': async (context) => {
    const empty = { labels: {}, annotations: {}, finalizers: [], ownerReferences: [] }
    const answer = created(await widgetsOf(context).create(withMetadata(empty)))
    for (const field of Object.keys(empty)) assert.equal(answer.at(`metadata.${field}`), undefined)
  },
  'a null label is an empty one': async (context) => {
    const answer = await widgetsOf(context).create(withMetadata({ labels: { a: null } }))
    assert.deepEqual(created(answer).at('metadata.labels'), { a: '' })
  },
  'a new finalizer of what is being deleted is told once': async (context) => {
    const item = await seeded(context)
    ok(await item.merge({ metadata: { finalizers: ['a.b/c'] } }))
    ok(await item.delete())
    const answer = await item.merge({ metadata: { finalizers: ['z', 'z', 'a.b/c'] } })
    refused(answer, { code: 422, reason: 'Invalid', message: /\[\]string\{"z"\}$/ })
    ok(await item.merge({ metadata: { finalizers: null } }))
  },
  'a second deletion writes what an apply left empty': async (context) => {
    const item = await seeded(context)
    ok(await item.merge({ metadata: { finalizers: ['a.b/c'] } }))
    const empty = { ...widget('a'), metadata: { name: 'a', labels: {} } }
    ok(await item.delete())
    const { resourceVersion } = ok(await item.apply(empty))
    const second = ok(await item.delete()).resourceVersion
    assert.notEqual(second, resourceVersion)
    assert.equal(ok(await item.delete()).resourceVersion, second)
    ok(await item.merge({ metadata: { finalizers: null } }))
  },
  'an apply of what is empty writes each time': async (context) => {
    const item = widgetsOf(context).item('a')
    const empty = { ...widget('a'), metadata: { name: 'a', labels: {} } }
    const first = created(await item.apply(empty)).resourceVersion
    // The real server compares with what its cache has.
    ok(await item.get({ resourceVersion: first }))
    assert.notEqual(ok(await item.apply(empty)).resourceVersion, first)
  },
  'two controllers are told by kind and name': async (context) => {
    const owners = [owner({ controller: true }), owner({ uid: '2', controller: true })]
    const answer = await widgetsOf(context).create(withMetadata({ ownerReferences: owners }))
    invalid(answer, ['metadata.ownerReferences', 'FieldValueInvalid', /None\/a and None\/a$/])
  },
  'warnings go with a refusal too': async (context) => {
    const answer = await widgetsOf(context).create(widget('a', { size: -1, nope: 1 }))
    invalid(answer, ['spec.size', 'FieldValueInvalid'])
    assert.match(answer.headers['warning'] ?? '', /unknown field .*spec\.nope/)
  },
})

const owners = casesOf('fuzzed: owners of fields', {
  'an object that nobody tracks stays untracked': async (context) => {
    const item = await seeded(context)
    ok(await item.merge({ metadata: { managedFields: [{}] } }))
    assert.equal(
      ok(await item.merge({ spec: { size: 2 } })).at('metadata.managedFields'),
      undefined,
    )
  },
  'what admission adds is nobody’s': async ({ namespaced }) => {
    const answer = created(
      await namespaced('v1', 'configmaps').create(configMap('a'), { fieldManager: 'one' }),
    )
    assert.equal(answer.at('metadata.managedFields'), undefined)
  },
})

const applies = casesOf('fuzzed: apply', {
  'another kind than the path’s is refused': async (context) => {
    const answer = await widgetsOf(context)
      .item('a')
      .apply({ ...widget('a'), kind: 'Gadget' })
    refused(answer, { code: 400, reason: 'BadRequest', message: /^invalid object type: / })
  },
  'a value of another type cannot be merged': async (context) => {
    const answer = await widgetsOf(context)
      .item('a')
      .apply(widget('a', { size: 'x' }))
    assert.equal(answer.status, 500)
    assert.match(String(answer.at('message')), /\.spec\.size: expected numeric/)
  },
  'a null that the schema does not take is refused': async (context) => {
    const answer = await widgetsOf(context)
      .item('a')
      .apply(widget('a', { color: null }))
    assert.equal(answer.status, 422)
  },
  'a container that loses its last field is null, and so refused': async (context) => {
    const item = widgetsOf(context).item('a')
    created(await item.apply(widget('a', { nested: { deep: { level: 4 } } })))
    const answer = await item.apply(widget('a', { nested: {} }))
    assert.equal(answer.status, 422)
    assert.match(String(answer.at('message')), /spec\.nested in body must be of type object/)
  },
})

const values = casesOf('fuzzed: values', {
  'of objects too large for their count the rest is judged too': async (context) => {
    const labels = { a: 'a', b: 'b', c: 'c', d: 1 }
    const answer = await widgetsOf(context).create(widget('a', { labels }))
    const fields = answer.all('details.causes').map((cause) => (cause as { field: string }).field)
    assert.ok(fields.includes('spec.labels') && fields.includes('spec.labels.d'))
  },
  'a status is named within itself': async (context) => {
    const item = await seeded(context)
    const answer = await item.sub('status').merge({ status: { observed: 'x' } })
    assert.match(String(answer.at('message')), /status\.observed: .*: observed in body must be/)
  },
  'a rule does not add to a null': async (context) => {
    const answer = await widgetsOf(context).create(widget('a', { words: ['a', null] }))
    invalid(answer, [
      'spec.words',
      'FieldValueInvalid',
      /^Invalid value: "array": 'no such overload: _\+_': /,
    ])
  },
  'metadata within an object is an object': async (context) => {
    const template = { apiVersion: 'v1', kind: 'Thing', metadata: 1 }
    const answer = await widgetsOf(context).create(widget('a', { template }))
    refused(answer, { code: 400, reason: 'BadRequest', message: /of type v1\.ObjectMeta/ })
  },
  'of a value that comes many times the second is told': async (context) => {
    const answer = await widgetsOf(context).create(widget('a', { tags: ['x', 'x', 'x'] }))
    invalid(answer, ['spec.tags[1]', 'FieldValueDuplicate'])
  },
  'a merge patch rids the objects of lists of nulls': async (context) => {
    const item = await seeded(context)
    const patch = { spec: { free: { list: [{ a: null, b: 1 }] } } }
    assert.deepEqual(ok(await item.merge(patch)).at('spec.free.list'), [{ b: 1 }])
  },
})

export const FUZZED_CASES = [...metadata, ...owners, ...applies, ...values]
