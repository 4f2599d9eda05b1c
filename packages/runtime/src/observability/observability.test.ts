import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHealthServer } from './health.ts'
import { createControllerMetrics, createMetrics } from './metrics.ts'

test('metrics come out in Prometheus’ text format with their labels', async () => {
  const metrics = createMetrics()
  const controllers = createControllerMetrics(metrics)
  controllers.reconciled('mission', 'success', 0.02)
  controllers.reconciled('mission', 'error', 0.02)
  controllers.queueDepth('mission', 3)
  const gauge = metrics.gauge({
    name: 'sortie_missions',
    help: 'Missions by phase',
    labels: ['phase'],
    collect: (self) => self.set(7, { phase: 'Running' }),
  })
  gauge.set(1, { phase: 'Failed' })
  const text = await metrics.expose()
  assert.match(
    text,
    /controller_runtime_reconcile_total\{controller="mission",result="success"\} 1/,
  )
  assert.match(text, /workqueue_depth\{name="mission"\} 3/)
  assert.match(text, /reconcile_time_seconds_bucket\{le="0.025",controller="mission"\} 2/)
  assert.match(text, /sortie_missions\{phase="Running"\} 7/)
})

test('the health server tells life from readiness, shows metrics, and ends with its signal', async () => {
  const stop = new AbortController()
  let ready = false
  let port = 0
  const listening = Promise.withResolvers<void>()
  const running = createHealthServer({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(),
    isReady: () => ready,
    onListening(address) {
      port = address.port
      listening.resolve()
    },
  }).start(stop.signal)
  await listening.promise
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
  assert.equal(await status('/healthz'), 200)
  assert.equal(await status('/readyz'), 503)
  ready = true
  assert.equal(await status('/readyz?verbose'), 200)
  assert.equal(await status('/metrics'), 200)
  assert.equal(await status('/secrets'), 404)
  stop.abort()
  await running
  await assert.rejects(status('/healthz'))
})
