/** What an informer asks the server for, and what it makes of answers that are not quite right. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ApiRequest,
  type ApiResponse,
  createVirtualClock,
  type KubeObject,
  type Logger,
  PODS,
  seededRandom,
  silentLogger,
  statusError,
  type Transport,
  type WatchSink,
} from '@sortie/machinery'
import { createClient } from '../client/client.ts'
import { createInformer, type Informer, type InformerOptions } from './informer.ts'
import { stripBookkeeping } from './transform.ts'
import { newerVersion } from './version.ts'

/** A server that refuses initial events, as one before 1.27 does, and answers each list as the test says. */
async function setUp(
  lists: (readonly KubeObject['metadata'][] | ApiResponse)[],
  options: Partial<InformerOptions<KubeObject>> = {},
  beforeStart: (informer: Informer<KubeObject>) => void = () => {},
) {
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const random = seededRandom(1)
  const asked: ApiRequest[] = []
  let sink: WatchSink | undefined
  const transport: Transport = {
    async request(request) {
      asked.push(request)
      const next = lists.length > 1 ? lists.shift() : lists[0]
      return Array.isArray(next) ? listOf(next) : (next as ApiResponse)
    },
    async watch(request, given) {
      asked.push(request)
      if (request.query?.['sendInitialEvents'] !== undefined) {
        throw statusError('Invalid', { message: 'sendInitialEvents: Forbidden' })
      }
      sink = given
      return { close() {} }
    },
    stream: () => assert.fail(),
    close: () => Promise.resolve(),
  }
  const client = createClient(transport, { clock, random })
  const base = { client, type: PODS, clock, random, log: silentLogger }
  const informer = createInformer<KubeObject>({ ...base, ...options })
  beforeStart(informer)
  informer.start()
  await clock.advance(0)
  return { informer, clock, asked, sink: () => sink }
}

function listOf(items: readonly KubeObject['metadata'][], resourceVersion = '9'): ApiResponse {
  const body = { metadata: { resourceVersion }, items: items.map((metadata) => ({ metadata })) }
  return { status: 200, headers: {}, body }
}

test('namespace and selectors go with every list and every watch', async () => {
  const selection = { namespace: 'ns', labelSelector: 'a=b', fieldSelector: 'spec.nodeName=n' }
  const { informer, asked } = await setUp([[{ name: 'a', namespace: 'ns' }]], selection)
  assert.deepEqual(
    asked.map(({ path, query }) => [path, query?.['labelSelector'], query?.['fieldSelector']]),
    Array(3).fill(['/api/v1/namespaces/ns/pods', 'a=b', 'spec.nodeName=n']),
  )
  await informer.stop()
})

test('the first list takes any state the server has, in pages, and the watch goes on from it', async () => {
  const { informer, asked } = await setUp([[{ name: 'a', namespace: 'ns' }]])
  const [first, list, watch] = asked.map(({ path, query = {} }): Record<string, string> => {
    return { path, ...query }
  })
  const { timeoutSeconds: _one, ...initial } = first ?? {}
  assert.deepEqual(initial, {
    path: '/api/v1/pods',
    watch: 'true',
    resourceVersionMatch: 'NotOlderThan',
    sendInitialEvents: 'true',
    allowWatchBookmarks: 'true',
  })
  assert.deepEqual(list, { path: '/api/v1/pods', limit: '500', resourceVersion: '0' })
  const { timeoutSeconds: _other, ...going } = watch ?? {}
  assert.deepEqual(going, {
    path: '/api/v1/pods',
    watch: 'true',
    resourceVersion: '9',
    allowWatchBookmarks: 'true',
  })
  assert.equal(asked[1]?.timeoutMs, 60_000)
  assert.deepEqual([informer.size, informer.get('ns/a')?.kind], [1, 'Pod'])
  await informer.stop()
})

test('a list in place of one whose version is gone comes whole from memory, or else the newest in pages', async () => {
  const gone = { status: 410, headers: {}, body: '' }
  const { informer, asked, clock, sink } = await setUp([[], gone, listOf([], '12')])
  asked.length = 0
  sink()?.onEnd(statusError('Expired', { message: 'too old' }))
  await clock.advance(60_000)
  assert.deepEqual(
    asked.slice(0, 3).map(({ query }) => [query?.['resourceVersion'], query?.['limit']]),
    [
      ['9', undefined],
      [undefined, '500'],
      ['12', undefined],
    ],
  )
  assert.ok(informer.hasSeen('12'))
  await informer.stop()
})

test('a list without a version is no list, and the next try is', async () => {
  const { informer, clock } = await setUp([listOf([{ name: 'a' }], ''), [{ name: 'b' }]])
  assert.equal(informer.hasSynced(), false)
  await clock.advance(2000)
  assert.deepEqual(
    [...informer.list()].map(({ metadata }) => metadata.name),
    ['b'],
  )
  await informer.stop()
})

for (const [code, warned] of [
  [401, true],
  [403, true],
  [404, true],
  [410, false],
  [429, false],
  [500, false],
  [503, false],
] as const) {
  test(`a list that is answered ${code} is asked for once, then waited for, ${warned ? 'with' : 'without'} a warning`, async () => {
    const warnings: string[] = []
    const log: Logger = {
      ...silentLogger,
      warn: (message) => warnings.push(message),
      with: () => log,
    }
    const answer = { status: code, headers: {}, body: 'no' }
    const { informer, asked } = await setUp([answer], { log })
    const lists = asked.filter(({ query }) => query?.['watch'] === undefined)
    assert.equal(lists.length, 1)
    assert.deepEqual(warnings, warned ? ['the server refuses to list or watch'] : [])
    await informer.stop()
  })
}

test('an index may be added until the informer starts, and holds what comes then', async () => {
  const { informer } = await setUp([[{ name: 'a' }, { name: 'b' }]], {}, (unstarted) =>
    unstarted.addIndexer('name', ({ metadata }) => [metadata.name]),
  )
  assert.equal(informer.byIndex('name', 'b').length, 1)
  await informer.stop()
})

test('bookkeeping is dropped with or without the other of its two kinds, and what has none stays as it is', () => {
  const object = (rest: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '', ...rest },
  })
  const managedFields = [{ manager: 'm' }]
  const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
  const kept = { annotations: { a: 'b' } }
  assert.deepEqual(stripBookkeeping(object({ managedFields, ...kept })), object(kept))
  assert.deepEqual(stripBookkeeping(object({ annotations: { ...applied, a: 'b' } })), object(kept))
  assert.deepEqual(
    stripBookkeeping(object({ managedFields, annotations: applied })),
    object({ annotations: {} }),
  )
  const plain = object(kept)
  assert.equal(stripBookkeeping(plain), plain)
})

test('the newer of two versions is the larger number, and of equals either', () => {
  assert.equal(newerVersion('9', '10'), '10')
  assert.equal(newerVersion('10', '9'), '10')
  assert.equal(newerVersion('', '1'), '1')
  assert.equal(newerVersion('7', '7'), '7')
})
