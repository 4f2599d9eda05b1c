import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { tooWide } from './layout.ts'
import {
  accessibilityFaults,
  missingChromium,
  shownText,
  type Visit,
  type VisitOptions,
} from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { foreignWords, textsOf, vocabularyOf } from './words.ts'
import { logsOf } from './world/logs.ts'
import { PAGES, type PageAddress } from './world/pages.ts'
import { NOW, smallWorld } from './world/small.ts'

/** Pages that are looked at at the same time. */
const AT_ONCE = 4

const WIDE = { width: 1280, height: 800 }
/** A telephone, and 200 % on a screen 1280 pixels wide. */
const NARROW = [
  { width: 360, height: 740 },
  { width: 640, height: 400 },
] as const

/** What is wrong with a page that is before a person. */
type Look = (visit: Visit, page: PageAddress) => Promise<readonly string[]>

async function missing({ page }: Visit, { shows }: PageAddress): Promise<readonly string[]> {
  const text = page.locator('main').getByText(shows).first()
  const isThere = text.waitFor({ state: 'attached', timeout: 10_000 })
  return isThere.then(
    () => [],
    () => [`does not show "${shows}"`],
  )
}

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

  /**
   * Goes to all pages, several at a time, and tells what is wrong, page by page. Two of the four pairs of theme and language are looked
   * through by axe: so each theme is, for its colours, and each language, for its names of things.
   */
  async function eachPage(options: VisitOptions, look: Look): Promise<readonly string[]> {
    const faults = new Map<string, readonly string[]>()
    const waiting = [...PAGES]
    const goThrough = async (): Promise<void> => {
      const visit = await site.visit(options)
      for (let page = waiting.shift(); page !== undefined; page = waiting.shift()) {
        await visit.go(page.path)
        faults.set(page.name, [...(await missing(visit, page)), ...(await look(visit, page))])
      }
      faults.set(`visit ${faults.size}`, visit.problems)
      await visit.close()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, goThrough))
    return [...faults].flatMap(([name, found]) => found.map((fault) => `${name}: ${fault}`))
  }

  it('reads the same when it is loaded by its address, without an obstacle, dark and in English', async () => {
    const faults = await eachPage({ axe: true }, async (visit) => {
      const url = visit.page.url()
      const text = await screenText(visit)
      await visit.page.reload()
      await visit.settle()
      const again = await screenText(visit)
      const isSame = visit.page.url() === url && again === text
      return [
        ...(isSame ? [] : [`${url}: ${text}`, `${visit.page.url()}: ${again}`]),
        ...(await accessibilityFaults(visit.page)),
      ]
    })
    assert.deepEqual(faults, [])
  })

  it('has no obstacle and no English word, light and in Chinese', async () => {
    const vocabulary = vocabularyOf(smallWorld())
    const options = { axe: true, theme: 'light', language: 'zh-CN' } as const
    const faults = await eachPage(options, async ({ page }) => [
      ...(await accessibilityFaults(page)),
      ...foreignWords(await textsOf(page), vocabulary),
    ])
    assert.deepEqual(faults, [])
  })

  for (const [theme, language] of [
    ['light', 'en'],
    ['dark', 'zh-CN'],
  ] as const) {
    it(`never scrolls sideways as a whole at 360 pixels or 200 %, ${theme} and in ${language}`, async () => {
      const faults = await eachPage({ theme, language }, async (visit) => {
        const found: string[] = []
        for (const size of NARROW) {
          await visit.resize(size)
          for (const fault of await tooWide(visit.page)) found.push(`${size.width}: ${fault}`)
        }
        await visit.resize(WIDE)
        return found
      })
      assert.deepEqual(faults, [])
    })
  }
})
