/** Goes to every page, several at a time, and tells what is wrong with each. */
import { tooWide } from './layout.ts'
import {
  accessibilityFaults,
  type Language,
  turn,
  type Visit,
  type VisitOptions,
} from './site/chromium.ts'
import type { Site } from './site/site.ts'
import { PAGES, type PageAddress } from './world/pages.ts'

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
export async function obstacles(visit: Visit, language: Language): Promise<readonly string[]> {
  const { page } = visit
  const theme =
    (await page.locator('html').getAttribute('data-theme')) === 'dark' ? 'light' : 'dark'
  const faults = await accessibilityFaults(page)
  await turn(visit, theme, language)
  return [...faults, ...(await accessibilityFaults(page, COLOURS))]
}

/** What reaches out of a window that is narrow, or of which everything is twice as large. */
export async function tooWideWhereNarrow(visit: Visit): Promise<readonly string[]> {
  const found: string[] = []
  for (const size of NARROW) {
    await visit.resize(size)
    for (const fault of await tooWide(visit.page)) found.push(`${size.width}: ${fault}`)
  }
  await visit.resize(WIDE)
  return found
}

/**
 * Goes to all pages, several at a time, and tells what is wrong, page by page. All four pairs of theme and language are looked through
 * by axe: two from their load on, the others after a turn of the theme, which changes nothing but colours.
 */
export async function eachPage(
  site: Site,
  options: VisitOptions,
  look: Look,
): Promise<readonly string[]> {
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
