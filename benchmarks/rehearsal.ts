/**
 * An hour of a mission of 100 tasks on the virtual clock: API server, fleet, operator and scheduler in this process, every state held
 * against the invariants. CPU, not time: other work on the machine does not count.
 */
import { DEFAULT_FLEET, GROUP_DEFAULTS } from '@sortie/fleet'
import { playScenario, type Scenario } from '@sortie/rehearsal'
import type { Figure } from './figures.ts'

const STAGES = 10
const TASKS_EACH = 10
const HOUR_MS = 3_600_000
const ROUNDS = 7

function scenario(seed: number): Scenario {
  const stages = Array.from({ length: STAGES }, (_, n) => ({
    name: `leg-${n}`,
    ...(n === 0 ? {} : { dependsOn: [`leg-${n - 1}`] }),
    flightTasks: [{ name: 'cell', aircraft: 'drone', count: TASKS_EACH }],
  }))
  const drones = { ...GROUP_DEFAULTS, type: 'drone', namePrefix: 'drone', count: TASKS_EACH }
  return {
    seed,
    fleet: {
      ...DEFAULT_FLEET,
      heartbeat: 'none',
      metrics: false,
      aircraft: [drones],
      rules: [
        { match: { role: 'main' }, duration: { min: HOUR_MS / STAGES, max: HOUR_MS / STAGES } },
      ],
    },
    weapons: [],
    missions: [{ name: 'hour', at: 0, spec: { stages } }],
    actions: [],
    faults: [],
    latencyMs: 0,
    decoys: false,
  }
}

/** @throws Error where the mission did not end as it should */
async function rehearse(seed: number): Promise<number> {
  const before = process.cpuUsage()
  const { violations, statistics } = await playScenario(scenario(seed))
  const { user, system } = process.cpuUsage(before)
  const isRight = violations.length === 0 && statistics.phases['Succeeded'] === 1
  if (!isRight || statistics.endedAt < HOUR_MS) throw new Error(JSON.stringify(statistics))
  return (user + system) / 1000
}

export async function benchmarkRehearsal(): Promise<readonly Figure[]> {
  const first = await rehearse(1)
  const later: number[] = []
  for (let round = 0; round < ROUNDS; round++) later.push(await rehearse(2 + round))
  const median = later.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN
  return [
    { name: 'rehearsal100.first_hour_cpu', value: first, unit: 'ms' },
    { name: 'rehearsal100.hour_cpu', value: median, unit: 'ms' },
  ]
}
