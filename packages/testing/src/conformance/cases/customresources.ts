/** Instances of CustomResourceDefinitions: validation, defaulting, pruning, rules, status, scale, generation. */
import assert from 'node:assert/strict'
import { badRequest, created, invalid, notFound, ok, refused, UNCHECKED } from '../answer.ts'
import { type CaseRun, type ConformanceContext, casesOf } from '../case.ts'
import { GROUP, WIDGETS, widget } from '../fixtures.ts'

const widgetsOf = ({ namespaced }: ConformanceContext) => namespaced(WIDGETS, 'widgets')
type Cause = readonly [field: string, reason?: string, message?: string | RegExp]

/** Specs that are refused, with their causes. */
const INVALID: Readonly<Record<string, readonly [object, ...Cause[]]>> = {
  'a number below the minimum': [
    { size: -1 },
    ['spec.size', 'FieldValueInvalid', /should be greater than or equal to 0/],
  ],
  'a number over the maximum': [
    { size: 101 },
    ['spec.size', 'FieldValueInvalid', /should be less than or equal to 100/],
  ],
  'a text for a number': [
    { size: 'x' },
    ['spec.size', 'FieldValueTypeInvalid', /must be of type integer: "string"/],
    UNCHECKED,
  ],
  'a fraction for an integer': [
    { size: 1.5 },
    ['spec.size', 'FieldValueTypeInvalid', /must be of type integer: "number"/],
    ['<nil>', 'FieldValueInvalid', /Checked value must be of type integer/],
    UNCHECKED,
  ],
  'a number for a text': [
    { mode: 5 },
    ['spec.mode', 'FieldValueTypeInvalid', /must be of type string: "integer"/],
    UNCHECKED,
  ],
  'a text for a boolean': [{ flag: 'true' }, ['spec.flag', 'FieldValueTypeInvalid'], UNCHECKED],
  'a list for an object': [{ labels: [] }, ['spec.labels', 'FieldValueTypeInvalid'], UNCHECKED],
  'an object for a list': [{ tags: {} }, ['spec.tags', 'FieldValueTypeInvalid'], UNCHECKED],
  'a value that the enum lacks': [
    { color: 'pink' },
    [
      'spec.color',
      'FieldValueNotSupported',
      'Unsupported value: "pink": supported values: "red", "green", "blue"',
    ],
    UNCHECKED,
  ],
  'a text that is too long': [
    { name: 'abcdefghijk' },
    ['spec.name', 'FieldValueTooLong', /Too long: may not be more than 10 bytes/],
    UNCHECKED,
  ],
  'a text that is too short': [
    { name: '' },
    ['spec.name', 'FieldValueInvalid', /should be at least 1 chars long/],
  ],
  'a text off the pattern': [
    { name: 'ABC' },
    ['spec.name', 'FieldValueInvalid', /in body should match '\^\[a-z\]\+\$'/],
  ],
  'a number that is no multiple': [
    { even: 3 },
    ['spec.even', 'FieldValueInvalid', /should be a multiple of 2/],
  ],
  'a text that is no date': [
    { when: 'yesterday' },
    ['spec.when', 'FieldValueTypeInvalid', /must be of type date-time/],
    UNCHECKED,
  ],
  'too many items': [
    { tags: ['a', 'b', 'c', 'd', 'e', 'f'] },
    ['spec.tags', 'FieldValueTooMany', /Too many: 6: must have at most 5 items/],
    UNCHECKED,
  ],
  'too few items': [
    { blob: [] },
    ['spec.blob', 'FieldValueInvalid', /should have at least 1 items/],
  ],
  'too many properties': [
    { labels: { a: '', b: '', c: '', d: '' } },
    ['spec.labels', 'FieldValueTooMany'],
    UNCHECKED,
  ],
  'a duplicate in a set': [{ tags: ['a', 'a'] }, ['spec.tags[1]', 'FieldValueDuplicate']],
  'a duplicate key in a list map': [
    { parts: [{ id: 'x' }, { id: 'y' }, { id: 'x' }] },
    ['spec.parts[2]', 'FieldValueDuplicate', 'Duplicate value: {"id":"x"}'],
  ],
  'a duplicate key by a default': [
    { ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] },
    ['spec.ports[1]', 'FieldValueDuplicate'],
  ],
  'a required field of an item': [
    { parts: [{ weight: 1 }] },
    ['spec.parts[0].id', 'FieldValueRequired', 'Required value'],
    UNCHECKED,
  ],
  'a wrong type deep in a map': [
    { labels: { a: 5 } },
    ['spec.labels.a', 'FieldValueTypeInvalid'],
    UNCHECKED,
  ],
  'null where nothing is nullable': [
    { parts: [null] },
    ['spec.parts[0]', 'FieldValueTypeInvalid'],
    UNCHECKED,
  ],
  'a list for int-or-string': [{ either: [] }, ['spec.either', 'FieldValueTypeInvalid'], UNCHECKED],
  'a rule over two fields': [
    { min: 3, max: 2 },
    ['spec.max', 'FieldValueInvalid', /min must not exceed max/],
  ],
  'a rule with a message of its own making': [
    { color: 'red', size: 60 },
    ['spec', 'FieldValueInvalid', /red may not be large/],
  ],
  'two errors at once': [{ size: -1, color: 'pink' }, ['spec.size'], ['spec.color'], UNCHECKED],
  'a fraction too many for known fields of a free object': [
    { free: { known: 'x' } },
    ['spec.free.known', 'FieldValueTypeInvalid'],
    UNCHECKED,
  ],
  'an embedded object without kind': [
    { template: {} },
    ['spec.template.apiVersion', 'FieldValueRequired'],
    ['spec.template.kind', 'FieldValueRequired'],
    UNCHECKED,
  ],
}

const validation = casesOf('custom resources: validation', {
  ...Object.fromEntries(
    Object.entries(INVALID).map(([name, [content, ...causes]]): [string, CaseRun] => [
      `${name} is refused`,
      async (context) => {
        invalid(await widgetsOf(context).create(widget('a', content)), ...causes)
      },
    ]),
  ),
  'the message of one error names object, field and value': async (context) => {
    refused(await widgetsOf(context).create(widget('a', { size: 101 })), {
      code: 422,
      reason: 'Invalid',
      message:
        'Widget.conformance.sortie.test "a" is invalid: spec.size: Invalid value: 101: spec.size in body should be less than or equal to 100',
      details: { name: 'a', group: GROUP, kind: 'Widget' },
    })
  },
  'the message of several is a list': async (context) => {
    refused(await widgetsOf(context).create(widget('a', { size: 101, even: 3 })), {
      code: 422,
      reason: 'Invalid',
      message:
        /^Widget\.conformance\.sortie\.test "a" is invalid: \[spec\.\w+: Invalid value: .*, spec\./,
    })
  },
  'good values of every type': async (context) => {
    const content = {
      size: 100,
      color: 'red',
      name: 'abc',
      even: 4,
      ratio: 0.5,
      flag: false,
      when: '2026-01-05T08:00:00Z',
      tags: ['a', 'b'],
      parts: [{ id: 'x', weight: 3 }],
      ports: [{ port: 1 }, { port: 1, protocol: 'UDP' }],
      labels: { a: 'b' },
      point: { x: 1, y: 2 },
      free: { known: 1, other: { deep: [1, 'x', null] } },
      either: '50%',
      maybe: null,
      min: 1,
      max: 1,
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { x: 1 } },
    }
    const answer = created(await widgetsOf(context).create(widget('a', { ...content, size: 10 })))
    assert.deepEqual(answer.at('spec.free'), content.free)
    assert.deepEqual(answer.at('spec.template'), content.template)
    assert.equal(answer.at('spec.maybe'), null)
    assert.equal(answer.at('spec.ratio'), 0.5)
  },
  'a whole number may be written with a point': async ({ send, namespace }) => {
    const text = JSON.stringify(widget('a', { size: 12345 })).replace('12345', '2.0')
    const answer = await send('POST', `/apis/${WIDGETS}/namespaces/${namespace}/widgets`, {
      body: new TextEncoder().encode(text),
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(created(answer).at('spec.size'), 2)
  },
  'spec of the wrong type is refused': async ({ namespaced }) => {
    const body = { apiVersion: `${GROUP}/v1`, kind: 'Gizmo', metadata: { name: 'a' }, spec: 'x' }
    invalid(await namespaced(`${GROUP}/v1`, 'gizmos').create(body), [
      'spec',
      'FieldValueTypeInvalid',
      /spec in body must be of type object: "string"/,
    ])
  },
  'metadata of the wrong type is a bad request': async (context) => {
    const body = { ...widget('a'), metadata: { name: 'a', labels: { x: 5 } } }
    badRequest(await widgetsOf(context).create(body), /labels/)
  },
  'kind and apiVersion must be there': async (context) => {
    badRequest(
      await widgetsOf(context).create({ metadata: { name: 'a' } }),
      /Object 'Kind' is missing/,
    )
    badRequest(
      await widgetsOf(context).create({ kind: 'Widget', metadata: { name: 'a' } }),
      'the API version in the data () does not match the expected API version (conformance.sortie.test/v1)',
    )
  },
  'kind must be the resource’s': async (context) => {
    invalid(await widgetsOf(context).create({ ...widget('a'), kind: 'Gadget' }), [
      'kind',
      'FieldValueInvalid',
      'Invalid value: "Gadget": must be Widget',
    ])
  },
  'apiVersion must be the path’s': async (context) => {
    badRequest(await widgetsOf(context).create({ ...widget('a'), apiVersion: `${GROUP}/v2` }), /v2/)
  },
  'rules hold on update too': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { min: 1, max: 2 })))
    invalid(await widgets.item('a').merge({ spec: { min: 5 } }), ['spec.max', 'FieldValueInvalid'])
  },
  'a field that may not change': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { frozen: 'x' })))
    invalid(await widgets.item('a').merge({ spec: { frozen: 'y' } }), [
      'spec.frozen',
      'FieldValueInvalid',
      'Invalid value: "y": frozen may not change',
    ])
    ok(await widgets.item('a').merge({ spec: { size: 2 } }))
  },
  'a transition rule is not asked where there was no value': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a')))
    assert.equal(
      ok(await widgets.item('a').merge({ spec: { frozen: 'x' } })).at('spec.frozen'),
      'x',
    )
  },
  'a rule of the parent keeps a field from being taken away': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { frozen: 'x' })))
    invalid(await widgets.item('a').merge({ spec: { frozen: null } }), [
      'spec',
      'FieldValueInvalid',
      /frozen must stay/,
    ])
  },
  'a counter that may only grow': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { counter: 5 })))
    ok(await widgets.item('a').merge({ spec: { counter: 6 } }))
    invalid(await widgets.item('a').merge({ spec: { counter: 5 } }), ['spec.counter'])
  },
  'a name of a custom resource is a DNS subdomain': async (context) => {
    invalid(await widgetsOf(context).create(widget('A_b')), ['metadata.name', 'FieldValueInvalid'])
  },
})

const shaping = casesOf('custom resources: defaulting and pruning', {
  'defaults are filled in on create': async (context) => {
    const answer = created(await widgetsOf(context).create(widget('a', { parts: [{ id: 'x' }] })))
    assert.deepEqual(answer.at('spec'), {
      maybeDefault: 'd',
      mode: 'auto',
      parts: [{ id: 'x', weight: 1 }],
      size: 1,
    })
  },
  'defaults within a default appear where their parent is': async (context) => {
    const answer = created(await widgetsOf(context).create(widget('a', { nested: {} })))
    assert.deepEqual(answer.at('spec.nested'), { deep: { level: 3 } })
  },
  'a parent without default is not made for the sake of its children': async (context) => {
    const body = { ...widget('a'), spec: undefined }
    assert.equal(created(await widgetsOf(context).create(body)).at('spec'), undefined)
  },
  'null of a field with a default gets the default': async (context) => {
    const answer = created(await widgetsOf(context).create(widget('a', { mode: null })))
    assert.equal(answer.at('spec.mode'), 'auto')
  },
  'null of a nullable field stays': async (context) => {
    const answer = created(await widgetsOf(context).create(widget('a', { maybeDefault: null })))
    assert.equal(answer.at('spec.maybeDefault'), null)
  },
  'null of a field without default is dropped': async (context) => {
    const answer = created(await widgetsOf(context).create(widget('a', { color: null })))
    assert.equal(Object.hasOwn(answer.at('spec') as object, 'color'), false)
  },
  'a default comes back when the value is taken away': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { size: 9 })))
    assert.equal(ok(await widgets.item('a').merge({ spec: { size: null } })).at('spec.size'), 1)
  },
  'unknown fields are pruned': async (context) => {
    const body = { ...widget('a', { nope: 1, parts: [{ id: 'x', nope: 1 }] }), extra: { a: 1 } }
    const answer = created(await widgetsOf(context).create(body))
    assert.equal(answer.at('spec.nope'), undefined)
    assert.equal(answer.at('spec.parts.0.nope'), undefined)
    assert.equal(answer.at('extra'), undefined)
  },
  'unknown fields of a free object stay': async (context) => {
    const answer = created(await widgetsOf(context).create(widget('a', { free: { a: { b: 1 } } })))
    assert.deepEqual(answer.at('spec.free'), { a: { b: 1 } })
  },
  'pruning warns by default': async (context) => {
    const answer = created(await widgetsOf(context).create(widget('a', { nope: 1 })))
    assert.match(String(answer.headers['warning']), /299 - "unknown field \\"spec\.nope\\""/)
  },
  'pruning is silent when it is asked to be': async (context) => {
    const query = { fieldValidation: 'Ignore' }
    const answer = created(await widgetsOf(context).create(widget('a', { nope: 1 }), query))
    assert.equal(answer.headers['warning'], undefined)
  },
  'strict validation refuses unknown fields': async (context) => {
    const answer = await widgetsOf(context).create(widget('a', { nope: 1, also: 2 }), {
      fieldValidation: 'Strict',
    })
    badRequest(
      answer,
      /strict decoding error: unknown field "spec\.(nope|also)", unknown field "spec\.(nope|also)"$/,
    )
  },
  'strict validation refuses unknown fields of a built-in object': async ({ namespaced }) => {
    const body = { metadata: { name: 'a', nope: 1 }, data: {}, more: 1 }
    badRequest(
      await namespaced('v1', 'configmaps').create(body, { fieldValidation: 'Strict' }),
      /strict decoding error: unknown field "(metadata\.nope|more)", unknown field "(metadata\.nope|more)"$/,
    )
  },
  'strict validation refuses a key that is there twice': async ({ namespace, send }) => {
    const text =
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","x":"2"}}'
    const answer = await send('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
      body: new TextEncoder().encode(text),
      headers: { 'content-type': 'application/json' },
      query: { fieldValidation: 'Strict' },
    })
    badRequest(answer, /strict decoding error: duplicate field "data\.x"/)
  },
  'an unknown kind of field validation is invalid': async (context) => {
    const answer = await widgetsOf(context).create(widget('a'), { fieldValidation: 'Lenient' })
    refused(answer, { code: 422, reason: 'Invalid', message: /fieldValidation/ })
  },
  'unknown metadata is pruned': async (context) => {
    const body = { ...widget('a'), metadata: { name: 'a', nope: 'x' } }
    const answer = created(await widgetsOf(context).create(body))
    assert.equal(answer.at('metadata.nope'), undefined)
  },
})

const status = casesOf('custom resources: status, scale, generation', {
  'a status on create is dropped': async (context) => {
    const body = widget('a', {}, { status: { phase: 'On' } })
    const answer = created(await widgetsOf(context).create(body))
    assert.equal(answer.at('status'), undefined)
    assert.equal(answer.at('metadata.generation'), 1)
  },
  'a replace of the object leaves the status': async (context) => {
    const widgets = widgetsOf(context)
    const first = created(await widgets.create(widget('a')))
    ok(
      await widgets
        .item('a')
        .sub('status')
        .merge({ status: { phase: 'On' } }),
    )
    const { resourceVersion } = ok(await widgets.item('a').get())
    const body = {
      ...first.object(),
      metadata: { ...first.object()['metadata'], resourceVersion },
      spec: { size: 4 },
      status: { phase: 'Off' },
    }
    const answer = ok(await widgets.item('a').replace(body))
    assert.equal(answer.at('status.phase'), 'On')
    assert.equal(answer.at('spec.size'), 4)
    assert.equal(answer.at('metadata.generation'), 2)
  },
  'a write to the status leaves spec, labels and generation': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { size: 3 })))
    const patch = {
      metadata: { labels: { x: '1' } },
      spec: { size: 9 },
      status: { phase: 'On', nope: 1 },
    }
    const answer = ok(await widgets.item('a').sub('status').merge(patch))
    assert.equal(answer.at('spec.size'), 3)
    assert.equal(answer.at('metadata.labels'), undefined)
    assert.equal(answer.at('metadata.generation'), 1)
    assert.deepEqual(answer.at('status'), { phase: 'On' })
  },
  'the status is validated': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a')))
    const patch = { status: { conditions: [{ type: 'A', status: 'Maybe' }] } }
    invalid(
      await widgets.item('a').sub('status').merge(patch),
      ['status.conditions[0].status', 'FieldValueNotSupported'],
      UNCHECKED,
    )
  },
  'the status is read by itself': async (context) => {
    const widgets = widgetsOf(context)
    const first = created(await widgets.create(widget('a')))
    assert.deepEqual(ok(await widgets.item('a').sub('status').get()).body, first.body)
  },
  'a status write to what is not there is NotFound': async (context) => {
    notFound(
      await widgetsOf(context).item('a').sub('status').merge({ status: {} }),
      'widgets.conformance.sortie.test "a" not found',
    )
  },
  'labels do not count as a new generation, the spec does': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a')))
    const labelled = ok(await widgets.item('a').merge({ metadata: { labels: { x: '1' } } }))
    assert.equal(labelled.at('metadata.generation'), 1)
    assert.equal(
      ok(await widgets.item('a').merge({ spec: { size: 2 } })).at('metadata.generation'),
      2,
    )
    assert.equal(
      ok(await widgets.item('a').merge({ spec: { size: 2 } })).at('metadata.generation'),
      2,
    )
  },
  'a generation of the client is not taken over': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create({ ...widget('a'), metadata: { name: 'a', generation: 77 } }))
    const answer = ok(await widgets.item('a').merge({ metadata: { generation: 99 } }))
    assert.equal(answer.at('metadata.generation'), 1)
  },
  'a custom resource needs a version for a replace': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a')))
    invalid(await widgets.item('a').replace(widget('a', { size: 2 })), [
      'metadata.resourceVersion',
      'FieldValueInvalid',
      /must be specified for an update/,
    ])
  },
  'scale is read from the paths': async (context) => {
    const widgets = widgetsOf(context)
    const first = created(await widgets.create(widget('a', { replicas: 3 })))
    ok(
      await widgets
        .item('a')
        .sub('status')
        .merge({ status: { replicas: 2, selector: 'a=b' } }),
    )
    const scale = ok(await widgets.item('a').sub('scale').get())
    assert.equal(scale.at('kind'), 'Scale')
    assert.equal(scale.at('apiVersion'), 'autoscaling/v1')
    assert.deepEqual(scale.at('spec'), { replicas: 3 })
    assert.deepEqual(scale.at('status'), { replicas: 2, selector: 'a=b' })
    assert.equal(scale.uid, first.uid)
    assert.equal(scale.name, 'a')
  },
  'scale is written': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { replicas: 3 })))
    const scale = widgets.item('a').sub('scale')
    const answer = ok(await scale.merge({ spec: { replicas: 5 } }))
    assert.equal(answer.at('spec.replicas'), 5)
    const found = ok(await widgets.item('a').get())
    assert.equal(found.at('spec.replicas'), 5)
    assert.equal(found.at('metadata.generation'), 2)
    const body = { ...answer.object(), spec: { replicas: 7 } }
    assert.equal(ok(await scale.replace(body)).at('spec.replicas'), 7)
  },
  'a negative scale is invalid': async (context) => {
    const widgets = widgetsOf(context)
    created(await widgets.create(widget('a', { replicas: 3 })))
    const answer = await widgets
      .item('a')
      .sub('scale')
      .merge({ spec: { replicas: -1 } })
    invalid(answer, ['.spec.replicas', 'FieldValueInvalid', /should be a non-negative integer/])
  },
  'a kind without status subresource keeps its status like any field': async ({
    cluster,
    unique,
    send,
  }) => {
    const gadgets = cluster(`${GROUP}/v1`, 'gadgets')
    const name = unique('g')
    created(await gadgets.create({ apiVersion: `${GROUP}/v1`, kind: 'Gadget', metadata: { name } }))
    const answer = await send('GET', `${gadgets.path}/${name}/status`)
    assert.equal(answer.status, 404)
  },
  'a cluster-scoped kind has no namespace path': async ({ namespaced }) => {
    const answer = await namespaced(`${GROUP}/v1`, 'gadgets').list()
    assert.equal(answer.status, 404)
  },
  'an object is served in each version': async ({ namespaced, namespace, send }) => {
    const gizmo = (version: string) => ({
      apiVersion: `${GROUP}/${version}`,
      kind: 'Gizmo',
      metadata: { name: 'a' },
      spec: { text: 't' },
    })
    created(await namespaced(`${GROUP}/v1beta1`, 'gizmos').create(gizmo('v1beta1')))
    const read = (version: string) =>
      send('GET', `/apis/${GROUP}/${version}/namespaces/${namespace}/gizmos/a`)
    assert.equal(ok(await read('v1')).at('apiVersion'), `${GROUP}/v1`)
    assert.equal(ok(await read('v1beta1')).at('apiVersion'), `${GROUP}/v1beta1`)
    assert.equal((await read('v2alpha1')).status, 404)
  },
  'a deprecated version warns': async ({ namespaced }) => {
    const answer = ok(await namespaced(`${GROUP}/v1beta1`, 'gizmos').list())
    assert.match(
      String(answer.headers['warning']),
      /299 - "conformance\.sortie\.test\/v1beta1 Gizmo is deprecated/,
    )
  },
})

export const CUSTOM_RESOURCE_CASES = [...validation, ...shaping, ...status]
