/** What a container has written: computed from its script and its start, so that nothing needs to be kept. */
import type { ContainerStatus, Instant, Pod } from '@sortie/machinery'
import { parseTime } from '@sortie/machinery'
import type { FleetSpec } from '../spec/fleetspec.ts'
import { writeScript } from './script.ts'
import type { OutputLine } from './shell.ts'

export interface LogRequest {
  /** Default: the first main container. */
  readonly container?: string
  /** Of the run before the last restart. */
  readonly previous?: boolean
}

export interface LogLine {
  readonly time: Instant
  readonly text: string
}

export interface LogContext {
  readonly rules: FleetSpec['rules']
  /** Lines that are written later than this are not there yet. */
  readonly now: Instant
}

/** The lines so far, oldest first; none where the container has not started. */
export function readLog(pod: Pod, request: LogRequest, context: LogContext): readonly LogLine[] {
  const span = runSpan(statusOf(pod, request), request.previous === true)
  if (span === undefined) return []
  const until = Math.min(span.end, context.now)
  return outputOf(pod, request, context)
    .map(({ at, text }) => ({ time: span.start + at, text }))
    .filter(({ time }) => time <= until)
}

/** Which run of the container `readLog` reads, counted from 0; undefined where there was none yet. */
export function runNumber(pod: Pod, request: LogRequest): number | undefined {
  const status = statusOf(pod, request)
  const { restartCount = 0, state, lastState } = status ?? {}
  if (state?.running !== undefined || state?.terminated !== undefined) return restartCount
  return lastState?.terminated === undefined ? undefined : restartCount - 1
}

/** When the next line of this run is written; undefined where none is in sight, `ended` where none will come. */
export function nextLineAt(
  pod: Pod,
  request: LogRequest,
  context: LogContext,
): Instant | 'ended' | undefined {
  const hasEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  const status = statusOf(pod, request)
  if (hasEnded || request.previous === true || status?.state?.terminated !== undefined)
    return 'ended'
  const span = runSpan(status, false)
  if (span === undefined) return undefined
  if (status?.state?.running === undefined) return 'ended'
  return outputOf(pod, request, context)
    .map(({ at }) => span.start + at)
    .find((time) => time > context.now)
}

function outputOf(pod: Pod, request: LogRequest, { rules }: LogContext): readonly OutputLine[] {
  const name = containerOf(pod, request)
  return writeScript(pod, rules).containers.find((one) => one.name === name)?.output ?? []
}

function containerOf(pod: Pod, { container }: LogRequest): string | undefined {
  return container ?? pod.spec.containers[0]?.name
}

function statusOf(pod: Pod, request: LogRequest): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  const name = containerOf(pod, request)
  return [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name)
}

interface RunSpan {
  readonly start: Instant
  readonly end: Instant
}

/** Times in a status are whole seconds, so a run that has ended may have lasted a second longer than they say. */
const TIME_GRAIN_MS = 1000

function runSpan(status: ContainerStatus | undefined, previous: boolean): RunSpan | undefined {
  const current = status?.state
  const hasRun = current?.running !== undefined || current?.terminated !== undefined
  const state = previous || !hasRun ? status?.lastState : current
  const ended = state?.terminated
  const start = parseTime(state?.running?.startedAt ?? ended?.startedAt)
  if (start === undefined) return undefined
  const end = parseTime(ended?.finishedAt)
  return { start, end: end === undefined ? Number.POSITIVE_INFINITY : end + TIME_GRAIN_MS }
}
