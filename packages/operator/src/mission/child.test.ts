import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionSpec, MissionStageTemplate } from '@sortie/api'
import { creates, decide, makeMission, stage } from './fixtures.ts'

const coordination = { enabled: true } as unknown as MissionSpec['config']['coordination']
const definition = {
  ...stage('strike', ['scout']),
  displayName: 'Strike',
  type: 'mixed',
  timeout: '5m',
  synchronization: { waitForAll: true },
  dependencies: { conditions: [{ type: 'WeatherClear' }] },
} as unknown as MissionStageTemplate

describe('all that a stage’s controller needs is copied down into the stage', () => {
  const { config } = makeMission(['a']).spec
  const spec = {
    missionName: 'Dawn',
    missionType: 'strike',
    priority: 'high',
    config: { ...config, coordination },
  } as Partial<MissionSpec>
  const mission = makeMission(['scout', definition], { spec })

  test('its part of the plan, and the settings of its mission', () => {
    assert.deepEqual(creates(decide(mission))[1]?.spec, {
      missionRef: { name: 'm' },
      stageName: 'Strike',
      stageIndex: 2,
      stageType: 'mixed',
      dependsOn: ['scout'],
      flightTasks: [{ name: 'a' }],
      config: {
        timeout: '5m',
        synchronization: { waitForAll: true },
        dependencies: { conditions: [{ type: 'WeatherClear' }] },
      },
      missionName: 'Dawn',
      missionType: 'strike',
      priority: 'high',
      failurePolicy: config.failurePolicy,
      cancellationPolicy: config.cancellationPolicy,
      coordination,
      startGates: [{ name: 'dependencies' }],
    })
  })
  test('nothing that the plan does not say, but that it is parallel', () => {
    const { type: _type, ...untyped } = makeMission(['a']).spec.stages?.[0] ?? { name: 'a' }
    const bare = makeMission(['a'])
    const silent = { ...bare, spec: { ...bare.spec, stages: [untyped as MissionStageTemplate] } }
    const made = creates(decide(silent))[0]?.spec ?? {}
    assert.deepEqual(Object.keys(made).sort(), [
      'cancellationPolicy',
      'failurePolicy',
      'flightTasks',
      'missionRef',
      'priority',
      'stageIndex',
      'stageName',
      'stageType',
    ])
    assert.equal(creates(decide(silent))[0]?.spec.stageType, 'parallel')
  })
})
