import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { LogSource } from '@sortie/apiserver'
import { missingChromium } from '../site/chromium.ts'
import { untilHolds } from '../site/settled.ts'
import { type Site, startSite } from '../site/site.ts'
import { SHOWN } from '../world/shown.ts'
import { smallWorld } from '../world/small.ts'
import { framesOf, GENEROUS, report } from './measuring.ts'

const LINES = 100_000
const PER_SECOND = 5_000
const STEP_MILLIS = 20

/** A pod that talks without pause until it has said everything. */
const talking: LogSource = () => (sink) => {
  let said = 0
  const timer = setInterval(() => {
    const lines = Array.from({ length: (PER_SECOND * STEP_MILLIS) / 1_000 }, (_, at) => {
      const n = said + at
      return n % 7 === 0 ? `\u001b[33mframe ${n} blurred\u001b[0m\n` : `frame ${n} sharp\n`
    })
    said += lines.length
    sink.onChunk(Buffer.from(lines.join('')))
    if (said >= LINES) clearInterval(timer)
  }, STEP_MILLIS)
  return { close: () => clearInterval(timer) }
}

describe('a log that does not stop', { skip: missingChromium() }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ logs: talking })
    await site.plant(smallWorld(Date.now()))
  })
  after(() => site.stop())

  it('is followed smoothly, searched at once, and stays where somebody reads', async (t) => {
    const visit = await site.visit()
    const { page } = visit
    await visit.open(`/ns/default/tasks/${SHOWN.task}?tab=logs`)
    await page
      .getByText(/^frame \d+ sharp$/)
      .first()
      .waitFor()
    const frames = await framesOf(visit, 6_000)
    const perSecond = frames.length / 6
    const searched = (await page.evaluate(`new Promise((done) => {
      const began = performance.now()
      const field = document.querySelector('main input[type="search"]')
      field.value = '77 sharp'
      field.dispatchEvent(new Event('input', { bubbles: true }))
      const look = () => document.querySelector('[data-log] .hit, main [role="status"]') === null
        ? requestAnimationFrame(look)
        : requestAnimationFrame(() => done(performance.now() - began))
      look()
    })`)) as number
    const elements = await page.locator('[data-log] *').count()
    report(
      t,
      `${perSecond.toFixed(0)} frames a second at ${PER_SECOND} lines`,
      `searched in ${searched.toFixed(0)} ms`,
      `${elements} elements`,
    )
    assert.ok(perSecond >= 45 / GENEROUS, `${perSecond} frames a second`)
    assert.ok(searched <= 150 * GENEROUS, `${searched} ms`)
    assert.ok(elements <= 300, `${elements} elements`)
    await page.locator('[data-log]').hover()
    await page.mouse.wheel(0, -2_000)
    const follows = page.locator('main input[type="checkbox"]').nth(1)
    await untilHolds(page, async () => !(await follows.isChecked()))
    await visit.close()
  })
})
