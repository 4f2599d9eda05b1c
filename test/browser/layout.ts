/** What a page must not do: be wider than its window, or cut what can be pressed. */
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

/** English of two fifths more letters, as other languages are: made here from what the app says, once in each document. */
export const LONGER = `{
  const app = document.querySelector('#app').__vue_app__
  const { global } = app._context.provides[app.__VUE_I18N_SYMBOL__]
  const longer = (text) => typeof text === 'string' ? text + '·'.repeat(Math.ceil(text.length * 0.4)) : text
  const stretched = (texts) => Object.fromEntries(Object.entries(texts).map(([key, text]) =>
    [key, typeof text === 'function' ? (filling) => longer(text(filling)) : stretched(text)]))
  if (globalThis.isLonger !== true) global.setLocaleMessage('en', stretched(global.getLocaleMessage('en')))
  globalThis.isLonger = true
}`

const CUT = `[...document.querySelectorAll('button, [role="tab"], a.button')]
  .filter((one) => one.getClientRects().length > 0 && one.closest('.unseen, .cm-editor') === null)
  .filter((one) => {
    const { left, right } = one.getBoundingClientRect()
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
      // What only screen readers read, and names that may end in an ellipsis.
      const apart = text.parentElement.closest('.unseen, .cut')
      if (apart !== null && one.contains(apart)) continue
      range.selectNodeContents(text)
      for (const part of range.getClientRects())
        if (part.width > 0 && (part.left < left - 1 || part.right > right + 1)) return true
    }
    return false
  })
  .map((one) => 'cut: ' + one.textContent.trim().slice(0, 60) + ' in ' + (one.parentElement.className || one.parentElement.tagName))`

/** Buttons and tabs whose words do not fit into them. */
export async function cutButtons(page: Page): Promise<readonly string[]> {
  return [...new Set((await page.evaluate(CUT)) as string[])]
}
