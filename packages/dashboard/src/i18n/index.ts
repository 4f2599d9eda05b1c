/**
 * Languages. Each area of the app has its texts in both languages side by side in `areas/`; a key that one of them lacks is a type
 * error. What comes from the API (phases, reasons, names) stays as it is in data and addresses and is translated where it is shown.
 */
import { createI18n } from 'vue-i18n'
import type { Language } from '../state/preferences.ts'
import { board } from './areas/board.ts'
import { diagnosis } from './areas/diagnosis.ts'
import { events } from './areas/events.ts'
import { fleet } from './areas/fleet.ts'
import { missions } from './areas/missions.ts'
import { settings } from './areas/settings.ts'
import { shell } from './areas/shell.ts'
import { stages } from './areas/stages.ts'
import { tasks } from './areas/tasks.ts'
import { weapons } from './areas/weapons.ts'
import { words } from './areas/words.ts'
import { messagesOf } from './message.ts'

const AREAS = {
  board,
  common: words,
  diagnosis,
  events,
  fleet,
  missions,
  settings,
  shell,
  stages,
  tasks,
  weapons,
}

function spoken(language: Language) {
  const texts = Object.entries(AREAS).map(([area, both]) => [area, both[language]] as const)
  return messagesOf(Object.fromEntries(texts))
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en: spoken('en'), 'zh-CN': spoken('zh-CN') } as never,
})

/** All texts, for the test that looks for unused and missing ones. */
export const ALL_TEXTS = AREAS
