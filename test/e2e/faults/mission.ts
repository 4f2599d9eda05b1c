/** The mission of two hundred tasks that every fault is tried on, and how it stands in the end. */
import {
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
} from '@sortie/api'
import type { Client } from '@sortie/client'

export const TASKS = 200
/** Seconds within which a mission must have ended, whatever was done to it, on a busy machine. */
const PATIENCE = 300

const attempts = { 'fleet.sortie/fail-attempts': '1' }
const failure = { 'fleet.sortie/exit-code': '1' }
const taskOf =
  (duration: string) =>
  (name: string, more: object = {}, annotations: object = {}): object => ({
    name,
    aircraft: 'drone',
    podTemplate: {
      metadata: { annotations: { 'fleet.sortie/duration': duration, ...annotations } },
      spec: { containers: [{ name: 'task', image: 'busybox:1.36' }] },
    },
    ...more,
  })

/** Stages side by side and in a row, tasks in order, some that fail once and some that fail for good. */
export function twoHundredTasks(name: string, duration = '400ms'): object {
  const task = taskOf(duration)
  const order = Array.from({ length: 10 }, (_, index) => task(`leg-${index + 1}`))
  return {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'Mission',
    metadata: { name, namespace: 'default' },
    spec: {
      config: { failurePolicy: { maxRetries: 1, retryStrategy: 'immediate' } },
      maxParallelTasks: 30,
      stages: [
        { name: 'open', flightTasks: [task('scan', { count: 80 })] },
        { name: 'order', type: 'sequential', dependsOn: ['open'], flightTasks: order },
        {
          name: 'flaky',
          dependsOn: ['open'],
          flightTasks: [
            task('twice', { count: 4 }, attempts),
            task('lost', { count: 2, optional: true }, failure),
            task('once', { count: 34 }),
          ],
        },
        { name: 'last', dependsOn: ['order', 'flaky'], flightTasks: [task('sum', { count: 70 })] },
      ],
    },
  }
}

/** What must come out the same whatever happened on the way: nothing in it is a time, a place or a name of this mission alone. */
export interface End {
  readonly phase: string | undefined
  readonly statistics: unknown
  /** `stage phase` and its counts. */
  readonly stages: Readonly<Record<string, unknown>>
  /** `phase, n retries` by task. */
  readonly tasks: Readonly<Record<string, string>>
}

/** Waits for the mission's end; the API server may be away meanwhile. @throws Error where it does not come */
export async function endOf(client: Client, name: string): Promise<End> {
  const key = { namespace: 'default', name }
  const missions = client.resource<Mission>(MISSIONS)
  const deadline = performance.now() + PATIENCE * 1000
  for (;;) {
    const mission = await missions.get(key).catch(() => undefined)
    if (isEnded(mission?.status?.phase)) return readEnd(client, name)
    if (performance.now() > deadline) {
      throw new Error(`${name} has not ended: ${JSON.stringify(mission?.status)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

export function isEnded(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}

async function readEnd(client: Client, name: string): Promise<End> {
  const selection = { namespace: 'default', labelSelector: `mission=${name}` }
  const mission = await client.resource<Mission>(MISSIONS).get({ namespace: 'default', name })
  const stages = await client.resource<MissionStage>(MISSION_STAGES).listAll(selection)
  const tasks = await client.resource<FlightTask>(FLIGHT_TASKS).listAll(selection)
  const shortName = (full: string): string => full.slice(name.length + 1)
  return {
    phase: mission.status?.phase,
    statistics: mission.status?.statistics,
    stages: Object.fromEntries(
      stages.items
        .map(({ metadata, status }): [string, unknown] => [
          `${shortName(metadata.name)} ${status?.phase}`,
          status?.counts,
        ])
        .sort(),
    ),
    tasks: Object.fromEntries(
      tasks.items
        .map(({ metadata, status }): [string, string] => [
          shortName(metadata.name),
          `${status?.phase}, ${status?.retryCount ?? 0} retries`,
        ])
        .sort(),
    ),
  }
}

/** Without what a pod that somebody deleted changes: how often its task was tried. */
export function withoutRetries(end: End): End {
  const tasks = Object.entries(end.tasks).map(([name, text]) => [name, text.split(',')[0] ?? ''])
  return { ...end, tasks: Object.fromEntries(tasks) as Record<string, string> }
}
