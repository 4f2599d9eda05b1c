import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { EVENTS, type EventObject } from '@sortie/machinery'
import { type Harness, startHarness } from '../harness.fixtures.ts'

let harness: Harness
afterEach(() => harness.stop())

const eventsOf = async (kind: string, name: string): Promise<readonly EventObject[]> => {
  const { items } = await harness.cluster.client.resource<EventObject>(EVENTS).list({})
  return items.filter(
    ({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name,
  )
}
const failing = (retries: number) => ({
  config: { failurePolicy: { maxRetries: retries, retryStrategy: 'immediate' as const } },
})

test('a retry is told of the stage and the mission too: why, where and when next', async () => {
  harness = await startHarness({
    aircraft: 2,
    exit: ({ metadata }) => (/-pod$/.test(metadata.name) ? 'Failed' : 'Succeeded'),
  })
  await harness.startOperator()
  await harness.fly('m', { ...failing(2), stages: [{ name: 's', flightTasks: [{ name: 't' }] }] })
  const mission = await harness.untilEnded()
  assert.equal(mission.status?.phase, 'Succeeded')
  const about = /^task m-s-t: attempt 1 on viper-1 failed: .*; attempt 2 of 3 starts at once$/
  for (const [kind, name] of [
    ['Mission', 'm'],
    ['MissionStage', 'm-s'],
  ] as const) {
    const events = await eventsOf(kind, name)
    assert.deepEqual(
      events.map(({ reason }) => reason).sort(),
      ['Retrying', 'Started', 'Succeeded'],
      kind,
    )
    const retried = events.find(({ reason }) => reason === 'Retrying')
    assert.match(retried?.message ?? '', about)
    assert.equal(retried?.type, 'Warning')
  }
  const [told] = await eventsOf('Mission', 'm')
  assert.equal(told?.involvedObject.uid, mission.metadata.uid)
})

test('the retries of many tasks leave the mission room for its own end', async () => {
  harness = await startHarness({ aircraft: 1, exit: () => 'Failed' })
  await harness.startOperator()
  const flightTasks = [{ name: 't', count: 100 }]
  const stages = [{ name: 's', flightTasks, type: 'parallel' as const }]
  await harness.fly('m', { ...failing(1), stages })
  const mission = await harness.untilEnded()
  assert.equal(mission.status?.phase, 'Failed')
  const reasons = (await eventsOf('Mission', 'm')).map(({ reason }) => reason)
  assert.ok(reasons.filter((reason) => reason === 'Retrying').length <= 25, 'relays are throttled')
  assert.ok(reasons.includes('Aborted'))
  assert.ok(reasons.includes('Stopped'))
})
