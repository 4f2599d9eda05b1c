import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { missingChromium } from '../site/chromium.ts'
import { type Site, startSite } from '../site/site.ts'
import { BARS, LINES, WIDE_MISSION, WIDE_STAGES, wideMission } from '../world/large.ts'
import { costOfFrames, GENEROUS, median, report, slowFrame, timeTo } from './measuring.ts'

const MISSION = `/ns/default/missions/${WIDE_MISSION}`
const LAST_STAGE = `[data-stage="stage-${WIDE_STAGES - 1}"]`

describe('a mission of 64 stages whose tasks have flown 10,000 times', {
  skip: missingChromium(),
}, () => {
  let site: Site
  before(async () => {
    site = await startSite()
    await site.plant(wideMission(Date.now()))
  })
  after(() => site.stop())

  it('shows its timeline in 150 ms with at most 600 elements, and scrolls it', async (t) => {
    const visit = await site.visit()
    const { page } = visit
    await visit.open(`${MISSION}?tab=timeline`)
    const lines = await page
      .locator('[data-timeline] .rows')
      .evaluate((rows) => rows.clientHeight / 24)
    const mounts: number[] = []
    for (let round = 0; round < 5; round++) {
      await visit.go(`${MISSION}?tab=events`)
      mounts.push(await timeTo(visit, `${MISSION}?tab=timeline`, '[data-timeline] .bar.running'))
    }
    const elements = await page.locator('body *').count()
    const scroll = `document.querySelector('[data-timeline]').scrollTop += 120`
    const { frames, cost } = await costOfFrames(visit, 2_000, scroll)
    report(
      t,
      `${BARS} bars in ${lines} lines`,
      `mounted in ${median(mounts).toFixed(0)} ms`,
      `${elements} elements`,
      `95 % of the frames of scrolling within ${slowFrame(frames).toFixed(0)} ms`,
      `each ${cost.toFixed(1)} ms of the main thread`,
    )
    assert.equal(lines, LINES)
    assert.ok(elements <= 600, `${elements} elements`)
    assert.ok(median(mounts) <= 150 * GENEROUS, `${mounts} ms`)
    assert.ok(cost <= 34, `${cost} ms`)
    await visit.close()
  })

  it('shows its plan within a second', async (t) => {
    const visit = await site.visit()
    await visit.open(MISSION)
    const plans: number[] = []
    for (let round = 0; round < 3; round++) {
      await visit.go(`${MISSION}?tab=events`)
      plans.push(await timeTo(visit, MISSION, LAST_STAGE))
    }
    const elements = await visit.page.locator('[data-graph] *').count()
    const moved = `document.querySelector('[data-graph]').scrollLeft += 6`
    const { frames, cost } = await costOfFrames(visit, 1_000, moved)
    report(
      t,
      `plan after ${median(plans).toFixed(0)} ms`,
      `${elements} elements`,
      `95 % of the frames of a plan that is moved within ${slowFrame(frames).toFixed(0)} ms`,
      `each ${cost.toFixed(1)} ms of the main thread`,
    )
    assert.ok(median(plans) <= 1_000 * GENEROUS, `${plans}`)
    assert.ok(cost <= 20, `${cost} ms`)
    await visit.close()
  })
})
