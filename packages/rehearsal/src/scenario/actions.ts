/** What people, and the cluster's own mishaps, do to a run while it goes on. */
import type { Chance } from './chance.ts'
import { drawStage, drawTask, type MissionDraw } from './missions.ts'
import type { Action, Edit, MissionPlan } from './scenario.ts'

/** Actions happen in this span from the start, milliseconds. */
export const ACTION_SPAN_MS = 60_000
const LONGEST_OUTAGE_MS = 60_000

/** The mission that flies in a namespace of its own, where there are three. */
export const OWN_NAMESPACE_MISSION = 'm3'
export const OWN_NAMESPACE = 'ops'

export interface ActionDraw extends MissionDraw {
  readonly mission: string
  readonly at: number
}

type Draw = (draw: ActionDraw) => Action

const DRAWS: readonly Draw[] = [
  ({ mission, at }) => ({ kind: 'cancel', at, mission }),
  ({ mission, at, chance }) => ({
    kind: 'suspend',
    at,
    mission,
    forMs: chance.between(500, 30_000),
  }),
  ({ mission, at, chance }) => ({
    kind: 'delete',
    at,
    mission,
    ...(chance.happens(0.7) ? { againAfterMs: chance.between(0, 4_000) } : {}),
  }),
  ({ mission, at, chance }) => ({ kind: 'retry', at: at + chance.between(0, 60_000), mission }),
  (draw) => ({ kind: 'edit', at: draw.at, mission: draw.mission, edit: drawEdit(draw) }),
  (draw) => ({ kind: 'edit', at: draw.at, mission: draw.mission, edit: drawEdit(draw) }),
  ({ at, chance, weapons, mission }) =>
    weapons.length === 0
      ? { kind: 'retry', at: at + 30_000, mission }
      : {
          kind: 'weaponImage',
          at,
          weapon: chance.oneOf(weapons),
          tag: `v${chance.between(1, 3)}`,
        },
  ({ at, chance }) => drawPodFate(chance, at),
  ({ at, chance }) => drawPodFate(chance, at),
  ({ at, chance }) => ({
    kind: 'deleteChild',
    at,
    pick: chance.share(),
    of: chance.oneOf(['stage', 'task'] as const),
  }),
  ({ at, chance }) => ({
    kind: 'node',
    at,
    pick: chance.share(),
    fate: chance.oneOf(['notReady', 'gone', 'cordon'] as const),
    // Twice as long as until it must be noticed, and more.
    forMs: chance.between(1_000, 2 * LONGEST_OUTAGE_MS),
    tainted: chance.happens(0.5),
  }),
  ({ at, chance }) => ({
    kind: 'finalizer',
    at,
    pick: chance.share(),
    of: chance.oneOf(['mission', 'stage', 'task', 'pod'] as const),
    forMs: chance.between(1_000, LONGEST_OUTAGE_MS),
  }),
  ({ at, chance, mission }) =>
    mission === OWN_NAMESPACE_MISSION
      ? {
          kind: 'deleteNamespace',
          at,
          namespace: OWN_NAMESPACE,
          ...(chance.happens(0.7) ? { againAfterMs: chance.between(100, 40_000) } : {}),
        }
      : { kind: 'approve', at },
  ({ at, chance }) => ({
    kind: 'clockJump',
    at,
    byMs: chance.oneOf([-60_000, -5_000, 2_000, 3_600_000]),
  }),
]

function drawPodFate(chance: Chance, at: number): Action {
  const fate = chance.oneOf(['delete', 'forceDelete', 'evict', 'apiEvict'] as const)
  return { kind: 'pod', at, pick: chance.share(), fate }
}

/** Any of them. */
export function drawAction(draw: ActionDraw): Action {
  return draw.chance.oneOf(DRAWS)(draw)
}

export function drawActions(draw: MissionDraw, missions: readonly MissionPlan[]): Action[] {
  const { chance } = draw
  const chosen = DRAWS.filter(() => chance.happens(0.5))
  if (chosen.length === 0) return []
  const span = chance.oneOf([5_000, 20_000, ACTION_SPAN_MS])
  return Array.from({ length: chance.oneOf([1, 1, 2, 4, 6]) }, () =>
    chance.oneOf(chosen)({
      ...draw,
      mission: chance.oneOf(missions).name,
      at: chance.between(0, span),
    }),
  ).toSorted((a, b) => a.at - b.at)
}

export function drawEdit(draw: MissionDraw): Edit {
  const { chance } = draw
  const pick = chance.share()
  const name = `x${chance.between(1, 3)}`
  const edits: readonly (() => Edit)[] = [
    () => ({ kind: 'addStage', stage: drawStage(draw, name, []) }),
    () => ({ kind: 'insertStage', pick, stage: drawStage(draw, name, []) }),
    () => ({ kind: 'removeStage', pick }),
    () => ({ kind: 'changeStage', pick, stage: drawStageChange(chance) }),
    () => ({ kind: 'cycle' }),
    () => ({ kind: 'addTask', pick, task: drawTask(draw, { name, mixed: false, before: [] }) }),
    () => ({ kind: 'removeTask', pick }),
    () => ({ kind: 'changeTask', pick, task: { timeout: `${chance.between(5, 60)}s` } }),
    () => ({ kind: 'maxParallelTasks', value: chance.between(1, 5) }),
    () => ({ kind: 'maxRetries', value: chance.between(0, 4) }),
  ]
  return chance.oneOf(edits)()
}

/** Fields that a stage that has started does not take over. */
function drawStageChange(chance: Chance): Extract<Edit, { readonly kind: 'changeStage' }>['stage'] {
  return chance.happens(0.5)
    ? { timeout: `${chance.between(60, 200)}s` }
    : { type: chance.oneOf(['parallel', 'sequential'] as const) }
}
