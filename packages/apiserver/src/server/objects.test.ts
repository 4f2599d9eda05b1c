import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CONFIG_MAPS, configMap, PODS, podNamed, startTestServer } from '../testing/server.ts'

describe('create', () => {
  test('fills in what the server owns and strips what the client may not set', async () => {
    const { send } = await startTestServer()
    const { status, body } = await send(
      `POST ${CONFIG_MAPS}`,
      configMap('a', {
        metadata: {
          name: 'a',
          uid: 'mine',
          creationTimestamp: '2001-01-01T00:00:00Z',
          deletionTimestamp: '2001-01-01T00:00:00Z',
          generation: 9,
          selfLink: '/x',
        } as object,
      }),
    )
    assert.equal(status, 201)
    assert.equal(body.metadata.namespace, 'default')
    assert.equal(body.metadata.creationTimestamp, '2026-11-23T10:00:00Z')
    assert.notEqual(body.metadata.uid, 'mine')
    assert.equal(body.metadata.deletionTimestamp, undefined)
    // A kind that counts no generations keeps the client's.
    assert.equal(body.metadata.generation, 9)
    assert.equal('selfLink' in body.metadata, false)
    assert.match(body.metadata.resourceVersion, /^\d+$/)
  })

  test('makes names from generateName without vowels', async () => {
    const { send } = await startTestServer()
    const object = { metadata: { generateName: 'job-' } }
    const { body } = await send(`POST ${CONFIG_MAPS}`, object)
    assert.match(body.metadata.name, /^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  const refused: readonly (readonly [string, string, object, number, string])[] = [
    [
      'a name that is taken',
      CONFIG_MAPS,
      configMap('taken'),
      409,
      'configmaps "taken" already exists',
    ],
    [
      'a missing namespace',
      '/api/v1/namespaces/nowhere/configmaps',
      configMap('a'),
      404,
      'namespaces "nowhere" not found',
    ],
    [
      'another namespace than the path',
      CONFIG_MAPS,
      configMap('a', { metadata: { name: 'a', namespace: 'b' } }),
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'no name',
      CONFIG_MAPS,
      { metadata: {} },
      422,
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'a resourceVersion',
      CONFIG_MAPS,
      configMap('a', { metadata: { name: 'a', resourceVersion: '1' } }),
      500,
      'resourceVersion should not be set on objects to be created',
    ],
    [
      'another kind',
      CONFIG_MAPS,
      podNamed('a'),
      400,
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (Pod) to (ConfigMap): unknown conversion',
    ],
    [
      'another version',
      CONFIG_MAPS,
      configMap('a', { apiVersion: 'v2' }),
      400,
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2"',
    ],
    [
      'unknown fields where validation is strict',
      `${CONFIG_MAPS}?fieldValidation=Strict`,
      configMap('a', { dat: {} }),
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"',
    ],
    [
      'an unknown dryRun',
      `${CONFIG_MAPS}?dryRun=Some`,
      configMap('a'),
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
  ]
  for (const [what, target, object, status, message] of refused) {
    test(`refuses ${what}`, async () => {
      const { send } = await startTestServer()
      await send(`POST ${CONFIG_MAPS}`, configMap('taken'))
      const answer = await send(`POST ${target}`, object)
      assert.deepEqual([answer.status, answer.body['message']], [status, message])
    })
  }

  test('refuses names, labels, owners and finalizers that are none, each with its field', async () => {
    const { send } = await startTestServer()
    const { status, body } = await send(
      `POST ${CONFIG_MAPS}`,
      configMap('Bad_Name', {
        metadata: {
          name: 'Bad_Name',
          labels: { 'a b': 'ok', ok: 'not ok' },
          annotations: { '/': 'x' },
          ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '' }],
          finalizers: ['bad one'],
        },
      }),
    )
    assert.equal(status, 422)
    const details = body['details'] as { causes: { field: string }[] }
    assert.deepEqual(
      [...new Set(details.causes.map((cause) => cause.field))],
      [
        'metadata.name',
        'metadata.labels',
        'metadata.annotations',
        'metadata.ownerReferences.uid',
        'metadata.finalizers',
        'metadata.finalizers[0]',
      ],
    )
  })

  test('warns of unknown fields and drops them', async () => {
    const { send } = await startTestServer()
    const { headers, body } = await send(`POST ${CONFIG_MAPS}`, configMap('a', { dat: {} }))
    assert.equal(headers['warning'], '299 - "unknown field \\"dat\\""')
    assert.equal(body['dat'], undefined)
  })

  test('stores nothing on a dry run', async () => {
    const { send } = await startTestServer()
    const dry = await send(`POST ${CONFIG_MAPS}?dryRun=All`, configMap('a'))
    assert.equal(dry.status, 201)
    assert.equal((await send(`GET ${CONFIG_MAPS}/a`)).status, 404)
  })
})

describe('update', () => {
  test('replaces by resourceVersion and refuses an old one', async () => {
    const { send } = await startTestServer()
    const { body: first } = await send(`POST ${CONFIG_MAPS}`, configMap('a'))
    const second = await send(`PUT ${CONFIG_MAPS}/a`, { ...first, data: { a: '1' } })
    assert.equal(second.status, 200)
    const stale = await send(`PUT ${CONFIG_MAPS}/a`, { ...first, data: { a: '2' } })
    assert.equal(stale.status, 409)
    assert.equal(
      stale.body['message'],
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
        'please apply your changes to the latest version and try again',
    )
  })

  test('writes nothing where nothing changes', async () => {
    const { send, server } = await startTestServer()
    await send(`POST ${CONFIG_MAPS}`, configMap('a', { data: { a: '1' } }))
    const { body } = await send(`GET ${CONFIG_MAPS}/a`)
    const again = await send(`PUT ${CONFIG_MAPS}/a`, body)
    const patched = await send(`PATCH ${CONFIG_MAPS}/a`, { data: { a: '1' } })
    assert.equal(again.body.metadata.resourceVersion, body.metadata.resourceVersion)
    assert.equal(patched.body.metadata.resourceVersion, body.metadata.resourceVersion)
    assert.ok(server)
  })

  const immutable: readonly (readonly [string, object])[] = [
    ['uid', { uid: 'other' }],
    ['creationTimestamp', { creationTimestamp: '2001-01-01T00:00:00Z' }],
    ['deletionTimestamp', { deletionTimestamp: '2001-01-01T00:00:00Z' }],
  ]
  for (const [field, metadata] of immutable) {
    test(`keeps metadata.${field} from being changed`, async () => {
      const { send } = await startTestServer()
      await send(`POST ${CONFIG_MAPS}`, configMap('a'))
      const { status, body } = await send(`PATCH ${CONFIG_MAPS}/a`, { metadata })
      assert.equal(status, 422)
      assert.match(String(body['message']), new RegExp(`metadata.${field}: .*field is immutable`))
    })
  }

  test('refuses a body with another name', async () => {
    const { send } = await startTestServer()
    await send(`POST ${CONFIG_MAPS}`, configMap('a'))
    const { status, body } = await send(`PUT ${CONFIG_MAPS}/a`, configMap('b'))
    assert.equal(status, 400)
    assert.equal(
      body['message'],
      'the name of the object (b) does not match the name on the URL (a)',
    )
  })

  test('creates leases and events by PUT, and nothing else', async () => {
    const { send } = await startTestServer()
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
    const lease = await send(`PUT ${leases}/a`, { metadata: { name: 'a' } })
    assert.equal(lease.status, 201)
    assert.equal((await send(`PUT ${CONFIG_MAPS}/a`, configMap('a'))).status, 404)
  })

  test('counts generations by changes of the spec alone', async () => {
    const { send } = await startTestServer()
    const deployments = '/apis/apps/v1/namespaces/default/deployments'
    await send(`POST ${deployments}`, { metadata: { name: 'd' }, spec: { replicas: 1 } })
    const steps: readonly (readonly [string, object, number])[] = [
      [`PATCH ${deployments}/d`, { metadata: { labels: { a: 'b' } } }, 1],
      [`PATCH ${deployments}/d/status`, { status: { replicas: 1 } }, 1],
      [`PATCH ${deployments}/d`, { status: { replicas: 7 } }, 1],
      [`PATCH ${deployments}/d`, { spec: { replicas: 2 } }, 2],
    ]
    for (const [line, patch, generation] of steps) {
      const { body } = await send(line, patch)
      assert.equal(body.metadata.generation, generation)
    }
    const { body } = await send(`GET ${deployments}/d`)
    assert.deepEqual(body['status'], { replicas: 1 })
  })
})

describe('patch', () => {
  test('takes JSON, merge and strategic merge patches', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    const json = [{ op: 'add', path: '/metadata/labels', value: { a: '1' } }]
    assert.deepEqual((await send(`PATCH ${PODS}/p`, json, { type: 'json' })).body.metadata.labels, {
      a: '1',
    })
    await send(`PATCH ${PODS}/p`, { metadata: { labels: { b: '2', a: null } } })
    const strategic = { spec: { containers: [{ name: 'task', image: 'busybox:2' }] } }
    const { body } = await send(`PATCH ${PODS}/p`, strategic, { type: 'strategic-merge' })
    assert.deepEqual(body.metadata.labels, { b: '2' })
    const { containers } = body['spec'] as { containers: { image: string; name: string }[] }
    assert.deepEqual(
      containers.map(({ name, image }) => [name, image]),
      [['task', 'busybox:2']],
    )
  })

  test('refuses an unknown patch type with those it takes', async () => {
    const { send } = await startTestServer()
    await send(`POST ${CONFIG_MAPS}`, configMap('a'))
    const headers = { 'content-type': 'text/plain' }
    const { status, body } = await send(`PATCH ${CONFIG_MAPS}/a`, {}, { headers })
    assert.equal(status, 415)
    assert.match(String(body['message']), /application\/strategic-merge-patch\+json/)
  })

  test('checks the resourceVersion that a patch names', async () => {
    const { send } = await startTestServer()
    await send(`POST ${CONFIG_MAPS}`, configMap('a'))
    const patch = { metadata: { resourceVersion: '1' }, data: { a: 'b' } }
    assert.equal((await send(`PATCH ${CONFIG_MAPS}/a`, patch)).status, 409)
  })

  test('applies: creates what is missing, and refuses what another manager owns', async () => {
    const { send } = await startTestServer()
    const apply = (manager: string, value: string, force = '') =>
      send(
        `PATCH ${CONFIG_MAPS}/a?fieldManager=${manager}${force}`,
        configMap('a', { data: { a: value } }),
        { type: 'apply' },
      )
    assert.equal((await apply('one', '1')).status, 201)
    const conflict = await apply('two', '2')
    assert.equal(conflict.status, 409)
    assert.match(String(conflict.body['message']), /conflict with "one"/)
    const forced = await apply('two', '2', '&force=true')
    assert.equal(forced.status, 200)
    assert.deepEqual(
      forced.body.metadata.managedFields?.map((entry) => entry.manager),
      ['two'],
    )
  })

  test('asks for a field manager to apply', async () => {
    const { send } = await startTestServer()
    const { status, body } = await send(`PATCH ${CONFIG_MAPS}/a`, configMap('a'), { type: 'apply' })
    assert.equal(status, 422)
    assert.match(
      String(body['message']),
      /fieldManager: Required value: is required for apply patch/,
    )
  })
})

describe('delete', () => {
  test('answers a Status with the uid', async () => {
    const { send } = await startTestServer()
    const { body: created } = await send(`POST ${CONFIG_MAPS}`, configMap('a'))
    const { status, body } = await send(`DELETE ${CONFIG_MAPS}/a`)
    assert.equal(status, 200)
    assert.equal(body['status'], 'Success')
    assert.deepEqual(body['details'], {
      name: 'a',
      kind: 'configmaps',
      uid: created.metadata.uid,
    })
    const gone = await send(`DELETE ${CONFIG_MAPS}/a`)
    assert.deepEqual([gone.status, gone.body['message']], [404, 'configmaps "a" not found'])
  })

  test('keeps an object for its finalizers, and lets it go with the last one', async () => {
    const { send } = await startTestServer()
    const metadata = { name: 'a', finalizers: ['example.com/hold'] }
    await send(`POST ${CONFIG_MAPS}`, configMap('a', { metadata }))
    const { body } = await send(`DELETE ${CONFIG_MAPS}/a`)
    assert.equal(body.metadata.deletionTimestamp, '2026-11-23T10:00:00Z')
    const added = { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } }
    assert.equal((await send(`PATCH ${CONFIG_MAPS}/a`, added)).status, 422)
    await send(`PATCH ${CONFIG_MAPS}/a`, { metadata: { finalizers: null } })
    assert.equal((await send(`GET ${CONFIG_MAPS}/a`)).status, 404)
  })

  test('checks preconditions', async () => {
    const { send } = await startTestServer()
    const { body } = await send(`POST ${CONFIG_MAPS}`, configMap('a'))
    const wrong = await send(`DELETE ${CONFIG_MAPS}/a`, { preconditions: { uid: 'other' } })
    assert.equal(wrong.status, 409)
    assert.match(
      String(wrong.body['message']),
      /the UID in the precondition \(other\) does not match the UID in record/,
    )
    const { uid, resourceVersion } = body.metadata
    const right = await send(`DELETE ${CONFIG_MAPS}/a`, { preconditions: { uid, resourceVersion } })
    assert.equal(right.status, 200)
  })

  test('deletes a collection by selector', async () => {
    const { send } = await startTestServer()
    for (const [name, color] of [
      ['a', 'red'],
      ['b', 'blue'],
      ['c', 'red'],
    ]) {
      await send(`POST ${CONFIG_MAPS}`, { metadata: { name, labels: { color } } })
    }
    const { body } = await send(`DELETE ${CONFIG_MAPS}?labelSelector=color%3Dred`)
    assert.equal((body['items'] as unknown[]).length, 2)
    const left = await send(`GET ${CONFIG_MAPS}`)
    assert.equal((left.body['items'] as unknown[]).length, 1)
  })
})

test('objects that were handed out never change', async () => {
  const { send } = await startTestServer()
  const { body: before } = await send(`POST ${CONFIG_MAPS}`, configMap('a', { data: { a: '1' } }))
  const text = JSON.stringify(before)
  await send(`PATCH ${CONFIG_MAPS}/a`, { data: { a: '2' }, metadata: { labels: { x: 'y' } } })
  await send(`DELETE ${CONFIG_MAPS}/a`)
  assert.equal(JSON.stringify(before), text)
})

test('what is not served is not found, and a wrong method not allowed', async () => {
  const { send } = await startTestServer()
  const cases: readonly (readonly [string, number, string])[] = [
    ['GET /api/v1/things', 404, 'the server could not find the requested resource'],
    ['GET /apis/no.such/v1/things', 404, 'the server could not find the requested resource'],
    [
      'DELETE /api/v1/namespaces',
      405,
      'the server does not allow this method on the requested resource',
    ],
    ['GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 405, ''],
    [`POST ${PODS}/p/status`, 405, ''],
    [`GET ${PODS}/p/exec`, 404, 'the embedded API server does not serve pods/exec'],
    [`POST ${PODS}/p/portforward`, 404, 'the embedded API server does not serve pods/portforward'],
    ['GET /api/v1/nodes/n/proxy', 404, 'the embedded API server does not serve nodes/proxy'],
  ]
  for (const [line, status, message] of cases) {
    const answer = await send(line, line.startsWith('POST') ? {} : undefined)
    assert.equal(answer.status, status, line)
    if (message !== '') assert.equal(answer.body['message'], message)
  }
})

test('a deletion with options that cannot be read deletes nothing', async () => {
  const { send } = await startTestServer()
  await send(`POST ${CONFIG_MAPS}`, configMap('a'))
  const cases: readonly (readonly [query: string, body: object | undefined, status: number])[] = [
    ['?dryRun=true', undefined, 422],
    ['', { dryRun: ['all'] }, 422],
    ['', { dryRun: 'All' }, 400],
    ['?gracePeriodSeconds=soon', undefined, 400],
    ['', { gracePeriodSeconds: 'x' }, 400],
    ['', { gracePeriodSeconds: 1e18 }, 400],
  ]
  for (const [query, body, status] of cases) {
    assert.equal((await send(`DELETE ${CONFIG_MAPS}/a${query}`, body)).status, status, query)
    assert.equal((await send(`GET ${CONFIG_MAPS}/a`)).status, 200)
  }
  assert.equal((await send(`DELETE ${CONFIG_MAPS}/a?dryRun=All&gracePeriodSeconds=0`)).status, 200)
  assert.equal((await send(`GET ${CONFIG_MAPS}/a`)).status, 200)
})
