/**
 * How far a part of a page is scrolled, kept with the entry of the browser's history: the way back leads to where the person was. What
 * is shown may come later than the page, so the place is taken as soon as there is enough of it.
 */
import type { Timer } from '@sortie/machinery'
import { onScopeDispose, type Ref, watch } from 'vue'
import { clock } from '../clock.ts'

/** Browsers let a page write its history only so often. */
const REST_MILLIS = 100

/** A person who moves by themselves is not moved any more. */
const OWN_MOVES = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const

interface KeptPlaces {
  readonly scrolled?: Readonly<Record<string, number>>
}

function kept(): Readonly<Record<string, number>> {
  return (history.state as KeptPlaces | null)?.scrolled ?? {}
}

/**
 * @param name one of the parts of a page that scroll
 * @param entry changes where the element stays while the page is another
 */
export function useScrollMemory(
  name: string,
  element: Readonly<Ref<HTMLElement | undefined>>,
  entry: () => unknown = () => undefined,
): void {
  let leave: (() => void) | undefined
  watch(
    [element, entry],
    ([part]) => {
      leave?.()
      leave = part === undefined ? undefined : follow(name, part)
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => leave?.())
}

/** Goes to the place that was kept, or to the top, and keeps what comes after; until the returned function is called. */
function follow(name: string, part: HTMLElement): () => void {
  const wanted = kept()[name] ?? 0
  let resting: Timer | undefined
  const keep = (): void => {
    resting?.cancel()
    resting = clock.setTimer(REST_MILLIS, write)
  }
  const write = (): void => {
    const scrolled = { ...kept(), [name]: part.scrollTop }
    history.replaceState({ ...history.state, scrolled }, '')
  }
  const grown = new MutationObserver(attempt)
  const stop = (): void => {
    grown.disconnect()
    for (const move of OWN_MOVES) part.removeEventListener(move, stop)
  }
  function attempt(): void {
    if (part.scrollTop !== wanted) part.scrollTop = wanted
    if (Math.abs(part.scrollTop - wanted) <= 1) stop()
  }
  for (const move of OWN_MOVES) part.addEventListener(move, stop, { passive: true })
  grown.observe(part, { childList: true, subtree: true, attributeFilter: ['style'] })
  attempt()
  part.addEventListener('scrollend', keep)
  return () => {
    stop()
    resting?.cancel()
    part.removeEventListener('scrollend', keep)
  }
}
