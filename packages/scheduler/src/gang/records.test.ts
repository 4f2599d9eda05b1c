import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FlightTask, MissionStage } from '@sortie/api'
import { type Lister, OWNER_UID_INDEX } from '@sortie/client'
import { controllerOf, type KubeObject, keyOf, type Pod, type Stored } from '@sortie/machinery'
import { makePod } from '../snapshot/builders.fixtures.ts'
import {
  countGang,
  gangKeyOf,
  isFirstOfItsTask,
  ownerTaskUid,
  priorityLevel,
  queueOrder,
  type RecordSources,
  standingOf,
} from './records.ts'

/** What an informer shows that holds these objects. */
function listerOf<T extends KubeObject>(objects: readonly Stored<T>[]): Lister<T> {
  return {
    get: (key) => objects.find((one) => keyOf(one as KubeObject) === key),
    list: () => objects,
    byIndex(index, uid) {
      assert.equal(index, OWNER_UID_INDEX)
      return objects.filter((one) => controllerOf(one as KubeObject)?.uid === uid)
    },
    size: objects.length,
  }
}

interface World {
  readonly tasks?: readonly Stored<FlightTask>[]
  readonly stages?: readonly Stored<MissionStage>[]
  readonly pods?: readonly Stored<Pod>[]
  /** Names of the pods that have an aircraft. */
  readonly placed?: readonly string[]
}

const sourcesOf = ({ tasks = [], stages = [], pods = [], placed = [] }: World): RecordSources => ({
  tasks: listerOf(tasks),
  stages: listerOf(stages),
  pods: listerOf(pods),
  nodeOf: (uid) => (placed.includes(uid.replace('pod-', '')) ? 'n' : undefined),
})

const ownedBy = (kind: string, name: string, uid = `${kind}-${name}`) => [
  { apiVersion: 'airforce.airforce.mil/v1alpha1', kind, name, uid, controller: true },
]

interface Change {
  readonly metadata?: object
  readonly spec?: object
  readonly status?: object
}

function makeTask(name: string, { metadata, spec, status }: Change = {}): Stored<FlightTask> {
  return {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'FlightTask',
    metadata: { name, namespace: 'default', uid: `FlightTask-${name}`, ...metadata },
    spec: { aircraftRequirement: { type: 'j20' }, ...spec },
    ...(status === undefined ? {} : { status }),
  } as unknown as Stored<FlightTask>
}

const inStage = { ownerReferences: ownedBy('MissionStage', 's') }
const member = (name: string, { metadata, ...rest }: Change = {}): Stored<FlightTask> =>
  makeTask(name, { ...rest, metadata: { ...inStage, ...metadata } })

/** A stage that asks for so many tasks, all at once. */
function makeStage(count: number, { metadata, spec, status }: Change = {}): Stored<MissionStage> {
  return {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'MissionStage',
    metadata: { name: 's', namespace: 'default', uid: 'MissionStage-s', ...metadata },
    spec: {
      stageType: 'parallel',
      config: { synchronization: { waitForAll: true } },
      flightTasks: [{ name: 't', aircraft: 'j20', count }],
      ...spec,
    },
    status,
  } as unknown as Stored<MissionStage>
}

function podOf(task: string, name = task, metadata: object = {}): Stored<Pod> {
  const pod = makePod(name)
  return {
    ...pod,
    metadata: { ...pod.metadata, ownerReferences: ownedBy('FlightTask', task), ...metadata },
  }
}
const attempt = (number: number | string) => ({
  annotations: { 'airforce.airforce.mil/attempt': String(number) },
})

describe('whether a pod may be bound', () => {
  const cases: Readonly<Record<string, readonly [Stored<Pod>, Stored<FlightTask>[], string]>> = {
    'a pod that no task owns is wanted': [makePod('p'), [], 'wanted'],
    'so is one that something else owns': [
      podOf('t', 'p', { ownerReferences: ownedBy('Job', 't') }),
      [],
      'wanted',
    ],
    'a pod whose task is not seen is not known to be': [podOf('t'), [], 'unknown'],
    'nor is one of a task of another namespace': [
      podOf('t', 'p', { namespace: 'other' }),
      [makeTask('t')],
      'unknown',
    ],
    'nor one of a former task of that name': [
      podOf('t'),
      [makeTask('t', { metadata: { uid: 'former' } })],
      'unknown',
    ],
    'a first pod is wanted': [podOf('t'), [makeTask('t')], 'wanted'],
    'the recorded attempt is wanted': [
      podOf('t', 'p', attempt(2)),
      [makeTask('t', { status: { retryCount: 2 } })],
      'wanted',
    ],
    'a later attempt is not known to be': [
      podOf('t', 'p', attempt(3)),
      [makeTask('t', { status: { retryCount: 2 } })],
      'unknown',
    ],
    'an earlier attempt is not': [
      podOf('t', 'p', attempt(1)),
      [makeTask('t', { status: { retryCount: 2 } })],
      'unwanted',
    ],
    'one without a number is the first attempt': [
      podOf('t'),
      [makeTask('t', { status: { retryCount: 1 } })],
      'unwanted',
    ],
    'one whose number nobody can read is not': [
      podOf('t', 'p', attempt('x')),
      [makeTask('t')],
      'unwanted',
    ],
    'that of a cancelled task is not': [
      podOf('t'),
      [makeTask('t', { spec: { cancel: true } })],
      'unwanted',
    ],
    'that of a task that goes on is': [
      podOf('t'),
      [makeTask('t', { spec: { cancel: false }, status: { phase: 'Running' } })],
      'wanted',
    ],
    'that of a task on its way out is not': [
      podOf('t'),
      [makeTask('t', { metadata: { deletionTimestamp: '2026-01-05T08:00:00Z' } })],
      'unwanted',
    ],
    ...Object.fromEntries(
      ['Succeeded', 'Failed', 'Cancelled'].map((phase) => [
        `that of a task that is ${phase} is not`,
        [podOf('t'), [makeTask('t', { status: { phase } })], 'unwanted'],
      ]),
    ),
  }
  for (const [title, [pod, tasks, standing]] of Object.entries(cases)) {
    test(title, () => assert.equal(standingOf(pod as Pod, listerOf(tasks)), standing))
  }

  test('only a task counts as the owner', () => {
    assert.equal(ownerTaskUid(podOf('t') as Pod), 'FlightTask-t')
    assert.equal(ownerTaskUid(makePod('p') as Pod), undefined)
  })
})

describe('of two pods of one task', () => {
  const at = (second: number) => ({ creationTimestamp: `2026-01-05T08:00:0${second}Z` })
  const mine = podOf('t', 'mine', at(5))
  const recordOf = (uid: string): Change => ({ status: { podRef: { uid } } })
  interface Case {
    readonly other: Stored<Pod>
    readonly task?: Change
    readonly placed?: boolean
    readonly pod?: Stored<Pod>
    readonly goes: boolean
  }
  const younger = podOf('t', 'other', at(6))
  const older = podOf('t', 'other', at(4))
  const cases: Readonly<Record<string, Case>> = {
    'the older goes': { other: younger, goes: true },
    'the younger waits': { other: older, goes: false },
    'the recorded goes, though it is younger': {
      other: older,
      task: recordOf('pod-mine'),
      goes: true,
    },
    'the one not on record waits, though it is older': {
      other: younger,
      task: recordOf('pod-other'),
      goes: false,
    },
    'neither of which is on record, the older goes': {
      other: younger,
      task: recordOf('pod-gone'),
      goes: true,
    },
    'one has an aircraft, the other waits, though it is the recorded and older': {
      other: younger,
      task: recordOf('pod-mine'),
      placed: true,
      goes: false,
    },
    'one is on its way out, the other goes': {
      other: podOf('t', 'other', { ...at(4), deletionTimestamp: '2026-01-05T08:00:09Z' }),
      goes: true,
    },
    'one has ended, the other goes': {
      other: { ...older, status: { phase: 'Failed' } },
      goes: true,
    },
    'one is of a former attempt, the other goes': {
      other: podOf('t', 'other', { ...at(4), ...attempt(0) }),
      pod: podOf('t', 'mine', { ...at(5), ...attempt(1) }),
      task: { status: { retryCount: 1 } },
      goes: true,
    },
    'made in the same second, the first by uid goes': {
      other: podOf('t', 'other', at(5)),
      goes: true,
    },
    'made in the same second, the second by uid waits': {
      other: podOf('t', 'a', at(5)),
      goes: false,
    },
  }
  for (const [title, { other, task, placed, pod = mine, goes }] of Object.entries(cases)) {
    test(title, () => {
      const sources = sourcesOf({
        tasks: [makeTask('t', task)],
        pods: [other, pod],
        placed: placed === true ? [other.metadata.name] : [],
      })
      assert.equal(isFirstOfItsTask(pod as Pod, sources), goes)
    })
  }

  test('a third that goes before both keeps both waiting', () => {
    const pods = [older, podOf('t', 'third', at(1)), mine]
    const sources = sourcesOf({ tasks: [makeTask('t')], pods })
    assert.deepEqual(
      pods.map((pod) => isFirstOfItsTask(pod as Pod, sources)),
      [false, true, false],
    )
  })

  test('a pod alone goes, and so does one whose task nobody sees', () => {
    assert.ok(isFirstOfItsTask(mine as Pod, sourcesOf({ tasks: [makeTask('t')], pods: [mine] })))
    assert.ok(isFirstOfItsTask(mine as Pod, sourcesOf({ pods: [older, mine] })))
  })
})

describe('the gang of a pod', () => {
  const keyIn = (world: World): string | undefined => gangKeyOf(podOf('t') as Pod, sourcesOf(world))
  const named = { gang: { name: 's' } }
  const cases: Readonly<Record<string, readonly [World, string | undefined]>> = {
    'is its stage where that waits for all': [
      { tasks: [member('t')], stages: [makeStage(2)] },
      'MissionStage-s',
    ],
    'is its stage where the task says so, though the stage is not seen or says otherwise': [
      { tasks: [member('t', { spec: named })] },
      'MissionStage-s',
    ],
    'is none in a stage that goes one by one': [
      { tasks: [member('t')], stages: [makeStage(2, { spec: { stageType: 'sequential' } })] },
      undefined,
    ],
    'is none in a stage that waits for nobody': [
      { tasks: [member('t')], stages: [makeStage(2, { spec: { config: {} } })] },
      undefined,
    ],
    'is not a later stage of that name': [
      { tasks: [member('t')], stages: [makeStage(2, { metadata: { uid: 'later' } })] },
      undefined,
    ],
    'is none where no stage owns the task': [
      {
        tasks: [
          makeTask('t', {
            metadata: { ownerReferences: ownedBy('Mission', 's', 'MissionStage-s') },
            spec: named,
          }),
        ],
        stages: [makeStage(2)],
      },
      undefined,
    ],
    'is none where the task is not seen': [{ stages: [makeStage(2)] }, undefined],
  }
  for (const [title, [world, key]] of Object.entries(cases)) {
    test(title, () => assert.equal(keyIn(world), key))
  }
})

describe('a gang’s size is counted from the tasks that have not ended', () => {
  const counts = (succeeded: number, failed = 0, cancelled = 0) => ({
    counts: { total: 9, pending: 0, scheduled: 0, running: 0, succeeded, failed, cancelled },
  })
  const ended = (phase: string, of = 0): Change => ({ spec: { attempt: of }, status: { phase } })
  const two = [member('t'), member('u')]
  const cases: Readonly<Record<string, readonly [World, size: number, placed?: number]>> = {
    'all that the stage asks for, made or not': [{ tasks: two, stages: [makeStage(4)] }, 4],
    'those that were added since the stage was seen, too': [
      { tasks: [...two, member('v')], stages: [makeStage(2)] },
      3,
    ],
    'one more than there are before the stage is seen': [{ tasks: two }, 3],
    'one more where another stage has its name': [
      { tasks: two, stages: [makeStage(9, { metadata: { uid: 'later' } })] },
      3,
    ],
    'only what is made of a stage that is a gang no more': [
      { tasks: two, stages: [makeStage(9, { spec: { stageType: 'sequential' } })] },
      2,
    ],
    'not one that has ended': [
      { tasks: [...two, member('v', ended('Failed'))], stages: [makeStage(3)] },
      2,
    ],
    'not one that is on its way out, for which another is to be made': [
      {
        tasks: [...two, member('v', { metadata: { deletionTimestamp: '2026-01-05T08:00:00Z' } })],
        stages: [makeStage(2)],
      },
      2,
    ],
    'not one whose turn has not come': [
      {
        tasks: [...two, member('v', { spec: { startGates: [{ name: 'later' }] } })],
        stages: [makeStage(3)],
      },
      2,
    ],
    'one whose gates are gone': [
      { tasks: [...two, member('v', { spec: { startGates: [] } })], stages: [makeStage(3)] },
      3,
    ],
    'not those whose end is on record only': [
      { tasks: two, stages: [makeStage(5, { status: counts(1, 1, 1) })] },
      2,
    ],
    'not twice those that are on record and still there': [
      {
        tasks: [...two, member('v', ended('Succeeded')), member('w', ended('Failed'))],
        stages: [makeStage(5, { status: counts(1, 1) })],
      },
      3,
    ],
    'of a later run not what failed in an earlier one': [
      {
        tasks: [
          ...two,
          member('v', ended('Failed', 0)),
          member('w', ended('Succeeded', 0)),
          member('x', ended('Failed', 1)),
        ],
        stages: [makeStage(5, { spec: { attempt: 1 }, status: { observedAttempt: 1 } })],
      },
      3,
    ],
    'of a later run what failed in an earlier one, by a record that is not its own': [
      {
        tasks: two,
        stages: [
          makeStage(5, {
            spec: { attempt: 1 },
            status: { observedAttempt: 0, ...counts(1, 1, 1) },
          }),
        ],
      },
      4,
    ],
    'with how many have an aircraft': [
      {
        tasks: [...two, member('v')],
        stages: [makeStage(3)],
        pods: [podOf('t'), podOf('u'), podOf('v', 'old')],
        placed: ['t', 'old'],
      },
      3,
      2,
    ],
    'an aircraft of a pod that is about to leave it not counted': [
      {
        tasks: two,
        stages: [makeStage(2)],
        pods: [podOf('t', 't', { deletionTimestamp: '2026-01-05T08:00:00Z' })],
        placed: ['t'],
      },
      2,
      0,
    ],
    'an aircraft of a task that has ended not counted': [
      {
        tasks: [member('t'), member('v', ended('Succeeded'))],
        stages: [makeStage(2)],
        pods: [podOf('v')],
        placed: ['v'],
      },
      1,
      0,
    ],
  }
  for (const [title, [world, size, placed = 0]] of Object.entries(cases)) {
    test(title, () => {
      const gang = countGang('MissionStage-s', podOf('t') as Pod, sourcesOf(world))
      assert.deepEqual(gang, { key: 'MissionStage-s', name: 'default/s', size, placed })
    })
  }
})

describe('the place of a pod in the queue', () => {
  const since = Date.UTC(2026, 0, 5, 8)
  const created = { creationTimestamp: '2026-01-05T08:00:00Z' }
  const annotated = (level: string) => ({
    annotations: { 'airforce.airforce.mil/priority': level },
  })
  const MINUTE = 60_000
  const orderIn = (metadata: object, spec?: object): number =>
    queueOrder(
      podOf('t', 'p', { ...created, ...metadata }),
      listerOf(spec === undefined ? [] : [makeTask('t', { spec })]),
    )

  test('is that of its mission’s level, then of its task’s, then of its age', () => {
    const medium = since - 5 * MINUTE - MINUTE
    assert.equal(orderIn({}), medium)
    assert.equal(orderIn(annotated('critical')), since - 18 * MINUTE)
    assert.equal(orderIn({}, { missionPriority: 'high' }), since - 12 * MINUTE)
    assert.equal(orderIn({}, { missionPriority: 'high', priority: 'low' }), since - 10 * MINUTE)
    const both = { missionPriority: 'low', priority: 'critical' }
    assert.equal(orderIn(annotated('high'), both), since - 13 * MINUTE)
    assert.equal(orderIn({ creationTimestamp: '2026-01-05T08:00:30Z' }), medium + 30_000)
  })

  test('is medium where the level is none', () => {
    const levels = ['low', 'medium', 'high', 'critical', undefined, '', 'urgent']
    assert.deepEqual(levels.map(priorityLevel), [0, 1, 2, 3, 1, 1, 1])
  })
})
