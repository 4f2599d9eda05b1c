import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { tooWide } from './layout.ts'
import {
  accessibilityFaults,
  type Language,
  missingChromium,
  shownText,
  type Theme,
  type Visit,
  type VisitOptions,
} from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { foreignWords, textsOf, vocabularyOf } from './words.ts'
import { logsOf } from './world/logs.ts'
import { PAGES, type PageAddress } from './world/pages.ts'
import { NOW, smallWorld } from './world/small.ts'

const THEMES: readonly Theme[] = ['dark', 'light']
const LANGUAGES: readonly Language[] = ['en', 'zh-CN']

/** Pages that are looked at at the same time. */
const AT_ONCE = 4

async function screenText(visit: Visit): Promise<string> {
  const text = await shownText(visit.page.locator('body'))
  // The age since the last sign of life moves even where the clock stands still.
  return text.replace(/\s+/g, ' ').trim()
}

describe('every page', { skip: missingChromium() }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ now: NOW, logs: logsOf() })
    await site.plant(smallWorld())
  })
  after(() => site.stop())

  /** Looks at all pages, several at a time; what it finds wrong, page by page. */
  async function eachPage(
    options: VisitOptions,
    look: (visit: Visit, page: PageAddress) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const faults = new Map<string, readonly string[]>()
    const waiting = [...PAGES]
    const goThrough = async (): Promise<void> => {
      const visit = await site.visit(options)
      for (let page = waiting.shift(); page !== undefined; page = waiting.shift()) {
        await visit.open(page.path)
        faults.set(page.name, await look(visit, page))
      }
      faults.set(`visit ${faults.size}`, visit.problems)
      await visit.close()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, goThrough))
    return [...faults].flatMap(([name, found]) => found.map((fault) => `${name}: ${fault}`))
  }

  for (const theme of THEMES) {
    for (const language of LANGUAGES) {
      it(`opens whole, without an error or an obstacle, ${theme} and in ${language}`, async () => {
        const faults = await eachPage(
          { theme, language, axe: true },
          async ({ page }, { shows }) => {
            const isThere = await page
              .locator('main')
              .getByText(shows)
              .first()
              .waitFor({ state: 'attached', timeout: 10_000 })
              .then(
                () => true,
                () => false,
              )
            return [
              ...(isThere ? [] : [`does not show "${shows}"`]),
              ...(await accessibilityFaults(page)),
            ]
          },
        )
        assert.deepEqual(faults, [])
      })
    }
  }

  it('reads the same after it was loaded again by its address', async () => {
    const faults = await eachPage({}, async (visit) => {
      const url = visit.page.url()
      const text = await screenText(visit)
      await visit.page.reload()
      await visit.settle()
      const again = await screenText(visit)
      return visit.page.url() === url && again === text
        ? []
        : [`${url}: ${text}`, `${visit.page.url()}: ${again}`]
    })
    assert.deepEqual(faults, [])
  })

  it('has no English words left in Chinese', async () => {
    const vocabulary = vocabularyOf(smallWorld())
    const faults = await eachPage({ language: 'zh-CN' }, async ({ page }) =>
      foreignWords(await textsOf(page), vocabulary),
    )
    assert.deepEqual(faults, [])
  })

  for (const [what, size] of [
    ['on a screen 360 pixels wide', { width: 360, height: 740 }],
    ['at 200 % on a screen 1280 pixels wide', { width: 640, height: 400 }],
  ] as const) {
    it(`never scrolls sideways as a whole ${what}`, async () => {
      const faults = await eachPage(size, async ({ page }) => tooWide(page))
      assert.deepEqual(faults, [])
    })
  }
})
