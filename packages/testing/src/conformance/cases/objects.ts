/** Create, read, replace: what every object of the API has in common. */
import assert from 'node:assert/strict'
import { badRequest, conflict, created, invalid, notFound, ok, refused } from '../answer.ts'
import { casesOf } from '../case.ts'
import { configMap } from '../fixtures.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

const creating = casesOf('objects: create', {
  'a created object has uid, version, time and namespace': async ({ namespaced, namespace }) => {
    const answer = created(await namespaced('v1', 'configmaps').create(configMap('a', { x: '1' })))
    assert.match(answer.uid, UUID)
    assert.match(answer.resourceVersion, /^[1-9]\d*$/)
    assert.match(String(answer.at('metadata.creationTimestamp')), SECONDS)
    assert.equal(answer.at('metadata.namespace'), namespace)
    assert.equal(answer.at('kind'), 'ConfigMap')
    assert.equal(answer.at('apiVersion'), 'v1')
    assert.deepEqual(answer.at('data'), { x: '1' })
    assert.equal(answer.at('metadata.generation'), undefined)
    assert.equal(answer.headers['content-type'], 'application/json')
  },
  'kind and apiVersion may be left out of a built-in object': async ({ namespaced }) => {
    const answer = await namespaced('v1', 'configmaps').create({ metadata: { name: 'a' } })
    assert.equal(created(answer).at('kind'), 'ConfigMap')
  },
  'a second create of the name is refused as AlreadyExists': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    refused(await maps.create(configMap('a')), {
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "a" already exists',
      details: { name: 'a', kind: 'configmaps' },
    })
  },
  'generateName gets five characters more': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const answer = created(await maps.create({ metadata: { generateName: 'run-' } }))
    assert.match(answer.name, /^run-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    assert.equal(answer.at('metadata.generateName'), 'run-')
  },
  'a long generateName is cut to 58 characters': async ({ namespaced }) => {
    const metadata = { generateName: 'a'.repeat(70) }
    const answer = created(await namespaced('v1', 'configmaps').create({ metadata }))
    assert.equal(answer.name.length, 63)
  },
  'a name wins over generateName': async ({ namespaced }) => {
    const metadata = { name: 'a', generateName: 'run-' }
    assert.equal(created(await namespaced('v1', 'configmaps').create({ metadata })).name, 'a')
  },
  'neither name nor generateName is invalid': async ({ namespaced }) => {
    invalid(await namespaced('v1', 'configmaps').create({ metadata: {} }), [
      'metadata.name',
      'FieldValueRequired',
      'Required value: name or generateName is required',
    ])
  },
  'a name that is no DNS subdomain is invalid': async ({ namespaced }) => {
    const answer = await namespaced('v1', 'configmaps').create(configMap('A_b'))
    invalid(answer, ['metadata.name', 'FieldValueInvalid', /a lowercase RFC 1123 subdomain must/])
    refused(answer, {
      code: 422,
      reason: 'Invalid',
      message: /^ConfigMap "A_b" is invalid: metadata\.name: Invalid value: "A_b": a lowercase/,
      details: { name: 'A_b', kind: 'ConfigMap' },
    })
  },
  'a name of 254 characters is invalid': async ({ namespaced }) => {
    invalid(await namespaced('v1', 'configmaps').create(configMap('a'.repeat(254))), [
      'metadata.name',
      'FieldValueInvalid',
      /must be no more than 253/,
    ])
  },
  'a namespace in the body that differs from the path is refused': async ({ namespaced }) => {
    const body = configMap('a', {}, { namespace: 'other' })
    badRequest(
      await namespaced('v1', 'configmaps').create(body),
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  },
  'a resourceVersion on create is refused': async ({ namespaced }) => {
    const body = configMap('a', {}, { resourceVersion: '1' })
    refused(await namespaced('v1', 'configmaps').create(body), {
      code: 500,
      reason: undefined,
      message: 'resourceVersion should not be set on objects to be created',
    })
  },
  'uid, creationTimestamp and selfLink of the client are not taken over': async ({
    namespaced,
  }) => {
    const forged = { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', selfLink: '/x' }
    const answer = created(await namespaced('v1', 'configmaps').create(configMap('a', {}, forged)))
    assert.match(answer.uid, UUID)
    assert.doesNotMatch(String(answer.at('metadata.creationTimestamp')), /^2001/)
    assert.equal(answer.at('metadata.selfLink'), undefined)
  },
  'a deletionTimestamp of the client is dropped': async ({ namespaced }) => {
    const forged = { deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 }
    const answer = created(await namespaced('v1', 'configmaps').create(configMap('a', {}, forged)))
    assert.equal(answer.at('metadata.deletionTimestamp'), undefined)
    assert.equal(answer.at('metadata.deletionGracePeriodSeconds'), undefined)
  },
  'a create in a namespace that is not there is NotFound': async ({ send }) => {
    const path = '/api/v1/namespaces/no-such-namespace/configmaps'
    notFound(
      await send('POST', path, { body: configMap('a') }),
      'namespaces "no-such-namespace" not found',
    )
  },
  'a create of a namespaced kind without a namespace is refused': async ({ send }) => {
    const answer = await send('POST', '/api/v1/configmaps', { body: configMap('a') })
    refused(answer, {
      code: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    })
  },
  'a dry run answers and keeps nothing': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const answer = created(await maps.create(configMap('a'), { dryRun: 'All' }))
    assert.match(answer.uid, UUID)
    assert.equal(answer.at('metadata.resourceVersion'), undefined)
    notFound(await maps.item('a').get(), 'configmaps "a" not found')
  },
  'a dry run of an unknown kind is invalid': async ({ namespaced }) => {
    const answer = await namespaced('v1', 'configmaps').create(configMap('a'), { dryRun: 'Some' })
    refused(answer, { code: 422, reason: 'Invalid', message: /dryRun/ })
  },
  'a field manager of the query is recorded': async ({ namespaced }) => {
    const answer = created(
      await namespaced('v1', 'configmaps').create(configMap('a', { x: '1' }), {
        fieldManager: 'me',
      }),
    )
    const [entry] = answer.all('metadata.managedFields') as Record<string, unknown>[]
    assert.equal(entry?.['manager'], 'me')
    assert.equal(entry?.['operation'], 'Update')
    assert.equal(entry?.['apiVersion'], 'v1')
    assert.equal(entry?.['fieldsType'], 'FieldsV1')
    assert.match(String(entry?.['time']), SECONDS)
    assert.deepEqual(entry?.['fieldsV1'], { 'f:data': { '.': {}, 'f:x': {} } })
  },
  'without one the manager is the user agent up to its slash': async ({ send, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const headers = { 'user-agent': 'probe/1.0 (linux)' }
    const answer = created(await send('POST', path, { body: configMap('a', { x: '1' }), headers }))
    assert.equal(answer.at('metadata.managedFields.0.manager'), 'probe')
  },
  'a field manager of more than 128 characters is invalid': async ({ namespaced }) => {
    const query = { fieldManager: 'm'.repeat(129) }
    const answer = await namespaced('v1', 'configmaps').create(configMap('a'), query)
    refused(answer, { code: 422, reason: 'Invalid', message: /fieldManager/ })
  },
  'labels and annotations are checked': async ({ namespaced }) => {
    const metadata = { labels: { 'a b': 'x', ok: 'not ok' }, annotations: { 'x/y/z': '' } }
    invalid(
      await namespaced('v1', 'configmaps').create(configMap('a', {}, metadata)),
      ['metadata.labels', 'FieldValueInvalid'],
      ['metadata.labels', 'FieldValueInvalid'],
      ['metadata.annotations', 'FieldValueInvalid'],
    )
  },
  'annotations of more than 256 KiB are too long': async ({ namespaced }) => {
    const metadata = { annotations: { big: 'x'.repeat(262_145) } }
    invalid(await namespaced('v1', 'configmaps').create(configMap('a', {}, metadata)), [
      'metadata.annotations',
      'FieldValueTooLong',
    ])
  },
  'a finalizer without a domain is refused': async ({ namespaced }) => {
    const answer = await namespaced('v1', 'configmaps').create(
      configMap('a', {}, { finalizers: ['mine'] }),
    )
    invalid(answer, [
      'metadata.finalizers[0]',
      'FieldValueInvalid',
      'Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ])
  },
  'owner references are checked for what is missing': async ({ namespaced }) => {
    const metadata = { ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] }
    invalid(
      await namespaced('v1', 'configmaps').create(configMap('a', {}, metadata)),
      ['metadata.ownerReferences.apiVersion'],
      ['metadata.ownerReferences.kind'],
      ['metadata.ownerReferences.name'],
      ['metadata.ownerReferences.uid'],
    )
  },
  'two controlling owners are refused': async ({ namespaced }) => {
    const owner = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name,
      uid: name,
      controller: true,
    })
    const metadata = { ownerReferences: [owner('x'), owner('y')] }
    invalid(await namespaced('v1', 'configmaps').create(configMap('a', {}, metadata)), [
      'metadata.ownerReferences',
      'FieldValueInvalid',
      /Only one reference can have Controller set to true/,
    ])
  },
})

const reading = casesOf('objects: read', {
  'what was created is read': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const first = created(await maps.create(configMap('a', { x: '1' })))
    assert.deepEqual(ok(await maps.item('a').get()).body, first.body)
  },
  'what is not there is NotFound, with name and kind': async ({ namespaced }) => {
    refused(await namespaced('v1', 'configmaps').item('nope').get(), {
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "nope" not found',
      details: { name: 'nope', kind: 'configmaps' },
    })
  },
  'NotFound of a group’s resource names the group': async ({ namespaced }) => {
    refused(await namespaced('coordination.k8s.io/v1', 'leases').item('nope').get(), {
      code: 404,
      reason: 'NotFound',
      message: 'leases.coordination.k8s.io "nope" not found',
      details: { name: 'nope', group: 'coordination.k8s.io', kind: 'leases' },
    })
  },
  'a read at version 0 is served': async ({ namespaced, eventually }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    const read = () => maps.item('a').get({ resourceVersion: '0' })
    await eventually(read, ({ status }) => status === 200)
  },
  'a read at a version far ahead is answered as too large': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    const answer = await maps.item('a').get({ resourceVersion: '999999999999' })
    refused(answer, {
      code: 504,
      reason: 'Timeout',
      message: /^Timeout: Too large resource version: 999999999999, current: \d+/,
    })
  },
  'a read at a version that is none is refused': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    refused(await maps.item('a').get({ resourceVersion: 'x' }), {
      code: 500,
      reason: undefined,
      message:
        'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    })
  },
  'pretty prints with indents': async ({ namespaced, send }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    const headers = { accept: 'application/json' }
    const answer = await send('GET', `${maps.path}/a`, { query: { pretty: 'true' }, headers })
    assert.equal(ok(answer).at('metadata.name'), 'a')
  },
})

const replacing = casesOf('objects: replace', {
  'a replace gives a new version and keeps uid and time': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const first = created(await maps.create(configMap('a', { x: '1' })))
    const body = { ...first.object(), data: { y: '2' } }
    const second = ok(await maps.item('a').replace(body))
    assert.deepEqual(second.at('data'), { y: '2' })
    assert.notEqual(second.resourceVersion, first.resourceVersion)
    assert.ok(BigInt(second.resourceVersion) > BigInt(first.resourceVersion))
    assert.equal(second.uid, first.uid)
    assert.equal(second.at('metadata.creationTimestamp'), first.at('metadata.creationTimestamp'))
  },
  'a replace that changes nothing keeps the version': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const first = created(await maps.create(configMap('a', { x: '1' })))
    assert.equal(
      ok(await maps.item('a').replace(first.object())).resourceVersion,
      first.resourceVersion,
    )
  },
  'an old version conflicts': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const first = created(await maps.create(configMap('a', { x: '1' })))
    ok(await maps.item('a').replace({ ...first.object(), data: { x: '2' } }))
    conflict(
      await maps.item('a').replace({ ...first.object(), data: { x: '3' } }),
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    )
  },
  'without a version the last write wins': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1' })))
    assert.deepEqual(ok(await maps.item('a').replace(configMap('a', { z: '9' }))).at('data'), {
      z: '9',
    })
  },
  'a uid of another object conflicts': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    const uid = '00000000-0000-0000-0000-000000000000'
    conflict(
      await maps.item('a').replace(configMap('a', { x: '1' }, { uid })),
      /Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000, UID in object meta: /,
    )
  },
  'a name that differs from the path is refused': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    badRequest(
      await maps.item('a').replace(configMap('b')),
      'the name of the object (b) does not match the name on the URL (a)',
    )
  },
  'a replace without a name is refused': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a')))
    badRequest(await maps.item('a').replace({ data: {} }))
  },
  'a replace of what is not there is NotFound': async ({ namespaced }) => {
    notFound(await namespaced('v1', 'configmaps').item('a').replace(configMap('a')))
  },
  'a lease is created by a replace': async ({ namespaced }) => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } }
    const leases = namespaced('coordination.k8s.io/v1', 'leases')
    const first = created(
      await leases.item('l').replace({ ...lease, spec: { holderIdentity: 'me' } }),
    )
    ok(await leases.item('l').replace({ ...first.object(), spec: { holderIdentity: 'you' } }))
  },
  'a lease needs a version for a replace': async ({ namespaced }) => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } }
    const leases = namespaced('coordination.k8s.io/v1', 'leases')
    created(await leases.create(lease))
    invalid(await leases.item('l').replace({ ...lease, spec: { holderIdentity: 'me' } }), [
      'metadata.resourceVersion',
      'FieldValueInvalid',
      'Invalid value: 0: must be specified for an update',
    ])
  },
  'an immutable config map keeps its data': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create({ ...configMap('a', { x: '1' }), immutable: true }))
    invalid(await maps.item('a').replace({ ...configMap('a', { x: '2' }), immutable: true }), [
      'data',
      'FieldValueForbidden',
      /field is immutable when `immutable` is set/,
    ])
  },
  'a replace as a dry run changes nothing': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const first = created(await maps.create(configMap('a', { x: '1' })))
    const answer = await maps.item('a').replace(configMap('a', { x: '2' }), { dryRun: 'All' })
    assert.deepEqual(ok(answer).at('data'), { x: '2' })
    assert.deepEqual(ok(await maps.item('a').get()).body, first.body)
  },
  'null where a map is meant is as if it were left out': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const answer = created(await maps.create({ metadata: { name: 'a', labels: null }, data: null }))
    assert.equal(answer.at('data'), undefined)
    assert.equal(answer.at('metadata.labels'), undefined)
  },
  'a kind that counts no generations keeps the client’s': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const answer = created(await maps.create(configMap('a', {}, { generation: 7 })))
    assert.equal(answer.at('metadata.generation'), 7)
  },
  'managedFields set to an empty list are reset and tracked anew': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1' })))
    const answer = await maps
      .item('a')
      .replace(configMap('a', { x: '1' }, { managedFields: [] }), { fieldManager: 'other' })
    assert.equal(ok(answer).at('metadata.managedFields.0.manager') ?? 'none', 'none')
  },
})

export const OBJECT_CASES = [...creating, ...reading, ...replacing]
