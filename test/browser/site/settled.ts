/** When a page is whole: nothing is being fetched, and it was looked at several times in a row and found whole each time. */
import type { Page, Request } from 'playwright-core'

/** What a page fetches. */
export interface Traffic {
  /** Requests that are under way, with when they began. */
  readonly open: Map<Request, number>
  /** How many have begun so far, and ended. */
  turns: number
}

export function watchTraffic(page: Page): Traffic {
  const traffic: Traffic = { open: new Map(), turns: 0 }
  const end = (request: Request): void => {
    traffic.turns += 1
    traffic.open.delete(request)
  }
  page.on('request', (request) => {
    traffic.turns += 1
    traffic.open.set(request, performance.now())
    // The end of what was redirected is not always told.
    const before = request.redirectedFrom()
    if (before !== null) traffic.open.delete(before)
  })
  page.on('requestfinished', end)
  page.on('requestfailed', end)
  return traffic
}

const LONGEST_MILLIS = 30_000
/** None of ours takes that long: one that was given up may never end. */
const LONGEST_REQUEST = 12_000
const AGAIN_MILLIS = 20

/**
 * Waits until it holds. It is asked from outside the page: what a page asks itself again is a text to evaluate, which its policy forbids.
 * @throws Error where it does not come to hold
 */
export async function untilHolds(page: Page, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + LONGEST_MILLIS
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it does not hold after ${LONGEST_MILLIS} ms`)
    await page.waitForTimeout(AGAIN_MILLIS)
  }
}

/**
 * A few looks in a row, with what the page finds missing, or nothing. A look comes when the page has drawn a frame since the last and has
 * nothing else to do: while a script is read or run nobody looks, so time alone makes no page whole, and an editor that colours its text
 * when it is idle has done that first.
 */
const LOOKS = `new Promise((done) => {
  const missing = () =>
    document.querySelector('main > *') === null ? 'the page'
      : document.querySelector('.state.loading, [aria-busy="true"]') !== null ? 'a part of it'
      : document.querySelector('[data-freshness="connecting"]') !== null ? 'the stream'
      : undefined
  let looks = 0
  const look = () => {
    const what = missing()
    looks += 1
    if (what !== undefined || looks === 4) done(what ?? '')
    else setTimeout(() => requestAnimationFrame(() => requestIdleCallback(look, { timeout: 1000 })), 20)
  }
  look()
})`

/** @throws Error where the page is not whole after half a minute, with what is missing */
export async function settled(page: Page, traffic: Traffic): Promise<void> {
  const end = performance.now() + LONGEST_MILLIS
  for (;;) {
    const before = traffic.turns
    const missing = traffic.open.size > 0 ? 'what is fetched' : await page.evaluate(LOOKS)
    if (missing === '' && traffic.turns === before) return
    const now = performance.now()
    for (const [request, began] of traffic.open) {
      if (now - began > LONGEST_REQUEST) traffic.open.delete(request)
    }
    if (now > end) {
      const open = [...traffic.open.keys()].map((request) => request.url())
      throw new Error(`${page.url()} does not settle: ${missing} ${open.join(', ')}`)
    }
    await page.waitForTimeout(AGAIN_MILLIS)
  }
}
