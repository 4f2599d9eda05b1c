import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createVirtualClock } from '@sortie/machinery'
import { createStore } from '../store/index.ts'
import { type Answered, CONFIG_MAPS, PODS, podNamed, startTestServer } from '../testing/server.ts'

const names = ({ body }: Answered): readonly string[] =>
  (body['items'] as { metadata: { name: string } }[]).map((item) => item.metadata.name)

async function serverWith(...objects: readonly string[]) {
  const testServer = await startTestServer()
  for (const name of objects) await testServer.send(`POST ${CONFIG_MAPS}`, { metadata: { name } })
  return testServer
}

describe('lists', () => {
  test('are ordered by namespace and name, with the revision of the server', async () => {
    const { send, server } = await serverWith('b', 'a')
    await send('POST /api/v1/namespaces', { metadata: { name: 'default-x' } })
    await send('POST /api/v1/namespaces/default-x/configmaps', { metadata: { name: 'c' } })
    const all = await send('GET /api/v1/configmaps')
    assert.deepEqual(names(all), ['c', 'a', 'b'])
    assert.equal(all.body['kind'], 'ConfigMapList')
    assert.ok(server)
  })

  test('come in pages of one snapshot, whatever is written meanwhile', async () => {
    const { send } = await serverWith('a', 'b', 'c', 'd', 'e')
    const first = await send(`GET ${CONFIG_MAPS}?limit=2`)
    const metadata = first.body.metadata as unknown as {
      continue: string
      remainingItemCount: number
      resourceVersion: string
    }
    assert.deepEqual(names(first), ['a', 'b'])
    assert.equal(metadata.remainingItemCount, 3)
    await send(`DELETE ${CONFIG_MAPS}/c`)
    await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'cc' } })
    await send(`PATCH ${CONFIG_MAPS}/d`, { data: { changed: 'yes' } })
    const rest = await send(`GET ${CONFIG_MAPS}?limit=9&continue=${metadata.continue}`)
    assert.deepEqual(names(rest), ['c', 'd', 'e'])
    assert.equal(rest.body.metadata.resourceVersion, metadata.resourceVersion)
    assert.equal((rest.body['items'] as { data?: object }[])[1]?.data, undefined)
  })

  test('refuse a token whose snapshot is forgotten, with one that goes on without it', async () => {
    const clock = createVirtualClock(0, async () => undefined)
    const store = createStore({ clock, history: { least: 2, most: 2, keepMs: 0 } })
    const { send } = await startTestServer({ store })
    for (const name of ['a', 'b', 'c']) await send(`POST ${CONFIG_MAPS}`, { metadata: { name } })
    const first = await send(`GET ${CONFIG_MAPS}?limit=1`)
    const token = (first.body.metadata as unknown as { continue: string }).continue
    for (const value of ['1', '2', '3', '4']) {
      await send(`PATCH ${CONFIG_MAPS}/c`, { data: { value } })
    }
    const expired = await send(`GET ${CONFIG_MAPS}?limit=1&continue=${token}`)
    assert.deepEqual([expired.status, expired.body['reason']], [410, 'Expired'])
    const next = (expired.body.metadata as unknown as { continue: string }).continue
    assert.deepEqual(names(await send(`GET ${CONFIG_MAPS}?continue=${next}`)), ['b', 'c'])
  })

  test('show an exact revision of the past', async () => {
    const { send } = await serverWith('a', 'b')
    const { body } = await send(`GET ${CONFIG_MAPS}`)
    await send(`DELETE ${CONFIG_MAPS}/a`)
    const version = body.metadata.resourceVersion
    const past = `resourceVersion=${version}&resourceVersionMatch=Exact`
    assert.deepEqual(names(await send(`GET ${CONFIG_MAPS}?${past}`)), ['a', 'b'])
    const recent = `resourceVersion=${version}&resourceVersionMatch=NotOlderThan`
    assert.deepEqual(names(await send(`GET ${CONFIG_MAPS}?${recent}`)), ['b'])
  })

  const refused: readonly (readonly [string, number, RegExp])[] = [
    ['resourceVersion=x', 422, /resourceVersion: Invalid value: "x"/],
    ['resourceVersion=999999', 504, /Too large resource version: 999999, current: \d+/],
    ['resourceVersionMatch=Exact', 422, /resourceVersionMatch is forbidden unless resourceVersion/],
    ['limit=x', 400, /invalid syntax/],
    ['continue=zzz', 400, /continue key is not valid/],
    ['labelSelector=a%20in%20(b', 400, /unable to parse requirement/],
    ['fieldSelector=spec.foo%3Dx', 400, /^field label not supported: spec.foo$/],
    ['sendInitialEvents=true', 422, /sendInitialEvents is forbidden for list/],
  ]
  for (const [query, status, message] of refused) {
    test(`refuse ${query}`, async () => {
      const { send } = await startTestServer()
      const answer = await send(`GET ${PODS}?${query}`)
      assert.equal(answer.status, status)
      assert.match(String(answer.body['message']), message)
    })
  }
})

describe('selectors', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['labelSelector=color%3Dred', ['a']],
    ['labelSelector=color%20in%20(red,blue)', ['a', 'b']],
    ['labelSelector=!color', ['c']],
    ['fieldSelector=metadata.name%3Db', ['b']],
    ['fieldSelector=metadata.name!%3Db', ['a', 'c']],
    ['fieldSelector=spec.nodeName%3Dn1', ['a']],
    ['fieldSelector=spec.nodeName%3D', ['b', 'c']],
    ['fieldSelector=status.phase%3DPending,spec.restartPolicy%3DNever', ['c']],
    ['fieldSelector=spec.schedulerName%3Dother', ['b']],
    ['fieldSelector=spec.hostNetwork%3Dtrue', []],
  ]
  for (const [query, expected] of cases) {
    test(`select by ${decodeURIComponent(query)}`, async () => {
      const { send } = await startTestServer()
      const containers = [{ name: 'task', image: 'busybox:1.36' }]
      const pods: readonly (readonly [string, object, object])[] = [
        ['a', { color: 'red' }, { nodeName: 'n1' }],
        ['b', { color: 'blue' }, { schedulerName: 'other' }],
        ['c', {}, { restartPolicy: 'Never' }],
      ]
      for (const [name, labels, spec] of pods) {
        const object = { metadata: { name, labels }, spec: { containers, ...spec } }
        assert.equal((await send(`POST ${PODS}`, podNamed(name, object))).status, 201)
      }
      assert.deepEqual(names(await send(`GET ${PODS}?${query}`)), expected)
    })
  }
})

describe('forms of an answer', () => {
  test('are tables and metadata alone, by Accept', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    const table = await send(`GET ${PODS}`, undefined, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
    })
    assert.equal(table.body['kind'], 'Table')
    const rows = table.body['rows'] as { cells: unknown[] }[]
    assert.deepEqual(rows[0]?.cells.slice(0, 3), ['p', '0/1', 'Pending'])
    const partial = await send(`GET ${PODS}`, undefined, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
    })
    assert.equal(partial.body['kind'], 'PartialObjectMetadataList')
    const [item] = partial.body['items'] as object[]
    assert.deepEqual(Object.keys(item ?? {}).sort(), ['apiVersion', 'kind', 'metadata'])
  })

  test('are refused where only something else is accepted', async () => {
    const { send } = await startTestServer()
    const headers = { accept: 'application/xml' }
    assert.equal((await send(`GET ${PODS}`, undefined, { headers })).status, 406)
  })
})

test('a continue token of a state that was never reached is refused', async () => {
  const { send } = await startTestServer()
  const goOn = async (rv: number): Promise<number> => {
    const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv, start: 'default/a\u0000' })
    const token = Buffer.from(text).toString('base64url')
    return (await send(`GET ${CONFIG_MAPS}?limit=1&continue=${token}`)).status
  }
  assert.equal(await goOn(1e9), 504)
  assert.equal(await goOn(1.5), 400)
  assert.equal(await goOn(-1), 200)
})
