import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { FLIGHT_TASKS, MISSION_STAGES, MISSIONS } from '@sortie/api'
import { PODS, type ResourceType } from '@sortie/machinery'
import { missingChromium, shownText, type Visit } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { logsOf } from './world/logs.ts'
import { SHOWN } from './world/shown.ts'
import { smallWorld } from './world/small.ts'

/** What a change may take until it is seen, in milliseconds: one second where the machine does nothing else. */
const SEEN_WITHIN = process.env['CI'] === 'true' ? 2_000 : 5_000

describe('a page that is looked at', { skip: missingChromium() }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ logs: logsOf() })
    await site.plant(smallWorld(Date.now()))
  })
  after(() => site.stop())

  const write = (type: ResourceType, name: string, status: unknown) =>
    site.client
      .resource(type)
      .patch(
        { namespace: 'default', name },
        { type: 'merge', body: { status } },
        { subresource: 'status' },
      )

  const seen = (visit: Visit, selector: string, text: string | RegExp) =>
    visit.page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: SEEN_WITHIN })

  it('shows a change of phase in list, plan, timeline and counts, and asks for nothing', async (t) => {
    const mission = `/ns/default/missions/${SHOWN.mission}`
    const visits = await Promise.all(
      ['/tasks', mission, `${mission}?tab=timeline`, '/'].map(async (path) => {
        const visit = await site.visit({ height: 1_200 })
        await visit.open(path)
        return visit
      }),
    )
    const [list, plan, timeline, board] = visits as [Visit, Visit, Visit, Visit]
    await seen(board, '[data-count="tasks Running"]', /^2/)
    const asked = visits.map(({ requests }) => requests.length)
    const upstream = site.upstream.length
    const began = performance.now()
    await write(FLIGHT_TASKS, SHOWN.task, {
      phase: 'Succeeded',
      completionTime: new Date().toISOString().replace(/\.\d+/, ''),
    })
    await write(PODS, `${SHOWN.task}-pod`, { phase: 'Succeeded' })
    await write(MISSION_STAGES, SHOWN.stage, {
      counts: {
        total: 6,
        pending: 2,
        scheduled: 1,
        running: 0,
        succeeded: 3,
        failed: 0,
        cancelled: 0,
      },
    })
    const row = list.page.locator('[role="row"]').filter({ hasText: 'strait-2' })
    await Promise.all([
      row.getByText('Succeeded').waitFor({ timeout: SEEN_WITHIN }),
      seen(plan, '[data-stage="image"]', '3/6'),
      timeline.page
        .locator('[data-timeline] .row')
        .filter({ hasText: 'strait-2' })
        .locator('.bar.succeeded')
        .first()
        .waitFor({ timeout: SEEN_WITHIN }),
      seen(board, '[data-count="tasks Running"]', /^1/),
    ])
    t.diagnostic(`seen everywhere after ${(performance.now() - began).toFixed(0)} ms`)
    const asksAgain = (request: string) => !request.includes('/api/why/')
    assert.deepEqual(
      visits.flatMap(({ requests }, at) => requests.slice(asked[at]).filter(asksAgain)),
      [],
    )
    assert.deepEqual(
      site.upstream.slice(upstream).filter((line) => !line.includes('own')),
      [],
    )
    for (const visit of visits) await visit.close()
  })

  it('asks for nothing while nothing happens', async () => {
    const visits = await Promise.all(
      ['/', '/tasks', `/ns/default/missions/${SHOWN.mission}`].map(async (path) => {
        const visit = await site.visit()
        await visit.open(path)
        return visit
      }),
    )
    await visits[0]!.page.waitForTimeout(1_000)
    const asked = visits.map(({ requests }) => requests.length)
    const upstream = site.upstream.length
    await visits[0]!.page.waitForTimeout(20_000)
    assert.deepEqual(
      visits.flatMap(({ requests }, at) => requests.slice(asked[at])),
      [],
    )
    // A metrics server may have come: that is asked once per 15 s, for everybody.
    const polled = (line: string) => line.includes('metrics.k8s.io') || line.includes('/leases')
    const isSignOfLife = (line: string) => line === 'GET hub /version'
    const heard = site.upstream.slice(upstream)
    const asks = heard.filter((line) => !polled(line) && !isSignOfLife(line))
    // A line on which nothing comes is asked for a sign of life, once in ten seconds and for all who look.
    assert.ok(heard.filter(isSignOfLife).length <= 3)
    // A watch is renewed, once in half a minute and for all who look, to know that its line is not dead.
    assert.deepEqual(asks, [...new Set(asks.filter((line) => line.startsWith('watch ')))])
    for (const visit of visits) await visit.close()
  })

  it('counts on the board what the lists show that the counts lead to', async () => {
    const visit = await site.visit()
    await visit.open('/')
    const links = await visit.page.locator('[data-count]').all()
    assert.equal(links.length, 11)
    const counts = await Promise.all(
      links.map(async (link) => ({
        what: await link.getAttribute('data-count'),
        href: await link.getAttribute('href'),
        count: Number.parseInt(await shownText(link), 10),
      })),
    )
    for (const { what, href, count } of counts) {
      await visit.go(href ?? '')
      const shown = await shownText(visit.page.locator('[role="search"] [aria-live]'))
      assert.equal(Number.parseInt(shown, 10), count, `${what}: ${shown}`)
    }
    await visit.close()
  })

  it('keeps the focus on its row while other rows come, change and go', async () => {
    const visit = await site.visit({ height: 1_200 })
    await visit.open('/tasks?order=phase')
    const row = visit.page.locator('[role="row"]').filter({ hasText: 'coastal-survey-scan-north' })
    await row.focus()
    const uid = await row.getAttribute('data-uid')
    await write(FLIGHT_TASKS, 'coastal-survey-scan-south', { phase: 'Failed' })
    await site.client
      .resource(FLIGHT_TASKS)
      .delete({ namespace: 'default', name: 'coastal-survey-scan-reef' })
    await visit.page
      .getByText('coastal-survey-scan-reef')
      .waitFor({ state: 'detached', timeout: SEEN_WITHIN })
    assert.equal(await visit.page.evaluate('document.activeElement.dataset.uid'), uid)
    await visit.page.keyboard.press('ArrowDown')
    assert.notEqual(await visit.page.evaluate('document.activeElement.dataset.uid'), uid)
    await visit.close()
  })

  it('says so when what it shows is deleted', async () => {
    const visit = await site.visit()
    await visit.open('/ns/default/missions/supply-run')
    await site.client.resource(MISSIONS).delete({ namespace: 'default', name: 'supply-run' })
    await visit.page
      .getByText('Mission default/supply-run is not there.')
      .waitFor({ timeout: SEEN_WITHIN })
    await visit.close()
  })
})
