/** What a container has written: computed from its script and its start, so that nothing needs to be kept. */
import type { ContainerStatus, Instant, Pod } from '@sortie/machinery'
import { parseTime } from '@sortie/machinery'
import type { FleetSpec } from '../spec/fleetspec.ts'
import { writeScript } from './script.ts'

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
  const name = request.container ?? pod.spec.containers[0]?.name
  const script = writeScript(pod, context.rules).containers.find((one) => one.name === name)
  const span = runSpan(statusOfContainer(pod, name), request.previous === true)
  if (script === undefined || span === undefined) return []
  const until = Math.min(span.end, context.now)
  return script.output
    .map(({ at, text }) => ({ time: span.start + at, text }))
    .filter(({ time }) => time <= until)
}

function statusOfContainer(pod: Pod, name: string | undefined): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  return [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name)
}

interface RunSpan {
  readonly start: Instant
  readonly end: Instant
}

/** Times in a status are whole seconds, so a run that has ended may have lasted a second longer than they say. */
const TIME_GRAIN_MS = 1000

function runSpan(status: ContainerStatus | undefined, previous: boolean): RunSpan | undefined {
  const state = previous ? status?.lastState : (status?.state ?? status?.lastState)
  const ended = state?.terminated
  const start = parseTime(state?.running?.startedAt ?? ended?.startedAt)
  if (start === undefined) return undefined
  const end = parseTime(ended?.finishedAt)
  return { start, end: end === undefined ? Number.POSITIVE_INFINITY : end + TIME_GRAIN_MS }
}
