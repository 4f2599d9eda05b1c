/** How the watch behind a table fares, seen at the transport: informers heal themselves and say nothing. */
import { ApiStatusError, type Clock, type StatusObject, type Transport } from '@sortie/machinery'
import type { Pulse } from './pulse.ts'
import { renewWatches, SilentWatch } from './renewal.ts'
import type { Health } from './table.ts'

/** What the server says while a reflector finds out how it may watch: no news for people. */
const PASSING: ReadonlySet<number> = new Set([400, 409, 410, 422, 429])

export interface WatchHealth {
  /** The transport to watch by. */
  readonly transport: Transport
  /** The informer holds a whole state of the server. */
  synced(): void
  /** Nobody is told any more. */
  stop(): void
}

export interface WatchHealthOptions {
  readonly clock: Clock
  /** What is watched, for messages: `flighttasks`. */
  readonly resource: string
  /** Of the transport that is watched by. */
  readonly pulse: Pulse
  setHealth(health: Health): void
}

export function watchHealth(watched: Transport, options: WatchHealthOptions): WatchHealth {
  const report = createReport(options)
  const transport = renewWatches(watched, options.clock)
  const { pulse } = options
  const stop = pulse.listen({ onSilent: report.doubted, onHeard: report.believed })
  return {
    synced: report.synced,
    stop,
    transport: {
      async request(request) {
        try {
          const response = await transport.request(request)
          pulse.sign()
          if (response.status < 300) report.answered()
          else report.refused(response.status, messageOf(response.body))
          return response
        } catch (error) {
          report.unanswered(error)
          throw error
        }
      },
      async watch(request, sink) {
        try {
          const stream = await transport.watch(request, {
            onEvent(event) {
              pulse.sign()
              sink.onEvent(event)
            },
            onEnd(error) {
              if (error === undefined) pulse.sign()
              if (error instanceof SilentWatch) report.silent(error)
              else if (error !== undefined) report.interrupted()
              sink.onEnd(error)
            },
            onActivity() {
              pulse.sign()
              sink.onActivity?.()
            },
          })
          pulse.sign()
          report.answered()
          return stream
        } catch (error) {
          if (error instanceof ApiStatusError) report.refused(error.code, error.message)
          else report.unanswered(error)
          throw error
        }
      },
      stream: (request, sink) => transport.stream(request, sink),
      close: () => transport.close(),
    },
  }
}

interface Report {
  answered(): void
  synced(): void
  interrupted(): void
  silent(error: SilentWatch): void
  refused(code: number, message: string): void
  unanswered(error: unknown): void
  /** The server does not answer, though no watch has said so. */
  doubted(since: number, error: unknown): void
  /** It answers again. */
  believed(): void
}

function createReport({ clock, resource, setHealth }: WatchHealthOptions): Report {
  let isSynced = false
  let isAnswered = false
  let isDoubted = false
  /** When the watch was lost; rows are as of then. */
  let since: number | undefined
  const live = (): void => {
    if (!isSynced || !isAnswered || isDoubted) return
    since = undefined
    setHealth({ state: 'live' })
  }
  const broken = (message: string, status?: number): void => {
    isAnswered = false
    if (isSynced) {
      since ??= clock.now()
      setHealth({ state: 'stale', since, message })
    } else setHealth({ state: 'error', message, ...(status === undefined ? {} : { status }) })
  }
  return {
    answered() {
      isAnswered = true
      live()
    },
    synced() {
      isSynced = true
      live()
    },
    interrupted() {
      since ??= clock.now()
    },
    // Said at once: to find out whether the server is still there takes as long again.
    silent(error) {
      since ??= error.since
      broken(error.message)
    },
    refused(code, message) {
      if (PASSING.has(code)) return
      isAnswered = false
      if (code === 401 || code === 403) {
        setHealth({ state: 'forbidden', message: `list ${resource}` })
      } else if (code === 404) setHealth({ state: 'missing', message })
      else broken(message, code)
    },
    unanswered(error) {
      broken(textOf(error))
    },
    doubted(at, error) {
      isDoubted = true
      if (!isSynced || !isAnswered) return
      since ??= at
      setHealth({
        state: 'stale',
        since,
        message: `the API server does not answer: ${textOf(error)}`,
      })
    },
    believed() {
      isDoubted = false
      live()
    },
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function messageOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) {
    return String((body as StatusObject).message)
  }
  return 'the API server refused'
}
