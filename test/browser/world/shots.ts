/** What is kept as a picture: every page, the palette and a question in both themes and languages, the main pages on a telephone too. */
import type { Page } from 'playwright-core'
import type { Language, Theme } from '../site/chromium.ts'
import { PAGES, type PageAddress } from './pages.ts'
import { SHOWN } from './shown.ts'

/** How it is looked at. */
interface Look {
  readonly theme: Theme
  readonly language: Language
  readonly width?: number
  readonly height?: number
}

interface View extends PageAddress {
  /** What a person does before. */
  before?(page: Page): Promise<void>
}

export interface Shot extends View {
  /** Shots with one and the same look follow each other. */
  readonly look: Look
}

const LOOKS: readonly Look[] = [
  { theme: 'dark', language: 'en' },
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh-CN' },
  { theme: 'light', language: 'zh-CN' },
]
const TELEPHONE: Look = { theme: 'dark', language: 'en', width: 400, height: 800 }

const named = (names: string): readonly View[] =>
  names.split(/\s+/).map((name) => {
    const page = PAGES.find((one) => one.name === name)
    if (page === undefined) throw new Error(`no page ${name}`)
    return page
  })

const VIEWS: readonly View[] = [
  ...named(`board missions mission-new mission-plan mission-timeline mission-tasks mission-failures mission-events mission-yaml
    mission-failed stages stage stage-gated tasks task task-logs task-conditions task-waiting weapons weapons-matrix weapon
    weapon-failures fleet fleet-groups fleet-others node events settings unknown-mission`),
  {
    name: 'question',
    path: `/ns/default/missions/${SHOWN.mission}`,
    shows: 'image',
    async before(page) {
      await page.locator('[data-action="cancel"]').click()
      await page.locator('[role="dialog"] [data-confirm]').waitFor()
    },
  },
  {
    name: 'palette',
    path: '/missions',
    shows: SHOWN.mission,
    async before(page) {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('strait')
      await page.locator('[role="dialog"] [role="option"]').first().waitFor()
    },
  },
]

const seen = (look: Look, views: readonly View[]): readonly Shot[] =>
  views.map((view) => ({ ...view, look }))

export const SHOTS: readonly Shot[] = [
  ...LOOKS.flatMap((look) => seen(look, VIEWS)),
  ...seen(TELEPHONE, named('board mission-plan missions')),
]
