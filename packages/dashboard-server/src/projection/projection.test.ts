/** Objects of each kind to rows: by examples, and with every field missing that an API server lets go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  FlightTask,
  Mission,
  MissionStage,
  MissionTemplate,
  Weapon,
  WeaponLoadout,
} from '@sortie/api'
import type { EventObject, KubeObject, Lease, NodeObject, Pod, Stored } from '@sortie/machinery'
import { eventRow } from './event.ts'
import { leaseRow } from './lease.ts'
import { missionRow } from './mission.ts'
import { nodeRow, usageRow } from './node.ts'
import { podRow } from './pod.ts'
import { stageRow } from './stage.ts'
import { taskRow } from './task.ts'
import { loadoutRow, templateRow, weaponRow } from './weapon.ts'

const T = '2026-01-05T08:00:00Z'
const AT = Date.UTC(2026, 0, 5, 8)

function made<T extends KubeObject>(fields: object, metadata: object = {}): Stored<T> {
  const given = {
    name: 'x',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: T,
  }
  return { apiVersion: 'v1', kind: 'X', metadata: { ...given, ...metadata }, ...fields } as never
}
const condition = (type: string, status: string, reason = 'Because') => ({
  type,
  status,
  reason,
  message: 'why',
  lastTransitionTime: T,
})

test('a mission: its progress by stages and tasks, and what was asked of it', () => {
  const row = missionRow(
    made<Mission>({
      spec: {
        missionName: 'Dawn',
        priority: 'high',
        suspend: true,
        cancel: false,
        stages: [{ name: 'a' }, { name: 'b' }],
        config: { failurePolicy: { stageFailureAction: 'retry' } },
      },
      status: {
        phase: 'Running',
        stagesSummary: [
          { name: 'a', phase: 'Succeeded' },
          { name: 'b', phase: 'Running' },
        ],
        statistics: { totalFlightTasks: 9, runningTasks: 2, pendingTasks: 3, succeededTasks: 4 },
        startTime: T,
        stageRetries: { a: 1, b: 2 },
        conditions: [condition('SpecDrift', 'True')],
      },
    }),
  )
  assert.deepEqual(row, {
    uid: 'u',
    namespace: 'default',
    name: 'x',
    created: AT,
    phase: 'Running',
    title: 'Dawn',
    priority: 'high',
    stagesDone: 1,
    stagesTotal: 2,
    tasks: {
      total: 9,
      pending: 3,
      scheduled: 0,
      running: 2,
      succeeded: 4,
      failed: 0,
      cancelled: 0,
    },
    started: AT,
    suspended: true,
    stageRetries: 3,
    drift: true,
    stageFailureAction: 'retry',
  })
})

test('a stage: its place, what holds it, and its limits in seconds', () => {
  const row = stageRow(
    made<MissionStage>(
      {
        spec: {
          missionRef: { name: 'm' },
          stageName: 'For people',
          stageIndex: 2,
          stageType: 'mixed',
          dependsOn: ['one'],
          startGates: [{ name: 'dependencies' }],
          attempt: 1,
          config: {
            timeout: '1h30m',
            synchronization: { waitForAll: true },
            dependencies: { conditions: [{ type: 'Weather' }] },
          },
        },
        status: { phase: 'Pending', suspendedSeconds: 12 },
      },
      { labels: { 'stage-name': 'two' } },
    ),
  )
  assert.partialDeepStrictEqual(row, {
    mission: 'm',
    stage: 'two',
    index: 2,
    stageType: 'mixed',
    dependsOn: ['one'],
    gates: ['dependencies'],
    conditions: ['Weather'],
    timeoutSeconds: 5_400,
    suspendedSeconds: 12,
    attempt: 1,
    gang: true,
  })
})

const REASONS: readonly (readonly [string, readonly object[], string | undefined])[] = [
  [
    'nothing is wrong',
    [condition('PodScheduled', 'True'), condition('LoadoutValid', 'True')],
    undefined,
  ],
  ['it has no aircraft', [condition('PodScheduled', 'False', 'Unschedulable')], 'Unschedulable'],
  [
    'its image cannot be pulled',
    [condition('ImagePullFailed', 'True', 'ErrImagePull')],
    'ImagePullFailed',
  ],
  [
    'a weapon is missing, and that comes first',
    [
      condition('PodScheduled', 'False', 'Unschedulable'),
      condition('LoadoutValid', 'False', 'WeaponNotFound'),
    ],
    'WeaponNotFound',
  ],
]
for (const [name, conditions, reason] of REASONS) {
  test(`a task’s reason where ${name}`, () => {
    const status = { phase: 'Pending', conditions }
    assert.equal(taskRow(made<FlightTask>({ spec: {}, status })).reason, reason)
    const ended = { phase: 'Succeeded', conditions }
    assert.equal(taskRow(made<FlightTask>({ spec: {}, status: ended })).reason, undefined)
  })
}

test('a task: where it belongs, who flies it, and how often it was tried', () => {
  const row = taskRow(
    made<FlightTask>({
      spec: {
        missionRef: { name: 'm' },
        stageRef: { name: 'm-s' },
        stageName: 's',
        taskName: 't',
        taskIndex: 4,
        aircraftRequirement: { type: 'j20' },
        weaponLoadout: [{ weaponRef: { name: 'pl-15' }, quantity: 2 }],
        startGates: [{ name: 'order' }],
        optional: true,
      },
      status: {
        phase: 'Running',
        schedulingInfo: { assignedNode: 'viper-1', assignedTime: T },
        podRef: { name: 'p' },
        retryCount: 2,
        replacements: 1,
        nextRetryTime: T,
      },
    }),
  )
  assert.partialDeepStrictEqual(row, {
    mission: 'm',
    stage: 's',
    stageRef: 'm-s',
    task: 't',
    index: 4,
    aircraftType: 'j20',
    node: 'viper-1',
    pod: 'p',
    retries: 2,
    replacements: 1,
    nextRetry: AT,
    assigned: AT,
    weapons: ['pl-15'],
    gates: ['order'],
    optional: true,
  })
})

test('a pod: its containers by what they are for, and what is wrong with it', () => {
  const state = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }
  const row = podRow(
    made<Pod>(
      {
        spec: {
          nodeName: 'viper-1',
          initContainers: [
            { name: 'weapon-a', image: 'a:1', restartPolicy: 'Always' },
            { name: 'prepare', image: 'p:1' },
          ],
          containers: [
            { name: 'task', image: 't:1' },
            { name: 'weapon-b', image: 'b:1' },
          ],
        },
        status: {
          phase: 'Pending',
          conditions: [condition('PodScheduled', 'True')],
          containerStatuses: [
            { name: 'task', state, ready: false, restartCount: 3, image: 't:1', imageID: '' },
          ],
        },
      },
      {
        labels: { flighttask: 't', mission: 'm' },
        annotations: { 'airforce.airforce.mil/attempt': '2' },
      },
    ),
  )
  assert.partialDeepStrictEqual(row, {
    flightTask: 't',
    mission: 'm',
    attempt: 2,
    node: 'viper-1',
    reason: 'ImagePullBackOff',
    message: 'no such image',
    scheduled: AT,
  })
  assert.deepEqual(
    row.containers.map(({ name, role, state: is, restarts }) => [name, role, is, restarts]),
    [
      ['weapon-a', 'sidecar', 'unknown', 0],
      ['prepare', 'init', 'unknown', 0],
      ['task', 'task', 'waiting', 3],
      ['weapon-b', 'sidecar', 'unknown', 0],
    ],
  )
})

test('a pod that succeeded has no trouble, whatever its sidecar did', () => {
  const ended = (exitCode: number) => ({
    terminated: { exitCode, reason: 'E', startedAt: T, finishedAt: T },
  })
  const status = (name: string, exitCode: number) => ({
    name,
    state: ended(exitCode),
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
  })
  const pod = (phase: string) =>
    podRow(
      made<Pod>({
        spec: { containers: [{ name: 'task' }, { name: 'weapon-b' }] },
        status: { phase, containerStatuses: [status('task', 0), status('weapon-b', 143)] },
      }),
    )
  assert.equal(pod('Succeeded').reason, undefined)
  assert.equal(pod('Succeeded').finished, AT)
  assert.equal(pod('Failed').reason, 'E')
  assert.equal(pod('Running').finished, undefined)
})

test('a node: what it has, what it is, and what is wrong with it', () => {
  const row = nodeRow(
    made<NodeObject>(
      {
        spec: {
          unschedulable: true,
          taints: [
            { key: 'aircraft.mil/quarantine', effect: 'NoSchedule' },
            { key: 'a', value: 'b', effect: 'NoExecute' },
          ],
        },
        status: {
          allocatable: {
            cpu: '7500m',
            memory: '16Gi',
            pods: '110',
            'aircraft.mil/slot': '1',
            odd: 'x',
          },
          conditions: [
            condition('Ready', 'Unknown'),
            condition('MemoryPressure', 'True'),
            condition('DiskPressure', 'False'),
          ],
          nodeInfo: { kubeletVersion: 'v1.34.0' },
        },
      },
      { labels: { 'aircraft.mil/type': 'j20', 'node-role.kubernetes.io/worker': '' } },
    ),
  )
  assert.partialDeepStrictEqual(row, {
    aircraft: { type: 'j20' },
    ready: false,
    cordoned: true,
    quarantined: true,
    roles: ['worker'],
    taints: ['aircraft.mil/quarantine:NoSchedule', 'a=b:NoExecute'],
    allocatable: { cpu: 7.5, memory: 17_179_869_184, pods: 110, slots: 1 },
    problems: ['Not ready: why', 'MemoryPressure: why'],
    kubeletVersion: 'v1.34.0',
  })
})

test('a node whose labels cannot be read is no aircraft, and says why', () => {
  const labels = { 'aircraft.mil/type': 'j20', 'aircraft.mil/fuel.level': 'full' }
  const row = nodeRow(made<NodeObject>({}, { labels }))
  assert.equal(row.aircraft, undefined)
  assert.match(row.invalid?.join() ?? '', /fuel\.level "full" is no whole number/)
})

test('usage is in cores and bytes, down to nanocores', () => {
  const usage = { cpu: '250000n', memory: '1Mi' }
  const row = usageRow({ apiVersion: '', kind: '', metadata: { name: 'n' }, timestamp: T, usage })
  assert.partialDeepStrictEqual(row, { name: 'n', cpu: 0.00025, memory: 1_048_576, measured: AT })
  assert.equal(usageRow({ apiVersion: '', kind: '', metadata: {} }), undefined)
})

test('a weapon: its image as pods get it, and where it fits', () => {
  const row = weaponRow(
    made<Weapon>({
      spec: {
        image: { repository: 'registry:5000/w' },
        container: { lifecycle: 'Companion' },
        updateStrategy: { type: 'Recreate' },
        compatibility: { aircraftTypes: ['j20'] },
      },
      status: { phase: 'Available', usage: { totalDeployed: 2, totalFired: 0, successRate: 0.5 } },
    }),
  )
  assert.partialDeepStrictEqual(row, {
    image: 'registry:5000/w:latest',
    lifecycle: 'Companion',
    updateStrategy: 'Recreate',
    aircraftTypes: ['j20'],
    hardpoints: 1,
    deployed: 2,
    successRate: '0.5',
  })
})

test('an event: when it first and last happened, by whichever of its times it has', () => {
  const later = '2026-01-05T08:01:00Z'
  const series = { eventTime: T, series: { count: 4, lastObservedTime: later } }
  const involvedObject = { kind: 'Pod', name: 'p', uid: 'u-p' }
  const row = eventRow(made<EventObject>({ involvedObject, reason: 'R', ...series }))
  assert.partialDeepStrictEqual(row, {
    type: 'Normal',
    count: 4,
    first: AT,
    last: AT + 60_000,
    regarding: { kind: 'Pod', name: 'p', uid: 'u-p' },
  })
})

test('a lease, a loadout and a template', () => {
  const spec = {
    holderIdentity: 'pod-1',
    renewTime: '2026-01-05T08:00:00.000000Z',
    leaseDurationSeconds: 15,
  }
  assert.partialDeepStrictEqual(leaseRow(made<Lease>({ spec })), {
    holder: 'pod-1',
    renewed: AT,
    durationSeconds: 15,
  })
  const loadout = made<WeaponLoadout>({
    spec: { weapons: [{ weapon: 'a', quantity: 1 }], aircraftTypes: ['j20'] },
  })
  assert.partialDeepStrictEqual(loadoutRow(loadout), { weapons: ['a'], aircraftType: 'j20' })
  const parameters = [{ name: 'count', type: 'integer' }]
  const template = made<MissionTemplate>({ spec: { parameters, stages: [{ name: 's' }] } })
  assert.deepEqual(templateRow(template).parameters, ['count'])
})

const BARE: readonly (readonly [string, (object: never) => object])[] = [
  ['mission', missionRow],
  ['stage', stageRow],
  ['task', taskRow],
  ['weapon', weaponRow],
  ['loadout', loadoutRow],
  ['template', templateRow],
  ['node', nodeRow],
  ['event', eventRow],
  ['lease', leaseRow],
]
for (const [kind, project] of BARE) {
  test(`a ${kind} with nothing in it has a row without undefined fields`, () => {
    const row = project(made({ spec: {} }) as never)
    assert.deepEqual(JSON.parse(JSON.stringify(row)), row)
    assert.partialDeepStrictEqual(row, { uid: 'u', name: 'x', created: AT })
  })
}
