/** What is kept as a picture: every page in one of the themes and languages, the main ones in both, on a telephone too. */
import type { Page } from 'playwright-core'
import type { Language, Theme } from '../site/chromium.ts'
import { PAGES } from './pages.ts'
import { SHOWN } from './shown.ts'

/** How it is looked at. */
interface Look {
  readonly theme: Theme
  readonly language: Language
  readonly width?: number
  readonly height?: number
}

export interface Shot {
  readonly name: string
  readonly path: string
  /** A text that is there once the page is whole. */
  readonly shows: string
  /** Shots with one and the same look follow each other. */
  readonly look: Look
  /** What a person does before. */
  before?(page: Page): Promise<void>
}

const DARK: Look = { theme: 'dark', language: 'en' }
const CHINESE: Look = { theme: 'light', language: 'zh-CN' }
const LIGHT: Look = { theme: 'light', language: 'en' }
const TELEPHONE: Look = { ...DARK, width: 400, height: 800 }

const ON_DARK = `board missions mission-new mission-plan mission-timeline mission-tasks mission-failures mission-events mission-yaml mission-failed
  stages stage stage-gated tasks task task-logs task-conditions task-waiting weapons weapons-matrix weapon weapon-failures fleet fleet-groups
  fleet-others node events settings unknown-mission`
const IN_CHINESE = 'board missions mission-plan mission-timeline task weapons-matrix fleet settings'
const ON_LIGHT = 'board mission-plan fleet-groups events'
const ON_TELEPHONE = 'board mission-plan missions'

const shots = (look: Look, names: string): readonly Shot[] =>
  names.split(/\s+/).map((name) => {
    const page = PAGES.find((one) => one.name === name)
    if (page === undefined) throw new Error(`no page ${name}`)
    return { ...page, look }
  })

export const SHOTS: readonly Shot[] = [
  ...shots(DARK, ON_DARK),
  {
    name: 'question',
    path: `/ns/default/missions/${SHOWN.mission}`,
    shows: 'image',
    look: DARK,
    async before(page) {
      await page.locator('[data-action="cancel"]').click()
      await page.locator('[role="dialog"] [data-confirm]').waitFor()
    },
  },
  {
    name: 'palette',
    path: '/missions',
    shows: SHOWN.mission,
    look: DARK,
    async before(page) {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('strait')
      await page.locator('[role="dialog"] [role="option"]').first().waitFor()
    },
  },
  ...shots(CHINESE, IN_CHINESE),
  ...shots(LIGHT, ON_LIGHT),
  ...shots(TELEPHONE, ON_TELEPHONE),
]
