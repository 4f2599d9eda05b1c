import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FlightTask, MissionStage, NamedStageTask } from '@sortie/api'
import type { Stored } from '@sortie/machinery'
import { decideStage } from './decide.ts'
import { makeStage, observed, RUNNING, START, type StageSpecPart } from './fixtures.ts'

/** The object that a stage makes for its one task. */
function made(stage: Stored<MissionStage>): FlightTask {
  const [operation] = decideStage(observed(stage), START).operations ?? []
  assert.ok(operation?.kind === 'create')
  return operation.object as FlightTask
}

const coordination = { enabled: true } as unknown as MissionStage['spec']['coordination']
const settings: StageSpecPart = {
  missionType: 'strike',
  priority: 'high',
  coordination,
  cancellationPolicy: { gracePeriod: '5s', cleanup: true },
  failurePolicy: {
    maxRetries: 2,
    retryStrategy: 'custom',
    backoff: { baseSeconds: 3, factor: 2, maxSeconds: 60 },
    stageFailureAction: 'abort',
    maxStageRetries: 1,
  },
} as StageSpecPart
const entry = {
  name: 'lead',
  aircraft: 'j20',
  aircraftRequirement: { minFuelLevel: 50 },
  role: 'leader',
  priority: 'low',
  taskParams: { area: 'north' },
  weaponLoadout: [{ weapon: 'radar', quantity: 2, mountPoints: ['hp1'] }],
  loadoutRef: { name: 'sweep' },
  podTemplate: { spec: { containers: [{ name: 'main', image: 'x' }] } },
  timeout: '5m',
  optional: true,
} as unknown as NamedStageTask

describe('all that a task’s controller needs is copied down into the task', () => {
  const task = made(makeStage([entry], settings, RUNNING))

  test('what the plan says of the task, and the settings of its stage', () => {
    assert.deepEqual(task.spec, {
      stageRef: { name: 'm-recon' },
      missionRef: { name: 'm' },
      missionPriority: 'high',
      stageName: 'recon',
      stageIndex: 1,
      taskName: 'lead',
      taskIndex: 1,
      aircraftRequirement: { type: 'j20', minFuelLevel: 50 },
      role: 'leader',
      priority: 'low',
      taskParams: { extra: { area: 'north' } },
      weaponLoadout: [{ weaponRef: { name: 'radar' }, quantity: 2, mountPoints: ['hp1'] }],
      loadoutRef: { name: 'sweep' },
      podTemplate: { spec: { containers: [{ name: 'main', image: 'x' }] } },
      timeout: '5m',
      optional: true,
      retry: {
        maxRetries: 2,
        retryStrategy: 'custom',
        backoff: { baseSeconds: 3, factor: 2, maxSeconds: 60 },
      },
      cancellationPolicy: { gracePeriod: '5s', cleanup: true },
      coordination,
    })
  })
  test('nothing that the plan does not say', () => {
    const bare = made(makeStage(['a'], {}, RUNNING)).spec
    assert.deepEqual(Object.keys(bare).sort(), [
      'aircraftRequirement',
      'missionPriority',
      'missionRef',
      'stageIndex',
      'stageName',
      'stageRef',
      'taskIndex',
      'taskName',
    ])
  })
  test('its labels say where it belongs', () => {
    assert.equal(task.apiVersion, 'airforce.airforce.mil/v1alpha1')
    assert.equal(task.kind, 'FlightTask')
    assert.equal(task.metadata.namespace, 'default')
    assert.deepEqual(task.metadata.labels, {
      mission: 'm',
      'mission-type': 'strike',
      stage: 'recon',
      'stage-index': '1',
      'task-name': 'lead',
      'task-index': '1',
      'task-role': 'leader',
      aircraft: 'j20',
    })
  })
})

describe('the name of a task’s object', () => {
  const nameOf = (change: (stage: Stored<MissionStage>) => Stored<MissionStage>): string =>
    made(change(makeStage(['a'], {}, RUNNING))).metadata.name ?? ''
  test('is mission, stage and task', () => {
    assert.equal(
      nameOf((stage) => stage),
      'm-recon-a',
    )
  })
  const renamed = (stage: Stored<MissionStage>) => ({
    ...stage,
    metadata: { ...stage.metadata, name: 'm-recon-k3v9' },
  })
  test('below a stage with another name than the usual one is that of the stage, and task', () => {
    assert.equal(nameOf(renamed), 'm-recon-k3v9-a')
  })
  test('with the number of the run, from the second on', () => {
    const again = (stage: Stored<MissionStage>) => ({
      ...renamed(stage),
      spec: { ...stage.spec, attempt: 2 },
      status: { ...RUNNING, phase: 'Running' as const, observedAttempt: 2 },
    })
    assert.equal(nameOf(again), 'm-recon-k3v9-a-r2')
  })
  test('of a stage that was made by hand, under no mission, is that of the stage, and task', () => {
    const alone = ({
      metadata,
      spec: { missionRef: _mission, ...spec },
      ...rest
    }: Stored<MissionStage>) => {
      const { labels: _labels, ...unlabelled } = metadata
      return { ...rest, spec, metadata: { ...unlabelled, name: 'by-hand' } } as Stored<MissionStage>
    }
    const task = made(alone(makeStage(['a'], {}, RUNNING)))
    assert.equal(task.metadata.name, 'by-hand-a')
    assert.equal(task.spec.stageName, 'by-hand')
  })
})
