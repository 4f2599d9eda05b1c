/** A mission's timeline: a row per stage and per task, a bar per attempt, and which of them decided how long it took. Pure. */
import type { FlightTaskRow, PodRow, StageRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'
import type { Span } from './scale.ts'

export type SegmentKind = 'queued' | 'scheduled' | 'running'

export interface Segment {
  readonly kind: SegmentKind
  readonly from: Instant
  /** Missing while it lasts. */
  readonly to?: Instant
}

/** One attempt: one pod. */
export interface Bar {
  readonly uid: string
  readonly attempt: number
  readonly outcome: PodRow['phase']
  readonly node?: string
  readonly segments: readonly Segment[]
}

export interface StageLine {
  readonly kind: 'stage'
  readonly uid: string
  readonly row: StageRow
  readonly from?: Instant
  readonly to?: Instant
  readonly critical: boolean
}

export interface TaskLine {
  readonly kind: 'task'
  readonly uid: string
  readonly row: FlightTaskRow
  /** Its attempts in their order. */
  readonly pods: readonly PodRow[]
  readonly critical: boolean
}

export type Line = StageLine | TaskLine

export interface TimelineInput {
  readonly stages: readonly StageRow[]
  readonly tasks: readonly FlightTaskRow[]
  readonly pods: readonly PodRow[]
  /** Uids of stages whose tasks are not shown. */
  readonly folded: ReadonlySet<string>
}

/** Queued from its creation, scheduled from its binding, running from its start to its end. */
export function segmentsOf(pod: PodRow): readonly Segment[] {
  const { created, scheduled, started, finished } = pod
  const segments: Segment[] = []
  const add = (kind: SegmentKind, from: Instant | undefined, to: Instant | undefined): void => {
    if (from === undefined) return
    const end = to ?? finished
    segments.push({ kind, from, ...(end === undefined ? {} : { to: Math.max(from, end) }) })
  }
  add('queued', created, scheduled ?? started)
  if (scheduled !== undefined) add('scheduled', scheduled, started)
  add('running', started, undefined)
  return segments
}

function barOf(pod: PodRow): Bar {
  return {
    uid: pod.uid,
    attempt: pod.attempt,
    outcome: pod.phase,
    ...(pod.node === undefined ? {} : { node: pod.node }),
    segments: segmentsOf(pod),
  }
}

function groupBy<T>(
  all: readonly T[],
  keyOf: (one: T) => string | undefined,
): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

/** Lines in the order of the mission, tasks below their stage. */
export function linesOf({ stages, tasks, pods, folded }: TimelineInput): readonly Line[] {
  const critical = criticalPath(stages, tasks)
  const podsOf = groupBy(pods, (pod) => pod.flightTask)
  const tasksOf = groupBy(tasks, (task) => task.stageRef)
  const lines: Line[] = []
  for (const stage of stages.toSorted((a, b) => a.index - b.index)) {
    lines.push(stageLine(stage, critical.has(stage.uid)))
    if (folded.has(stage.uid)) continue
    for (const task of (tasksOf.get(stage.name) ?? []).toSorted((a, b) => a.index - b.index)) {
      const own = podsOf.get(task.name)?.sort((a, b) => a.created - b.created) ?? []
      lines.push({
        kind: 'task',
        uid: task.uid,
        row: task,
        pods: own,
        critical: critical.has(task.uid),
      })
    }
  }
  return lines
}

function stageLine(stage: StageRow, critical: boolean): StageLine {
  return {
    kind: 'stage',
    uid: stage.uid,
    row: stage,
    critical,
    ...(stage.started === undefined ? {} : { from: stage.started }),
    ...(stage.completed === undefined ? {} : { to: stage.completed }),
  }
}

/** The attempts of a task: made for those in sight alone, of ten thousand that is what can be drawn. */
export function barsOf({ row, pods }: TaskLine): readonly Bar[] {
  return pods.length > 0 ? pods.map(barOf) : barsWithoutPods(row)
}

/** A task whose pods are gone still says when it ran. */
function barsWithoutPods(task: FlightTaskRow): readonly Bar[] {
  if (task.started === undefined) return []
  const outcome = task.phase === 'Succeeded' || task.phase === 'Failed' ? task.phase : 'Unknown'
  const end = task.completed === undefined ? {} : { to: task.completed }
  return [
    {
      uid: task.uid,
      attempt: task.retries,
      outcome,
      ...(task.node === undefined ? {} : { node: task.node }),
      segments: [{ kind: 'running', from: task.started, ...end }],
    },
  ]
}

/**
 * Uids of the stages and tasks that decided when the mission ended: from the stage that ended last, back over whichever of the
 * stages before it ended last; in each stage the task that ended last. Of a running mission, what it waits for so far.
 */
export function criticalPath(
  stages: readonly StageRow[],
  tasks: readonly FlightTaskRow[],
): ReadonlySet<string> {
  const byName = new Map(stages.map((stage) => [stage.stage, stage]))
  const tasksOf = groupBy(tasks, (task) => task.stageRef)
  const path = new Set<string>()
  let stage = latest(stages.filter((one) => one.started !== undefined))
  while (stage !== undefined && !path.has(stage.uid)) {
    path.add(stage.uid)
    const last = latest(
      (tasksOf.get(stage.name) ?? []).filter((task) => task.started !== undefined),
    )
    if (last !== undefined) path.add(last.uid)
    stage = latest(stage.dependsOn.flatMap((name) => byName.get(name) ?? []))
  }
  return path
}

function latest<T extends { readonly completed?: Instant }>(all: readonly T[]): T | undefined {
  const end = (one: T): number => one.completed ?? Number.POSITIVE_INFINITY
  let found: T | undefined
  for (const one of all) if (found === undefined || end(one) > end(found)) found = one
  return found
}

/** From the first beginning to the last end, what runs still ending at `now`. */
export function wholeSpan(lines: readonly Line[], now: Instant): Span {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  eachSpan(lines, (begin, end = now) => {
    from = Math.min(from, begin)
    to = Math.max(to, begin, end)
  })
  return from > to ? { from: now - 1_000, to: now } : { from, to }
}

/** When something happened. */
export function spansOf(lines: readonly Line[], now: Instant): readonly Span[] {
  const spans: Span[] = []
  eachSpan(lines, (from, to = now) => spans.push({ from, to: Math.max(from, to) }))
  return spans
}

/** A stage from its start, an attempt from its creation, to its end: missing while it lasts. */
function eachSpan(lines: readonly Line[], take: (from: Instant, to?: Instant) => void): void {
  for (const line of lines) {
    if (line.kind === 'stage') {
      if (line.from !== undefined) take(line.from, line.to)
    } else if (line.pods.length > 0) {
      for (const { created, finished } of line.pods) take(created, finished)
    } else if (line.row.started !== undefined) take(line.row.started, line.row.completed)
  }
}
