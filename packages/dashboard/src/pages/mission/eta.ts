/** When a mission will have ended, as far as the durations of its tasks that have ended tell. Pure. */
import { type FlightTaskRow, GATES, type MissionRow, type StageRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'

/** `noneEnded`: nothing to judge by yet; `gate`, `suspended`: a person has to say when. */
export type Unknown = 'noneEnded' | 'gate' | 'suspended'

export type Expectation =
  | { readonly known: true; readonly at: Instant }
  | { readonly known: false; readonly why: Unknown }

export interface Outlook {
  readonly mission: MissionRow
  readonly stages: readonly StageRow[]
  readonly tasks: readonly FlightTaskRow[]
  readonly now: Instant
}

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Cancelled'])

/**
 * Each task that has not ended takes as long as half of those that succeeded, of its stage where there are such, else of the mission;
 * a parallel stage does as many at a time as run in it now, or all where none does; stages follow each other as they depend on each
 * other. Failures that are still to come are not foreseen. Undefined where the mission does not run.
 */
export function expectedEnd(outlook: Outlook): Expectation | undefined {
  const { mission, stages, tasks, now } = outlook
  if (mission.phase !== 'Running') return undefined
  if (mission.suspended === true) return { known: false, why: 'suspended' }
  const open = stages.filter(({ phase }) => !ENDED.has(phase))
  const isHeld = ({ gates }: StageRow): boolean => gates.some((gate) => gate !== GATES.dependencies)
  if (open.some(isHeld)) return { known: false, why: 'gate' }
  const usual = median(tasks.flatMap(durationOf))
  if (usual === undefined) return { known: false, why: 'noneEnded' }
  const byStage = Map.groupBy(tasks, ({ stageRef }) => stageRef)
  const left = new Map(
    open.map((stage) => [
      stage.stage,
      leftOf(stage, byStage.get(stage.name) ?? [], { usual, now }),
    ]),
  )
  return { known: true, at: now + longest(open, left) }
}

function durationOf({ phase, started, completed }: FlightTaskRow): readonly number[] {
  if (phase !== 'Succeeded' || started === undefined || completed === undefined) return []
  return [completed - started]
}

function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

/** Milliseconds that a stage still takes once it may begin. */
function leftOf(
  stage: StageRow,
  tasks: readonly FlightTaskRow[],
  { usual, now }: { readonly usual: number; readonly now: Instant },
): number {
  const each = median(tasks.flatMap(durationOf)) ?? usual
  const open = tasks.filter(({ phase }) => !ENDED.has(phase))
  const lefts = open.map((task) => {
    const waits = task.nextRetry === undefined ? 0 : Math.max(0, task.nextRetry - now)
    const done = task.phase === 'Running' && task.started !== undefined ? now - task.started : 0
    return waits + Math.max(0, each - done)
  })
  // Tasks of a stage that has not begun may not be there yet.
  const missing = Math.max(0, stage.tasks.total - tasks.length)
  const all = lefts.reduce((sum, one) => sum + one, missing * each)
  if (stage.stageType === 'sequential') return all
  const running = tasks.filter(({ phase }) => phase === 'Running').length
  const abreast = running > 0 ? running : Math.max(1, open.length + missing)
  return Math.max(all / abreast, missing > 0 ? each : 0, ...lefts)
}

/** The longest way through what depends on each other. */
function longest(stages: readonly StageRow[], left: ReadonlyMap<string, number>): number {
  const byName = new Map(stages.map((stage) => [stage.stage, stage]))
  const ends = new Map<string, number>()
  const endOf = (stage: StageRow): number => {
    const known = ends.get(stage.stage)
    if (known !== undefined) return known
    // Against stages in a ring, which the API refuses.
    ends.set(stage.stage, 0)
    const before = stage.dependsOn.flatMap((name) => byName.get(name) ?? []).map(endOf)
    const end = Math.max(0, ...before) + (left.get(stage.stage) ?? 0)
    ends.set(stage.stage, end)
    return end
  }
  return Math.max(0, ...stages.map(endOf))
}
