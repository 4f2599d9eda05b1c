import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { cutButtons, LONGER, tooWide } from './layout.ts'
import {
  accessibilityFaults,
  type Language,
  missingChromium,
  shownText,
  turn,
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

/** Rules that a theme can break. */
const COLOURS = ['color-contrast', 'link-in-text-block', 'target-size']

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

/** In the theme that the page has and in the other, which it has afterwards. */
async function obstacles(visit: Visit, language: Language): Promise<readonly string[]> {
  const { page } = visit
  const theme =
    (await page.locator('html').getAttribute('data-theme')) === 'dark' ? 'light' : 'dark'
  const faults = await accessibilityFaults(page)
  await turn(visit, theme, language)
  return [...faults, ...(await accessibilityFaults(page, COLOURS))]
}

/** What reaches out of a window that is narrow, or of which everything is twice as large. */
async function tooWideWhereNarrow(visit: Visit): Promise<readonly string[]> {
  const found: string[] = []
  for (const size of NARROW) {
    await visit.resize(size)
    for (const fault of await tooWide(visit.page)) found.push(`${size.width}: ${fault}`)
  }
  await visit.resize(WIDE)
  return found
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
   * Goes to all pages, several at a time, and tells what is wrong, page by page. All four pairs of theme and language are looked through
   * by axe: two from their load on, the others after a turn of the theme, which changes nothing but colours.
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

  it('reads the same when it is loaded by its address, without an obstacle in either theme, and never scrolls sideways as a whole', async () => {
    const faults = await eachPage({ axe: true }, async (visit) => {
      const url = visit.page.url()
      const text = await screenText(visit)
      await visit.page.reload()
      await visit.settle()
      const again = await screenText(visit)
      const isSame = visit.page.url() === url && again === text
      return [
        ...(isSame ? [] : [`${url}: ${text}`, `${visit.page.url()}: ${again}`]),
        ...(await obstacles(visit, 'en')),
        ...(await tooWideWhereNarrow(visit)),
      ]
    })
    assert.deepEqual(faults, [])
  })

  it('has no obstacle in either theme, no English word and no more width in Chinese', async () => {
    const vocabulary = vocabularyOf(smallWorld())
    const options = { axe: true, theme: 'light', language: 'zh-CN' } as const
    const faults = await eachPage(options, async (visit) => [
      ...foreignWords(await textsOf(visit.page), vocabulary),
      ...(await obstacles(visit, 'zh-CN')),
      ...(await tooWideWhereNarrow(visit)),
    ])
    assert.deepEqual(faults, [])
  })

  it('says that its editor is on its way, and is whole only once that is there', async () => {
    const visit = await site.visit()
    // As on a slow machine: fetched, and then read for a while. The imports must stay in front.
    await visit.page.route(/YamlEditor.*\.js$/, async (route) => {
      const response = await route.fetch()
      const pause = 'await new Promise((done) => setTimeout(done, 600));'
      const body = (await response.text()).replace(/^(?:import[^;]*;)*/, `$&${pause}`)
      await route.fulfill({ response, body })
    })
    await visit.page.goto(`${site.origin}/missions/new`)
    await visit.page.locator('main .editor .state.loading').waitFor()
    await visit.settle()
    assert.equal(await visit.page.locator('main .cm-line', { hasText: 'kind: Mission' }).count(), 1)
    await visit.close()
  })

  it('cuts no button and no tab where texts are 40 % longer', async () => {
    const faults = await eachPage({}, async (visit) => {
      await visit.page.evaluate(LONGER)
      await visit.page.locator('header', { hasText: '····' }).first().waitFor()
      return [...(await cutButtons(visit.page)), ...(await tooWide(visit.page))]
    })
    assert.deepEqual(faults, [])
  })
})
