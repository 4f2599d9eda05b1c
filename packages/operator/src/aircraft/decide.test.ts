import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAircraft } from '@sortie/api'
import { makeAircraft } from '@sortie/testing'
import { at, instant, makePod } from '../flighttask/fixtures.ts'
import { observeAircraft } from './controller.ts'
import { type AircraftObservation, decideAircraft, type Occupant } from './decide.ts'
import { canTake, notReadySince, readCandidate } from './facts.ts'

type Aircraft = NonNullable<Parameters<typeof makeAircraft>[1]>

function observe(
  options: Aircraft = {},
  changes: Partial<AircraftObservation> = {},
): AircraftObservation {
  const node = makeAircraft('viper-1', {
    labels: { 'aircraft.mil/fuel.status': 'high', ...options.labels },
    ...options,
  })
  const stored = {
    ...node,
    metadata: {
      ...node.metadata,
      name: 'viper-1',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: at(0),
    },
  }
  const memory = { idleSince: undefined, announcedAt: undefined, toldProblems: undefined }
  return { ...observeAircraft(stored, [], memory), ...changes }
}

const decide = (observed: AircraftObservation, seconds = 0) =>
  decideAircraft(observed, instant(seconds))
const bodies = (observed: AircraftObservation, seconds = 0) =>
  decide(observed, seconds).operations.map(
    (operation) => operation.kind === 'patch' && operation.patch.body,
  )
const occupant = (task: string, seconds: number): Occupant => ({ task, since: instant(seconds) })
const announced = (task: string | null) => [
  { metadata: { labels: { 'aircraft.mil/mission.current': task } } },
]

test('an aircraft that says everything itself needs nothing', () => {
  const labels = { 'aircraft.mil/fuel.status': 'high' }
  assert.deepEqual(bodies(observe({ labels })), [])
})

test('what is advertised', async (t) => {
  const empty = { capacity: {}, allocatable: {} }
  const both = (resources: object) => [{ status: { capacity: resources, allocatable: resources } }]
  const slot = 'aircraft.mil/slot'
  const hardpoint = 'aircraft.mil/hardpoint'
  const cases: readonly [string, Partial<AircraftObservation>, readonly object[]][] = [
    ['both, where both are missing', empty, both({ [slot]: '1', [hardpoint]: '6' })],
    [
      'both again, where a kubelet set them to nought',
      { capacity: { [slot]: '0', [hardpoint]: '0' } },
      both({ [slot]: '1', [hardpoint]: '6' }),
    ],
    ['one, where one is missing', { allocatable: { [slot]: '1' } }, both({ [hardpoint]: '6' })],
    [
      'more slots by the annotation',
      { ...empty, annotations: { 'aircraft.mil/slots': '4' } },
      both({ [slot]: '4', [hardpoint]: '6' }),
    ],
    [
      'no slot where the annotation says none',
      { ...empty, annotations: { 'aircraft.mil/slots': '0' } },
      both({ [hardpoint]: '6' }),
    ],
    [
      'no slot any more, where the annotation comes to say none',
      { annotations: { 'aircraft.mil/slots': '0' } },
      both({ [slot]: '0' }),
    ],
    [
      'other slots than there are, where the annotation came later',
      { annotations: { 'aircraft.mil/slots': '4' } },
      both({ [slot]: '4' }),
    ],
    [
      'no slots anew, where they are as annotated',
      { annotations: { 'aircraft.mil/slots': '1' } },
      [],
    ],
    [
      'one slot where the annotation is no number',
      { ...empty, annotations: { 'aircraft.mil/slots': 'many' } },
      both({ [slot]: '1', [hardpoint]: '6' }),
    ],
    [
      'nothing where other numbers are there',
      {
        capacity: { [slot]: '9', [hardpoint]: '2' },
        allocatable: { [slot]: '9', [hardpoint]: '2' },
      },
      [],
    ],
  ]
  for (const [name, changes, expected] of cases) {
    await t.test(name, () =>
      assert.deepEqual(
        bodies(observe({ labels: { 'aircraft.mil/fuel.status': 'high' } }, changes)),
        expected,
      ),
    )
  }
})

test('fuel.status by fuel.level: low below 30, high above 70', async (t) => {
  const cases = [
    [0, 'low'],
    [29, 'low'],
    [30, 'medium'],
    [70, 'medium'],
    [71, 'high'],
    [100, 'high'],
  ] as const
  for (const [fuel, status] of cases) {
    await t.test(`${fuel}`, () =>
      assert.deepEqual(bodies(observe({ fuel, labels: {} }, { labels: {} })), [
        { metadata: { labels: { 'aircraft.mil/fuel.status': status } } },
      ]),
    )
  }
})

test('mission.current', async (t) => {
  const labels = { 'aircraft.mil/fuel.status': 'high' }
  const saying = (task: string) => ({ labels: { ...labels, 'aircraft.mil/mission.current': task } })
  const base = { labels }
  const cases: readonly [
    string,
    Partial<AircraftObservation>,
    number,
    readonly object[],
    number | undefined,
  ][] = [
    ['is not said at once', { ...base, occupants: [occupant('alpha', 0)] }, 4, [], instant(5)],
    [
      'but after a while',
      { ...base, occupants: [occupant('alpha', 0)] },
      5,
      announced('alpha'),
      undefined,
    ],
    [
      'is the one who has held it longest',
      { ...base, occupants: [occupant('beta', 1), occupant('alpha', 0)] },
      9,
      announced('alpha'),
      undefined,
    ],
    [
      'is told apart by name where two came in the same second, in whatever order they are found',
      { ...saying('alpha'), occupants: [occupant('beta', 0), occupant('alpha', 0)] },
      60,
      [],
      undefined,
    ],
    ['is said once', { ...saying('alpha'), occupants: [occupant('alpha', 0)] }, 60, [], undefined],
    [
      'moves at most every ten seconds',
      { ...saying('alpha'), occupants: [occupant('beta', 0)], announcedAt: instant(5) },
      14,
      [],
      instant(15),
    ],
    [
      'and then',
      { ...saying('alpha'), occupants: [occupant('beta', 0)], announcedAt: instant(5) },
      15,
      announced('beta'),
      undefined,
    ],
    [
      'stays for a while when it is free',
      { ...saying('alpha'), idleSince: instant(0) },
      4,
      [],
      instant(5),
    ],
    ['and goes then', { ...saying('alpha'), idleSince: instant(0) }, 5, announced(null), undefined],
    [
      'is made a label value',
      { ...base, occupants: [occupant('ü'.repeat(100), 0)] },
      9,
      [],
      undefined,
    ],
  ]
  for (const [name, changes, seconds, expected, requeueAt] of cases) {
    await t.test(name, () => {
      const plan = decide(observe({}, changes), seconds)
      if (name.startsWith('is made'))
        return assert.match(
          JSON.stringify(plan.operations),
          /"aircraft\.mil\/mission\.current":"[-0-9a-v]{1,63}"/,
        )
      assert.deepEqual(
        plan.operations.map((operation) => operation.kind === 'patch' && operation.patch.body),
        expected,
      )
      assert.equal(plan.requeueAt, requeueAt)
      assert.equal(plan.announces, expected.length > 0)
    })
  }
})

test('quarantine', async (t) => {
  const labels = { 'aircraft.mil/fuel.status': 'high' }
  const taint = (changes: object = {}) => ({
    key: 'aircraft.mil/quarantine',
    effect: 'NoSchedule' as const,
    timeAdded: at(0),
    ...changes,
  })
  const { timeAdded: _none, ...ownTaint } = taint()
  const failures = (...seconds: number[]) => seconds.map((each) => instant(each))
  const cases: readonly [
    string,
    Partial<AircraftObservation>,
    number,
    readonly string[] | undefined,
    number | undefined,
  ][] = [
    ['not after two failures', { failures: failures(1, 2) }, 3, undefined, undefined],
    [
      'after three within ten minutes',
      { failures: failures(1, 2, 590) },
      600,
      ['aircraft.mil/quarantine'],
      instant(1200),
    ],
    [
      'not after three in more than that',
      { failures: failures(1, 2, 602) },
      602,
      undefined,
      undefined,
    ],
    ['for ten minutes', { taints: [taint()] }, 599, undefined, instant(600)],
    ['and not longer', { taints: [taint()] }, 600, [], undefined],
    ['a person’s own taint is theirs', { taints: [ownTaint] }, 9999, undefined, undefined],
    [
      'others stay',
      { taints: [{ key: 'theirs', effect: 'NoExecute' }, taint()] },
      600,
      ['theirs'],
      undefined,
    ],
  ]
  for (const [name, changes, seconds, taints, requeueAt] of cases) {
    await t.test(name, () => {
      const plan = decide(observe({}, { labels, ...changes }), seconds)
      const [operation] = plan.operations
      const body =
        operation?.kind === 'patch'
          ? (operation.patch.body as { spec?: { taints?: { key: string }[] } })
          : undefined
      assert.deepEqual(
        body?.spec?.taints?.map(({ key }) => key),
        taints,
      )
      assert.equal(plan.requeueAt, requeueAt)
      if (operation?.kind === 'patch') assert.equal(operation.ref.resourceVersion, '7')
    })
  }
})

test('a quarantine is told when it begins and when it is over, and says when that is', () => {
  const begins = decide(observe({}, { failures: [1, 2, 3].map(instant) }), 10)
  assert.deepEqual(begins.events, [
    {
      type: 'Warning',
      reason: 'Quarantined',
      message: '3 tasks failed on it within 10 minutes; it gets no other for 10 minutes',
    },
  ])
  const theirs = { key: 'theirs', effect: 'NoExecute' as const }
  const taint = {
    key: 'aircraft.mil/quarantine',
    effect: 'NoSchedule' as const,
    timeAdded: at(10),
  }
  const tainted = observe({}, { taints: [theirs], failures: [1, 2, 3].map(instant) })
  const [body] = bodies(tainted, 10) as [{ spec?: { taints?: unknown } }]
  assert.deepEqual(body.spec?.taints, [theirs, taint])
  const over = decide(observe({}, { taints: [taint] }), 610)
  assert.deepEqual(over.events, [
    { type: 'Normal', reason: 'Released', message: 'the quarantine is over' },
  ])
})

test('a failure of exactly ten minutes ago does not count any more', () => {
  const failures = [0, 300, 600].map(instant)
  assert.deepEqual(decide(observe({}, { failures }), 600).events, [])
})

test('a patch is for the node of that uid', () => {
  const empty = { capacity: {}, allocatable: {} }
  const { operations } = decide(observe({}, { ...empty, failures: [1, 2, 3].map(instant) }), 10)
  assert.deepEqual(
    operations.map((one) => one.kind === 'patch' && [one.ref.name, one.ref.uid, one.subresource]),
    [
      ['viper-1', 'u', 'status'],
      ['viper-1', 'u', undefined],
    ],
  )
})

test('what is due first decides when the aircraft is looked at again', () => {
  const taint = { key: 'aircraft.mil/quarantine', effect: 'NoSchedule' as const, timeAdded: at(0) }
  const observed = observe({}, { taints: [taint], occupants: [occupant('a', 100)] })
  assert.equal(decide(observed, 101).requeueAt, instant(105))
})

test('a node that is no aircraft is left alone', () => {
  const plan = decide({ ...observe(), reading: { kind: 'none' } }, 10)
  assert.deepEqual(plan, {
    operations: [],
    events: [],
    requeueAt: undefined,
    announces: false,
    problems: undefined,
  })
})

test('what is wrong with labels is told once, and again when something else is', () => {
  const bad = observe({ labels: { 'aircraft.mil/fuel.level': 'full' } })
  const first = decide(bad)
  assert.equal(first.events[0]?.reason, 'InvalidAircraftLabel')
  assert.match(first.events[0]?.message ?? '', /fuel\.level.*full.*no task is flown with it/)
  assert.deepEqual(decide({ ...bad, toldProblems: first.problems }).events, [])
  assert.equal(decide({ ...bad, toldProblems: 'other' }).events.length, 1)
})

test('occupants and failures are read from the pods of tasks', () => {
  const owner = {
    ownerReferences: [
      { apiVersion: 'v1', kind: 'FlightTask', name: 'alpha', uid: 'u', controller: true },
    ],
  }
  const ended = { terminated: { exitCode: 1, startedAt: at(1), finishedAt: at(5) } }
  const pods = [
    makePod({
      uid: 'a',
      node: 'viper-1',
      phase: 'Running',
      metadata: owner,
      status: { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at(3) }] },
    }),
    makePod({ uid: 'b', node: 'viper-1', phase: 'Failed', state: ended, metadata: owner }),
    makePod({
      uid: 'c',
      node: 'viper-1',
      phase: 'Failed',
      metadata: owner,
      status: { reason: 'Evicted' },
    }),
    makePod({ uid: 'd', node: 'viper-1', phase: 'Running' }),
  ]
  const memory = { idleSince: undefined, announcedAt: undefined, toldProblems: undefined }
  const observed = observeAircraft(
    { ...makeAircraft('viper-1'), metadata: { name: 'viper-1' } } as never,
    pods,
    memory,
  )
  assert.deepEqual(observed.occupants, [occupant('alpha', 3)])
  assert.deepEqual(observed.failures, [instant(5)])
})

test('who could take a task', async (t) => {
  const need = {
    type: 'j20',
    minFuelLevel: 40,
    capabilities: ['ecm'],
    requiredHardpoints: 2,
    preferredLocation: undefined,
  }
  const able: Aircraft = { capabilities: ['ecm', 'stealth'] }
  const cases: readonly [string, Aircraft, boolean][] = [
    ['one that has it all', able, true],
    ['not another type', { ...able, type: 'f22' }, false],
    ['not with too little fuel', { ...able, fuel: 39 }, false],
    ['not with too few hardpoints', { ...able, hardpoints: 1 }, false],
    ['not without the capability', {}, false],
    ['not in maintenance', { ...able, status: 'maintenance' }, false],
  ]
  for (const [name, options, expected] of cases) {
    await t.test(name, () => {
      const candidate = readCandidate(makeAircraft('viper-1', options) as never)
      assert.equal(candidate !== undefined && canTake(candidate, need), expected)
    })
  }
  assert.equal(parseAircraft({ metadata: { name: 'plain' } }).kind, 'none')
  assert.equal(
    readCandidate({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'plain' } } as never),
    undefined,
  )
})

test('since when a node is not ready', () => {
  const node = (condition?: object) =>
    ({
      metadata: { creationTimestamp: at(1) },
      status: { conditions: condition === undefined ? [] : [{ type: 'Ready', ...condition }] },
    }) as never
  assert.equal(notReadySince(node()), undefined)
  assert.equal(notReadySince(node({ status: 'True' })), undefined)
  assert.equal(notReadySince(node({ status: 'Unknown', lastTransitionTime: at(9) })), instant(9))
  assert.equal(notReadySince(node({ status: 'False' })), instant(1))
})
