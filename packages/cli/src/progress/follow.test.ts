/** What `sortie watch` shows while a mission flies, on the virtual clock. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { API_VERSION, MISSION_STAGES, MISSIONS } from '@sortie/api'
import type { KubeObject } from '@sortie/machinery'
import { startTestCluster, type TestCluster } from '@sortie/testing'
import type { Environment, Output } from '../environment.ts'
import { memoryOutput } from '../testing/commandrun.ts'
import { followMission } from './follow.ts'
import { type MissionWatch, watchMission } from './snapshot.ts'

const namespace = 'default'
let cluster: TestCluster
let watch: MissionWatch
let abort: AbortController
/** Of what belongs to the mission. */
let ownerReferences: readonly object[]

const create = (kind: string, name: string, more: object) =>
  cluster.client.resource(kind === 'Mission' ? MISSIONS : MISSION_STAGES).create({
    apiVersion: API_VERSION,
    kind,
    ...more,
    metadata: { name, namespace, ...('metadata' in more ? (more.metadata as object) : {}) },
  } as KubeObject)

const report = (type: typeof MISSIONS, name: string, status: object) =>
  cluster.client
    .resource(type)
    .patch(
      { namespace, name },
      { type: 'merge', body: { status } as never },
      { subresource: 'status' },
    )

beforeEach(async () => {
  cluster = await startTestCluster()
  abort = new AbortController()
  const { uid } = (
    await create('Mission', 'dawn', { spec: { stages: [{ name: 'one', flightTasks: [{}] }] } })
  ).metadata
  const owner = { apiVersion: API_VERSION, kind: 'Mission', name: 'dawn', uid, controller: true }
  ownerReferences = [owner]
  await create('MissionStage', 'dawn-one', {
    metadata: { labels: { 'stage-name': 'one' }, ownerReferences },
    spec: { stageName: 'one', stageIndex: 1, stageType: 'parallel' },
  })
  watch = watchMission({ ...cluster, namespace, name: 'dawn' })
})
afterEach(async () => {
  abort.abort()
  await watch.stop()
  await cluster.stop()
})

function follow(out: Output): Promise<string | undefined> {
  const { clock, random } = cluster
  const environment: Environment = {
    variables: {},
    workingDirectory: '/',
    out,
    err: out,
    readStdin: async () => '',
    clock,
    random,
    signal: abort.signal,
  }
  return followMission(environment, watch)
}

/** Long enough for a change to be shown. */
const pass = () => cluster.clock.advance(1_100)

test('without a terminal each phase is one line, once, and the end is told', async () => {
  const out = memoryOutput()
  const ended = follow(out)
  await pass()
  await report(MISSION_STAGES, 'dawn-one', { phase: 'Running' })
  await pass()
  await report(MISSIONS, 'dawn', { phase: 'Running' })
  await pass()
  await report(MISSION_STAGES, 'dawn-one', { phase: 'Failed', message: 'task t failed' })
  await report(MISSIONS, 'dawn', { phase: 'Failed', message: 'stage one failed' })
  await pass()
  assert.equal(await ended, 'Failed')
  const lines = out.text().trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => line.replace(/^ *\d+s {2}/, '').replaceAll(/ {2,}/g, '  ')),
    [
      'Running  stage dawn-one',
      'Running  mission dawn',
      'Failed  stage dawn-one  task t failed',
      'Failed  mission dawn  stage one failed',
    ],
  )
})

test('on a terminal the tree is drawn over itself: up by what was drawn, and nothing left below', async () => {
  const out = memoryOutput(true)
  const ended = follow(out)
  await pass()
  const first = out.text().split('\u001b[0J')[0] ?? ''
  assert.doesNotMatch(first, /\u001b\[\d+A/, 'there is nothing to draw over yet')
  const drawn = first.match(/\n/g)?.length
  await report(MISSIONS, 'dawn', { phase: 'Succeeded' })
  await pass()
  assert.equal(await ended, 'Succeeded')
  const last = out.text().split('\u001b[0J').at(-2) ?? ''
  assert.ok(last.startsWith(`\u001b[${drawn}A\u001b[2K`), JSON.stringify(last))
  assert.match(last, /✔ Succeeded/)
})

test('a tree is never longer than the screen, whose lines it draws over', async () => {
  for (let index = 2; index <= 60; index++) {
    await create('MissionStage', `dawn-s${index}`, {
      metadata: { ownerReferences },
      spec: { stageName: `s${index}`, stageIndex: index, stageType: 'parallel' },
    })
  }
  const out = memoryOutput(true)
  const ended = follow(out)
  await pass()
  abort.abort()
  assert.equal(await ended, undefined)
  assert.equal(out.text().split('\u001b[0J')[0]?.split('\n').length, out.rows - 2 + 1)
})

test('a mission that is deleted meanwhile ends the following without a phase', async () => {
  const ended = follow(memoryOutput())
  await pass()
  await cluster.client.resource(MISSIONS).delete({ namespace, name: 'dawn' })
  await pass()
  assert.equal(await ended, undefined)
})
