/** Server-side apply: ownership, conflicts, force, removal, managed fields. */
import assert from 'node:assert/strict'
import {
  type Answer,
  badRequest,
  conflict,
  created,
  invalid,
  ok,
  refused,
  UNCHECKED,
} from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import type { Item, Query } from '../collection.ts'
import { configMap, pod, WIDGETS, widget } from '../fixtures.ts'

interface Entry {
  readonly manager: string
  readonly operation: string
  readonly apiVersion: string
  readonly subresource?: string
  readonly fieldsV1: unknown
}

const entries = (answer: Answer): Entry[] => answer.all('metadata.managedFields') as Entry[]
const fieldsOf = (answer: Answer, manager: string, operation = 'Apply'): unknown =>
  entries(answer).find((entry) => entry.manager === manager && entry.operation === operation)
    ?.fieldsV1
const by = (fieldManager: string, more: Query = {}): Query => ({ fieldManager, ...more })
const FORCE: Query = { force: 'true' }

const mapItem = ({ namespaced }: ConformanceContext): Item =>
  namespaced('v1', 'configmaps').item('a')
const widgetItem = ({ namespaced }: ConformanceContext): Item =>
  namespaced(WIDGETS, 'widgets').item('a')
const map = (data?: object, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  ...(data === undefined ? {} : { data }),
})

const basics = casesOf('apply', {
  'an apply creates what is not there': async (context) => {
    const answer = created(await mapItem(context).apply(map({ x: '1' }), by('one')))
    assert.deepEqual(answer.at('data'), { x: '1' })
    assert.equal(entries(answer).length, 1)
    assert.equal(answer.at('metadata.managedFields.0.operation'), 'Apply')
    assert.deepEqual(fieldsOf(answer, 'one'), { 'f:data': { 'f:x': {} } })
  },
  'the same apply again changes nothing': async (context) => {
    const item = mapItem(context)
    const first = created(await item.apply(map({ x: '1' }), by('one')))
    assert.deepEqual(ok(await item.apply(map({ x: '1' }), by('one'))).body, first.body)
  },
  'an apply owns its fields and leaves others': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1' }), by('one')))
    const answer = ok(await item.apply(map({ y: '2' }), by('two')))
    assert.deepEqual(answer.at('data'), { x: '1', y: '2' })
    assert.deepEqual(fieldsOf(answer, 'one'), { 'f:data': { 'f:x': {} } })
    assert.deepEqual(fieldsOf(answer, 'two'), { 'f:data': { 'f:y': {} } })
  },
  'a field that its sole owner leaves out is removed': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1', y: '2' }), by('one')))
    const answer = ok(await item.apply(map({ y: '2' }), by('one')))
    assert.deepEqual(answer.at('data'), { y: '2' })
    assert.deepEqual(fieldsOf(answer, 'one'), { 'f:data': { 'f:y': {} } })
  },
  'a field of two owners stays when one leaves it out': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1' }), by('one')))
    ok(await item.apply(map({ x: '1' }), by('two')))
    const answer = ok(await item.apply(map(), by('one')))
    assert.deepEqual(answer.at('data'), { x: '1' })
    assert.equal(fieldsOf(answer, 'one'), undefined)
  },
  'another value of another’s field conflicts': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1' }), by('one')))
    refused(await item.apply(map({ x: '2' }), by('two')), {
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
      causes: [
        { field: '.data.x', reason: 'FieldManagerConflict', message: 'conflict with "one"' },
      ],
    })
  },
  'two conflicts are told together': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1', y: '1' }), by('one')))
    refused(await item.apply(map({ x: '2', y: '2' }), by('two')), {
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.x\n- .data.y',
      causes: [{ field: '.data.x' }, { field: '.data.y' }],
    })
  },
  'a conflict with an update names its version': async (context) => {
    created(await context.namespaced('v1', 'configmaps').create(map({ x: '1' }), by('editor')))
    refused(await mapItem(context).apply(map({ x: '2' }), by('two')), {
      code: 409,
      reason: 'Conflict',
      message:
        /^Apply failed with 1 conflict: conflict with "editor" using v1( at .*)?: \.data\.x$/,
    })
  },
  'force takes the field over': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1' }), by('one')))
    const answer = ok(await item.apply(map({ x: '2' }), by('two', FORCE)))
    assert.deepEqual(answer.at('data'), { x: '2' })
    assert.equal(fieldsOf(answer, 'one'), undefined)
    assert.deepEqual(fieldsOf(answer, 'two'), { 'f:data': { 'f:x': {} } })
  },
  'an update takes over what it changes': async (context) => {
    const item = mapItem(context)
    const first = created(await item.apply(map({ x: '1', y: '1' }), by('one')))
    const body = { ...first.object(), data: { x: '2', y: '1' } }
    const answer = ok(await item.replace(body, by('editor')))
    assert.deepEqual(fieldsOf(answer, 'one'), { 'f:data': { 'f:y': {} } })
    assert.deepEqual(fieldsOf(answer, 'editor', 'Update'), { 'f:data': { 'f:x': {} } })
  },
  'a merge patch takes over what it changes': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1' }), by('one')))
    const answer = ok(await item.merge({ data: { x: '2' } }, by('editor')))
    assert.equal(fieldsOf(answer, 'one'), undefined)
    assert.deepEqual(fieldsOf(answer, 'editor', 'Update'), { 'f:data': { 'f:x': {} } })
  },
  'what an update removes is owned by nobody': async (context) => {
    const item = mapItem(context)
    created(await item.apply(map({ x: '1', y: '1' }), by('one')))
    const answer = ok(await item.merge({ data: { x: null } }, by('editor')))
    assert.deepEqual(fieldsOf(answer, 'one'), { 'f:data': { 'f:y': {} } })
    assert.equal(fieldsOf(answer, 'editor', 'Update'), undefined)
  },
  'labels, annotations and finalizers are owned one by one': async (context) => {
    const metadata = { labels: { l: '1' }, annotations: { n: '1' }, finalizers: ['x.y/1'] }
    const answer = created(await mapItem(context).apply(map(undefined, metadata), by('one')))
    assert.deepEqual(fieldsOf(answer, 'one'), {
      'f:metadata': {
        'f:annotations': { 'f:n': {} },
        'f:finalizers': { 'v:"x.y/1"': {} },
        'f:labels': { 'f:l': {} },
      },
    })
  },
  'an owner reference is owned by its uid': async (context) => {
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u-1' }
    const metadata = { ownerReferences: [reference] }
    const answer = created(await mapItem(context).apply(map(undefined, metadata), by('one')))
    assert.deepEqual(fieldsOf(answer, 'one'), {
      'f:metadata': { 'f:ownerReferences': { 'k:{"uid":"u-1"}': {} } },
    })
  },
  'a dry run changes nothing': async (context) => {
    const item = mapItem(context)
    const first = created(await item.apply(map({ x: '1' }), by('one')))
    const answer = ok(await item.apply(map({ x: '2' }), by('one', { dryRun: 'All' })))
    assert.equal(answer.at('data.x'), '2')
    assert.deepEqual(ok(await item.get()).body, first.body)
  },
  'an apply needs a field manager': async ({ send, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps/a`
    const headers = { 'content-type': 'application/apply-patch+yaml' }
    refused(await send('PATCH', path, { body: map({ x: '1' }), headers }), {
      code: 422,
      reason: 'Invalid',
      message: /fieldManager: Required value: is required for apply patch/,
    })
  },
  'an apply must say kind and apiVersion': async (context) => {
    badRequest(
      await mapItem(context).apply({ metadata: { name: 'a' } }),
      'invalid object type: /, Kind=',
    )
  },
  'an apply of another kind is refused': async (context) => {
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }
    assert.ok((await mapItem(context).apply(body)).status >= 400)
  },
  'an apply of another version is refused': async (context) => {
    const body = { apiVersion: 'apps/v1', kind: 'ConfigMap', metadata: { name: 'a' } }
    assert.equal((await mapItem(context).apply(body)).status, 400)
  },
  'an apply may not carry managed fields': async (context) => {
    const entry = {
      manager: 'm',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: {},
    }
    badRequest(
      await mapItem(context).apply(map({ x: '1' }, { managedFields: [entry] })),
      'metadata.managedFields must be nil',
    )
  },
  'an apply with a version of the past conflicts': async (context) => {
    const item = mapItem(context)
    const { resourceVersion } = created(await item.apply(map({ x: '1' }), by('one')))
    ok(await item.apply(map({ x: '2' }), by('one')))
    conflict(await item.apply(map({ x: '3' }, { resourceVersion }), by('one')))
  },
  'an apply may not create with a uid': async (context) => {
    const answer = await mapItem(context).apply(map({}, { uid: 'u-1' }))
    assert.equal(answer.status, 409)
  },
  'a name that differs from the path is refused': async (context) => {
    badRequest(
      await mapItem(context).apply(map({}, { name: 'b' })),
      'the name of the object (b) does not match the name on the URL (a)',
    )
  },
  'a YAML body is read as such': async ({ send, namespace }) => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: "1"\n'
    const answer = await send('PATCH', `/api/v1/namespaces/${namespace}/configmaps/a`, {
      body: new TextEncoder().encode(text),
      headers: { 'content-type': 'application/apply-patch+yaml' },
      query: by('one'),
    })
    assert.deepEqual(created(answer).at('data'), { x: '1' })
  },
})

const CONTAINER = { name: 'main', image: 'busybox' }
const podBody = (containers: readonly object[], more: object = {}): object =>
  pod('a', { containers, ...more }, {})

const builtIn = casesOf('apply: lists of built-in objects', {
  'containers are owned by name': async ({ namespaced }) => {
    const answer = created(
      await namespaced('v1', 'pods')
        .item('a')
        .apply(podBody([CONTAINER]), by('one')),
    )
    assert.deepEqual(fieldsOf(answer, 'one'), {
      'f:spec': {
        'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
      },
    })
  },
  'ports are owned by number and protocol, defaulted': async ({ namespaced }) => {
    const body = podBody([{ ...CONTAINER, ports: [{ containerPort: 80 }] }])
    const answer = created(await namespaced('v1', 'pods').item('a').apply(body, by('one')))
    assert.deepEqual(fieldsOf(answer, 'one'), {
      'f:spec': {
        'f:containers': {
          'k:{"name":"main"}': {
            '.': {},
            'f:image': {},
            'f:name': {},
            'f:ports': {
              'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
            },
          },
        },
      },
    })
  },
  'environment variables of two managers live side by side': async ({ namespaced }) => {
    const templates = namespaced('v1', 'podtemplates')
    const body = (env: object[]) => ({
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: { name: 'a' },
      template: { spec: { containers: [{ name: 'main', image: 'b', env }] } },
    })
    const item = templates.item('a')
    created(await item.apply(body([{ name: 'X', value: '1' }]), by('one')))
    const both = ok(await item.apply(body([{ name: 'Y', value: '2' }]), by('two')))
    assert.deepEqual(both.at('template.spec.containers.0.env'), [
      { name: 'X', value: '1' },
      { name: 'Y', value: '2' },
    ])
    const one = ok(await item.apply(body([]), by('one')))
    assert.deepEqual(one.at('template.spec.containers.0.env'), [{ name: 'Y', value: '2' }])
  },
  'tolerations are one value': async ({ namespaced }) => {
    const body = podBody([CONTAINER], { tolerations: [{ key: 'k', operator: 'Exists' }] })
    const answer = created(await namespaced('v1', 'pods').item('a').apply(body, by('one')))
    const spec = (fieldsOf(answer, 'one') as Record<string, Record<string, unknown>>)['f:spec']
    assert.deepEqual(spec?.['f:tolerations'], {})
  },
  'conditions of a pod’s status are owned by type, apart from the spec': async ({ namespaced }) => {
    const item = namespaced('v1', 'pods').item('a')
    created(await item.apply(podBody([CONTAINER]), by('one')))
    const status = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      status: { conditions: [{ type: 'sortie.test/on', status: 'True' }] },
    }
    const answer = ok(await item.sub('status').apply(status, by('one')))
    const found = entries(answer).find(({ subresource }) => subresource === 'status')
    assert.equal(found?.operation, 'Apply')
    assert.deepEqual(found?.fieldsV1, {
      'f:status': {
        'f:conditions': {
          'k:{"type":"sortie.test/on"}': { '.': {}, 'f:status': {}, 'f:type': {} },
        },
      },
    })
    assert.equal(entries(answer).length, 2)
  },
  'a create records what it sets, defaults too': async ({ namespaced }) => {
    const answer = created(await namespaced('v1', 'pods').create(pod('a'), by('editor')))
    assert.deepEqual(fieldsOf(answer, 'editor', 'Update'), {
      'f:spec': {
        'f:containers': {
          'k:{"name":"main"}': {
            '.': {},
            'f:image': {},
            'f:imagePullPolicy': {},
            'f:name': {},
            'f:resources': {},
            'f:terminationMessagePath': {},
            'f:terminationMessagePolicy': {},
          },
        },
        'f:dnsPolicy': {},
        'f:enableServiceLinks': {},
        'f:restartPolicy': {},
        'f:schedulerName': {},
        'f:securityContext': {},
        'f:terminationGracePeriodSeconds': {},
      },
    })
  },
})

const w = (spec: object): object => widget('a', spec)

const custom = casesOf('apply: custom resources', {
  'a set is owned by value': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ tags: ['a', 'b'] }), by('one')))
    const answer = ok(await item.apply(w({ tags: ['c'] }), by('two')))
    assert.deepEqual(answer.at('spec.tags'), ['a', 'b', 'c'])
    assert.deepEqual(fieldsOf(answer, 'two'), { 'f:spec': { 'f:tags': { 'v:"c"': {} } } })
    assert.deepEqual(ok(await item.apply(w({ tags: ['b'] }), by('one'))).at('spec.tags'), [
      'b',
      'c',
    ])
  },
  'a list map is owned by key': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ parts: [{ id: 'x', weight: 2 }] }), by('one')))
    const answer = ok(await item.apply(w({ parts: [{ id: 'y' }] }), by('two')))
    assert.deepEqual(answer.at('spec.parts'), [
      { id: 'x', weight: 2 },
      { id: 'y', weight: 1 },
    ])
    assert.deepEqual(fieldsOf(answer, 'two'), {
      'f:spec': { 'f:parts': { 'k:{"id":"y"}': { '.': {}, 'f:id': {} } } },
    })
  },
  'two managers own different fields of one element': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ parts: [{ id: 'x', weight: 2 }] }), by('one')))
    const both = ok(await item.apply(w({ parts: [{ id: 'x', note: 'n' }] }), by('two')))
    assert.deepEqual(both.at('spec.parts'), [{ id: 'x', weight: 2, note: 'n' }])
    const one = ok(await item.apply(w({ parts: [] }), by('one')))
    assert.deepEqual(one.at('spec.parts'), [{ id: 'x', weight: 1, note: 'n' }])
  },
  'an atomic list is one value': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ blob: ['a'] }), by('one')))
    refused(await item.apply(w({ blob: ['b'] }), by('two')), {
      code: 409,
      reason: 'Conflict',
      causes: [{ field: '.spec.blob', reason: 'FieldManagerConflict' }],
    })
    assert.deepEqual(ok(await item.apply(w({ blob: ['b'] }), by('two', FORCE))).at('spec.blob'), [
      'b',
    ])
  },
  'an atomic map is one value': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ point: { x: 1 } }), by('one')))
    refused(await item.apply(w({ point: { y: 2 } }), by('two')), {
      code: 409,
      reason: 'Conflict',
      causes: [{ field: '.spec.point' }],
    })
    const answer = ok(await item.apply(w({ point: { y: 2 } }), by('two', FORCE)))
    assert.deepEqual(answer.at('spec.point'), { y: 2 })
  },
  'a granular map is owned by key': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ labels: { a: '1' } }), by('one')))
    const answer = ok(await item.apply(w({ labels: { b: '2' } }), by('two')))
    assert.deepEqual(answer.at('spec.labels'), { a: '1', b: '2' })
    assert.deepEqual(fieldsOf(answer, 'two'), { 'f:spec': { 'f:labels': { 'f:b': {} } } })
  },
  'defaults are not owned by the applier': async (context) => {
    const answer = created(await widgetItem(context).apply(w({ color: 'blue' }), by('one')))
    assert.equal(answer.at('spec.mode'), 'auto')
    assert.deepEqual(fieldsOf(answer, 'one'), { 'f:spec': { 'f:color': {} } })
  },
  'a create of a custom resource owns its defaults too': async ({ namespaced }) => {
    const answer = created(
      await namespaced(WIDGETS, 'widgets').create(w({ color: 'blue' }), by('editor')),
    )
    assert.deepEqual(fieldsOf(answer, 'editor', 'Update'), {
      'f:spec': {
        '.': {},
        'f:color': {},
        'f:maybeDefault': {},
        'f:mode': {},
        'f:size': {},
      },
    })
  },
  'an applied field that is removed gets its default again': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ size: 7 }), by('one')))
    assert.equal(ok(await item.apply(w({}), by('one'))).at('spec.size'), 1)
  },
  'the status is owned apart': async (context) => {
    const item = widgetItem(context)
    created(await item.apply(w({ color: 'blue' }), by('one')))
    const status = widget('a', undefined, { status: { phase: 'On' } })
    const answer = ok(await item.sub('status').apply(status, by('one')))
    assert.equal(answer.at('status.phase'), 'On')
    assert.equal(answer.at('spec.color'), 'blue')
    const found = entries(answer).find(({ subresource }) => subresource === 'status')
    assert.deepEqual(found?.fieldsV1, { 'f:status': { 'f:phase': {} } })
  },
  'an apply to the object leaves the status out': async (context) => {
    const body = widget('a', { color: 'blue' }, { status: { phase: 'On' } })
    const answer = created(await widgetItem(context).apply(body, by('one')))
    assert.equal(answer.at('status'), undefined)
    assert.deepEqual(fieldsOf(answer, 'one'), { 'f:spec': { 'f:color': {} } })
  },
  'an unknown field of an apply is refused, however it is to be validated': async (context) => {
    for (const fieldValidation of ['Ignore', 'Warn', 'Strict']) {
      const query = by('one', { fieldValidation })
      refused(await widgetItem(context).apply(w({ nope: 1 }), query), {
        code: 500,
        reason: undefined,
        message:
          /^failed to create typed patch object \(.*a; conformance\.sortie\.test\/v1, Kind=Widget\): \.spec\.nope: field not declared in schema$/,
      })
    }
  },
  'an invalid apply is refused with its causes': async (context) => {
    invalid(
      await widgetItem(context).apply(w({ color: 'pink' }), by('one')),
      ['spec.color', 'FieldValueNotSupported'],
      UNCHECKED,
    )
  },
  'a duplicate key of a list map is refused': async (context) => {
    const answer = await widgetItem(context).apply(w({ parts: [{ id: 'x' }, { id: 'x' }] }))
    refused(answer, {
      code: 500,
      reason: undefined,
      message: /duplicate entries for key \[id="x"\]/,
    })
  },
  'managed fields are reset by a list with one empty entry': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1' })))
    const answer = ok(await maps.item('a').merge({ metadata: { managedFields: [{}] } }))
    assert.equal(answer.at('metadata.managedFields'), undefined)
  },
  'after a reset an apply names who wrote before': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1' })))
    ok(await maps.item('a').merge({ metadata: { managedFields: [{}] } }))
    const answer = ok(await maps.item('a').apply(map({ y: '2' }), by('one')))
    assert.deepEqual(
      entries(answer).map(({ manager, operation }) => `${manager} ${operation}`),
      ['one Apply', 'before-first-apply Update'],
    )
  },
  'an apply that only changes ownership keeps the version’s data': async (context) => {
    const item = widgetItem(context)
    const first = created(await item.apply(w({ size: 2 }), by('one')))
    const answer = ok(await item.apply(w({ size: 2 }), by('two')))
    assert.notEqual(answer.resourceVersion, first.resourceVersion)
    assert.equal(answer.at('metadata.generation'), 1)
  },
})

export const APPLY_CASES = [...basics, ...builtIn, ...custom]
