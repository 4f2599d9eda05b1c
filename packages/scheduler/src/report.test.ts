import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from '@sortie/client'
import type { Pod, Stored, Transport } from '@sortie/machinery'
import { PODS, TransportError } from '@sortie/machinery'
import { createEventRecorder } from '@sortie/runtime'
import { startTestCluster } from '@sortie/testing'
import { createReporter, reportTime } from './report.ts'
import { makePod } from './snapshot/builders.fixtures.ts'

describe('when a reason is written', () => {
  const written = { kind: '#/# nodes', message: '0/2 nodes', at: 1000 }
  const cases: Readonly<
    Record<string, readonly [ReturnType<typeof reportTime>, number | undefined]>
  > = {
    'the first, after a moment': [reportTime({ message: 'a' }, 1000, 300), 1300],
    'never, where it stands': [reportTime({ message: '0/2 nodes', written }, 2000, 300), undefined],
    'late, where only numbers differ': [
      reportTime({ message: '0/3 nodes', written }, 2000, 300),
      31_000,
    ],
    'soon, where it is another': [reportTime({ message: 'other', written }, 2000, 300), 3000],
    'at once, where the last was long ago': [
      reportTime({ message: 'b', written }, 90_000, 300),
      90_300,
    ],
  }
  for (const [name, [given, expected]] of Object.entries(cases)) {
    test(name, () => assert.equal(given, expected))
  }
})

async function setUp(more: Partial<Stored<Pod>> = {}) {
  const cluster = await startTestCluster()
  const { clock, log, random } = cluster
  const server = cluster.server.transport()
  const messages: (string | undefined)[] = []
  let isDown = false
  const transport: Transport = {
    ...server,
    request(request) {
      if (isDown) return Promise.reject(new TransportError('connection refused'))
      const { conditions = [] } = (request.body as Pod | undefined)?.status ?? {}
      for (const { message } of conditions) messages.push(message)
      return server.request(request)
    },
  }
  const client = createClient(transport, { clock, random })
  const { metadata, spec } = makePod('p')
  const resource = cluster.client.resource<Pod>(PODS)
  const { name, namespace = '' } = metadata
  const pod = await resource.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { ...spec, containers: [{ name: 'c', image: 'i' }] },
  })
  let waits = true
  const recorder = createEventRecorder({ client, clock, log, component: 'scheduler' })
  const podOf = (): Stored<Pod> | undefined => (waits ? { ...pod, ...more } : undefined)
  const reporter = createReporter({ client, clock, log, recorder, podOf, delayMs: 300 })
  return {
    clock,
    reporter,
    uid: pod.metadata.uid,
    messages: () => messages,
    setDown(value: boolean) {
      isDown = value
    },
    leave() {
      waits = false
      reporter.forget(pod.metadata.uid)
    },
    stop: () => cluster.stop(),
  }
}

describe('a report', () => {
  test('is written once for the same reason', async () => {
    const { clock, reporter, uid, messages, stop } = await setUp()
    for (let round = 0; round < 5; round++) {
      reporter.report(uid, 'no aircraft')
      await clock.advance(1000)
    }
    assert.deepEqual(messages(), ['no aircraft'])
    await stop()
  })

  test('is not written for a pod that found a place meanwhile', async () => {
    const { clock, reporter, uid, messages, leave, stop } = await setUp()
    reporter.report(uid, 'no aircraft')
    leave()
    await clock.advance(10_000)
    assert.deepEqual(messages(), [])
    await stop()
  })

  test('is written once the API server is there again, with the reason as it is then', async () => {
    const { clock, reporter, uid, messages, setDown, stop } = await setUp()
    setDown(true)
    reporter.report(uid, 'no aircraft')
    await clock.advance(60_000)
    reporter.report(uid, 'no fuel')
    await clock.advance(60_000)
    setDown(false)
    await clock.advance(60_000)
    assert.deepEqual(messages(), ['no fuel'])
    await stop()
  })

  test('is not tried again for a pod that found a place meanwhile', async () => {
    const { clock, reporter, uid, messages, setDown, leave, stop } = await setUp()
    setDown(true)
    reporter.report(uid, 'no aircraft')
    await clock.advance(1000)
    leave()
    setDown(false)
    await clock.advance(120_000)
    assert.deepEqual(messages(), [])
    assert.equal(clock.pendingTimers(), 0)
    await stop()
  })

  test('gives the last of several reasons', async () => {
    const { clock, reporter, uid, messages, stop } = await setUp()
    reporter.report(uid, 'one')
    reporter.report(uid, 'two')
    await clock.advance(1000)
    assert.deepEqual(messages(), ['two'])
    await stop()
  })

  test('ends with the right numbers, however often they changed', async () => {
    const { clock, reporter, uid, messages, stop } = await setUp()
    for (let count = 1; count <= 20; count++) {
      reporter.report(uid, `${count} taken`)
      await clock.advance(500)
    }
    await clock.advance(60_000)
    assert.deepEqual(messages(), ['1 taken', '20 taken'])
    await stop()
  })

  test('lets stand what an earlier process has written', async () => {
    const message = 'no aircraft'
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }
    const { clock, reporter, uid, messages, stop } = await setUp({
      status: { conditions: [condition] },
    })
    reporter.report(uid, message)
    await clock.advance(60_000)
    assert.deepEqual(messages(), [])
    await stop()
  })
})
