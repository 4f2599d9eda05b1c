import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { NODES, type NodeObject } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { Harness, type Process } from '../flighttask/harness.fixtures.ts'
import { createFlightTaskController } from '../flighttask/index.ts'
import { createAircraftController } from './index.ts'

let harness: Harness
let process: Process

beforeEach(async () => {
  harness = await Harness.start()
  process = await harness.run((parts) => [
    createFlightTaskController(parts),
    createAircraftController(parts),
  ])
})

afterEach(() => harness.stop())

const labelsOf = async (name = 'viper-1') => (await harness.node(name)).metadata.labels ?? {}
const taintsOf = async (name = 'viper-1') =>
  ((await harness.node(name)).spec?.taints ?? []).map(({ key }) => key)
const nodeWrites = () => process.writes().filter((write) => write.includes('viper'))

async function addAircraft(options: Parameters<typeof makeAircraft>[1] = {}): Promise<void> {
  await harness.createNode(makeAircraft('viper-1', options))
  await harness.clock.advance(50)
}

async function fly(task: string): Promise<void> {
  await harness.createTask({}, task)
  await harness.clock.advance(50)
  await harness.bind(`${task}-pod`)
  await harness.runPod(`${task}-pod`)
}

/** As the earlier system labelled it: no extended resources, no fuel status. */
function plainNode(): NodeObject {
  const { status: _status, ...node } = makeAircraft('viper-1', { fuel: 20, hardpoints: 4 })
  return { ...node, status: { capacity: { cpu: '8' }, allocatable: { cpu: '7' } } }
}

test('a node labelled for the earlier system is advertised as it is labelled', async () => {
  await harness.createNode(plainNode())
  await harness.clock.advance(50)
  const { status } = await harness.node('viper-1')
  const share = { 'aircraft.mil/slot': '1', 'aircraft.mil/hardpoint': '4' }
  assert.deepEqual(status?.capacity, { cpu: '8', ...share })
  assert.deepEqual(status?.allocatable, { cpu: '7', ...share })
  assert.equal((await labelsOf())['aircraft.mil/fuel.status'], 'low')
})

test('the annotation says how many tasks an aircraft flies at a time', async () => {
  const node = plainNode()
  const annotations = { 'aircraft.mil/slots': '3' }
  await harness.createNode({ ...node, metadata: { ...node.metadata, annotations } })
  await harness.clock.advance(50)
  assert.equal((await harness.node('viper-1')).status?.capacity?.['aircraft.mil/slot'], '3')
})

test('what the fleet advertises itself is left alone', async () => {
  await addAircraft({ slots: 2, hardpoints: 6, labels: { 'aircraft.mil/fuel.status': 'high' } })
  assert.deepEqual(nodeWrites(), [])
})

test('fuel.status follows fuel.level', async () => {
  await addAircraft({ fuel: 90 })
  assert.equal((await labelsOf())['aircraft.mil/fuel.status'], 'high')
  const body = { metadata: { labels: { 'aircraft.mil/fuel.level': '50' } } }
  await harness.cluster.client.resource(NODES).patch({ name: 'viper-1' }, { type: 'merge', body })
  await harness.clock.advance(50)
  assert.equal((await labelsOf())['aircraft.mil/fuel.status'], 'medium')
})

test('a node that is no aircraft is none of our business', async () => {
  await harness.createNode({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'viper-worker' } })
  await harness.clock.advance(1000)
  assert.deepEqual(nodeWrites(), [])
})

test('an occupied aircraft shows its task, once it is for a while, and never turns busy', async () => {
  await addAircraft()
  process.writes()
  await fly('alpha')
  await harness.clock.advance(2000)
  assert.equal((await labelsOf())['aircraft.mil/mission.current'], undefined)
  await harness.clock.advance(5000)
  assert.equal((await labelsOf())['aircraft.mil/mission.current'], 'alpha')
  assert.equal((await labelsOf())['aircraft.mil/status'], 'ready')
  await harness.exitPod(0)
  await harness.clock.advance(12_000)
  assert.equal((await labelsOf())['aircraft.mil/mission.current'], undefined)
  assert.equal(nodeWrites().length, 2)
})

test('short tasks cost their aircraft no write', async () => {
  await addAircraft()
  process.writes()
  for (const task of ['one', 'two', 'three', 'four']) {
    await fly(task)
    await harness.clock.advance(3000)
    await harness.exitPod(0, `${task}-pod`)
    await harness.clock.advance(100)
  }
  await harness.clock.advance(60_000)
  assert.deepEqual(nodeWrites(), [])
})

test('an aircraft whose tasks failed three times in ten minutes is quarantined for ten', async () => {
  await addAircraft()
  for (const task of ['one', 'two', 'three']) {
    assert.deepEqual(await taintsOf(), [])
    await fly(task)
    await harness.exitPod(1, `${task}-pod`)
    await harness.clock.advance(1000)
  }
  assert.deepEqual(await taintsOf(), ['aircraft.mil/quarantine'])
  await harness.clock.advance(590_000)
  assert.deepEqual(await taintsOf(), ['aircraft.mil/quarantine'])
  await harness.clock.advance(12_000)
  assert.deepEqual(await taintsOf(), [])
  await harness.clock.advance(60_000)
  const events = await harness.events()
  assert.ok(events.includes('Quarantined') && events.includes('Released'))
  assert.deepEqual(await taintsOf(), [])
})

test('taints of others are kept', async () => {
  const node = makeAircraft('viper-1')
  await harness.createNode({ ...node, spec: { taints: [{ key: 'theirs', effect: 'NoSchedule' }] } })
  for (const task of ['one', 'two', 'three']) {
    await fly(task)
    await harness.exitPod(1, `${task}-pod`)
    await harness.clock.advance(100)
  }
  assert.deepEqual(await taintsOf(), ['theirs', 'aircraft.mil/quarantine'])
})

test('a label that cannot be read is told once, on that node alone', async () => {
  await addAircraft({ labels: { 'aircraft.mil/fuel.level': 'full' } })
  await harness.clock.advance(60_000)
  assert.deepEqual(await harness.events(), ['InvalidAircraftLabel'])
  assert.deepEqual(nodeWrites(), [])
})

test('nothing is written in a quiet minute', async () => {
  await addAircraft()
  await fly('alpha')
  await harness.clock.advance(20_000)
  process.writes()
  await harness.clock.advance(60_000)
  assert.deepEqual(process.writes(), [])
})

test('a label that somebody takes away time and again is put back in the end', async () => {
  await addAircraft({ fuel: 20 })
  const labels = { 'aircraft.mil/fuel.status': null }
  for (let round = 0; round < 4; round++) {
    const patch = { type: 'merge', body: { metadata: { labels } } } as const
    await harness.cluster.client.resource(NODES).patch({ name: 'viper-1' }, patch)
    await harness.clock.advance(50)
  }
  await harness.clock.advance(30_000)
  assert.equal((await labelsOf())['aircraft.mil/fuel.status'], 'low')
})
