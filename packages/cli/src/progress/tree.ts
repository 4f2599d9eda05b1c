/** A mission as a tree of text: pure, from a snapshot and the time to lines. */
import { countTasks, type FlightTask, type MissionStage } from '@sortie/api'
import { type Instant, parseTime, type Stored } from '@sortie/machinery'
import {
  displayWidth,
  fit,
  harmless,
  humanTime,
  oneLine,
  type Paint,
  type Style,
} from '../output/text.ts'
import type { MissionSnapshot, StageSnapshot } from './snapshot.ts'

export interface TreeOptions {
  readonly now: Instant
  readonly paint: Paint
  /** Lines are cut to that many columns. */
  readonly columns: number
  /** Tasks shown of each stage, what is wrong and what runs first. */
  readonly tasksPerStage: number
}

interface Look {
  readonly mark: string
  readonly style: Style
  /** Tasks are shown in this order where not all have room. */
  readonly rank: number
}

const LOOKS: Readonly<Record<string, Look>> = {
  Failed: { mark: '✖', style: 'red', rank: 0 },
  Running: { mark: '▶', style: 'cyan', rank: 1 },
  Scheduled: { mark: '→', style: 'blue', rank: 2 },
  Pending: { mark: '○', style: 'dim', rank: 3 },
  Cancelled: { mark: '■', style: 'magenta', rank: 4 },
  Succeeded: { mark: '✔', style: 'green', rank: 5 },
}
const UNKNOWN: Look = { mark: '?', style: 'yellow', rank: 3 }

const lookOf = (phase: string): Look => LOOKS[phase] ?? UNKNOWN

export function renderTree(snapshot: MissionSnapshot, options: TreeOptions): string[] {
  const lines = [missionLine(snapshot, options)]
  const message = snapshot.mission.status?.message ?? ''
  if (message !== '') lines.push(`   ${options.paint('dim', oneLine(message))}`)
  const nameWidth = widest(snapshot.stages.map(({ stage }) => nameOfStage(stage)))
  for (const [index, stage] of snapshot.stages.entries()) {
    const last = index === snapshot.stages.length - 1
    lines.push(...stageLines(stage, { ...options, last, nameWidth }))
  }
  return lines.map((line) => cut(line, options.columns))
}

function missionLine({ mission, stages }: MissionSnapshot, options: TreeOptions): string {
  const { status } = mission
  const phase = status?.phase ?? 'Pending'
  const done = stages.filter(({ stage }) => stage.status?.phase === 'Succeeded').length
  const facts = [
    `${done}/${stages.length} stages`,
    `${status?.statistics?.succeededTasks ?? 0}/${status?.statistics?.totalFlightTasks ?? 0} tasks`,
    elapsed(status, options.now),
  ].filter((fact) => fact !== '')
  const name = options.paint('bold', harmless(mission.metadata.name))
  return `${badge(phase, options.paint)} ${name}  ${facts.join('  ')}`
}

type StageOptions = TreeOptions & { readonly last: boolean; readonly nameWidth: number }

function stageLines({ stage, tasks }: StageSnapshot, options: StageOptions): string[] {
  const { status, spec } = stage
  const counts = status?.counts
  const name = nameOfStage(stage).padEnd(options.nameWidth)
  const facts = [
    spec.stageType,
    `${counts?.succeeded ?? 0}/${counts?.total ?? countTasks(spec)}`,
    elapsed(status, options.now),
  ].filter((fact) => fact !== '')
  const branch = options.last ? '└─' : '├─'
  const stem = options.last ? '   ' : '│  '
  const phase = status?.phase ?? 'Pending'
  const why = phase === 'Succeeded' || phase === 'Running' ? '' : (status?.message ?? '')
  const line = `${branch} ${badge(phase, options.paint)} ${options.paint('bold', name)}  ${facts.join('  ')}`
  return [
    why === '' ? line : `${line}  ${options.paint('dim', oneLine(why))}`,
    ...taskLines(tasks, options).map((task) => `${stem}${task}`),
  ]
}

function taskLines(tasks: readonly Stored<FlightTask>[], options: TreeOptions): string[] {
  const shown = chooseTasks(tasks, options.tasksPerStage)
  const names = widest(shown.map(nameOfTask))
  const nodes = widest(shown.map(({ status }) => status?.schedulingInfo?.assignedNode ?? ''))
  const left = tasks.length - shown.length
  return [
    ...shown.map((task, index) => {
      const branch = index === shown.length - 1 && left === 0 ? '└─' : '├─'
      return `${branch} ${taskText(task, { names, nodes, options })}`
    }),
    ...(left === 0 ? [] : [`└─ … and ${left} more: ${tally(tasks, shown)}`]),
  ]
}

interface TaskWidths {
  readonly names: number
  readonly nodes: number
  readonly options: TreeOptions
}

function taskText(task: Stored<FlightTask>, { names, nodes, options }: TaskWidths): string {
  const { status } = task
  const phase = status?.phase ?? 'Pending'
  const node = status?.schedulingInfo?.assignedNode ?? ''
  const retries = status?.retryCount ?? 0
  const calm = phase === 'Succeeded' || phase === 'Running'
  const notes = [
    elapsed(status, options.now),
    retries === 0 ? '' : `${retries} ${retries === 1 ? 'retry' : 'retries'}`,
    calm ? '' : oneLine(status?.message ?? ''),
  ].filter((note) => note !== '')
  const where = harmless(node).padEnd(nodes)
  return `${badge(phase, options.paint)} ${nameOfTask(task).padEnd(names)}  ${where}  ${notes.join('  ')}`.trimEnd()
}

/** All where there is room; else what is wrong first, then what flies, each in the order of names. */
function chooseTasks(tasks: readonly Stored<FlightTask>[], limit: number): Stored<FlightTask>[] {
  if (tasks.length <= limit) return [...tasks]
  const rank = (task: Stored<FlightTask>): number => lookOf(task.status?.phase ?? 'Pending').rank
  return tasks.toSorted((a, b) => rank(a) - rank(b)).slice(0, limit)
}

function tally(tasks: readonly Stored<FlightTask>[], shown: readonly Stored<FlightTask>[]): string {
  const hidden = new Map<string, number>()
  const seen = new Set(shown)
  for (const task of tasks) {
    if (seen.has(task)) continue
    const phase = task.status?.phase ?? 'Pending'
    hidden.set(phase, (hidden.get(phase) ?? 0) + 1)
  }
  return [...hidden].map(([phase, count]) => `${count} ${phase}`).join(', ')
}

function badge(phase: string, paint: Paint): string {
  const { mark, style } = lookOf(phase)
  return paint(style, `${mark} ${harmless(phase).padEnd(9)}`)
}

function elapsed(
  status: { readonly startTime?: string; readonly completionTime?: string } | undefined,
  now: Instant,
): string {
  const start = parseTime(status?.startTime)
  if (start === undefined) return ''
  return humanTime((parseTime(status?.completionTime) ?? now) - start)
}

function nameOfStage(stage: Stored<MissionStage>): string {
  return harmless(stage.metadata.labels?.['stage-name'] ?? stage.metadata.name)
}

function nameOfTask(task: Stored<FlightTask>): string {
  return harmless(task.spec.taskName ?? task.metadata.name)
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, displayWidth(text)), 0)
}

/** Colour sequences take no columns: a coloured line is only cut where its plain text is too long. */
function cut(line: string, columns: number): string {
  return displayWidth(line) <= columns ? line : fit(harmless(line), columns)
}
