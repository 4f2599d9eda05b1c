/** Random missions: every one can be flown by the fleet to some end. */
import type { FleetSpec } from '@sortie/fleet'
import type { Chance } from './chance.ts'
import { MOST_HARDPOINTS, slotsOf } from './fleets.ts'
import type { MissionPlan, StagePlan, TaskPlan } from './scenario.ts'

export interface MissionDraw {
  readonly chance: Chance
  readonly fleet: FleetSpec
  /** Names of weapons that there are or will be. */
  readonly weapons: readonly string[]
}

const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const

export function drawMission(draw: MissionDraw, name: string, at: number): MissionPlan {
  const { chance } = draw
  const count = chance.oneOf([1, 2, 2, 3, 3, 4, 5])
  const stages: StagePlan[] = []
  for (let index = 0; index < count; index++) {
    stages.push(drawStage(draw, `s${index + 1}`, stages))
  }
  return {
    name,
    at,
    spec: {
      stages,
      config: drawConfig(chance),
      ...(chance.happens(0.4) ? { priority: chance.oneOf(PRIORITIES) } : {}),
      ...(chance.happens(0.2) ? { maxParallelTasks: chance.between(1, 4) } : {}),
      ...(chance.happens(0.05) ? { ttlSecondsAfterFinished: chance.between(0, 60) } : {}),
    },
  }
}

export function drawConfig(chance: Chance): NonNullable<MissionPlan['spec']['config']> {
  return {
    failurePolicy: {
      maxRetries: chance.oneOf([0, 1, 1, 2, 3]),
      retryStrategy: chance.oneOf(['immediate', 'exponential', 'custom']),
      ...(chance.happens(0.5) ? { backoff: { baseSeconds: 1, factor: 2, maxSeconds: 10 } } : {}),
      stageFailureAction: chance.oneOf(['abort', 'continue', 'retry']),
      maxStageRetries: chance.between(0, 2),
    },
    cancellationPolicy: {
      gracePeriod: chance.oneOf(['0s', '2s', '10s', '30s']),
      cleanup: chance.happens(0.3),
    },
  }
}

export function drawStage(
  draw: MissionDraw,
  name: string,
  before: readonly StagePlan[],
): StagePlan {
  const { chance, fleet } = draw
  const type = chance.oneOf(['parallel', 'parallel', 'sequential', 'mixed'] as const)
  const aircraft = chance.oneOf(fleet.aircraft).type
  const gang = type === 'parallel' && chance.happens(0.25)
  const flightTasks: TaskPlan[] = []
  const most = gang ? Math.min(4, slotsOf(fleet, aircraft)) : 4
  const count = chance.between(1, most)
  for (let index = 0; index < count; index++) {
    const task = drawTask(draw, {
      name: `t${index + 1}`,
      mixed: type === 'mixed',
      before: flightTasks,
    })
    flightTasks.push(gang ? gangMember(task, aircraft) : task)
  }
  const dependsOn = before.map((stage) => stage.name).filter(() => chance.happens(0.45))
  return {
    name,
    type,
    flightTasks,
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(gang ? { synchronization: { waitForAll: true } } : {}),
    ...(chance.happens(0.1) ? { timeout: `${chance.between(5, 120)}s` } : {}),
    ...(chance.happens(0.07) ? { startGates: [{ name: 'approval' }] } : {}),
  }
}

/** A gang has to fit into the fleet as a whole: one type, no weapons, no copies. */
export function gangMember(task: TaskPlan, aircraft: string): TaskPlan {
  const { weaponLoadout: _, aircraftRequirement: __, count: ___, ...rest } = task
  return { ...rest, aircraft }
}

interface TaskDraw {
  readonly name: string
  readonly mixed: boolean
  readonly before: readonly TaskPlan[]
}

export function drawTask(draw: MissionDraw, { name, mixed, before }: TaskDraw): TaskPlan {
  const { chance, fleet, weapons } = draw
  const group = chance.oneOf(fleet.aircraft)
  const dependsOn = mixed
    ? before.flatMap((task) => (task.name !== undefined && chance.happens(0.5) ? [task.name] : []))
    : []
  return {
    name,
    aircraft: chance.happens(0.9) ? group.type : '',
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(chance.happens(0.1) ? { count: chance.between(2, 5) } : {}),
    ...(chance.happens(0.1) ? { optional: true } : {}),
    ...(chance.happens(0.1) ? { timeout: `${chance.between(3, 60)}s` } : {}),
    ...(weapons.length > 0 && chance.happens(0.3)
      ? { weaponLoadout: [{ weapon: chance.oneOf(weapons), quantity: 1 }] }
      : {}),
    ...(chance.happens(0.15) ? { aircraftRequirement: { requiredHardpoints: 1 } } : {}),
    ...drawTemplate(chance),
    ...(chance.happens(0.08) ? drawRestarting(chance) : {}),
  }
}

/** What the task's container does by itself, beside the fleet's rules. */
function drawTemplate(chance: Chance): Pick<TaskPlan, 'podTemplate'> {
  if (chance.happens(0.4)) return {}
  const annotations: Record<string, string> = {}
  if (chance.happens(0.3)) annotations['fleet.sortie/fail-attempts'] = String(chance.between(1, 3))
  if (chance.happens(0.1)) annotations['fleet.sortie/exit-code'] = '3'
  const metadata = Object.keys(annotations).length === 0 ? {} : { metadata: { annotations } }
  return { podTemplate: { ...metadata, spec: podSpec('Never') } as PodTemplate }
}

type PodTemplate = NonNullable<TaskPlan['podTemplate']>

/** A container that fails is started again for ever: only a time limit ends such a task for sure. */
function drawRestarting(chance: Chance): Pick<TaskPlan, 'podTemplate' | 'timeout'> {
  const podTemplate = { spec: podSpec('OnFailure') } as PodTemplate
  return { podTemplate, timeout: `${chance.between(10, 60)}s` }
}

function podSpec(restartPolicy: 'Never' | 'OnFailure'): object {
  return { restartPolicy, containers: [{ name: 'main', image: 'sortie/flight:1' }] }
}

export const WEAPON_HARDPOINTS = MOST_HARDPOINTS / 2
