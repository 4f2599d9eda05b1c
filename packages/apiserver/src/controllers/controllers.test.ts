import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  CONFIG_MAPS,
  configMap,
  podNamed,
  startTestServer,
  type TestServer,
} from '../testing/server.ts'

interface Owner {
  readonly name: string
  readonly uid: string
}

const ownedBy = (name: string, owners: readonly Owner[], more: object = {}): object => ({
  metadata: {
    name,
    ownerReferences: owners.map((owner) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: owner.name,
      uid: owner.uid,
      ...more,
    })),
  },
})

async function make({ send }: TestServer, name: string, object: object): Promise<Owner> {
  const { status, body } = await send(`POST ${CONFIG_MAPS}`, object)
  assert.equal(status, 201)
  return { name, uid: body.metadata.uid }
}

async function exists({ send }: TestServer, name: string): Promise<boolean> {
  return (await send(`GET ${CONFIG_MAPS}/${name}`)).status === 200
}

describe('garbage collection', () => {
  test('removes what is below a deleted owner, all the way down', async () => {
    const server = await startTestServer()
    const top = await make(server, 'top', configMap('top'))
    const middle = await make(server, 'middle', ownedBy('middle', [top]))
    await make(server, 'bottom', ownedBy('bottom', [middle]))
    await server.send(`DELETE ${CONFIG_MAPS}/top`)
    await server.settle()
    assert.deepEqual(
      [await exists(server, 'middle'), await exists(server, 'bottom')],
      [false, false],
    )
  })

  test('removes what is made for an owner that is not there', async () => {
    const server = await startTestServer()
    await make(server, 'child', ownedBy('child', [{ name: 'gone', uid: 'gone' }]))
    await server.settle()
    assert.equal(await exists(server, 'child'), false)
  })

  test('takes an owner of the same uid but another name or namespace for absent', async () => {
    const server = await startTestServer()
    const owner = await make(server, 'owner', configMap('owner'))
    await make(server, 'child', ownedBy('child', [{ ...owner, name: 'other' }]))
    await server.send('POST /api/v1/namespaces', { metadata: { name: 'far' } })
    await server.send('POST /api/v1/namespaces/far/configmaps', ownedBy('child', [owner]))
    await server.settle()
    assert.equal(await exists(server, 'child'), false)
    assert.equal((await server.send('GET /api/v1/namespaces/far/configmaps/child')).status, 404)
  })

  test('keeps what has another owner, and forgets the one that is gone', async () => {
    const server = await startTestServer()
    const one = await make(server, 'one', configMap('one'))
    const two = await make(server, 'two', configMap('two'))
    await make(server, 'child', ownedBy('child', [one, two]))
    await server.send(`DELETE ${CONFIG_MAPS}/one`)
    await server.settle()
    const { body } = await server.send(`GET ${CONFIG_MAPS}/child`)
    assert.deepEqual(
      body.metadata.ownerReferences?.map((owner) => owner.name),
      ['two'],
    )
  })

  test('leaves alone what is owned by a kind that is not served', async () => {
    const server = await startTestServer()
    const owner = { apiVersion: 'no.such/v1', kind: 'Thing', name: 'x', uid: 'x' }
    const metadata = { name: 'child', ownerReferences: [owner] }
    await server.send(`POST ${CONFIG_MAPS}`, { metadata })
    await server.settle()
    assert.ok(await exists(server, 'child'))
  })

  test('leaves alone what is in no namespace and names an owner that is in one', async () => {
    const server = await startTestServer()
    const owner = await make(server, 'owner', configMap('owner'))
    await server.send('POST /api/v1/nodes', ownedBy('far', [owner]))
    await server.settle()
    await server.send(`DELETE ${CONFIG_MAPS}/owner`)
    await server.settle()
    assert.equal((await server.send('GET /api/v1/nodes/far')).status, 200)
  })

  test('in the foreground lets the owner go as soon as no dependent blocks it any more', async () => {
    const server = await startTestServer()
    const owner = await make(server, 'owner', configMap('owner'))
    const child = ownedBy('child', [owner], { blockOwnerDeletion: true }) as { metadata: object }
    await make(server, 'child', { metadata: { ...child.metadata, finalizers: ['a.b/hold'] } })
    await server.send(`DELETE ${CONFIG_MAPS}/owner`, { propagationPolicy: 'Foreground' })
    await server.settle()
    await server.send(`PATCH ${CONFIG_MAPS}/child`, { metadata: { ownerReferences: null } })
    await server.settle()
    assert.equal(await exists(server, 'owner'), false)
  })

  test('in the foreground removes owners that own each other', async () => {
    const server = await startTestServer()
    const one = await make(server, 'one', configMap('one'))
    const two = await make(server, 'two', ownedBy('two', [one], { blockOwnerDeletion: true }))
    const back = ownedBy('one', [two], { blockOwnerDeletion: true })
    await server.send(`PATCH ${CONFIG_MAPS}/one`, back)
    await server.send(`DELETE ${CONFIG_MAPS}/one`, { propagationPolicy: 'Foreground' })
    await server.settle()
    assert.deepEqual([await exists(server, 'one'), await exists(server, 'two')], [false, false])
  })

  test('in the foreground keeps the owner until its blocking dependents are gone', async () => {
    const server = await startTestServer()
    const owner = await make(server, 'owner', configMap('owner'))
    const child = ownedBy('child', [owner], { blockOwnerDeletion: true }) as {
      metadata: object
    }
    const metadata = { ...child.metadata, finalizers: ['example.com/hold'] }
    await make(server, 'child', { metadata })
    await server.send(`DELETE ${CONFIG_MAPS}/owner`, { propagationPolicy: 'Foreground' })
    await server.settle()
    const { body } = await server.send(`GET ${CONFIG_MAPS}/owner`)
    assert.deepEqual(body.metadata.finalizers, ['foregroundDeletion'])
    const held = await server.send(`GET ${CONFIG_MAPS}/child`)
    assert.notEqual(held.body.metadata.deletionTimestamp, undefined)
    await server.send(`PATCH ${CONFIG_MAPS}/child`, { metadata: { finalizers: null } })
    await server.settle()
    assert.deepEqual([await exists(server, 'owner'), await exists(server, 'child')], [false, false])
  })

  test('orphans dependents on request', async () => {
    const server = await startTestServer()
    const owner = await make(server, 'owner', configMap('owner'))
    await make(server, 'child', ownedBy('child', [owner]))
    await server.send(`DELETE ${CONFIG_MAPS}/owner`, { propagationPolicy: 'Orphan' })
    await server.settle()
    assert.equal(await exists(server, 'owner'), false)
    const { body } = await server.send(`GET ${CONFIG_MAPS}/child`)
    assert.equal(body.metadata.ownerReferences, undefined)
  })

  test('picks up at its start what was left before', async () => {
    const first = await startTestServer()
    const owner = await make(first, 'owner', configMap('owner'))
    await make(first, 'child', ownedBy('child', [owner]))
    await first.server.stop()
    await first.send(`DELETE ${CONFIG_MAPS}/owner`)
    assert.ok(await exists(first, 'child'))
    await first.server.start()
    await first.settle()
    assert.equal(await exists(first, 'child'), false)
  })
})

describe('namespaces', () => {
  test('are there from the start, each with a service account', async () => {
    const { send } = await startTestServer()
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      const { body } = await send(`GET /api/v1/namespaces/${name}`)
      assert.deepEqual(body['status'], { phase: 'Active' })
      assert.deepEqual(body['spec'], { finalizers: ['kubernetes'] })
      assert.deepEqual(body.metadata.labels, { 'kubernetes.io/metadata.name': name })
      const account = `/api/v1/namespaces/${name}/serviceaccounts/default`
      assert.equal((await send(`GET ${account}`)).status, 200)
    }
  })

  test('take their content with them, and refuse more meanwhile', async () => {
    const { send, settle } = await startTestServer()
    await send('POST /api/v1/namespaces', { metadata: { name: 'gone' } })
    const maps = '/api/v1/namespaces/gone/configmaps'
    const pods = '/api/v1/namespaces/gone/pods'
    await send(`POST ${maps}`, configMap('a'))
    await send(
      `POST ${pods}`,
      podNamed('p', { spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } }),
    )
    const { body } = await send('DELETE /api/v1/namespaces/gone')
    assert.equal((body['status'] as { phase: string }).phase, 'Terminating')
    await settle()
    assert.equal((await send(`GET ${maps}/a`)).status, 404)
    const refused = await send(`POST ${maps}`, configMap('b'))
    assert.equal(refused.status, 403)
    assert.equal(
      refused.body['message'],
      'configmaps "b" is forbidden: unable to create new content in namespace gone because it is being terminated',
    )
    const waiting = await send('GET /api/v1/namespaces/gone')
    const { conditions } = waiting.body['status'] as {
      conditions: { type: string; status: string }[]
    }
    assert.deepEqual(
      conditions.filter((one) => one.status === 'True').map((one) => one.type),
      ['NamespaceContentRemaining'],
    )
    await send(`DELETE ${pods}/p`, { gracePeriodSeconds: 0 })
    await settle()
    assert.equal((await send('GET /api/v1/namespaces/gone')).status, 404)
  })

  test('default and those of the system may not be deleted', async () => {
    const { send } = await startTestServer()
    const { status, body } = await send('DELETE /api/v1/namespaces/default')
    assert.deepEqual(
      [status, body['message']],
      [403, 'namespaces "default" is forbidden: this namespace may not be deleted'],
    )
  })

  test('get their service account back when it is deleted', async () => {
    const { send, settle } = await startTestServer()
    const account = '/api/v1/namespaces/default/serviceaccounts/default'
    await send(`DELETE ${account}`)
    await settle()
    assert.equal((await send(`GET ${account}`)).status, 200)
  })
})

describe('events', () => {
  const events = '/api/v1/namespaces/default/events'
  const newEvents = '/apis/events.k8s.io/v1/namespaces/default/events'
  const about = { kind: 'Pod', namespace: 'default', name: 'p' }

  test('are one storage with two views', async () => {
    const { send, watch, settle } = await startTestServer()
    const seen = await watch(newEvents)
    await send(`POST ${events}`, {
      metadata: { name: 'a' },
      involvedObject: about,
      message: 'hello',
      reason: 'Test',
      source: { component: 'me' },
      count: 2,
    })
    await settle()
    const { body } = await send(`GET ${newEvents}/a`)
    assert.equal(body.apiVersion, 'events.k8s.io/v1')
    assert.deepEqual(body['regarding'], about)
    assert.equal(body['note'], 'hello')
    assert.equal(body['deprecatedCount'], 2)
    assert.deepEqual(seen.log, ['ADDED a'])
    await send(`POST ${newEvents}`, {
      metadata: { name: 'b' },
      regarding: about,
      note: 'new',
      reason: 'Test',
      action: 'Testing',
      type: 'Normal',
      eventTime: '2026-11-23T10:00:00.000000Z',
      reportingController: 'x.io/y',
      reportingInstance: 'y-0',
    })
    const core = await send(`GET ${events}/b`)
    assert.equal(core.body['message'], 'new')
    assert.equal(core.body['reportingComponent'], 'x.io/y')
    const query = 'fieldSelector=involvedObject.name%3Dp,reason%3DTest,source%3Dme'
    const found = await send(`GET ${events}?${query}`)
    assert.equal((found.body['items'] as unknown[]).length, 1)
    const viewed = await send(`GET ${newEvents}?fieldSelector=regarding.name%3Dp`)
    assert.equal((viewed.body['items'] as unknown[]).length, 2)
  })

  test('lie where their object does', async () => {
    const { send } = await startTestServer()
    const { status, body } = await send(`POST ${events}`, {
      metadata: { name: 'a' },
      involvedObject: { ...about, namespace: 'other' },
    })
    assert.equal(status, 422)
    assert.match(
      String(body['message']),
      /involvedObject.namespace: .*does not match event.namespace/,
    )
  })

  test('go an hour after they were last written', async () => {
    const { send, clock } = await startTestServer()
    for (const name of ['a', 'b']) {
      await send(`POST ${events}`, { metadata: { name }, involvedObject: about })
    }
    await clock.advance(1_800_000)
    await send(`PATCH ${events}/b`, { count: 2 })
    await clock.advance(1_800_001)
    assert.equal((await send(`GET ${events}/a`)).status, 404)
    assert.equal((await send(`GET ${events}/b`)).status, 200)
    await clock.advance(1_800_000)
    assert.equal((await send(`GET ${events}/b`)).status, 404)
    assert.equal(clock.pendingTimers(), 0)
  })
})

test('removes thousands of dependents with their owner', async () => {
  const server = await startTestServer()
  const owner = await make(server, 'owner', configMap('owner'))
  for (let index = 0; index < 2_000; index++) {
    await server.send(`POST ${CONFIG_MAPS}`, ownedBy(`c${index}`, [owner]))
  }
  await server.send(`DELETE ${CONFIG_MAPS}/owner`)
  await server.settle()
  const { body } = await server.send(`GET ${CONFIG_MAPS}`)
  assert.equal((body['items'] as unknown[]).length, 0)
})
