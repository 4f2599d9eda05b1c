/** Which rows in sight have just changed their phase: marked for a moment, so that the eye finds them. */
import type { Timer } from '@sortie/machinery'
import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue'
import { clock } from '../clock.ts'

/** As long as the mark's animation, in milliseconds. */
const MARK_MILLIS = 600

interface Watched {
  readonly uid: string
  readonly phase?: unknown
}

/** Uids of the marked rows. Only rows that are shown are looked at: what scrolls into sight is not marked. */
export function useChanged(
  visible: () => readonly Watched[],
): Readonly<ShallowRef<ReadonlySet<string>>> {
  const marked = shallowRef<ReadonlySet<string>>(new Set())
  const timers = new Set<Timer>()
  let known = new Map<string, unknown>()
  watch(visible, (rows) => {
    const changed = rows.filter(({ uid, phase }) => known.has(uid) && known.get(uid) !== phase)
    known = new Map(rows.map(({ uid, phase }) => [uid, phase]))
    if (changed.length === 0) return
    const uids = changed.map(({ uid }) => uid)
    marked.value = new Set([...marked.value, ...uids])
    const timer = clock.setTimer(MARK_MILLIS, () => {
      timers.delete(timer)
      marked.value = new Set([...marked.value].filter((uid) => !uids.includes(uid)))
    })
    timers.add(timer)
  })
  onScopeDispose(() => {
    for (const timer of timers) timer.cancel()
  })
  return marked
}
