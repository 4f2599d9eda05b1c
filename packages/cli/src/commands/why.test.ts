import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  API_VERSION,
  type Diagnosis,
  FLIGHT_TASKS,
  type FlightTask,
  MISSIONS,
  type Mission,
} from '@sortie/api'
import { type KubeObject, NODES, PODS, type Pod, systemRandom } from '@sortie/machinery'
import { createOperator } from '@sortie/operator'
import { runAll } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'
import { makeAircraft } from '@sortie/testing'
import type { AircraftAnswer } from '../diagnosis/aircraft.ts'
import { type CommandRun, startCommandRun } from '../testing/commandrun.ts'

const namespace = 'default'
let it: CommandRun
let stopParts: () => Promise<void>

async function fly(name: string, stages: unknown): Promise<void> {
  await it.cluster.client.resource<KubeObject>(MISSIONS).create({
    apiVersion: API_VERSION,
    kind: 'Mission',
    metadata: { name, namespace },
    spec: { stages },
  } as KubeObject)
}

/** Waits for what watches bring, with a time limit of the test runner's own. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

before(async () => {
  it = await startCommandRun()
  const { client, clock, log } = it.cluster
  const base = { clock, random: systemRandom(), log }
  const config = { reportDelayMs: 0, queueReportDelayMs: 0 }
  const abort = new AbortController()
  const done = runAll(
    [
      createOperator({ ...base, client: it.cluster.clientOf('operator').client }),
      createScheduler({ ...base, client: it.cluster.clientOf('scheduler').client, config }),
    ],
    abort.signal,
  )
  stopParts = async () => {
    abort.abort()
    await done
  }
  const nodes = client.resource(NODES)
  await nodes.create(makeAircraft('j20-01', { fuel: 40 }))
  await nodes.create(makeAircraft('h6k-01', { type: 'h6k' }))
  await fly('low', [
    {
      name: 's',
      flightTasks: [{ name: 't', aircraft: 'j20', aircraftRequirement: { minFuelLevel: 60 } }],
    },
  ])
  await fly('queue', [
    { name: 's', type: 'sequential', flightTasks: [{ name: 'a', aircraft: 'h6k' }, { name: 'b' }] },
    { name: 'next', dependsOn: ['s'], flightTasks: [{ name: 'c' }] },
  ])
  const pods = client.resource<Pod>(PODS)
  await until(async () => {
    const { items } = await pods.list({ namespace })
    const said = items.filter(({ status }) => (status?.conditions ?? []).length > 0)
    return said.length === 2
  })
  await until(async () => {
    const task = await client.resource<FlightTask>(FLIGHT_TASKS).get({ namespace, name: 'low-s-t' })
    return task.status?.podRef !== undefined
  })
})
after(async () => {
  await stopParts()
  await it.stop()
})

const why = (...words: readonly string[]) => it.run(['why', ...words])

describe('sortie why', () => {
  test('says in one paragraph what a task waits for and what would help', async () => {
    const { status, out } = await why('task', 'low-s-t')
    assert.equal(status, 0)
    assert.equal(out.trim().split('\n').length, 1)
    assert.match(
      out,
      /^Task low-s-t waits, since none of 2 aircraft fits: type j20 \(rejects 1, leaves 1\)/,
    )
    assert.match(out, /1 aircraft would fit if fuel ≥ 40 instead of 60\./)
  })

  test('takes a bare name, and KIND/NAME as kubectl does', async () => {
    const words = [
      ['low'],
      ['mission', 'low'],
      ['mi/low'],
      ['low-s'],
      ['ms', 'low-s'],
      ['ft/low-s-t'],
    ]
    for (const one of words) {
      const { status, out } = await why(...one)
      assert.equal(status, 0, one.join(' '))
      assert.match(out, /fuel ≥ 60/)
    }
  })

  test('says which stage a stage waits for', async () => {
    const { out } = await why('stage', 'queue-next')
    assert.match(out, /^Stage next waits for s \(Running\)\./)
  })

  test('knows a task that was not made yet', async () => {
    const { status, out } = await why('task', 'queue-next-c')
    assert.equal(status, 0)
    assert.match(out, /^Task queue-next-c has not been made: stage queue-next makes it/)
  })

  test('-o json is the diagnosis itself', async () => {
    const { out } = await why('low-s-t', '-o', 'json')
    const diagnosis = JSON.parse(out) as Diagnosis
    assert.deepEqual(diagnosis.subject, { kind: 'FlightTask', namespace, name: 'low-s-t' })
    assert.equal(diagnosis.state, 'waiting')
    assert.deepEqual(
      diagnosis.findings.map(({ code }) => code),
      ['noAircraftFits', 'nearestMiss'],
    )
    assert.deepEqual(diagnosis.findings[1]?.objects, [{ kind: 'Node', name: 'j20-01' }])
  })

  test('--aircraft shows what each requirement leaves, and each aircraft with what refuses it', async () => {
    const { status, out } = await why('task', 'low-s-t', '--aircraft')
    assert.equal(status, 0)
    assert.match(out, /^0\/2 nodes are available/)
    assert.match(out, /type j20 +rejects 1 +leaves 1\nfuel ≥ 60 +rejects 1 +leaves 0/)
    assert.match(out, /AIRCRAFT +FITS +SCORE +NODESELECTOR +NODEAFFINITY/)
    assert.match(out, /j20-01 +no +ok +wants aircraft\.mil\/fuel\.level > 59, has 40/)
    assert.match(out, /h6k-01 +no +wants aircraft\.mil\/type=j20, has h6k/)
  })

  test('--aircraft of a task that flies shows where it could have gone', async () => {
    const { out } = await why('task', 'queue-s-a', '--aircraft', '-o', 'json')
    const answer = JSON.parse(out) as AircraftAnswer
    const feasible = answer.aircraft.filter((one) => one.feasible).map(({ node }) => node)
    assert.deepEqual(feasible, ['h6k-01'])
    assert.ok((answer.aircraft[0]?.score ?? 0) > 0)
  })

  const refusals: Readonly<
    Record<string, readonly [words: string[], status: number, err: RegExp]>
  > = {
    'what is not there': [
      ['task', 'nobody'],
      4,
      /no flighttask nobody in namespace default; see: sortie get flighttasks -n default/,
    ],
    'a name that is nothing': [['nobody'], 4, /no mission, missionstage, flighttask nobody/],
    'what has no why': [
      ['weapon', 'x'],
      2,
      /"weapon" has no why: ask about a mission, a stage or a task/,
    ],
    'a word that is no resource': [['thing', 'x'], 2, /unknown resource "thing"/],
    'a kind without a name': [['mission/'], 2, /"mission\/" names no object/],
    '--aircraft of a mission': [['mission', 'low', '--aircraft'], 2, /goes with a task/],
    '--aircraft of a task without a pod': [
      ['task', 'queue-next-c', '--aircraft'],
      2,
      /task that was made/,
    ],
  }
  for (const [name, [words, status, err]] of Object.entries(refusals)) {
    test(`refuses ${name}`, async () => {
      const answer = await why(...words)
      assert.equal(answer.status, status, answer.err)
      assert.match(answer.err, err)
      assert.equal(answer.out, '')
    })
  }

  test('is right about another namespace', async () => {
    const answer = await why('mission', 'low', '-n', 'elsewhere')
    assert.equal(answer.status, 4)
    assert.match(answer.err, /in namespace elsewhere/)
  })

  test('reads and writes nothing else', async () => {
    const missions = it.cluster.client.resource<Mission>(MISSIONS)
    const before = await missions.get({ namespace, name: 'low' })
    await why('low')
    const { metadata } = await missions.get({ namespace, name: 'low' })
    assert.equal(metadata.resourceVersion, before.metadata.resourceVersion)
  })
})
