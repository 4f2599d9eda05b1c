/** A person who has no mouse. */
import type { Page } from 'playwright-core'

const MOST_STEPS = 120

/** Presses Tab until an element has the focus. @throws Error where it cannot be reached */
export async function tabTo(
  page: Page,
  selector: string,
  key: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  await page.locator(selector).first().waitFor()
  for (let step = 0; step < MOST_STEPS; step++) {
    const isThere = await page.evaluate(
      `document.activeElement?.matches(${JSON.stringify(selector)}) === true`,
    )
    if (isThere) return
    await page.keyboard.press(key)
  }
  throw new Error(`no way by the keyboard to ${selector}`)
}

/** Goes there and presses Enter. */
export async function act(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector)
  await page.keyboard.press('Enter')
}

/** An action, and yes to its question. */
export async function actAndConfirm(page: Page, selector: string): Promise<void> {
  await act(page, selector)
  await act(page, '[role="dialog"] [data-confirm]')
  await page.locator('[role="dialog"]').waitFor({ state: 'detached' })
}

/** Brings a token before the sign-in page. */
export async function signIn(page: Page, token: string): Promise<void> {
  await tabTo(page, '#token')
  await page.keyboard.insertText(token)
  await page.keyboard.press('Enter')
}
