/** A large world: 46 missions with 10,000 tasks, one mission of 1,000 among them, 300 aircraft; and what changes in it. */
import { FLIGHT_TASKS, type Phase } from '@sortie/api'
import type { Client } from '@sortie/client'
import { type KubeObject, NODES, seededRandom } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import type { Planned } from '../site/site.ts'
import { missionObjects, plan } from './objects.ts'
import type { Fields, StageSketch } from './sketches.ts'

export const TASKS = 10_000
export const BIG_MISSION = 'thousand'
const OTHERS = 45
export const MISSIONS_IN_ALL = OTHERS + 1
const STATUS = { subresource: 'status' }
const PHASES: readonly Phase[] = [
  'Pending',
  'Pending',
  'Scheduled',
  'Running',
  'Running',
  'Succeeded',
  'Failed',
]

/** @param stages and tasks of each */
function stagesOf(stages: number, tasks: number): readonly StageSketch[] {
  const random = seededRandom(stages * 1_000 + tasks)
  return Array.from({ length: stages }, (_, stage) => ({
    name: `stage-${stage}`,
    phase: 'Running' as const,
    // Two stages side by side, each after both before.
    ...(stage < 2
      ? {}
      : { dependsOn: [`stage-${stage - (stage % 2) - 2}`, `stage-${stage - (stage % 2) - 1}`] }),
    tasks: Array.from({ length: tasks }, (_, task) => ({
      name: `task-${task}`,
      phase: PHASES[Math.floor(random.next() * PHASES.length)] ?? 'Pending',
      node: `aircraft-${Math.floor(random.next() * 300)}`,
    })),
  }))
}

/** Without pods: a list of tasks does not show them. */
export function largeWorld(now: number): readonly Planned[] {
  const mission = (name: string, stages: readonly StageSketch[]) =>
    missionObjects({ name, phase: 'Running', created: 3_600, started: 3_500, stages }, { now })
  const nodes = Array.from({ length: 300 }, (_, n) =>
    plan(
      NODES,
      now - 3_600_000,
      makeAircraft(`aircraft-${n}`, {
        type: ['uav', 'aew', 'tanker'][n % 3] ?? 'uav',
        zone: `zone-${n % 7}`,
        fuel: 20 + (n % 80),
      }) as unknown as Fields,
    ),
  )
  return [
    ...nodes,
    ...mission(BIG_MISSION, stagesOf(20, 50)),
    ...Array.from({ length: OTHERS }, (_, n) => mission(`mission-${n}`, stagesOf(5, 40))).flat(),
  ]
}

export const WIDE_MISSION = 'wide'
/** As many as a mission may have. */
export const WIDE_STAGES = 64
const TASKS_EACH = 40
const ATTEMPTS = 4
/** Lines of its timeline, and their bars: each task has flown so often. */
export const LINES = WIDE_STAGES * (1 + TASKS_EACH)
export const BARS = WIDE_STAGES * TASKS_EACH * ATTEMPTS
/** Stages side by side. */
const ABREAST = 8

/** One mission, eight stages in a layer, each after two of the layer before and one of three layers before. */
export function wideMission(now: number): readonly Planned[] {
  const stages = Array.from({ length: WIDE_STAGES }, (_, at): StageSketch => {
    const layer = Math.floor(at / ABREAST)
    const earlier = [at - ABREAST, layer * ABREAST - 1 - ((at * 7) % ABREAST), at - 3 * ABREAST]
    const after = [...new Set(earlier)].filter((before) => before >= 0)
    return {
      name: `stage-${at}`,
      phase: 'Running',
      started: 3_500 - layer * 400,
      ...(after.length === 0 ? {} : { dependsOn: after.map((before) => `stage-${before}`) }),
      tasks: Array.from({ length: TASKS_EACH }, (_, task) => ({
        name: `task-${task}`,
        phase: task % 4 === 0 ? ('Running' as const) : ('Succeeded' as const),
        node: `aircraft-${task}`,
        retries: ATTEMPTS - 1,
      })),
    }
  })
  return missionObjects(
    { name: WIDE_MISSION, phase: 'Running', created: 3_600, started: 3_500, stages },
    { now },
  )
}

export interface Changes {
  /** Resolves when the last change is made. */
  stop(): Promise<void>
}

/** Changes tasks, so many a second, until it is stopped. */
export function changeTasks(
  client: Client,
  tasks: readonly KubeObject[],
  perSecond: number,
): Changes {
  const resource = client.resource(FLIGHT_TASKS)
  const random = seededRandom(3)
  const pending = new Set<Promise<unknown>>()
  const change = (n: number): void => {
    const { metadata } = tasks[Math.floor(random.next() * tasks.length)]!
    const ref = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
    const phase = PHASES[n % PHASES.length]
    const body = { status: { phase, message: `change ${n}` } }
    const made = resource.patch(ref, { type: 'merge', body }, STATUS)
    pending.add(made)
    void made.finally(() => pending.delete(made))
  }
  let n = 0
  const timer = setInterval(() => {
    for (let one = 0; one < perSecond / 20; one++) change(n++)
  }, 50)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
    },
  }
}
