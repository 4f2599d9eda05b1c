/** What a page must not do: be wider than its window. */
import type { Page } from 'playwright-core'

const TOO_WIDE = `[document.documentElement, document.querySelector('main')]
  .filter((part) => part.scrollWidth > part.clientWidth)
  .map((part) => {
    const out = [...part.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > part.clientWidth + 1)
    const named = out.slice(0, 4).map((one) => one.tagName.toLowerCase() + '.' + (one.getAttribute('class') ?? ''))
    return part.tagName + ' by ' + (part.scrollWidth - part.clientWidth) + ' px: ' + named.join(', ')
  })`

/** Whether the document or its main part, not a part of that, is wider than the window; with what reaches out. */
export async function tooWide(page: Page): Promise<readonly string[]> {
  return (await page.evaluate(TOO_WIDE)) as string[]
}
