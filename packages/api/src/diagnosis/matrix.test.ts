import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeObject, NodeSelectorRequirement, Pod, PodSpec } from '@sortie/machinery'
import fc from 'fast-check'
import { viewAircraft } from './aircraftview.ts'
import { type AircraftMatrix, matchAircraft } from './matrix.ts'

interface Aircraft {
  readonly type?: string
  readonly fuel?: number | string
  readonly hardpoints?: number
  readonly capabilities?: readonly string[]
  readonly status?: string
  readonly zone?: string
  readonly slots?: number
  readonly spec?: NodeObject['spec']
  readonly ready?: string
}

function makeNode(name: string, aircraft: Aircraft = {}): NodeObject {
  const { type = 'j20', fuel = 90, hardpoints = 6, status = 'ready', slots = 1 } = aircraft
  const capabilities = (aircraft.capabilities ?? []).map((capability) => [
    `aircraft.mil/capability.${capability}`,
    'true',
  ])
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'aircraft.mil/type': type,
        'aircraft.mil/status': status,
        'aircraft.mil/hardpoint.available': String(hardpoints),
        'aircraft.mil/location.zone': aircraft.zone ?? 'east',
        ...(fuel === 'unknown' ? {} : { 'aircraft.mil/fuel.level': String(fuel) }),
        ...Object.fromEntries(capabilities),
      },
    },
    ...(aircraft.spec === undefined ? {} : { spec: aircraft.spec }),
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', 'aircraft.mil/slot': String(slots) },
      conditions: [{ type: 'Ready', status: aircraft.ready ?? 'True', reason: 'Kubelet' }],
    },
  }
}

interface Wish {
  readonly type?: string
  readonly fuel?: number
  readonly hardpoints?: number
  readonly capabilities?: readonly string[]
  readonly zone?: string
  readonly requests?: Readonly<Record<string, string>>
  readonly more?: Partial<PodSpec>
}

/** A pod's spec as the operator writes it. */
function makeSpec({ type = 'j20', fuel, hardpoints, ...wish }: Wish = {}): PodSpec {
  const least = (label: string, amount: number | undefined): NodeSelectorRequirement[] =>
    amount === undefined
      ? []
      : [{ key: `aircraft.mil/${label}`, operator: 'Gt', values: [String(amount - 1)] }]
  const matchExpressions = [
    ...least('fuel.level', fuel),
    ...least('hardpoint.available', hardpoints),
    ...(wish.capabilities ?? []).map(
      (name): NodeSelectorRequirement => ({
        key: `aircraft.mil/capability.${name}`,
        operator: 'In',
        values: ['true'],
      }),
    ),
  ]
  const required = { nodeSelectorTerms: [{ matchExpressions }] }
  const zones = wish.zone === undefined ? [] : [wish.zone]
  const preferred = zones.map((zone) => ({
    weight: 50,
    preference: {
      matchExpressions: [
        { key: 'aircraft.mil/location.zone', operator: 'In' as const, values: [zone] },
      ],
    },
  }))
  const requests = { 'aircraft.mil/slot': '1', ...wish.requests }
  return {
    nodeSelector: { 'aircraft.mil/type': type, 'aircraft.mil/status': 'ready' },
    containers: [{ name: 'task', resources: { requests } }],
    affinity: {
      nodeAffinity: {
        ...(matchExpressions.length === 0
          ? {}
          : { requiredDuringSchedulingIgnoredDuringExecution: required }),
        preferredDuringSchedulingIgnoredDuringExecution: preferred,
      },
    },
    ...wish.more,
  }
}

function podOn(nodeName: string, phase: 'Running' | 'Succeeded' = 'Running'): Pod {
  const spec = { ...makeSpec(), nodeName }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec, status: { phase } }
}

const match = (
  fleet: Readonly<Record<string, Aircraft>>,
  wish: Wish = {},
  pods: readonly Pod[] = [],
): AircraftMatrix => {
  const nodes = Object.entries(fleet).map(([name, aircraft]) => makeNode(name, aircraft))
  return matchAircraft(makeSpec(wish), viewAircraft(nodes, pods))
}
const funnel = ({ requirements }: AircraftMatrix): string[] =>
  requirements
    .filter(({ rejected }) => rejected > 0)
    .map(({ text, rejected, left }) => `${text}: ${rejected} out, ${left} left`)

describe('the requirements of a pod', () => {
  test('are counted one after the other, as chips show them', () => {
    const fleet = {
      a: {},
      b: { type: 'h6k' },
      c: { fuel: 40 },
      d: { fuel: 50, hardpoints: 2 },
      e: { hardpoints: 2 },
      f: { capabilities: ['stealth'] },
    }
    const wish = { fuel: 60, hardpoints: 4, capabilities: ['stealth'] }
    assert.deepEqual(funnel(match(fleet, wish)), [
      'type j20: 1 out, 5 left',
      'capability stealth: 4 out, 1 left',
    ])
    assert.deepEqual(
      match(fleet, wish)
        .requirements.map(({ code, failing }) => [code, failing])
        .slice(0, 4),
      [
        ['type', 1],
        ['capability', 5],
        ['fuel', 2],
        ['hardpoints', 2],
      ],
    )
  })

  test('name what the aircraft has', () => {
    const { aircraft, requirements } = match({ a: { fuel: 40 } }, { fuel: 60 })
    const at = requirements.findIndex(({ code }) => code === 'fuel')
    assert.deepEqual(aircraft[0]?.verdicts[at], { passes: false, has: '40' })
  })

  test('a location that is only preferred refuses nobody', () => {
    const { requirements, fitting } = match({ a: {} }, { zone: 'west' })
    const location = requirements.find(({ code }) => code === 'location')
    assert.deepEqual([fitting, location?.rejected, location?.failing], [1, 0, 1])
  })

  test('what is taken is not what is lacking', () => {
    const matrix = match({ a: {}, b: {} }, {}, [podOn('a'), podOn('b', 'Succeeded')])
    assert.deepEqual([matrix.fitting, matrix.suitable], [1, 2])
    assert.deepEqual(
      matrix.aircraft.map(({ node, fits, couldFit }) => [node, fits, couldFit]),
      [
        ['b', true, true],
        ['a', false, true],
      ],
    )
  })

  test('of several terms one must hold; what all of them ask for is asked for by itself', () => {
    const term = (zone: string) => ({
      matchExpressions: [
        { key: 'aircraft.mil/fuel.level', operator: 'Gt' as const, values: ['59'] },
        { key: 'aircraft.mil/location.zone', operator: 'In' as const, values: [zone] },
      ],
    })
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [term('north'), term('south')],
        },
      },
    }
    const matrix = match({ a: { zone: 'south' }, b: {}, c: { fuel: 10 } }, { more: { affinity } })
    assert.equal(matrix.fitting, 1)
    assert.deepEqual(
      funnel(matrix).map((line) => line.split(':')[0]?.slice(0, 12)),
      ['fuel ≥ 60', 'aircraft.mil'],
    )
  })

  test('nodes that are no aircraft do not count where there are aircraft', () => {
    const plain = { ...makeNode('plain'), metadata: { name: 'plain' } }
    const spec = makeSpec()
    assert.equal(matchAircraft(spec, viewAircraft([plain, makeNode('a')], [])).aircraft.length, 1)
    assert.equal(matchAircraft(spec, viewAircraft([plain], [])).aircraft.length, 1)
  })
})

describe('the nearest miss', () => {
  const taint = (key: string) => ({ taints: [{ key, effect: 'NoSchedule' as const }] })
  const cases: Readonly<
    Record<string, readonly [Readonly<Record<string, Aircraft>>, Wish, string | undefined]>
  > = {
    'is none where one fits': [{ a: {} }, { fuel: 60 }, undefined],
    'is a little less fuel, for all that have as much': [
      { a: { fuel: 40 }, b: { fuel: 55 }, c: { fuel: 58 }, d: { fuel: 58 } },
      { fuel: 60 },
      '2 aircraft would fit if fuel ≥ 58 instead of 60',
    ],
    'is fuel rather than another type': [
      { a: { fuel: 10 }, b: { type: 'h6k' } },
      { fuel: 60 },
      '1 aircraft would fit if fuel ≥ 10 instead of 60',
    ],
    'is the type where nothing else is wrong': [
      { a: { fuel: 10, hardpoints: 1 }, b: { type: 'h6k' }, c: { type: 'h6k' } },
      { fuel: 60, hardpoints: 4 },
      '2 aircraft would fit if type h6k instead of j20',
    ],
    'is two changes where one is not enough': [
      { a: { fuel: 50, hardpoints: 3 } },
      { fuel: 60, hardpoints: 4 },
      '1 aircraft would fit if fuel ≥ 50 instead of 60 and hardpoints ≥ 3 instead of 4',
    ],
    'is fuel that nobody knows': [
      { a: { fuel: 'unknown' } },
      { fuel: 60 },
      '1 aircraft would fit if no fuel were asked for',
    ],
    'is a capability': [
      { a: {} },
      { capabilities: ['stealth'] },
      '1 aircraft would fit if capability stealth were not asked for',
    ],
    'is maintenance': [
      { a: { status: 'maintenance' } },
      {},
      '1 aircraft would fit if its status were ready instead of maintenance',
    ],
    'is a cordon': [
      { a: { spec: { unschedulable: true } } },
      {},
      '1 aircraft would fit if it were not cordoned',
    ],
    'is a quarantine': [
      { a: { spec: taint('aircraft.mil/quarantine') } },
      {},
      '1 aircraft would fit if its quarantine were over',
    ],
    'is another taint': [
      { a: { spec: taint('only-for') } },
      {},
      '1 aircraft would fit if the taint only-for=:NoSchedule were tolerated',
    ],
    'is a node that is not ready': [
      { a: { ready: 'Unknown' } },
      {},
      '1 aircraft would fit if its node were ready',
    ],
    'is more than the aircraft has of a resource': [
      { a: {} },
      { requests: { cpu: '6' } },
      '1 aircraft would fit if cpu 4 instead of 6',
    ],
  }
  for (const [name, [fleet, wish, text]] of Object.entries(cases)) {
    test(name, () => assert.equal(match(fleet, wish).relaxations[0]?.text, text))
  }

  const anAircraft = fc.record({
    type: fc.constantFrom('j20', 'h6k'),
    fuel: fc.integer({ min: 0, max: 100 }),
    hardpoints: fc.integer({ min: 0, max: 8 }),
    capabilities: fc.subarray(['stealth', 'ew']),
    status: fc.constantFrom('ready', 'maintenance'),
  })
  const aWish = fc.record({
    fuel: fc.integer({ min: 1, max: 100 }),
    hardpoints: fc.integer({ min: 1, max: 8 }),
    capabilities: fc.subarray(['stealth', 'ew']),
  })

  test('is true: what is relaxed so places the pod on as many aircraft as it says', () => {
    fc.assert(
      fc.property(fc.array(anAircraft, { minLength: 1, maxLength: 6 }), aWish, (list, wish) => {
        const fleet = Object.fromEntries(list.map((one, index) => [`a${index}`, one]))
        for (const relaxation of match(fleet, wish).relaxations) {
          const eased = relaxation.changes.reduce(ease, { wish, fleet })
          const { aircraft } = match(eased.fleet, eased.wish)
          const fitting = aircraft.filter(({ fits }) => fits).map(({ node }) => node)
          assert.equal(fitting.length, relaxation.count, relaxation.text)
          for (const name of relaxation.aircraft) assert.ok(fitting.includes(name))
        }
      }),
    )
  })

  test('asks for the fewest changes that will do', () => {
    fc.assert(
      fc.property(fc.array(anAircraft, { minLength: 1, maxLength: 6 }), aWish, (list, wish) => {
        const fleet = Object.fromEntries(list.map((one, index) => [`a${index}`, one]))
        const { relaxations, aircraft, suitable } = match(fleet, wish)
        if (suitable > 0) return assert.equal(relaxations.length, 0)
        const fewest = Math.min(
          ...aircraft.map(({ verdicts }) => verdicts.filter(({ passes }) => !passes).length),
        )
        for (const { changes } of relaxations) assert.equal(changes.length, fewest)
      }),
    )
  })
})

interface Eased {
  readonly wish: Wish
  readonly fleet: Readonly<Record<string, Aircraft>>
}

/** The world as it is once a change has been made. */
function ease(
  { wish, fleet }: Eased,
  change: AircraftMatrix['relaxations'][number]['changes'][number],
): Eased {
  const { code, subject, to } = change
  if (code === 'fuel' || code === 'hardpoints')
    return { fleet, wish: { ...wish, [code]: Number(to) } }
  if (code === 'type') return { fleet, wish: { ...wish, type: to } }
  if (code === 'capability') {
    const capabilities = (wish.capabilities ?? []).filter((name) => name !== subject)
    return { fleet, wish: { ...wish, capabilities } }
  }
  assert.equal(code, 'status')
  const mended = Object.entries(fleet).map(([name, one]) => [name, { ...one, status: to }])
  return { wish, fleet: Object.fromEntries(mended) as Eased['fleet'] }
}
