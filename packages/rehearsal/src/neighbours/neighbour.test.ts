/** Neighbours are runs like others: drawn by a seed, and such as can be played to an end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slotsOf } from '../scenario/fleets.ts'
import { drawScenario } from '../scenario/generate.ts'
import type { MissionPlan, Scenario, StagePlan } from '../scenario/scenario.ts'
import { drawNeighbour, type KeptRun } from './neighbour.ts'
import { isPlayable } from './playable.ts'
import { drawSmall } from './small.ts'

const SEEDS = Array.from({ length: 1_000 }, (_, index) => index + 1)
const KEPT: readonly KeptRun[] = SEEDS.slice(0, 30).map((seed) => ({
  name: `${seed}`,
  scenario: drawScenario(seed),
}))

test('every run that is drawn can be played to an end', () => {
  for (const seed of SEEDS) assert.ok(isPlayable(drawScenario(seed)), `seed ${seed}`)
})

test('every neighbour can be played to an end', () => {
  for (const seed of SEEDS) assert.ok(isPlayable(drawNeighbour(seed, KEPT)), `seed ${seed}`)
})

test('every small run can be played to an end', () => {
  for (const seed of SEEDS) assert.ok(isPlayable(drawSmall(seed)), `seed ${seed}`)
})

test('a small run belongs to its seed', () => {
  const drawn = SEEDS.map(drawSmall)
  assert.deepEqual(SEEDS.map(drawSmall), drawn)
  assert.ok(new Set(drawn.map((scenario) => JSON.stringify(scenario))).size > SEEDS.length * 0.98)
})

test('a neighbour belongs to its seed and the runs, in whatever order they are', () => {
  for (const seed of SEEDS.slice(0, 50)) {
    assert.deepEqual(drawNeighbour(seed, KEPT), drawNeighbour(seed, KEPT.toReversed()))
  }
})

test('a neighbour is seldom the run that it is drawn from', () => {
  const runs = new Set(KEPT.map(({ scenario }) => JSON.stringify(scenario)))
  const same = SEEDS.filter((seed) => runs.has(JSON.stringify(drawNeighbour(seed, KEPT))))
  assert.ok(same.length < SEEDS.length / 50, `${same.length} of ${SEEDS.length}`)
})

test('one kept run more leaves what most seeds stand for', () => {
  const more = { name: 'more', scenario: drawScenario(SEEDS.length) }
  const moved = SEEDS.filter((seed) => {
    const [before, after] = [drawNeighbour(seed, KEPT), drawNeighbour(seed, [...KEPT, more])]
    return JSON.stringify(before) !== JSON.stringify(after)
  })
  // It is the first of 31 or the second of 31.
  assert.ok(moved.length > 0 && moved.length < SEEDS.length / 8, `${moved.length}`)
})

test('a neighbour survives being kept as data', () => {
  for (const seed of SEEDS.slice(0, 200)) {
    const scenario = drawNeighbour(seed, KEPT)
    assert.deepEqual(JSON.parse(JSON.stringify(scenario)), scenario, `seed ${seed}`)
  }
})

const [FIRST] = KEPT.map(({ scenario }) => scenario).filter(({ weapons }) => weapons.length === 0)
assert.ok(FIRST !== undefined)
const base: Scenario = { ...FIRST, actions: [], faults: [] }
const [type = ''] = base.fleet.aircraft.map((group) => group.type)
const at = 0

function flying(...stages: readonly StagePlan[]): Scenario {
  const mission: MissionPlan = { name: 'm1', at, spec: { stages } }
  return { ...base, missions: [mission] }
}

const task = { name: 't1', aircraft: type }
const flown = flying({ name: 's1', flightTasks: [task] })
const gang = { name: 's1', synchronization: { waitForAll: true } }
const slots = slotsOf(base.fleet, type)

const UNPLAYABLE: Readonly<Record<string, Scenario>> = {
  'a run without a mission': { ...flown, missions: [] },
  'two missions of one name': { ...flown, missions: [...flown.missions, ...flown.missions] },
  'a circle of stages': flying({ name: 's1', dependsOn: ['s1'], flightTasks: [task] }),
  'an aircraft that the fleet has not': flying({
    name: 's1',
    flightTasks: [{ ...task, aircraft: 'glider' }],
  }),
  'a weapon that nobody makes': flying({
    name: 's1',
    flightTasks: [{ ...task, weaponLoadout: [{ weapon: 'w1' }] }],
  }),
  'a container that is started again for ever': flying({
    name: 's1',
    flightTasks: [
      {
        ...task,
        podTemplate: {
          spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'a:1' }] },
        },
      },
    ],
  }),
  'a gang larger than the fleet': flying({
    ...gang,
    flightTasks: [{ ...task, count: slots + 1 }],
  }),
  'a gang that goes one by one': flying({ ...gang, type: 'sequential', flightTasks: [task] }),
  'a cancel of no mission': { ...flown, actions: [{ kind: 'cancel', at, mission: 'm2' }] },
  'an image of no weapon': {
    ...flown,
    actions: [{ kind: 'weaponImage', at, weapon: 'w1', tag: 'v2' }],
  },
  'an end of no namespace': {
    ...flown,
    actions: [{ kind: 'deleteNamespace', at, namespace: 'ops' }],
  },
  'a new task for no aircraft': {
    ...flown,
    actions: [
      {
        kind: 'edit',
        at,
        mission: 'm1',
        edit: { kind: 'addTask', pick: 0, task: { name: 't2', aircraft: 'glider' } },
      },
    ],
  },
  'two kubelets of one aircraft': {
    ...flown,
    faults: [{ kind: 'twin', part: 'fleet', at, forMs: 1 }],
  },
}

test('the mission that those are made of can be played, its gang as large as the fleet', () => {
  assert.ok(isPlayable(flown))
  assert.ok(isPlayable(flying({ ...gang, flightTasks: [{ ...task, count: slots }] })))
})

for (const [name, scenario] of Object.entries(UNPLAYABLE)) {
  test(`${name} cannot be played`, () => assert.ok(!isPlayable(scenario)))
}
