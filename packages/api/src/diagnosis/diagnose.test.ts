/** What the embedded world does not bring about by itself; what it does is in test/together/diagnosis.test.ts. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EventObject, NodeObject, Pod } from '@sortie/machinery'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { Mission } from '../kinds/mission.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Weapon } from '../kinds/weapon.ts'
import { diagnose } from './diagnose.ts'
import type { Evidence } from './evidence.ts'

const NOW = Date.UTC(2026, 0, 5, 8, 0, 0)
const AT = '2026-01-05T07:59:30Z'
const namespace = 'default'

type Status = Partial<NonNullable<FlightTask['status']>>

/** A condition that is False. */
const condition = (type: string, reason: string, message = 'm') => ({
  type,
  status: 'False' as const,
  reason,
  message,
  lastTransitionTime: AT,
})

const makeTask = (status: Status = {}, spec: object = {}, metadata: object = {}): FlightTask => ({
  apiVersion: 'airforce.airforce.mil/v1alpha1',
  kind: 'FlightTask',
  metadata: { name: 't', namespace, uid: 'task', creationTimestamp: AT, ...metadata },
  spec: spec as FlightTask['spec'],
  status: { phase: 'Pending', observedGeneration: 1, ...status },
})

const makePod = (nodeName?: string, metadata: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 't-pod',
    namespace,
    uid: 'pod',
    creationTimestamp: AT,
    ownerReferences: [
      { apiVersion: 'x/v1', kind: 'FlightTask', name: 't', uid: 'task', controller: true },
    ],
    ...metadata,
  },
  spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
})

const podRef = { apiVersion: 'v1', kind: 'Pod', namespace, name: 't-pod', uid: 'pod' }
const onAircraft: Status = { podRef, schedulingInfo: { assignedNode: 'a' } }
const node: NodeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } }
const weapon = (phase: 'Deprecated' | 'Updating'): Weapon =>
  ({
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'Weapon',
    metadata: { name: 'pl-15', namespace },
    status: { phase },
  }) as unknown as Weapon
const armed = { weaponLoadout: [{ weaponRef: { name: 'pl-15' }, quantity: 1 }] }

/** `REASON: MESSAGE` about an object. */
const warning = (uid: string, said: string, lastTimestamp = AT): EventObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace },
  involvedObject: { uid },
  type: 'Warning',
  reason: said.split(': ')[0] ?? '',
  message: said.split(': ')[1] ?? '',
  lastTimestamp,
})

interface Case {
  readonly task: FlightTask
  readonly evidence?: Evidence
  readonly codes: readonly string[]
  readonly says?: RegExp
}

describe('a diagnosis of a task', () => {
  const cases: Readonly<Record<string, Case>> = {
    'whose pod may not be made now': {
      task: makeTask({
        conditions: [condition('PodCreated', 'Forbidden', 'exceeded quota')],
      }),
      codes: ['podNotCreated'],
      says: /cannot be created yet \(Forbidden\): exceeded quota\./,
    },
    'whose pod’s name another object has': {
      task: makeTask({ conditions: [condition('PodCreated', 'NameTaken')] }),
      codes: ['nameTaken'],
    },
    'whose loadout is missing': {
      task: makeTask({ conditions: [condition('LoadoutValid', 'LoadoutNotFound')] }),
      codes: ['loadoutMissing'],
    },
    'whose loadout can never fit': {
      task: makeTask({
        phase: 'Failed',
        conditions: [condition('LoadoutValid', 'Incompatible', 'pl-15 fits j20')],
      }),
      codes: ['incompatible'],
      says: /pl-15 fits j20/,
    },
    'that carries a deprecated weapon': {
      task: makeTask({ phase: 'Running', ...onAircraft }, armed),
      evidence: { weapons: [weapon('Deprecated')], pods: [makePod('a')], nodes: [node] },
      codes: ['taskRunning', 'weaponDeprecated'],
    },
    'whose weapon changes its image': {
      task: makeTask({ phase: 'Running', ...onAircraft }, armed),
      evidence: { weapons: [weapon('Updating')], pods: [makePod('a')], nodes: [node] },
      codes: ['taskRunning', 'weaponUpdating'],
    },
    'whose aircraft is gone': {
      task: makeTask({ phase: 'Running', ...onAircraft }),
      evidence: { nodes: [], pods: [makePod('a')] },
      codes: ['taskRunning', 'nodeLost'],
    },
    'whose pod is gone': {
      task: makeTask({ phase: 'Scheduled', ...onAircraft }),
      evidence: { nodes: [node], pods: [] },
      codes: ['taskStarting', 'podMissing'],
    },
    'whose pod cannot start for a reason that only the kubelet tells': {
      task: makeTask({ phase: 'Scheduled', ...onAircraft }),
      evidence: {
        nodes: [node],
        pods: [makePod('a')],
        events: [
          warning('pod', 'FailedMount: no such volume'),
          warning('pod', 'FailedMount: older', '2026-01-05T07:50:00Z'),
          warning('other', 'FailedMount: somebody else'),
          warning('pod', 'FailedScheduling: over long ago'),
        ],
      },
      codes: ['taskStarting', 'podWarning'],
      says: /FailedMount: no such volume\./,
    },
    'that took too long': {
      task: makeTask({
        phase: 'Failed',
        message: 'ran for more than 5m',
        conditions: [condition('Retrying', 'TimedOut')],
      }),
      codes: ['taskTimedOut'],
    },
    'that runs after two retries and a pod that was evicted': {
      task: makeTask({
        phase: 'Running',
        ...onAircraft,
        retryCount: 2,
        replacements: 1,
        excludedNodes: ['b'],
      }),
      evidence: { nodes: [node], pods: [makePod('a')] },
      codes: ['taskRunning', 'wasRetried', 'podReplaced'],
      says: /tried again 2 times; the last time because it failed on b\./,
    },
    'that is being deleted and cannot go': {
      task: makeTask({}, {}, { deletionTimestamp: AT, finalizers: ['x/y'] }),
      codes: ['deleting', 'taskWaits'],
      says: /waits for the finalizers x\/y/,
    },
    'that has a gate': {
      task: makeTask({}, { startGates: [{ name: 'order' }] }),
      codes: ['taskHeld'],
    },
    'that nobody has taken up': {
      task: makeTask({ observedGeneration: undefined } as unknown as Status),
      codes: ['notTakenUp'],
    },
    'that waits in a cluster without aircraft': {
      task: makeTask({ podRef }),
      evidence: { nodes: [], pods: [makePod()] },
      codes: ['noAircraft', 'schedulerSilent'],
    },
  }
  for (const [name, { task, evidence = {}, codes, says }] of Object.entries(cases)) {
    test(name, () => {
      const { findings } = diagnose(task, evidence, NOW)
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      )
      if (says !== undefined) assert.match(findings.map(({ text }) => text).join(' '), says)
    })
  }
})

const makeMission = (status: object): Mission =>
  ({
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'Mission',
    metadata: { name: 'm', namespace, uid: 'mission', creationTimestamp: AT },
    spec: {},
    status: { phase: 'Running', observedGeneration: 1, ...status },
  }) as unknown as Mission

describe('a diagnosis of a mission', () => {
  const codesOf = (mission: Mission, evidence: Evidence = {}): readonly string[] =>
    diagnose(mission, evidence, NOW).findings.map(({ code }) => code)

  test('that stops, and why', () => {
    const conditions = [condition('Complete', 'Aborted', 'aborted: stage a failed')]
    assert.deepEqual(codesOf(makeMission({ conditions })), ['missionStopping', 'missionWaiting'])
  })

  test('whose stages the operator has not counted yet', () => {
    const mission = { ...makeMission({}), spec: { stages: [{ name: 'a' }, { name: 'b' }] } }
    const [said] = diagnose(mission as unknown as Mission, {}, NOW).findings
    assert.equal(said?.text, 'Mission m waits: 0 of 2 stages ended, none runs.')
  })

  test('whose change is not followed', () => {
    const conditions = [condition('Accepted', 'Invalid', 'stages[0].name …')]
    assert.deepEqual(codesOf(makeMission({ conditions })), ['missionWaiting', 'changeRefused'])
  })

  test('whose stages the server refuses to make, as long as it is news', () => {
    const refused = (at: string): Evidence => ({
      events: [warning('mission', 'Refused: exceeded quota', at)],
    })
    const mission = makeMission({})
    assert.deepEqual(codesOf(mission, refused(AT)), ['missionWaiting', 'serverRefuses'])
    assert.deepEqual(codesOf(mission, refused('2026-01-05T07:00:00Z')), ['missionWaiting'])
  })

  test('of a thousand tasks that wait for the same one speaks', () => {
    const owner = (kind: string, uid: string) => [
      { apiVersion: 'x/v1', kind, name: uid, uid, controller: true },
    ]
    const stage = {
      apiVersion: 'airforce.airforce.mil/v1alpha1',
      kind: 'MissionStage',
      metadata: {
        name: 's',
        namespace,
        uid: 'stage',
        ownerReferences: owner('Mission', 'mission'),
      },
      spec: {},
      status: { phase: 'Running', counts: { total: 1000, pending: 1000 } },
    } as unknown as MissionStage
    const tasks = Array.from({ length: 1000 }, (_, index) => {
      const message = 'Weapon "x" does not exist'
      const conditions = [condition('LoadoutValid', 'WeaponNotFound', message)]
      const metadata = { name: `t${index}`, uid: `t${index}` }
      return makeTask(
        { conditions },
        {},
        { ...metadata, ownerReferences: owner('MissionStage', 'stage') },
      )
    })
    const codes = codesOf(makeMission({}), { stages: [stage], tasks })
    assert.deepEqual(codes, ['missionWaiting', 'stageRunning', 'weaponMissing'])
  })
})
