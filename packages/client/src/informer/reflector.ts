/**
 * Keeps a cache equal to what the server has, by lists and watches, whatever fails between. In behaviour a port of client-go's
 * reflector: it ends only when stopped.
 */
import {
  ApiStatusError,
  type Clock,
  type KubeObject,
  keyOf,
  type Logger,
  type OpenStream,
  type Random,
  type Stored,
  sleep,
  type WatchEvent,
} from '@sortie/machinery'
import type { SelectorOptions } from '../client/options.ts'
import type { ResourceClient } from '../client/resource.ts'
import { NO_RETRY } from '../client/retry.ts'
import {
  INITIAL_STATE,
  judge,
  nextStep,
  type Outcome,
  StaleAnswer,
  type Step,
  WatchListUnsupported,
} from './plan.ts'
import { compareVersions } from './version.ts'

/** Where a reflector puts what it learns. */
export interface ReflectorTarget<T extends KubeObject> {
  replace(objects: readonly Stored<T>[], version: string): void
  put(object: Stored<T>): void
  remove(object: Stored<T>): void
  /** Everything up to this version was told. */
  advance(version: string): void
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly resource: ResourceClient<T>
  readonly selector: SelectorOptions
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly target: ReflectorTarget<T>
  /** What of an object is kept. It is applied as objects come, so that what is dropped is never held. */
  readonly transform: (object: Stored<T>) => Stored<T>
}

/** A server sends a bookmark each minute; a connection with nothing for this long is dead. */
const SILENCE_MS = 150_000
/** Of one page, or of a whole list where it is not paged. */
const LIST_TIMEOUT_MS = 60_000
/** Watches end after 5 to 10 minutes, so that they spread over the servers again. */
const MIN_TIMEOUT_SECONDS = 300
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** Made once: the default reason is a new error with its stack for every watch that ends. */
const WATCH_OVER = new Error('the watch is over')

/** Runs until the signal aborts, then resolves; never rejects. */
export async function runReflector<T extends KubeObject>(
  options: ReflectorOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log } = options
  let state = INITIAL_STATE
  while (!signal.aborted) {
    const step = nextStep(state)
    const outcome = await perform(options, step, { version: state.version, signal })
    if (signal.aborted) return
    const verdict = judge(state, outcome, { now: clock.monotonic(), random })
    state = verdict.state
    if (outcome.error !== undefined) {
      const fields = { step: step.kind, error: outcome.error.message, waitMs: verdict.delay }
      if (isRefusal(outcome.error) && verdict.delay > 0)
        log.warn('the server refuses to list or watch', fields)
      else log.info('watch interrupted', fields)
    }
    if (verdict.delay > 0) await sleep(clock, verdict.delay, signal)
  }
}

/** An answer that will hardly change by itself: no permission, no such type. */
function isRefusal(error: Error): boolean {
  return error instanceof ApiStatusError && error.code < 500 && ![410, 429].includes(error.code)
}

interface StepContext {
  readonly version: string
  readonly signal: AbortSignal
}

function perform<T extends KubeObject>(
  options: ReflectorOptions<T>,
  step: Step,
  context: StepContext,
): Promise<Outcome> {
  return step.kind === 'list' ? list(options, step, context) : watch(options, step, context)
}

async function list<T extends KubeObject>(
  options: ReflectorOptions<T>,
  step: Step,
  context: StepContext,
): Promise<Outcome> {
  const started = options.clock.monotonic()
  const finish = (rest: Partial<Outcome>): Outcome => ({
    step,
    version: context.version,
    synced: false,
    opened: false,
    events: 0,
    lasted: options.clock.monotonic() - started,
    ...rest,
  })
  try {
    const result = await options.resource.listAll({
      ...options.selector,
      ...(step.version === '' ? {} : { resourceVersion: step.version }),
      // A server answers for a given version from memory, but only where no page is asked for.
      ...(step.version === '' || step.version === '0' ? {} : { limit: 0 }),
      timeoutMs: LIST_TIMEOUT_MS,
      signal: context.signal,
      retry: NO_RETRY,
    })
    if (context.signal.aborted) return finish({})
    const version = result.metadata.resourceVersion ?? ''
    if (version === '') return finish({ error: new Error('the list has no resourceVersion') })
    if (step.version !== '0' && compareVersions(version, step.version) < 0) {
      return finish({ error: olderThan(step.version) })
    }
    options.target.replace(result.items.map(options.transform), version)
    return finish({ version, synced: true, opened: true })
  } catch (error) {
    return finish({ error: asError(error) })
  }
}

function watch<T extends KubeObject>(
  options: ReflectorOptions<T>,
  step: Step,
  context: StepContext,
): Promise<Outcome> {
  const { clock } = options
  const started = clock.monotonic()
  const intake = createIntake(options, step, context.version)
  return new Promise((resolve) => {
    const controller = new AbortController()
    let stream: OpenStream | undefined
    let over = false
    let lastActivity = started
    let opened = false

    const end = (error: Error | undefined): void => {
      if (over) return
      over = true
      timer.cancel()
      context.signal.removeEventListener('abort', onStop)
      controller.abort(WATCH_OVER)
      stream?.close()
      const lasted = clock.monotonic() - started
      resolve({
        step,
        ...intake.result(),
        opened,
        lasted,
        ...(error === undefined ? {} : { error }),
      })
    }
    const onStop = (): void => end(undefined)
    const checkSilence = (): void => {
      const left = SILENCE_MS - (clock.monotonic() - lastActivity)
      if (left > 0) timer = clock.setTimer(left, checkSilence)
      else end(new Error(`nothing came for ${SILENCE_MS / 1000} s`))
    }
    let timer = clock.setTimer(SILENCE_MS, checkSilence)
    context.signal.addEventListener('abort', onStop, { once: true })

    const sink = {
      skipsManagedFields: true,
      onEvent(event: WatchEvent): void {
        if (over) return
        opened = true
        lastActivity = clock.monotonic()
        const error = takeSafely(intake, event)
        if (error !== undefined) end(error)
      },
      onEnd: (error?: Error): void => {
        opened = true
        end(error)
      },
      onActivity(): void {
        lastActivity = clock.monotonic()
      },
    }
    openWatch(options, step, { signal: controller.signal, sink }).then(
      (open) => {
        stream = open
        opened = true
        if (over) open.close()
      },
      (error: unknown) => end(asError(error)),
    )
  })
}

/** Async, so that a transport that throws at once is a rejection too. */
async function openWatch<T extends KubeObject>(
  options: ReflectorOptions<T>,
  step: Step,
  to: { readonly signal: AbortSignal; readonly sink: Parameters<ResourceClient<T>['watch']>[1] },
): Promise<OpenStream> {
  const spread = Math.floor(options.random.next() * MIN_TIMEOUT_SECONDS)
  const initial =
    step.kind === 'watchList'
      ? ({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } as const)
      : {}
  return await options.resource.watch(
    {
      ...options.selector,
      ...initial,
      resourceVersion: step.version,
      allowWatchBookmarks: true,
      timeoutSeconds: MIN_TIMEOUT_SECONDS + spread,
      signal: to.signal,
    },
    to.sink,
  )
}

interface Intake {
  /** The error that ends the watch, if the event is one. */
  take(event: WatchEvent): Error | undefined
  result(): Pick<Outcome, 'version' | 'synced' | 'events'>
}

/** Reads the events of one watch: initial ones into a store of their own, which takes the cache's place when it is whole. */
function createIntake<T extends KubeObject>(
  { target, transform }: Pick<ReflectorOptions<T>, 'target' | 'transform'>,
  step: Step,
  startVersion: string,
): Intake {
  let initial = step.kind === 'watchList' ? new Map<string, Stored<T>>() : undefined
  let version = startVersion
  let synced = false
  let events = 0

  const takeInitial = (event: WatchEvent, held: Map<string, Stored<T>>): Error | undefined => {
    if (event.type === 'ERROR') return new ApiStatusError(event.object)
    const object = event.object as Stored<T>
    if (event.type === 'DELETED') held.delete(keyOf(object))
    else if (event.type !== 'BOOKMARK') held.set(keyOf(object), transform(object))
    else if (object.metadata.annotations?.[INITIAL_EVENTS_END] !== 'true') {
      return new WatchListUnsupported('the server does not send initial events')
    } else {
      const end = object.metadata.resourceVersion
      if (compareVersions(end, step.version) < 0) return olderThan(step.version)
      version = end
      synced = true
      initial = undefined
      target.replace([...held.values()], version)
    }
    return undefined
  }
  return {
    take(event) {
      if (initial !== undefined) {
        events++
        return takeInitial(event, initial)
      }
      if (event.type === 'ERROR') return new ApiStatusError(event.object)
      const object = event.object as Stored<T>
      const next = object.metadata.resourceVersion
      const order = compareVersions(next, version)
      // An event may repeat what was seen; a bookmark says where the server is, so an older one means that it was set back.
      if (order < 0 && event.type === 'BOOKMARK') return olderThan(version)
      if (order <= 0) return undefined
      events++
      version = next
      if (event.type === 'DELETED') target.remove(transform(object))
      else if (event.type !== 'BOOKMARK') target.put(transform(object))
      target.advance(next)
      return undefined
    },
    result: () => ({ version, synced, events }),
  }
}

/** A transport must not see its sink throw, whatever a transform does. */
function takeSafely(intake: Intake, event: WatchEvent): Error | undefined {
  try {
    return intake.take(event)
  } catch (error) {
    return asError(error)
  }
}

function olderThan(version: string): StaleAnswer {
  return new StaleAnswer(`the server answered with a state older than version ${version}`)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
