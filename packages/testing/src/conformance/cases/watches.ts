/** Watches: order, resuming, bookmarks, selectors, what ends them. */
import assert from 'node:assert/strict'
import type { WatchEvent } from '@sortie/machinery'
import { badRequest, created, ok, valueAt } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { configMap, pod, WIDGETS, widget } from '../fixtures.ts'
import { refusedWatch, type WatchLog } from '../watching.ts'

const versionOf = (event: WatchEvent | undefined): bigint =>
  BigInt(String(valueAt(event, 'object.metadata.resourceVersion')))

const mapsOf = ({ namespaced }: ConformanceContext) => namespaced('v1', 'configmaps')

/** Watches, runs, closes. */
async function watching(
  opened: Promise<WatchLog>,
  run: (watch: WatchLog) => Promise<void>,
): Promise<void> {
  const watch = await opened
  try {
    await run(watch)
  } finally {
    watch.close()
  }
}

const order = casesOf('watches', {
  'changes come in order with their objects': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = ok(await maps.list())
    await watching(maps.watch({ resourceVersion }), async (watch) => {
      const first = created(await maps.create(configMap('a', { x: '1' })))
      const second = ok(await maps.item('a').merge({ data: { x: '2' } }))
      ok(await maps.item('a').delete())
      const events = await watch.count(3)
      assert.deepEqual(watch.summary(), ['ADDED a', 'MODIFIED a', 'DELETED a'])
      assert.deepEqual(events[0]?.object, first.body)
      assert.deepEqual(events[1]?.object, second.body)
      assert.ok(versionOf(events[2]) > versionOf(events[1]))
      assert.deepEqual(valueAt(events[2], 'object.data'), { x: '2' })
    })
  },
  'a watch resumes after the version given': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    const { resourceVersion } = created(await maps.create(configMap('b')))
    created(await maps.create(configMap('c')))
    await watching(maps.watch({ resourceVersion }), async (watch) => {
      await watch.count(1)
      assert.deepEqual(watch.summary(), ['ADDED c'])
    })
  },
  'without a version a watch begins with what is there': async (context) => {
    const maps = mapsOf(context)
    for (const name of ['b', 'a']) created(await maps.create(configMap(name)))
    await watching(maps.watch(), async (watch) => {
      await watch.count(2)
      assert.deepEqual(watch.summary().sort(), ['ADDED a', 'ADDED b'])
      created(await maps.create(configMap('c')))
      await watch.count(3)
      assert.equal(watch.summary()[2], 'ADDED c')
    })
  },
  'version 0 begins with what is there': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    await watching(maps.watch({ resourceVersion: '0' }), async (watch) => {
      await watch.count(1)
      assert.deepEqual(watch.summary(), ['ADDED a'])
    })
  },
  'a write that changes nothing is no event': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = created(await maps.create(configMap('a', { x: '1' })))
    await watching(maps.watch({ resourceVersion }), async (watch) => {
      ok(await maps.item('a').merge({ data: { x: '1' } }))
      ok(await maps.item('a').merge({ data: { x: '2' } }))
      const [event] = await watch.count(1)
      assert.deepEqual(valueAt(event, 'object.data'), { x: '2' })
    })
  },
  'a dry run is no event': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = ok(await maps.list())
    await watching(maps.watch({ resourceVersion }), async (watch) => {
      created(await maps.create(configMap('dry'), { dryRun: 'All' }))
      created(await maps.create(configMap('wet')))
      await watch.count(1)
      assert.deepEqual(watch.summary(), ['ADDED wet'])
    })
  },
  'a watch sees only its namespace': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = ok(await maps.list())
    await watching(maps.watch({ resourceVersion }), async (watch) => {
      const path = '/api/v1/namespaces/default/configmaps'
      const name = context.unique('elsewhere')
      created(await context.send('POST', path, { body: configMap(name) }))
      created(await maps.create(configMap('here')))
      await watch.count(1)
      assert.deepEqual(watch.summary(), ['ADDED here'])
      ok(await context.send('DELETE', `${path}/${name}`))
    })
  },
  'a watch of one object by its name': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = ok(await maps.list())
    const query = { resourceVersion, fieldSelector: 'metadata.name=b' }
    await watching(maps.watch(query), async (watch) => {
      for (const name of ['a', 'b', 'c']) created(await maps.create(configMap(name)))
      ok(await maps.item('b').delete())
      await watch.count(2)
      assert.deepEqual(watch.summary(), ['ADDED b', 'DELETED b'])
    })
  },
  'a watch ends after its timeout': async (context) => {
    const { resourceVersion } = ok(await mapsOf(context).list())
    const watch = await mapsOf(context).watch({ resourceVersion, timeoutSeconds: '1' })
    await watch.ended()
    assert.deepEqual(watch.events, [])
  },
  'two watches see the same': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = ok(await maps.list())
    await watching(maps.watch({ resourceVersion }), (one) =>
      watching(maps.watch({ resourceVersion }), async (two) => {
        for (let i = 0; i < 20; i++) created(await maps.create(configMap(`m${i}`)))
        await one.count(20)
        await two.count(20)
        assert.deepEqual(one.events, two.events)
        const versions = one.events.map(versionOf)
        assert.deepEqual(
          versions,
          [...versions].sort((a, b) => (a < b ? -1 : 1)),
        )
      }),
    )
  },
  'a delete with a finalizer is first a change': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = created(
      await maps.create(configMap('a', {}, { finalizers: ['sortie.test/hold'] })),
    )
    await watching(maps.watch({ resourceVersion }), async (watch) => {
      ok(await maps.item('a').delete())
      ok(await maps.item('a').merge({ metadata: { finalizers: null } }))
      const events = await watch.count(2)
      assert.deepEqual(watch.summary(), ['MODIFIED a', 'DELETED a'])
      assert.ok(valueAt(events[0], 'object.metadata.deletionTimestamp') !== undefined)
    })
  },
  'a collection of many deletes gives an event for each': async (context) => {
    const maps = mapsOf(context)
    for (const name of ['a', 'b', 'c']) created(await maps.create(configMap(name)))
    const { resourceVersion } = ok(await maps.list())
    await watching(maps.watch({ resourceVersion }), async (watch) => {
      ok(await maps.deleteAll())
      await watch.count(3)
      assert.deepEqual(watch.summary().sort(), ['DELETED a', 'DELETED b', 'DELETED c'])
    })
  },
  'events of custom resources carry the defaulted object': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    const { resourceVersion } = ok(await widgets.list())
    await watching(widgets.watch({ resourceVersion }), async (watch) => {
      const answer = created(await widgets.create(widget('a')))
      const [event] = await watch.count(1)
      assert.deepEqual(event?.object, answer.body)
      assert.equal(valueAt(event, 'object.spec.mode'), 'auto')
    })
  },
  'a status update of a pod is a change': async ({ namespaced }) => {
    const pods = namespaced('v1', 'pods')
    const { resourceVersion } = created(await pods.create(pod('a')))
    await watching(pods.watch({ resourceVersion }), async (watch) => {
      ok(
        await pods
          .item('a')
          .sub('status')
          .merge({ status: { phase: 'Running' } }),
      )
      const [event] = await watch.count(1)
      assert.equal(event?.type, 'MODIFIED')
      assert.equal(valueAt(event, 'object.status.phase'), 'Running')
    })
  },
})

const chosen = casesOf('watches: selectors', {
  'an object that comes to match is added, and one that ceases to is deleted': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, { labels: { on: 'no' } })))
    const { resourceVersion } = ok(await maps.list())
    await watching(maps.watch({ resourceVersion, labelSelector: 'on=yes' }), async (watch) => {
      ok(await maps.item('a').merge({ metadata: { labels: { on: 'yes' } } }))
      ok(await maps.item('a').merge({ data: { x: '1' } }))
      ok(await maps.item('a').merge({ metadata: { labels: { on: 'no' } } }))
      ok(await maps.item('a').merge({ data: { x: '2' } }))
      ok(await maps.item('a').merge({ metadata: { labels: { on: 'yes' } } }))
      const events = await watch.count(4)
      assert.deepEqual(watch.summary(), ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a'])
      assert.equal(valueAt(events[2], 'object.metadata.labels.on'), 'yes')
      assert.ok(versionOf(events[2]) > versionOf(events[1]))
    })
  },
  'a field selector has the same transitions': async ({ namespaced }) => {
    const pods = namespaced('v1', 'pods')
    const { resourceVersion } = ok(await pods.list())
    const query = { resourceVersion, fieldSelector: 'status.phase=Running' }
    await watching(pods.watch(query), async (watch) => {
      created(await pods.create(pod('a')))
      const status = pods.item('a').sub('status')
      ok(await status.merge({ status: { phase: 'Running' } }))
      ok(await status.merge({ status: { phase: 'Succeeded' } }))
      await watch.count(2)
      assert.deepEqual(watch.summary(), ['ADDED a', 'DELETED a'])
    })
  },
  'the deletion of what never matched is silent': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    const { resourceVersion } = ok(await maps.list())
    await watching(maps.watch({ resourceVersion, labelSelector: 'on=yes' }), async (watch) => {
      ok(await maps.item('a').delete())
      created(await maps.create(configMap('b', {}, { labels: { on: 'yes' } })))
      await watch.count(1)
      assert.deepEqual(watch.summary(), ['ADDED b'])
    })
  },
  'initial events are selected too': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    created(await maps.create(configMap('b', {}, { labels: { on: 'yes' } })))
    await watching(maps.watch({ labelSelector: 'on' }), async (watch) => {
      await watch.count(1)
      assert.deepEqual(watch.summary(), ['ADDED b'])
    })
  },
  'a bad selector refuses the watch': async ({ namespace, send }) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    badRequest(await send('GET', path, { query: { watch: 'true', labelSelector: 'a b' } }))
  },
})

const INITIAL_END = 'metadata.annotations[k8s.io/initial-events-end]'
const isInitialEnd = (event: WatchEvent): boolean =>
  event.type === 'BOOKMARK' && valueAt(event.object, INITIAL_END) === 'true'
const STREAMED = {
  sendInitialEvents: 'true',
  resourceVersionMatch: 'NotOlderThan',
  allowWatchBookmarks: 'true',
}

const bookmarks = casesOf('watches: initial events and bookmarks', {
  'initial events end with an annotated bookmark': async (context) => {
    const maps = mapsOf(context)
    for (const name of ['a', 'b']) created(await maps.create(configMap(name)))
    const listed = ok(await maps.list())
    await watching(maps.watch(STREAMED), async (watch) => {
      const end = await watch.find(isInitialEnd, 'the end of the initial events')
      assert.deepEqual(watch.summary().sort(), ['ADDED a', 'ADDED b'])
      assert.equal(watch.events.indexOf(end), 2)
      assert.ok(versionOf(end) >= BigInt(listed.resourceVersion))
      assert.equal(valueAt(end, 'object.kind'), 'ConfigMap')
      assert.equal(valueAt(end, 'object.apiVersion'), 'v1')
      assert.equal(valueAt(end, 'object.metadata.name'), undefined)
      created(await maps.create(configMap('c')))
      await watch.count(3)
      assert.equal(watch.summary()[2], 'ADDED c')
    })
  },
  'initial events of an empty collection are a bookmark alone': async (context) => {
    await watching(mapsOf(context).watch(STREAMED), async (watch) => {
      await watch.find(isInitialEnd, 'the end of the initial events')
      assert.equal(watch.events.length, 1)
    })
  },
  'initial events of custom resources': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a')))
    await watching(widgets.watch(STREAMED), async (watch) => {
      const end = await watch.find(isInitialEnd, 'the end of the initial events')
      assert.deepEqual(watch.summary(), ['ADDED a'])
      assert.equal(valueAt(end, 'object.kind'), 'Widget')
      assert.equal(valueAt(end, 'object.apiVersion'), WIDGETS)
    })
  },
  'initial events respect the selector': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, { labels: { on: 'yes' } })))
    created(await maps.create(configMap('b')))
    await watching(maps.watch({ ...STREAMED, labelSelector: 'on=yes' }), async (watch) => {
      await watch.find(isInitialEnd, 'the end of the initial events')
      assert.deepEqual(watch.summary(), ['ADDED a'])
    })
  },
  'initial events of a version far ahead are answered as too large': async (context) => {
    const query = { ...STREAMED, resourceVersion: '999999999999' }
    await watching(mapsOf(context).watch(query), async (watch) => {
      const { object } = await watch.find(({ type }) => type === 'ERROR', 'the refusal')
      assert.equal(watch.events.length, 1)
      assert.equal(valueAt(object, 'code'), 504)
      assert.match(String(valueAt(object, 'message')), /^Timeout: Too large resource version/)
    })
  },
  'no initial events on request': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    const query = { sendInitialEvents: 'false', resourceVersionMatch: 'NotOlderThan' }
    await watching(maps.watch(query), async (watch) => {
      created(await maps.create(configMap('b')))
      await watch.count(1)
      assert.deepEqual(watch.summary(), ['ADDED b'])
    })
  },
  'sendInitialEvents without resourceVersionMatch is invalid': async ({ namespace, send }) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const answer = await send('GET', path, { query: { watch: 'true', sendInitialEvents: 'true' } })
    assert.equal(answer.status, 422)
    assert.equal(answer.at('reason'), 'Invalid')
    assert.match(String(answer.at('message')), /resourceVersionMatch/)
  },
  'resourceVersionMatch without sendInitialEvents is forbidden': async ({ namespace, send }) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const query = { watch: 'true', resourceVersionMatch: 'NotOlderThan', resourceVersion: '1' }
    assert.equal((await send('GET', path, { query })).status, 422)
  },
  'sendInitialEvents on a list is forbidden': async ({ namespaced }) => {
    const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
    assert.equal((await namespaced('v1', 'configmaps').list(query)).status, 422)
  },
  'a bookmark comes before the end of a watch': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = ok(await maps.list())
    const query = { resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: '4' }
    const watch = await maps.watch(query)
    created(await maps.create(configMap('a')))
    await watch.ended()
    const last = watch.events.at(-1)
    assert.equal(last?.type, 'BOOKMARK')
    assert.ok(versionOf(last) >= versionOf(watch.events[0]))
    assert.equal(valueAt(last, 'object.kind'), 'ConfigMap')
  },
  'without being asked no bookmark comes': async (context) => {
    const { resourceVersion } = ok(await mapsOf(context).list())
    const watch = await mapsOf(context).watch({ resourceVersion, timeoutSeconds: '3' })
    await watch.ended()
    assert.deepEqual(watch.events, [])
  },
})

const requestOf = ({ namespace }: ConformanceContext, resourceVersion: string) => ({
  method: 'GET' as const,
  path: `/api/v1/namespaces/${namespace}/configmaps`,
  query: { watch: 'true', resourceVersion },
})

const refusals = casesOf('watches: versions that cannot be', {
  'a version of before the kind was defined is Expired': async (context) => {
    const { namespace, server } = context
    const path = `/apis/${WIDGETS}/namespaces/${namespace}/widgets`
    const query = { watch: 'true', resourceVersion: '1' }
    const status = await refusedWatch(server.admin, { method: 'GET', path, query })
    assert.equal(status.code, 410)
    assert.equal(status.reason, 'Expired')
    assert.match(String(status.message), /^too old resource version: 1 \(\d+\)$/)
  },
  'a version that is no number is refused': async (context) => {
    const status = await refusedWatch(context.server.admin, requestOf(context, 'x'))
    assert.equal(status.status, 'Failure')
    assert.match(String(status.message), /resource ?[vV]ersion/)
  },
  'a watch from a version far ahead waits in silence': async (context) => {
    const maps = mapsOf(context)
    const watch = await maps.watch({ resourceVersion: '999999999999', timeoutSeconds: '2' })
    created(await maps.create(configMap('a')))
    await watch.ended()
    assert.deepEqual(watch.events, [])
  },
  'a watch by the old path': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = ok(await maps.list())
    created(await maps.create(configMap('a')))
    const path = `/api/v1/watch/namespaces/${context.namespace}/configmaps`
    const answer = await context.send('GET', path, {
      query: { resourceVersion, timeoutSeconds: '1' },
    })
    assert.match(JSON.stringify(ok(answer).body), /"type":"ADDED".*"name":"a"/)
  },
})

export const WATCH_CASES = [...order, ...chosen, ...bookmarks, ...refusals]
