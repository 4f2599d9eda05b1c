/** The wall display, `?wall=1`: pages without their frame, larger, one after the other. */
import type { Timer } from '@sortie/machinery'
import { type ComputedRef, computed, onScopeDispose, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { clock } from '../clock.ts'

/** How long each page stays, in milliseconds. */
const TURN_MILLIS = 20_000
const WALL_PAGES: readonly string[] = ['board', 'missions', 'fleet']

/** The page after one; the first after any that is no part of the display. */
export function nextPage(page: string): string {
  const at = WALL_PAGES.indexOf(page)
  return WALL_PAGES[(at + 1) % WALL_PAGES.length] ?? 'board'
}

/** Whether the display is on; turns its pages as long as it is. */
export function useWall(): ComputedRef<boolean> {
  const route = useRoute()
  const router = useRouter()
  const isOn = computed(() => route.query['wall'] === '1')
  let timer: Timer | undefined
  watch(
    [isOn, () => route.name],
    ([on, name]) => {
      timer?.cancel()
      if (!on) return
      timer = clock.setTimer(TURN_MILLIS, () => {
        void router.replace({ name: nextPage(String(name)), query: { wall: '1' } })
      })
    },
    { immediate: true },
  )
  onScopeDispose(() => timer?.cancel())
  return isOn
}
