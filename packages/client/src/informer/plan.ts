/** What a reflector does next: pure, so that every failure's answer can be read and tested here. */
import { ApiStatusError, type Random, TransportError } from '@sortie/machinery'

export interface ReflectorState {
  /** Newest version seen; empty before the first list. */
  readonly version: string
  /** The cache is a state of the server, so a watch from `version` continues it. */
  readonly synced: boolean
  /** The server no longer has `version`: the next list asks for its newest state. */
  readonly versionLost: boolean
  /** Whether to ask for the initial state by the watch itself. */
  readonly watchList: 'try' | 'skip once' | 'never'
  /** Failures in a row, for the length of the next wait. */
  readonly failures: number
  readonly lastFailureAt: number
  /** Watches in a row that failed without bringing anything. */
  readonly fruitless: number
}

export const INITIAL_STATE: ReflectorState = {
  version: '',
  synced: false,
  versionLost: false,
  watchList: 'try',
  failures: 0,
  lastFailureAt: Number.NEGATIVE_INFINITY,
  fruitless: 0,
}

export type StepKind = 'list' | 'watch' | 'watchList'

export interface Step {
  readonly kind: StepKind
  /** As the request's resourceVersion; `0` = any state. */
  readonly version: string
}

export interface Outcome {
  readonly step: Step
  /** The newest version seen after it. */
  readonly version: string
  /** A list, or the initial events of a watch, arrived whole. */
  readonly synced: boolean
  /** The server took the request. */
  readonly opened: boolean
  /** Events and bookmarks that came. */
  readonly events: number
  /** How long it took, milliseconds. */
  readonly lasted: number
  /** Absent where it ended as it should. */
  readonly error?: Error
}

export interface Verdict {
  readonly state: ReflectorState
  /** Wait before the next step, milliseconds. */
  readonly delay: number
}

/** The server took the request for initial events and then went on as if it had not read it. */
export class WatchListUnsupported extends Error {
  override readonly name = 'WatchListUnsupported'
}

/** The server answered with less than it was asked for: it was restored from a backup, or a lagging one answers. */
export class StaleAnswer extends Error {
  override readonly name = 'StaleAnswer'
}

/** First wait after a failure; doubles. client-go's numbers. */
const BACKOFF_MS = 800
/** With its jitter a wait is at most twice this: well within the 75 s of history that a server keeps. */
const BACKOFF_CAP_MS = 15_000
/** A failure this long after the one before is the first of a new row. */
const BACKOFF_RESET_MS = 120_000
/** A watch that lived for longer than any wait was healthy: proxies cut a connection each minute or so, and servers restart. */
const HEALTHY_WATCH_MS = 30_000
/** Longest Retry-After that is honoured. */
const RETRY_AFTER_CAP_MS = 30_000
/** Watches are opened at most this often where the server ends them at once. */
const MIN_WATCH_MS = 1000
/** After so many watches that brought nothing but an error, the history is taken for unreadable. */
const FRUITLESS_LIMIT = 5

export function nextStep(state: ReflectorState): Step {
  if (state.synced) return { kind: 'watch', version: state.version }
  const version = state.versionLost ? '' : state.version
  if (state.watchList === 'try') return { kind: 'watchList', version }
  const first = version === '' && !state.versionLost
  return { kind: 'list', version: first ? '0' : version }
}

export interface JudgeContext {
  /** Of a clock that does not jump, milliseconds. */
  readonly now: number
  readonly random: Random
}

/** The state that follows from how a step went, and how long to wait before the next. */
export function judge(before: ReflectorState, outcome: Outcome, context: JudgeContext): Verdict {
  const { error } = outcome
  const state = afterProgress(before, outcome)
  if (error === undefined) return afterCleanEnd(state, outcome, context)
  if (isExpired(error)) return afterExpiry(state, outcome, context)
  if (isRefusedWatchList(outcome, error)) {
    return { state: { ...state, watchList: 'never' }, delay: 0 }
  }
  const healthy = outcome.opened && outcome.lasted >= HEALTHY_WATCH_MS
  const failed = afterFailure(state, outcome, error)
  return backOff(healthy ? { ...failed, failures: 0 } : failed, error, context)
}

function afterProgress(state: ReflectorState, outcome: Outcome): ReflectorState {
  const { step, synced } = outcome
  const cutShort = step.kind === 'watchList' && outcome.opened && !synced
  const listed = step.kind === 'list' && synced && state.watchList === 'skip once'
  const watchList = cutShort ? 'skip once' : listed ? 'try' : state.watchList
  return {
    ...state,
    version: outcome.version,
    synced: synced || (step.kind === 'watch' && state.synced),
    versionLost: state.versionLost && !synced,
    watchList,
    fruitless: outcome.events > 0 ? 0 : state.fruitless,
  }
}

/** Servers end watches as a matter of course: go on at once, but never in a hot loop. */
function afterCleanEnd(state: ReflectorState, outcome: Outcome, context: JudgeContext): Verdict {
  if (outcome.step.kind === 'list' || outcome.lasted >= MIN_WATCH_MS) return { state, delay: 0 }
  if (outcome.events > 0) return { state, delay: MIN_WATCH_MS - outcome.lasted }
  return backOff(state, undefined, context)
}

/**
 * A watch that is told so lists again, asking for a state at least as new as the one held; a list that is told so asks for
 * whatever is newest.
 */
function afterExpiry(state: ReflectorState, outcome: Outcome, context: JudgeContext): Verdict {
  const watching = outcome.step.kind === 'watch' || outcome.synced
  const versionLost = !watching || isTooLarge(outcome.error)
  const lost = { ...state, synced: false, versionLost }
  const verdict = backOff(lost, outcome.error, context)
  const first = verdict.state.failures === 1 && watching
  return first ? { state: verdict.state, delay: 0 } : verdict
}

/** Most failures leave the history readable; one that says nothing of the kind, or comes again and again, means a new list. */
function afterFailure(state: ReflectorState, outcome: Outcome, error: Error): ReflectorState {
  if (error instanceof WatchListUnsupported) return { ...state, watchList: 'never' }
  if (error instanceof StaleAnswer) return { ...state, synced: false, versionLost: true }
  if (!state.synced) return state
  if (error instanceof TransportError && !outcome.opened) return state
  if (error instanceof ApiStatusError && error.code === 429) return state
  if (error instanceof ApiStatusError && error.code < 500) return { ...state, synced: false }
  const fruitless = state.fruitless + 1
  return fruitless < FRUITLESS_LIMIT
    ? { ...state, fruitless }
    : { ...state, fruitless: 0, synced: false }
}

function backOff(state: ReflectorState, error: Error | undefined, context: JudgeContext): Verdict {
  const fresh = context.now - state.lastFailureAt > BACKOFF_RESET_MS
  const failures = fresh ? 0 : state.failures
  const base = Math.min(BACKOFF_CAP_MS, BACKOFF_MS * 2 ** failures)
  const wait = base * (1 + context.random.next())
  const asked = error instanceof ApiStatusError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
  return {
    state: { ...state, failures: Math.min(failures + 1, 16), lastFailureAt: context.now },
    delay: Math.max(wait, Math.min(asked, RETRY_AFTER_CAP_MS)),
  }
}

/** 410, or the server saying that it has not got as far yet (it was restored, or another one answers). */
function isExpired(error: Error): boolean {
  return error instanceof ApiStatusError && (error.code === 410 || isTooLarge(error))
}

export function isTooLarge(error: Error | undefined): boolean {
  if (!(error instanceof ApiStatusError)) return false
  const causes = error.status.details?.causes ?? []
  if (causes.some((cause) => cause.reason === 'ResourceVersionTooLarge')) return true
  return error.code === 504 && error.message.includes('Too large resource version')
}

const REFUSALS: ReadonlySet<number> = new Set([400, 405, 422])

function isRefusedWatchList(outcome: Outcome, error: Error): boolean {
  return (
    outcome.step.kind === 'watchList' &&
    !outcome.opened &&
    error instanceof ApiStatusError &&
    REFUSALS.has(error.code)
  )
}
