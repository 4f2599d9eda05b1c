/** Says on a pod why it waits: its condition PodScheduled and an event, when the reason is new, and not too often. */
import type { Client } from '@sortie/client'
import type { Clock, Instant, Logger, Pod, Stored, Timer } from '@sortie/machinery'
import { ApiStatusError, formatTime, isConflict, isNotFound, PODS } from '@sortie/machinery'
import type { EventRecorder } from '@sortie/runtime'

export interface ReporterDeps {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: EventRecorder
  /** The pod as the cache has it now; undefined where it waits no more. */
  podOf(uid: string): Stored<Pod> | undefined
  /** A reason that passes within so many milliseconds is not written, where a report says nothing else. */
  readonly delayMs: number
}

export interface Reporter {
  /** @param delayMs for how long a pod that has not been told anything yet is left alone */
  report(uid: string, message: string, delayMs?: number): void
  /** The pod waits no more. */
  forget(uid: string): void
  stop(): void
}

interface Wait {
  message: string
  /** What was written, with the numbers left out, and when. */
  written?: { readonly kind: string; readonly message: string; readonly at: Instant }
  due?: Instant
  /** How often in a row the server could not be reached. */
  failures?: number
}

/** When only numbers in a reason change, it is written again after so long at the earliest; otherwise after the shorter time. */
const SAME_KIND_MS = 30_000
const OTHER_KIND_MS = 2_000
/** When it is tried again after the server did not answer; doubles to the longest. */
const RETRY_MS = { first: 2_000, most: 60_000 }
const MAX_MESSAGE = 1_024

/** When a reason is to be written; undefined where it stands already. */
export function reportTime(wait: Wait, now: Instant, delayMs: number): Instant | undefined {
  const { written, message } = wait
  if (written === undefined) return now + delayMs
  if (written.message === message) return undefined
  const pause = written.kind === kindOf(message) ? SAME_KIND_MS : OTHER_KIND_MS
  return Math.max(now + delayMs, written.at + pause)
}

function kindOf(message: string): string {
  return message.replaceAll(/\d+/g, '#')
}

export function createReporter(deps: ReporterDeps): Reporter {
  const waits = new Map<string, Wait>()
  const { clock } = deps
  let timer: { readonly at: Instant; readonly timer: Timer } | undefined
  let stopped = false
  const arm = (at: Instant): void => {
    if (stopped || (timer !== undefined && timer.at <= at)) return
    timer?.timer.cancel()
    timer = { at, timer: clock.setTimer(Math.max(0, at - clock.now()), flush) }
  }
  const flush = (): void => {
    timer = undefined
    const now = clock.now()
    let next: Instant | undefined
    for (const [uid, wait] of waits) {
      if (wait.due === undefined) continue
      if (wait.due <= now) {
        delete wait.due
        void write(deps, { uid, wait, now }).then(() => {
          if (wait.due !== undefined && waits.get(uid) === wait) arm(wait.due)
        })
      } else next = Math.min(next ?? wait.due, wait.due)
    }
    if (next !== undefined) arm(next)
  }
  return {
    report(uid, text, delayMs = deps.delayMs) {
      const message = text.slice(0, MAX_MESSAGE)
      const wait = waits.get(uid) ?? firstWait(deps.podOf(uid), message)
      waits.set(uid, wait)
      wait.message = message
      const due = reportTime(wait, clock.now(), delayMs)
      if (due === undefined) delete wait.due
      else wait.due = Math.min(wait.due ?? due, due)
      if (wait.due !== undefined) arm(wait.due)
    },
    forget: (uid) => void waits.delete(uid),
    stop() {
      stopped = true
      timer?.timer.cancel()
    },
  }
}

/** What an earlier process has written stands. */
function firstWait(pod: Stored<Pod> | undefined, message: string): Wait {
  const condition = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (condition?.status !== 'False' || condition.message === undefined) return { message }
  return {
    message,
    written: { kind: kindOf(condition.message), message: condition.message, at: 0 },
  }
}

interface Writing {
  readonly uid: string
  readonly wait: Wait
  readonly now: Instant
}

async function write(deps: ReporterDeps, { uid, wait, now }: Writing): Promise<void> {
  const pod = deps.podOf(uid)
  const { message } = wait
  if (pod === undefined || wait.written?.message === message) return
  wait.written = { kind: kindOf(message), message, at: now }
  const { namespace = '', name } = pod.metadata
  const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const since = before?.status === 'False' ? before.lastTransitionTime : undefined
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: since ?? formatTime(now),
  }
  const body = { metadata: { uid }, status: { conditions: [condition] } }
  try {
    await deps.client
      .resource<Pod>(PODS)
      .patch({ namespace, name }, { type: 'strategic', body }, { subresource: 'status' })
    delete wait.failures
    deps.recorder.record(pod as Pod, { type: 'Warning', reason: 'FailedScheduling', message })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return
    deps.log.debug('reason not written', { pod: `${namespace}/${name}`, error: String(error) })
    delete wait.written
    if (error instanceof ApiStatusError && error.code < 500 && error.code !== 429) return
    const failures = wait.failures ?? 0
    wait.failures = failures + 1
    wait.due = deps.clock.now() + Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** failures)
  }
}
