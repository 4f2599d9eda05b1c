/** Exhaustively, for one mission: a crash at each single write of each part, before and after it is carried out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLEET_DEFAULTS, GROUP_DEFAULTS } from '@sortie/fleet'
import { describeFailure, type PartName, playScenario, type Scenario } from '@sortie/rehearsal'

const flaky = {
  metadata: { annotations: { 'fleet.sortie/fail-attempts': '1' } },
  spec: { restartPolicy: 'Never' as const, containers: [{ name: 'main', image: 'flight:1' }] },
}

const hopeless = { ...flaky, metadata: { annotations: { 'fleet.sortie/exit-code': '3' } } }

/** Three stages, sequential, parallel and a gang, with a retry and an optional task that fails for good. */
const SCENARIO: Scenario = {
  seed: 1,
  fleet: {
    ...FLEET_DEFAULTS,
    metrics: false,
    heartbeat: 'none',
    rules: [{ match: { role: 'main' }, duration: { min: 800, max: 800 } }],
    aircraft: [{ ...GROUP_DEFAULTS, type: 'viper', namePrefix: 'viper', count: 3 }],
  },
  weapons: [{ name: 'w1', at: 0, spec: { image: { repository: 'w1', tag: 'v1' } } }],
  missions: [
    {
      name: 'm',
      at: 0,
      spec: {
        config: { failurePolicy: { maxRetries: 1, retryStrategy: 'immediate' } },
        stages: [
          {
            name: 'first',
            type: 'sequential',
            flightTasks: [
              { name: 'a', aircraft: 'viper' },
              { name: 'b', aircraft: 'viper', podTemplate: flaky },
            ],
          },
          {
            name: 'second',
            dependsOn: ['first'],
            flightTasks: [
              { name: 'a', aircraft: 'viper', weaponLoadout: [{ weapon: 'w1' }] },
              { name: 'b', aircraft: 'viper', optional: true, podTemplate: hopeless },
            ],
          },
          {
            name: 'third',
            dependsOn: ['second'],
            synchronization: { waitForAll: true },
            flightTasks: [{ name: 'a', aircraft: 'viper', count: 3 }],
          },
        ],
      },
    },
  ],
  actions: [],
  faults: [],
  latencyMs: 0,
  decoys: false,
}

const baseline = await playScenario(SCENARIO)

test('the mission by itself ends well', () => {
  assert.ok(baseline.violations.length === 0, describeFailure(baseline))
  assert.ok(baseline.objects.includes('Mission m Succeeded'))
})

for (const part of ['operator', 'scheduler', 'fleet'] as const satisfies readonly PartName[]) {
  for (const when of ['before', 'after'] as const) {
    test(`a crash of the ${part} ${when} any of its writes changes nothing in where things end`, async () => {
      const writes = baseline.statistics.writesOf[part] ?? 0
      assert.ok(writes > 0)
      for (let atWrite = 1; atWrite <= writes; atWrite++) {
        const at = baseline.statistics.endedAt
        const crash = { kind: 'crash', part, at, when, atWrite, downMs: 1000 } as const
        const outcome = await playScenario({ ...SCENARIO, faults: [crash] })
        assert.ok(outcome.violations.length === 0, `write ${atWrite}: ${describeFailure(outcome)}`)
        assert.deepEqual(outcome.objects, baseline.objects, `write ${atWrite}`)
      }
    })
  }
}
