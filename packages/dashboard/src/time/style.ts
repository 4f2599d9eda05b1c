import { type ComputedRef, computed } from 'vue'
import { usePreferences } from '../state/preferences.ts'
import type { TimeStyle } from './format.ts'

/** The person's language and time zone, as the formatters take them. */
export function useTimeStyle(): ComputedRef<TimeStyle> {
  const preferences = usePreferences()
  return computed(() => ({ locale: preferences.language, zone: preferences.zone }))
}
