/** Documents of the server that no stream carries: read when they are first shown, and again when what they tell of has changed. */
import type { Instant, Timer } from '@sortie/machinery'
import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue'
import { clock } from '../clock.ts'
import { stream } from '../stream/stream.ts'
import { RequestError, request } from './request.ts'

export interface Answer<T> {
  /** The newest; undefined before the first, and where there is no such document. */
  readonly value: Readonly<ShallowRef<T | undefined>>
  /** Why the newest question has no answer. */
  readonly problem: Readonly<ShallowRef<RequestError | undefined>>
  /** When the value was read. */
  readonly asOf: Readonly<ShallowRef<Instant | undefined>>
  /** What it tells of has changed: reads it again, but not at once where it was read just now. */
  refresh(): void
  /** Reads it again at once. */
  reload(): void
}

/** Between one reading and the next, in milliseconds; also ten times as long as the reading took. */
const REST_MILLIS = 2_000
const REST_FACTOR = 10

/** @param path of the document; another path is another document. @param version whatever makes the answer old when it changes */
export function useAnswer<T>(path: () => string, version: () => unknown): Answer<T> {
  const value = shallowRef<T>()
  const problem = shallowRef<RequestError>()
  const asOf = shallowRef<Instant>()
  let asking: AbortController | undefined
  let timer: Timer | undefined
  /** Something changed while it was asked, or rests. */
  let isOld = false

  const rest = (millis: number): void => {
    timer?.cancel()
    timer = clock.setTimer(millis, () => {
      timer = undefined
      if (isOld) void ask()
    })
  }
  const ask = async (): Promise<void> => {
    asking?.abort()
    timer?.cancel()
    timer = undefined
    isOld = false
    const mine = new AbortController()
    asking = mine
    const began = clock.monotonic()
    try {
      const read = await request<T>(path(), { signal: mine.signal })
      if (mine.signal.aborted) return
      value.value = read
      problem.value = undefined
      asOf.value = clock.now()
    } catch (error) {
      if (mine.signal.aborted) return
      problem.value = error instanceof RequestError ? error : new RequestError(0, String(error))
      if (problem.value.status === 404) value.value = undefined
    }
    asking = undefined
    rest(Math.max(REST_MILLIS, REST_FACTOR * (clock.monotonic() - began)))
  }
  const refresh = (): void => {
    isOld = true
    if (asking === undefined && timer === undefined) void ask()
  }
  watch(
    path,
    () => {
      value.value = undefined
      problem.value = undefined
      void ask()
    },
    { immediate: true },
  )
  watch(version, refresh)
  // What could not be read because the server was away can be now that it is back.
  watch(
    () => stream.state.value.state,
    (state) => {
      if (state === 'open' && problem.value !== undefined) refresh()
    },
  )
  onScopeDispose(() => {
    asking?.abort()
    timer?.cancel()
  })
  return { value, problem, asOf, refresh, reload: () => void ask() }
}
