/** What a person has chosen for this browser. Every choice has an effect at once; none is a secret. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { TimeZoneChoice } from '../time/format.ts'
import { readViews } from './views.ts'

export type Language = 'en' | 'zh-CN'
export type ThemeChoice = 'dark' | 'light' | 'system'
export type Density = 'comfortable' | 'compact'

/** A filter that is kept under a name. */
export interface SavedView {
  readonly name: string
  readonly page: string
  readonly filter: string
}

interface Stored {
  readonly language: Language
  readonly theme: ThemeChoice
  readonly zone: TimeZoneChoice
  readonly density: Density
  readonly namespace: string
  readonly views: readonly SavedView[]
  readonly shortcuts: boolean
}

const KEY = 'sortie.preferences'

function defaults(): Stored {
  const language: Language = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
  return {
    language,
    theme: 'dark',
    zone: 'local',
    density: 'comfortable',
    namespace: '',
    views: [],
    shortcuts: true,
  }
}

function load(): Stored {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Stored>
    return { ...defaults(), ...kept, views: readViews(JSON.stringify(kept)) ?? [] }
  } catch {
    return defaults()
  }
}

export const usePreferences = defineStore('preferences', () => {
  const start = load()
  const language = ref<Language>(start.language === 'zh-CN' ? 'zh-CN' : 'en')
  const theme = ref<ThemeChoice>(start.theme)
  const zone = ref<TimeZoneChoice>(start.zone)
  const density = ref<Density>(start.density)
  /** Empty: all namespaces. */
  const namespace = ref(start.namespace)
  const views = ref<readonly SavedView[]>(start.views)
  const shortcuts = ref(start.shortcuts)
  const system = matchMedia('(prefers-color-scheme: light)')
  const systemIsLight = ref(system.matches)
  system.addEventListener?.('change', (event) => {
    systemIsLight.value = event.matches
  })
  const shownTheme = computed<'dark' | 'light'>(() => {
    if (theme.value !== 'system') return theme.value
    return systemIsLight.value ? 'light' : 'dark'
  })

  watch(
    [language, theme, zone, density, namespace, views, shortcuts],
    () => {
      const kept: Stored = {
        language: language.value,
        theme: theme.value,
        zone: zone.value,
        density: density.value,
        namespace: namespace.value,
        views: views.value,
        shortcuts: shortcuts.value,
      }
      localStorage.setItem(KEY, JSON.stringify(kept))
    },
    { deep: true },
  )
  watch(
    [shownTheme, density, language],
    () => {
      const root = document.documentElement
      root.dataset['theme'] = shownTheme.value
      root.dataset['density'] = density.value
      root.lang = language.value
    },
    { immediate: true },
  )
  return { language, theme, zone, density, namespace, views, shortcuts, shownTheme }
})
