import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer } from '../testing/server.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets'

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        color: { type: 'string', default: 'red', enum: ['red', 'blue'] },
        replicas: { type: 'integer' },
      },
      'x-kubernetes-validations': [
        { rule: 'self.size >= oldSelf.size', message: 'size may not shrink' },
      ],
    },
    status: {
      type: 'object',
      properties: { phase: { type: 'string' }, replicas: { type: 'integer' } },
    },
  },
}

const version = (name: string, more: object = {}): object => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: schema },
  subresources: {
    status: {},
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
  },
  selectableFields: [{ jsonPath: '.spec.color' }],
  additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
  ...more,
})

const crd = (versions: readonly object[] = [version('v1')], more: object = {}): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions,
    ...more,
  },
})

const widget = (spec: object, name = 'w'): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
})

async function serverWithWidgets() {
  const testServer = await startTestServer()
  const { status } = await testServer.send(`POST ${CRDS}`, crd())
  assert.equal(status, 201)
  return testServer
}

describe('a definition', () => {
  test('is established at once, with a finalizer and its stored versions', async () => {
    const { send } = await startTestServer()
    const { body } = await send(`POST ${CRDS}`, crd())
    const status = body['status'] as {
      conditions: { type: string; status: string }[]
      storedVersions: string[]
    }
    assert.deepEqual(
      status.conditions.map((one) => `${one.type}=${one.status}`),
      ['NamesAccepted=True', 'Established=True'],
    )
    assert.deepEqual(status.storedVersions, ['v1'])
    assert.deepEqual(body.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io'])
    assert.equal((await send(`GET ${WIDGETS}`)).body['kind'], 'WidgetList')
  })

  test('is refused where it is wrong, by field', async () => {
    const { send } = await startTestServer()
    const { status, body } = await send(`POST ${CRDS}`, crd(undefined, { scope: 'Galaxy' }))
    assert.equal(status, 422)
    assert.match(String(body['message']), /spec.scope/)
  })

  test('may change its schema, and instances follow the new one', async () => {
    const { send } = await serverWithWidgets()
    assert.equal((await send(`POST ${WIDGETS}`, widget({ size: 0 }))).status, 422)
    const loose = {
      ...schema,
      properties: {
        ...schema.properties,
        spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    }
    const next = version('v1', { schema: { openAPIV3Schema: loose }, selectableFields: [] })
    const changed = await send(`PATCH ${CRDS}/widgets.example.com`, { spec: { versions: [next] } })
    assert.equal(changed.status, 200, String(changed.body['message']))
    assert.equal(changed.body.metadata.generation, 2)
    assert.equal((await send(`POST ${WIDGETS}`, widget({ size: 0 }))).status, 201)
  })

  test('takes its instances with it, held by their finalizers', async () => {
    const { send, settle } = await serverWithWidgets()
    await send(`POST ${WIDGETS}`, widget({ size: 1 }))
    const held = {
      ...widget({ size: 1 }, 'held'),
      metadata: { name: 'held', finalizers: ['example.com/hold'] },
    }
    await send(`POST ${WIDGETS}`, held)
    await send(`DELETE ${CRDS}/widgets.example.com`)
    await settle()
    assert.equal((await send(`GET ${WIDGETS}/w`)).status, 404)
    const refused = await send(`POST ${WIDGETS}`, widget({ size: 1 }, 'late'))
    assert.equal(refused.status, 405)
    await send(`PATCH ${WIDGETS}/held`, { metadata: { finalizers: null } })
    await settle()
    assert.equal((await send(`GET ${CRDS}/widgets.example.com`)).status, 404)
    assert.equal((await send(`GET ${WIDGETS}`)).status, 404)
  })

  test('of a kind that is taken is not served', async () => {
    const { send } = await serverWithWidgets()
    const other = crd(undefined, { names: { plural: 'gadgets', kind: 'Widget' } }) as {
      metadata: { name: string }
    }
    other.metadata.name = 'gadgets.example.com'
    const { body } = await send(`POST ${CRDS}`, other)
    const { conditions } = body['status'] as { conditions: { status: string }[] }
    assert.deepEqual(
      conditions.map((one) => one.status),
      ['False', 'False'],
    )
    assert.equal((await send('GET /apis/example.com/v1/namespaces/default/gadgets')).status, 404)
  })
})

describe('an instance', () => {
  test('is defaulted, pruned and counted', async () => {
    const { send } = await serverWithWidgets()
    const made = await send(`POST ${WIDGETS}`, {
      ...widget({ size: 1, extra: 1 }),
      status: { phase: 'x' },
    })
    assert.deepEqual(made.body['spec'], { size: 1, color: 'red' })
    assert.equal(made.body['status'], undefined)
    assert.equal(made.body.metadata.generation, 1)
    assert.equal(made.headers['warning'], '299 - "unknown field \\"spec.extra\\""')
  })

  test('is refused by its schema and its rules, also over time', async () => {
    const { send } = await serverWithWidgets()
    const bad = await send(`POST ${WIDGETS}`, widget({ size: 0, color: 'green' }))
    assert.equal(bad.status, 422)
    assert.match(String(bad.body['message']), /^Widget.example.com "w" is invalid: /)
    await send(`POST ${WIDGETS}`, widget({ size: 3 }))
    const shrunk = await send(`PATCH ${WIDGETS}/w`, { spec: { size: 2 } })
    assert.equal(shrunk.status, 422)
    assert.match(String(shrunk.body['message']), /size may not shrink/)
  })

  test('keeps spec, labels and generation apart from its status', async () => {
    const { send } = await serverWithWidgets()
    await send(`POST ${WIDGETS}`, widget({ size: 1 }))
    const patch = { status: { phase: 'Up' }, spec: { size: 9 }, metadata: { labels: { a: 'b' } } }
    const { body } = await send(`PATCH ${WIDGETS}/w/status`, patch)
    assert.deepEqual(body['status'], { phase: 'Up' })
    assert.deepEqual(body['spec'], { size: 1, color: 'red' })
    assert.equal(body.metadata.labels, undefined)
    assert.equal(body.metadata.generation, 1)
    const main = await send(`PATCH ${WIDGETS}/w`, { status: { phase: 'Down' }, spec: { size: 2 } })
    assert.deepEqual(main.body['status'], { phase: 'Up' })
    assert.equal(main.body.metadata.generation, 2)
  })

  test('must name its resourceVersion in a PUT, and takes no strategic merge patch', async () => {
    const { send } = await serverWithWidgets()
    await send(`POST ${WIDGETS}`, widget({ size: 1 }))
    const put = await send(`PUT ${WIDGETS}/w`, widget({ size: 2 }))
    assert.equal(put.status, 422)
    assert.match(
      String(put.body['message']),
      /metadata.resourceVersion: Invalid value: .*must be specified for an update/,
    )
    const strategic = await send(`PATCH ${WIDGETS}/w`, {}, { type: 'strategic-merge' })
    assert.equal(strategic.status, 415)
  })

  test('is found by its selectable fields and shown in its columns', async () => {
    const { send } = await serverWithWidgets()
    await send(`POST ${WIDGETS}`, widget({ size: 1 }, 'a'))
    await send(`POST ${WIDGETS}`, widget({ size: 2, color: 'blue' }, 'b'))
    const found = await send(`GET ${WIDGETS}?fieldSelector=spec.color%3Dblue`, undefined, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    })
    const rows = found.body['rows'] as { cells: unknown[] }[]
    assert.deepEqual(
      rows.map((row) => row.cells),
      [['b', 2]],
    )
  })

  test('scales by its own paths', async () => {
    const { send } = await serverWithWidgets()
    await send(`POST ${WIDGETS}`, widget({ size: 1, replicas: 2 }))
    const { body } = await send(`GET ${WIDGETS}/w/scale`)
    assert.equal(body.kind, 'Scale')
    assert.deepEqual(body['spec'], { replicas: 2 })
    const scaled = await send(`PATCH ${WIDGETS}/w/scale`, { spec: { replicas: 5 } })
    assert.deepEqual(scaled.body['spec'], { replicas: 5 })
    const after = await send(`GET ${WIDGETS}/w`)
    assert.equal((after.body['spec'] as { replicas: number }).replicas, 5)
    assert.equal(after.body.metadata.generation, 2)
  })

  test('is one object in every version that is served', async () => {
    const { send } = await startTestServer()
    await send(`POST ${CRDS}`, crd([version('v1'), version('v1beta1')]))
    await send(`POST ${WIDGETS.replace('v1', 'v1beta1')}`, {
      ...widget({ size: 1 }),
      apiVersion: 'example.com/v1beta1',
    })
    const beta = await send(`GET ${WIDGETS.replace('v1', 'v1beta1')}/w`)
    const stable = await send(`GET ${WIDGETS}/w`)
    assert.equal(beta.body.apiVersion, 'example.com/v1beta1')
    assert.equal(stable.body.apiVersion, 'example.com/v1')
    assert.equal(beta.body.metadata.uid, stable.body.metadata.uid)
    const discovery = await send('GET /apis/example.com')
    assert.deepEqual(discovery.body['preferredVersion'], {
      groupVersion: 'example.com/v1',
      version: 'v1',
    })
  })
})

test('a JSON patch does not nest an object deeper than a body may be', async () => {
  const { send, settle } = await startTestServer()
  const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const openAPIV3Schema = { type: 'object', properties: { spec: free } }
  const loose = { schema: { openAPIV3Schema }, selectableFields: [], subresources: {} }
  await send(`POST ${CRDS}`, crd([version('v1', loose)]))
  await settle()
  await send(`POST ${WIDGETS}`, widget({ color: 'red', a: { a: {} } }))
  const statuses: number[] = []
  for (let depth = 2; depth <= 64; depth *= 2) {
    const path = `/spec${'/a'.repeat(depth)}/a`
    const patch = [{ op: 'copy', from: '/spec/a', path }]
    statuses.push((await send(`PATCH ${WIDGETS}/w`, patch, { type: 'json' })).status)
  }
  assert.deepEqual(statuses, [200, 200, 200, 200, 400, 422])
})
