import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createVirtualClock } from '@sortie/machinery'
import { createStore } from '../store/index.ts'
import { CONFIG_MAPS, PODS, podNamed, startTestServer } from '../testing/server.ts'
import { startWatch } from './watch.ts'

describe('a watch', () => {
  test('starts with what is there, then tells every change in order', async () => {
    const { send, watch, settle } = await startTestServer()
    await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'a' } })
    const watched = await watch(CONFIG_MAPS)
    await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'b' } })
    await send(`PATCH ${CONFIG_MAPS}/a`, { data: { x: '1' } })
    await send(`DELETE ${CONFIG_MAPS}/b`)
    await settle()
    assert.deepEqual(watched.log, ['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b'])
    const versions = watched.events.map(({ object }) => Number(object.metadata.resourceVersion))
    assert.deepEqual(
      [...versions].sort((a, b) => a - b),
      versions,
    )
  })

  test('resumes after a resourceVersion without gap or repetition', async () => {
    const { send, watch, settle } = await startTestServer()
    const versions: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const { body } = await send(`POST ${CONFIG_MAPS}`, { metadata: { name } })
      versions.push(body.metadata.resourceVersion)
    }
    const watched = await watch(`${CONFIG_MAPS}?resourceVersion=${versions[0]}`)
    await send(`DELETE ${CONFIG_MAPS}/a`)
    await settle()
    assert.deepEqual(watched.log, ['ADDED b', 'ADDED c', 'DELETED a'])
  })

  test('keeps the order where something is written between its opening and its first event', async () => {
    const clock = createVirtualClock(0, async () => undefined)
    const store = createStore({ clock })
    const told: (string | undefined)[] = []
    const put = (name: string) =>
      store.put('configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'n' },
      })
    put('a')
    const plan = {
      store,
      clock,
      storage: 'configmaps',
      from: 0,
      least: 0,
      oldest: 0,
      timeoutMs: 1_000,
    }
    const selection = {
      namespace: undefined,
      name: undefined,
      isEverything: true,
      matches: () => true,
    }
    const stream = startWatch(
      { ...plan, selection, bookmarks: false, marksInitialEnd: false },
      {
        onChange: (_, object) => void told.push(object.metadata.name),
        onBookmark: () => {},
        onError: () => {},
        onFlush: () => {},
        onEnd: () => {},
      },
    )
    put('b')
    await new Promise((resolve) => setImmediate(resolve))
    stream.close()
    assert.deepEqual(told, ['a', 'b'])
  })

  test('gets no bookmark beyond what it has been told, while a write waits to be safe', async () => {
    const clock = createVirtualClock(0, async () => undefined)
    const safe = Promise.withResolvers<void>()
    const journal = {
      revision: 0,
      safeRevision: 1,
      load: () => undefined,
      append: () => undefined,
      settled: () => safe.promise,
      close: async () => undefined,
    }
    const store = createStore({ clock, journal })
    const put = (name: string) =>
      store.put('a', { apiVersion: 'v1', kind: 'A', metadata: { name, namespace: 'n' } })
    put('x')
    const marks: string[] = []
    const selection = {
      namespace: undefined,
      name: undefined,
      isEverything: true,
      matches: () => true,
    }
    const plan = {
      store,
      clock,
      storage: 'a',
      from: 1,
      least: 0,
      oldest: 0,
      timeoutMs: 100_000,
      selection,
    }
    const stream = startWatch(
      { ...plan, bookmarks: true, marksInitialEnd: false },
      {
        onChange: () => {},
        onBookmark: (revision) => void marks.push(revision),
        onError: () => {},
        onFlush: () => {},
        onEnd: () => {},
      },
    )
    await new Promise((resolve) => setImmediate(resolve))
    put('y')
    await clock.advance(60_000)
    stream.close()
    assert.deepEqual(marks, ['1'])
  })

  test('is told 410 in the stream where its start is forgotten', async () => {
    const clock = createVirtualClock(0, async () => undefined)
    const store = createStore({ clock, history: { least: 1, most: 1, keepMs: 0 } })
    const { send, watch, settle } = await startTestServer({ store })
    for (const name of ['a', 'b', 'c']) await send(`POST ${CONFIG_MAPS}`, { metadata: { name } })
    const watched = await watch(`${CONFIG_MAPS}?resourceVersion=1`)
    await settle()
    const [event] = watched.events
    assert.equal(event?.type, 'ERROR')
    assert.deepEqual(event?.type === 'ERROR' ? [event.object.code, event.object.reason] : [], [
      410,
      'Expired',
    ])
    assert.match(
      event?.type === 'ERROR' ? String(event.object.message) : '',
      /^too old resource version: 1 /,
    )
    assert.ok(watched.ended)
  })

  test('tells an object that enters the selector as added and one that leaves as deleted', async () => {
    const { send, watch, settle } = await startTestServer()
    await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'a' } })
    const watched = await watch(`${CONFIG_MAPS}?labelSelector=on`)
    await send(`PATCH ${CONFIG_MAPS}/a`, { metadata: { labels: { on: '1' } } })
    await send(`PATCH ${CONFIG_MAPS}/a`, { metadata: { labels: { on: '2' } } })
    const { body } = await send(`PATCH ${CONFIG_MAPS}/a`, { metadata: { labels: { on: null } } })
    await send(`DELETE ${CONFIG_MAPS}/a`)
    await settle()
    assert.deepEqual(watched.log, ['ADDED a', 'MODIFIED a', 'DELETED a'])
    const last = watched.events[2]
    assert.equal(last?.object.metadata.resourceVersion, body.metadata.resourceVersion)
  })

  test('of one name, of a namespace and by field sees only that', async () => {
    const { send, watch, settle } = await startTestServer()
    await send('POST /api/v1/namespaces', { metadata: { name: 'other' } })
    const byName = await watch(`${PODS}?fieldSelector=metadata.name%3Da`)
    const byPath = await watch('/api/v1/namespaces/other/pods')
    const byPhase = await watch('/api/v1/pods?fieldSelector=status.phase%3DRunning')
    await send(`POST ${PODS}`, podNamed('a'))
    await send(`POST ${PODS}`, podNamed('b'))
    await send('POST /api/v1/namespaces/other/pods', podNamed('a'))
    await send(`PATCH ${PODS}/b/status`, { status: { phase: 'Running' } })
    await settle()
    assert.deepEqual(byName.log, ['ADDED a'])
    assert.deepEqual(byPath.log, ['ADDED a'])
    assert.deepEqual(byPhase.log, ['ADDED b'])
  })

  test('sends bookmarks each minute where it may, and ends after its time', async () => {
    const { send, watch, clock } = await startTestServer()
    const watched = await watch(`${CONFIG_MAPS}?allowWatchBookmarks=true&timeoutSeconds=150`)
    const plain = await watch(CONFIG_MAPS)
    const { body } = await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'a' } })
    await clock.advance(61_000)
    assert.deepEqual(
      watched.log,
      ['ADDED a', 'BOOKMARK undefined'].map((one) => one.replace(' undefined', '')),
    )
    const bookmark = watched.events[1]
    assert.equal(bookmark?.object.metadata.resourceVersion, body.metadata.resourceVersion)
    await clock.advance(90_000)
    assert.ok(watched.ended)
    assert.deepEqual(watched.log.slice(1), ['BOOKMARK', 'BOOKMARK', 'BOOKMARK'])
    assert.deepEqual(plain.log, ['ADDED a'])
    await clock.advance(3_600_000)
    assert.ok(plain.ended)
  })

  test('marks the end of the initial events where it is asked to', async () => {
    const { send, watch, settle } = await startTestServer()
    await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'a' } })
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const watched = await watch(`${CONFIG_MAPS}?${query}`)
    await settle()
    assert.deepEqual(watched.log, ['ADDED a', 'BOOKMARK'])
    const last = watched.events[1]
    assert.deepEqual(last?.type === 'BOOKMARK' ? last.object.metadata.annotations : undefined, {
      'k8s.io/initial-events-end': 'true',
    })
    await assert.rejects(
      watch(`${CONFIG_MAPS}?sendInitialEvents=true`),
      /requires setting resourceVersionMatch/,
    )
  })

  test('stops when it is closed', async () => {
    const { send, watch, settle, clock } = await startTestServer()
    const watched = await watch(CONFIG_MAPS)
    const timers = clock.pendingTimers()
    watched.stream.close()
    await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'a' } })
    await settle()
    assert.deepEqual(watched.log, [])
    assert.equal(watched.ended, false)
    assert.equal(clock.pendingTimers(), timers - 1)
  })

  test('ends with an error when its request is aborted', async () => {
    const { transport, send, settle } = await startTestServer()
    const controller = new AbortController()
    const ends: (string | undefined)[] = []
    const request = { method: 'GET', path: CONFIG_MAPS, query: { watch: 'true' } } as const
    await transport.watch(
      { ...request, signal: controller.signal },
      {
        onEvent: () => assert.fail('nothing was to come'),
        onEnd: (error) => ends.push(error?.message),
      },
    )
    controller.abort()
    await send(`POST ${CONFIG_MAPS}`, { metadata: { name: 'a' } })
    await settle()
    assert.deepEqual(ends, ['the request was aborted'])
  })

  test('ends when the transport closes', async () => {
    const { transport, watch } = await startTestServer()
    const watched = await watch(CONFIG_MAPS)
    await transport.close()
    assert.ok(watched.ended)
    await assert.rejects(watch(CONFIG_MAPS), /closed/)
  })
})

test('the same seed gives the same history', async () => {
  const history = async (): Promise<string> => {
    const { send, watch, settle } = await startTestServer()
    const watched = await watch('/api/v1/pods')
    for (let index = 0; index < 20; index++) {
      const { body } = await send(
        `POST ${PODS}`,
        podNamed('', { metadata: { generateName: 'p-' } }),
      )
      if (index % 3 === 0) await send(`DELETE ${PODS}/${body.metadata.name}`)
    }
    await settle()
    return JSON.stringify(watched.events)
  }
  assert.equal(await history(), await history())
})
