import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPodPolicy, type FlightTask, parseAircraft } from '@sortie/api'
import type { KubeObject, NodeObject, Pod, Stored } from '@sortie/machinery'
import fc from 'fast-check'
import { observeAircraft } from '../aircraft/controller.ts'
import { decideAircraft } from '../aircraft/decide.ts'
import { readCandidate } from '../aircraft/facts.ts'
import { readLoadoutItem, readPod, readTaskOrder, readWeapon } from '../pod/index.ts'
import { decideWeapon } from '../weapon/decide.ts'
import { observeWeapon } from '../weapon/observation.ts'
import { decideTask } from './decide.ts'
import { isSuspended, readCancellation, readMissionFacts } from './facts.ts'
import { makePod, makeTask, makeWeapon, NOW, startObservation } from './fixtures.ts'
import { urgencyOf } from './gathering.ts'
import type { TaskObservation } from './observation.ts'
import { readStatus } from './observe.ts'

const LONG = 'x'.repeat(1_000_000)
const words = fc.oneof(
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'toString',
    'Always',
    'hp1',
    '歼-20',
    '🚀',
    '\u0000',
    '$(X)',
    '-1',
    '1e400',
    LONG,
  ),
  fc.string(),
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    words,
    fc.integer(),
    fc.constantFrom(null, true, false, 1e308, -0.5, Number.MAX_SAFE_INTEGER),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(words, tie('value'), { maxKeys: 3 }),
  ),
})).value

/** An object with the fields that the code looks at, each present or not, of any type. */
const shaped = (...keys: readonly string[]) =>
  fc.record(Object.fromEntries(keys.map((key) => [key, json])), { requiredKeys: [] })

const container = fc.oneof(
  json,
  shaped('name', 'image', 'env', 'volumeMounts', 'resources', 'restartPolicy'),
)
const lists = (item: fc.Arbitrary<unknown>) => fc.oneof(json, fc.array(item, { maxLength: 3 }))
const podSpec = fc.record(
  {
    containers: lists(container),
    initContainers: lists(container),
    volumes: lists(shaped('name', 'emptyDir', 'hostPath')),
    restartPolicy: json,
    nodeSelector: json,
    affinity: fc.oneof(
      json,
      fc.record({
        nodeAffinity: fc.oneof(
          json,
          shaped(
            'requiredDuringSchedulingIgnoredDuringExecution',
            'preferredDuringSchedulingIgnoredDuringExecution',
          ),
        ),
      }),
    ),
    nodeName: json,
  },
  { requiredKeys: [] },
)
const taskSpec = fc.record(
  {
    aircraftRequirement: fc.oneof(
      json,
      shaped('type', 'minFuelLevel', 'capabilities', 'requiredHardpoints', 'preferredLocation'),
    ),
    role: json,
    taskParams: json,
    weaponLoadout: lists(shaped('weaponRef', 'weapon', 'quantity', 'mountPoints')),
    podTemplate: fc.oneof(json, fc.record({ metadata: json, spec: podSpec }, { requiredKeys: [] })),
    retry: fc.oneof(json, shaped('maxRetries', 'retryStrategy', 'backoff')),
    startGates: lists(shaped('name')),
    timeout: json,
    stageRef: json,
    coordination: json,
    cancellationPolicy: json,
    missionRef: json,
    gang: json,
  },
  { requiredKeys: [] },
)
const containerStatus = shaped('name', 'state', 'lastState', 'ready')
const podStatus = fc.record(
  {
    phase: fc.oneof(json, fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed')),
    reason: json,
    conditions: lists(shaped('type', 'status', 'reason', 'message', 'lastTransitionTime')),
    containerStatuses: lists(containerStatus),
    initContainerStatuses: lists(containerStatus),
  },
  { requiredKeys: [] },
)
const taskStatus = fc.record(
  {
    phase: fc.constantFrom(
      'Pending',
      'Scheduled',
      'Running',
      'Succeeded',
      'Failed',
      'Dancing',
      undefined,
    ),
    podRef: fc.constantFrom(undefined, {}, { uid: 'pod-0' }, { uid: 'other', name: 'other' }),
    retryCount: fc.constantFrom(undefined, 0, 3),
    startTime: fc.constantFrom(undefined, 'yesterday', '2026-01-05T08:00:00Z'),
    nextRetryTime: fc.constantFrom(undefined, 'tomorrow', '2026-01-05T08:00:00Z'),
  },
  { requiredKeys: [] },
)

function observation(
  task: Stored<FlightTask>,
  pods: readonly Stored<Pod>[] = [],
  confirmed = false,
): TaskObservation {
  const order = readTaskOrder(task)
  const weapons = order.loadout.map(({ weapon }) => makeWeapon(weapon))
  return {
    order,
    facts: readMissionFacts(task),
    generation: 1,
    status: readStatus(task),
    deleting: false,
    suspended: isSuspended(task),
    ...readCancellation(task),
    heldByStage: undefined,
    stageBusy: false,
    pods: pods.map((pod) => readPod(pod)),
    troubledNodes: new Map(),
    podConfirmedGone: confirmed,
    cornered: confirmed,
    ghost: undefined,
    failedScheduling: 0,
    creation: undefined,
    nameTaken: false,
    start: startObservation(weapons, {
      loadout: { items: order.loadout },
      rules: (pod) => checkPodPolicy(pod),
    }),
  }
}

test('a task of any shape, with pods of any shape, is decided without an error', () => {
  fc.assert(
    fc.property(
      fc.record({ spec: taskSpec, status: taskStatus }),
      fc.array(podStatus, { maxLength: 2 }),
      fc.boolean(),
      ({ spec, status }, pods, confirmed) => {
        const task = makeTask(spec, { status })
        const made = pods.map((held, index) =>
          makePod({ uid: `pod-${index}`, node: 'viper-1', status: held as never }),
        )
        const observed = observation(task, made, confirmed)
        const plan = decideTask(observed, { now: NOW, random: { next: () => 0.5, uuid: () => '' } })
        assert.ok(plan.status.phase)
        urgencyOf(observed.status, plan.status)
        JSON.stringify(plan)
      },
    ),
    { numRuns: 300 },
  )
})

test('what is decided of a hostile task stays small enough to store, but for what the user wrote', () => {
  fc.assert(
    fc.property(taskSpec, (spec) => {
      const observed = observation(makeTask(spec))
      const { status } = decideTask(observed, {
        now: NOW,
        random: { next: () => 0, uuid: () => '' },
      })
      assert.ok(JSON.stringify(status).length < 65_536)
    }),
    { numRuns: 200 },
  )
})

test('nothing reaches the prototype of all objects', () => {
  const spec = JSON.parse(
    '{"podTemplate":{"metadata":{"labels":{"__proto__":"x"}},"spec":{"containers":[{"name":"a","__proto__":{"polluted":1}}],"nodeSelector":{"__proto__":"y"}}}}',
  )
  decideTask(observation(makeTask(spec)), {
    now: NOW,
    random: { next: () => 0, uuid: () => '' },
  })
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('a weapon of any shape is read and decided without an error', () => {
  const weapon = fc.record({
    spec: fc.oneof(
      json,
      shaped('image', 'compatibility', 'container', 'resources', 'updateStrategy', 'weaponName'),
    ),
    status: fc.oneof(fc.constant(undefined), shaped('usage')),
  })
  fc.assert(
    fc.property(weapon, fc.array(podStatus, { maxLength: 2 }), ({ spec, status }, pods) => {
      const object = { ...makeWeapon('radar'), spec, status } as unknown as Stored<KubeObject>
      readWeapon(object)
      const annotations = { 'airforce.airforce.mil/weapons': 'task=default/radar' }
      const carriers = pods.map((held) => makePod({ annotations, status: held as never }))
      const observed = observeWeapon(object, { pods: carriers, awaited: 0, fleetTypes: ['j20'] })
      assert.ok(decideWeapon(observed, NOW).status.phase)
    }),
    { numRuns: 200 },
  )
})

test('a node of any shape is read and decided without an error', () => {
  const label = fc.constantFrom(
    'aircraft.mil/type',
    'aircraft.mil/fuel.level',
    'aircraft.mil/hardpoint.total',
    'aircraft.mil/mission.current',
    'aircraft.mil/status',
    '__proto__',
  )
  const node = fc.record({
    metadata: fc.record({
      labels: fc.dictionary(label, words),
      annotations: fc.dictionary(
        fc.constantFrom('aircraft.mil/hardpoints', 'aircraft.mil/slots'),
        words,
      ),
    }),
    spec: fc.oneof(json, shaped('taints', 'unschedulable')),
    status: fc.oneof(json, shaped('capacity', 'allocatable', 'conditions')),
  })
  fc.assert(
    fc.property(node, ({ metadata, spec, status }) => {
      const object = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'n', uid: 'u', resourceVersion: '1', ...metadata },
        spec,
        status,
      } as unknown as Stored<NodeObject>
      parseAircraft(object)
      readCandidate(object)
      const memory = { idleSince: undefined, announcedAt: undefined, toldProblems: undefined }
      JSON.stringify(decideAircraft(observeAircraft(object, [], memory), NOW))
    }),
    { numRuns: 300 },
  )
})

test('a loadout item of any shape is read or left out', () => {
  fc.assert(
    fc.property(shaped('weaponRef', 'weapon', 'quantity', 'mountPoints'), (item) => {
      for (const { weapon, quantity } of readLoadoutItem(item as never)) {
        assert.ok(weapon.length > 0)
        assert.ok(quantity >= 0)
      }
    }),
  )
})
