import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@sortie/machinery'
import { at, instant, makePod, makeWeapon, type PodOptions } from '../flighttask/fixtures.ts'
import { decideWeapon, weaponUrgency } from './decide.ts'
import { createFleetTypes } from './fleettypes.ts'
import { observeWeapon, type WeaponObservation } from './observation.ts'
import { mostAway } from './rollout.ts'

interface Options {
  readonly spec?: JsonObject
  readonly status?: object
  readonly annotations?: Readonly<Record<string, string>>
  readonly pods?: readonly ReturnType<typeof carrier>[]
  readonly awaited?: number
  readonly fleetTypes?: readonly string[]
}

function observe({
  spec = {},
  status,
  annotations,
  pods = [],
  awaited = 0,
  fleetTypes = [],
}: Options = {}): WeaponObservation {
  const options = {
    spec: { image: { repository: 'radar', tag: '2' }, ...spec },
    ...(annotations === undefined ? {} : { annotations }),
  }
  const weapon = { ...makeWeapon('radar', options), ...(status === undefined ? {} : { status }) }
  return observeWeapon(weapon, { pods, awaited, fleetTypes })
}

/** A pod that carries the radar with this image. */
function carrier(index: number, image: string, options: PodOptions = {}) {
  return makePod({
    name: `pod-${index}`,
    uid: `uid-${index}`,
    node: 'viper-1',
    phase: 'Running',
    state: { running: { startedAt: at(1) } },
    ...options,
    spec: { initContainers: [{ name: 'weapon-radar', image }], ...options.spec },
    annotations: {
      'airforce.airforce.mil/weapons': 'weapon-radar=default/radar',
      ...options.annotations,
    },
  })
}

/** @param seconds since the pods were made */
const decide = (options: Options, seconds = 0) => decideWeapon(observe(options), instant(seconds))
const strategy = (type: string, rollingUpdate?: JsonObject): JsonObject => ({
  updateStrategy: { type, ...(rollingUpdate === undefined ? {} : { rollingUpdate }) },
})
const replaced = (options: Options) =>
  decide(options, 10).operations.map(
    (operation) => operation.kind === 'patch' && `${operation.patch.type} ${operation.ref.name}`,
  )

test('phases', async (t) => {
  const old = [carrier(1, 'radar:1')]
  const cases: readonly [string, Options, string][] = [
    ['Available at first', {}, 'Available'],
    ['Available when all pods carry its image', { pods: [carrier(1, 'radar:2')] }, 'Available'],
    [
      'Updating while one carries another',
      { pods: [carrier(1, 'radar:2'), carrier(2, 'radar:1')] },
      'Updating',
    ],
    [
      'Available when that one has ended',
      { pods: [carrier(2, 'radar:1', { phase: 'Succeeded' })] },
      'Available',
    ],
    [
      'Deprecated by its annotation',
      { annotations: { 'airforce.airforce.mil/deprecated': 'true' } },
      'Deprecated',
    ],
    [
      'Deprecated whatever its pods carry',
      { annotations: { 'airforce.airforce.mil/deprecated': 'true' }, pods: old },
      'Deprecated',
    ],
    ['Deprecated as a person set it', { status: { phase: 'Deprecated' } }, 'Deprecated'],
    [
      'Available when the annotation takes it back',
      {
        status: { phase: 'Deprecated' },
        annotations: { 'airforce.airforce.mil/deprecated': 'false' },
      },
      'Available',
    ],
    ['Available without an image', { spec: { image: {} }, pods: old }, 'Available'],
  ]
  for (const [name, options, phase] of cases) {
    await t.test(name, () => assert.equal(decide(options).status.phase, phase))
  }
})

test('the condition RolledOut says how many pods carry another image, from the first change on', async (t) => {
  const old = carrier(1, 'radar:1')
  const rolling = decide({ pods: [old] }).status
  const cases: readonly [string, Options, string | undefined][] = [
    ['nothing before there was a change', { pods: [carrier(1, 'radar:2')] }, undefined],
    [
      'one pod',
      { pods: [old, carrier(2, 'radar:2')] },
      'False ImageChanged: one pod carries another image than radar:2 (OnNextTask)',
    ],
    [
      'two pods, and by which strategy',
      { pods: [old, carrier(2, 'radar:0')], spec: strategy('HotReload') },
      'False ImageChanged: 2 pods carry another image than radar:2 (HotReload)',
    ],
    [
      'done, when none is left',
      { pods: [carrier(1, 'radar:2')], status: rolling },
      'True RolledOut: all pods carry radar:2',
    ],
    [
      'nothing where the conditions are of another kind',
      {
        status: {
          conditions: [
            { type: 'Odd', status: 'True', reason: 'O', message: '', lastTransitionTime: at(0) },
          ],
        },
      },
      undefined,
    ],
  ]
  for (const [name, options, said] of cases) {
    await t.test(name, () => {
      const { conditions, observedGeneration } = decide(options).status
      const found = conditions?.find(({ type }) => type === 'RolledOut')
      assert.equal(found && `${found.status} ${found.reason}: ${found.message}`, said)
      assert.equal(observedGeneration, observe(options).generation)
    })
  }
})

test('usage: live pods are counted once each, what was fired is for tasks to say', () => {
  const twice = carrier(1, 'radar:2')
  const { usage } = decide({
    pods: [twice, carrier(2, 'radar:2'), carrier(3, 'radar:2', { phase: 'Failed' })],
    status: { usage: { totalDeployed: 9, totalFired: 4, successRate: 50 } },
  }).status
  assert.deepEqual(usage, { totalDeployed: 2, totalFired: 4, successRate: 50 })
})

test('pods are asked to be replaced, in words, and no other of the same name', () => {
  const plan = decide({ pods: [carrier(1, 'radar:1')], spec: strategy('Recreate') }, 10)
  const [operation] = plan.operations
  assert.ok(operation?.kind === 'patch')
  assert.deepEqual(operation.patch.body, {
    metadata: {
      annotations: {
        'airforce.airforce.mil/replace': 'weapon default/radar has the image radar:2 now',
      },
    },
  })
  assert.equal(operation.ref.uid, 'uid-1')
})

test('pods that are to be replaced later are looked at again when the first has settled', () => {
  const late = carrier(2, 'radar:1', { metadata: { creationTimestamp: at(1) } })
  const options = { pods: [late, carrier(1, 'radar:1')], spec: strategy('Recreate') }
  assert.equal(decide(options, 1).requeueAt, instant(2))
  assert.equal(decide(options, 2).requeueAt, instant(3))
})

test('a weapon that is being deleted is left as it is', () => {
  const observed = { ...observe({ pods: [carrier(1, 'radar:1')] }), deleting: true }
  const { operations, status, events } = decideWeapon(observed, instant(10))
  assert.deepEqual(operations, [])
  assert.equal(status, observed.status)
  assert.deepEqual(events, [])
})

test('compatibility: one row per type of its spec and of the fleet, sorted', () => {
  const { status } = decide({
    spec: { compatibility: { aircraftTypes: ['f22', 'j20'] } },
    fleetTypes: ['b2', 'j20'],
  })
  assert.deepEqual(status.compatibilityChecks, [
    { aircraftType: 'b2', compatible: false, lastChecked: at(0) },
    { aircraftType: 'f22', compatible: true, lastChecked: at(0) },
    { aircraftType: 'j20', compatible: true, lastChecked: at(0) },
  ])
})

test('a weapon that names no type fits every one', () => {
  const { status } = decide({ fleetTypes: ['b2'] })
  assert.equal(status.compatibilityChecks?.[0]?.compatible, true)
})

test('an answer that stays keeps its time, one that turns gets a new one', () => {
  const first = decide({ fleetTypes: ['b2', 'j20'] }).status
  const spec = { compatibility: { aircraftTypes: ['j20'] } }
  const rows = decide({ spec, status: first, fleetTypes: ['b2', 'j20'] }, 60).status
    .compatibilityChecks
  assert.deepEqual(
    rows?.map(({ lastChecked }) => lastChecked),
    [at(60), at(0)],
  )
})

test('what is said twice is the same', () => {
  const options = { pods: [carrier(1, 'radar:1')], fleetTypes: ['b2'] }
  const { status } = decide(options)
  assert.deepEqual(decide({ ...options, status }, 900).status, status)
})

test('a change of image is an event, the first image is none', () => {
  assert.deepEqual(decide({}).events, [])
  const { events } = decide({ status: { currentImage: 'radar:1' } })
  assert.deepEqual(
    events.map(({ reason, type }) => [reason, type]),
    [['ImageChanged', 'Normal']],
  )
})

test('update strategies', async (t) => {
  const pods = [1, 2, 3, 4].map((index) => carrier(index, 'radar:1'))
  const leaving = carrier(9, 'radar:1', { metadata: { deletionTimestamp: at(30) } })
  const starting = carrier(8, 'radar:2', {
    phase: 'Pending',
    state: { waiting: { reason: 'ContainerCreating' } },
  })
  const unplaced = makePod({
    name: 'pod-7',
    uid: 'uid-7',
    annotations: { 'airforce.airforce.mil/weapons': 'weapon-radar=default/radar' },
    spec: { initContainers: [{ name: 'weapon-radar', image: 'radar:1' }] },
  })
  const rolling = (maxUnavailable?: number | string) =>
    strategy('RollingUpdate', maxUnavailable === undefined ? {} : { maxUnavailable })
  const cases: readonly [string, Options, readonly string[]][] = [
    ['OnNextTask does nothing', { pods, spec: strategy('OnNextTask') }, []],
    ['an unknown one does nothing', { pods, spec: strategy('Sometimes') }, []],
    [
      'HotReload patches each',
      { pods: pods.slice(0, 2), spec: strategy('HotReload') },
      ['json pod-1', 'json pod-2'],
    ],
    [
      'HotReload leaves what is up to date',
      { pods: [carrier(1, 'radar:2')], spec: strategy('HotReload') },
      [],
    ],
    ['HotReload leaves what is leaving', { pods: [leaving], spec: strategy('HotReload') }, []],
    [
      'Recreate replaces all',
      { pods: pods.slice(0, 2), spec: strategy('Recreate') },
      ['merge pod-1', 'merge pod-2'],
    ],
    [
      'Recreate patches what has no aircraft yet',
      { pods: [unplaced], spec: strategy('Recreate') },
      ['json pod-7'],
    ],
    ['RollingUpdate replaces one', { pods, spec: rolling() }, ['merge pod-1']],
    [
      'or as many as it may',
      { pods, spec: rolling(3) },
      ['merge pod-1', 'merge pod-2', 'merge pod-3'],
    ],
    ['or a share of them', { pods, spec: rolling('50%') }, ['merge pod-1', 'merge pod-2']],
    ['none while one leaves', { pods: [...pods, leaving], spec: rolling() }, []],
    ['none while one starts', { pods: [...pods, starting], spec: rolling() }, []],
    ['none while one is awaited', { pods, spec: rolling(), awaited: 1 }, []],
  ]
  for (const [name, options, expected] of cases) {
    await t.test(name, () => assert.deepEqual(replaced(options), expected))
  }
})

test('a pod that has just been made is replaced two seconds later', () => {
  const options = { pods: [carrier(1, 'radar:1')], spec: strategy('Recreate') }
  const early = decide(options, 1)
  assert.deepEqual(early.operations, [])
  assert.equal(early.requeueAt, instant(2))
  const due = decide(options, 2)
  assert.equal(due.operations.length, 1)
  assert.equal(due.requeueAt, undefined)
})

test('a reload names pod, container and image exactly', () => {
  const [operation] = decide({
    pods: [carrier(1, 'radar:1')],
    spec: strategy('HotReload'),
  }).operations
  assert.deepEqual(operation?.kind === 'patch' && operation.patch.body, [
    { op: 'test', path: '/metadata/uid', value: 'uid-1' },
    { op: 'test', path: '/spec/initContainers/0/name', value: 'weapon-radar' },
    { op: 'replace', path: '/spec/initContainers/0/image', value: 'radar:2' },
  ])
})

test('maxUnavailable', async (t) => {
  const cases: readonly [unknown, number, number][] = [
    [undefined, 10, 1],
    [3, 10, 3],
    ['3', 10, 3],
    ['25%', 10, 3],
    ['1%', 10, 1],
    ['100%', 10, 10],
    [0, 10, 1],
    [-5, 10, 1],
    [1.5, 10, 1],
    ['many', 10, 1],
    [{}, 10, 1],
    [null, 10, 1],
  ]
  for (const [value, pods, most] of cases) {
    await t.test(JSON.stringify(value) ?? 'missing', () =>
      assert.equal(mostAway(value, pods), most),
    )
  }
})

test('counters wait, everything else does not', async (t) => {
  const base = decide({ pods: [carrier(1, 'radar:1')], fleetTypes: ['b2'] }).status
  const cases: readonly [string, object, string][] = [
    ['nothing', {}, 'none'],
    ['a generation', { observedGeneration: 9 }, 'none'],
    ['pods', { usage: { totalDeployed: 5, totalFired: 0 } }, 'counters'],
    ['a phase', { phase: 'Available' }, 'now'],
    ['an image', { currentImage: 'radar:3' }, 'now'],
    ['a check', { compatibilityChecks: [] }, 'now'],
  ]
  for (const [name, change, urgency] of cases) {
    await t.test(name, () =>
      assert.equal(weaponUrgency(base, { ...base, ...change } as never), urgency),
    )
  }
})

test('the fleet’s types are counted node by node', () => {
  const fleet = createFleetTypes()
  assert.equal(fleet.move(undefined, 'j20'), true)
  assert.equal(fleet.move(undefined, 'j20'), false)
  assert.equal(fleet.move('j20', 'f22'), true)
  assert.deepEqual(fleet.types(), ['f22', 'j20'])
  assert.equal(fleet.move('j20', undefined), true)
  assert.equal(fleet.move('f22', 'f22'), false)
  assert.equal(fleet.move(undefined, ''), false)
  assert.deepEqual(fleet.types(), ['f22'])
  fleet.clear()
  assert.deepEqual(fleet.types(), [])
})
