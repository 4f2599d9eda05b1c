import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { FLIGHT_TASKS, MISSIONS } from '@sortie/api'
import { EVENTS, type KubeObject, NODES, type ResourceType } from '@sortie/machinery'
import { missingChromium, shownText, type Visit } from './site/chromium.ts'
import { untilHolds } from './site/settled.ts'
import { type Site, startSite } from './site/site.ts'
import { logsOf } from './world/logs.ts'
import { SHOWN } from './world/shown.ts'
import { NOW, smallWorld } from './world/small.ts'

const MISSION = `/ns/default/missions/${SHOWN.mission}`

describe('where a person was', { skip: missingChromium() }, () => {
  let site: Site
  let visit: Visit
  before(async () => {
    site = await startSite({ now: NOW, logs: logsOf() })
    await site.plant(smallWorld())
    visit = await site.visit({ height: 480 })
  })
  after(() => site.stop())

  async function uidOf(type: ResourceType, name: string): Promise<string> {
    const resource = site.client.resource<KubeObject>(type)
    const { metadata } = await resource.get(
      type === NODES ? { name } : { namespace: 'default', name },
    )
    return metadata.uid ?? ''
  }
  const scrolled = (selector: string) =>
    visit.page
      .locator(selector)
      .first()
      .evaluate((part) => part.scrollTop)
  /** As a wheel does, and waits until it is at rest. */
  async function scroll(selector: string, top: number): Promise<void> {
    await visit.page
      .locator(selector)
      .first()
      .evaluate(
        (part, to) =>
          new Promise<void>((done) => {
            part.addEventListener('scrollend', () => done(), { once: true })
            part.scrollTop = to
          }),
        top,
      )
    // Kept once it has been at rest for a moment.
    await visit.page.waitForTimeout(250)
  }
  async function back(): Promise<void> {
    await visit.page.goBack()
    await visit.settle()
  }

  it('is where the way back leads: the row that was selected, the filter, how far the list was scrolled', async () => {
    const { page } = visit
    const uid = await uidOf(FLIGHT_TASKS, SHOWN.task)
    await visit.open('/tasks?filter=phase:*&order=name')
    await scroll('[role="grid"]', 100)
    await page.locator(`[data-uid="${uid}"] [role="gridcell"]`).nth(4).click()
    await page.locator('aside.panel').getByText(SHOWN.task).first().waitFor()
    await scroll('[role="grid"]', 130)
    const address = page.url()
    assert.match(address, new RegExp(`selected=${uid}`))
    await page.locator(`aside.panel a[href$="${SHOWN.node}"]`).first().click()
    await page.waitForURL(`**/fleet/${SHOWN.node}`)
    await visit.settle()
    await back()
    assert.equal(page.url(), address)
    assert.equal(await scrolled('[role="grid"]'), 130)
    assert.equal(await page.locator(`[data-uid="${uid}"]`).getAttribute('aria-selected'), 'true')
    await page.locator('aside.panel').getByText(SHOWN.task).first().waitFor()
  })

  it('is where the way back leads on a page that scrolls as a whole, and another page begins at its top', async () => {
    const { page } = visit
    await visit.open(MISSION)
    await scroll('main', 200)
    await page.locator('nav a[href="/settings"]').first().click()
    await page.waitForURL('**/settings')
    await visit.settle()
    assert.equal(await scrolled('main'), 0)
    await back()
    assert.equal(page.url(), `${site.origin}${MISSION}`)
    await untilHolds(page, async () => (await scrolled('main')) === 200)
    await page.goForward()
    await visit.settle()
    assert.equal(await scrolled('main'), 0)
  })

  it('is in the address: each state of a page reads the same after a reload', async () => {
    const [mission, task, node] = await Promise.all([
      uidOf(MISSIONS, SHOWN.mission),
      uidOf(FLIGHT_TASKS, SHOWN.task),
      uidOf(NODES, SHOWN.node),
    ])
    const { items: events } = await site.client.resource<KubeObject>(EVENTS).listAll()
    const event = events[0]?.metadata.uid ?? ''
    const states = [
      `/missions?filter=phase:running&order=-created&selected=${mission}`,
      `/tasks?filter=node:uav*&order=-retries&selected=${task}`,
      `/stages?order=phase&filter=gang:yes`,
      `/fleet?order=-fuel&selected=${node}`,
      `/fleet?tab=others&filter=control`,
      `/weapons?tab=matrix&filter=${SHOWN.weapon}`,
      `/events?filter=type:warning&order=reason&selected=${event}`,
      `${MISSION}?selected=${task}`,
      `${MISSION}?tab=timeline&selected=${task}`,
      `${MISSION}?tab=tasks&order=-phase&selected=${task}`,
      `/missions/new?copy=default/${SHOWN.failed}`,
      `/missions/new?template=default/sweep`,
      '/?wall=1',
    ]
    const read = async () => (await shownText(visit.page.locator('body'))).replace(/\s+/g, ' ')
    for (const state of states) {
      await visit.go(state)
      const shown = await read()
      await visit.page.reload()
      await visit.settle()
      assert.equal(await read(), shown, state)
      assert.equal(visit.page.url(), `${site.origin}${state}`)
    }
    assert.deepEqual(visit.problems, [])
  })

  it('is told where nothing of that name is, and led to what there is', async () => {
    const { page } = visit
    const unknown = ['missions', 'stages', 'tasks', 'weapons'].map((path) => `/ns/default/${path}`)
    for (const path of [...unknown, '/fleet']) {
      await visit.go(`${path}/no-such?tab=yaml`)
      await page.locator('main').getByText('no-such').first().waitFor()
      assert.equal(await page.locator('main .editor').count(), 0, path)
      const ways = page.locator('main .ways a')
      assert.match((await ways.first().getAttribute('href')) ?? '', /^\/[a-z]+$/, path)
    }
    await visit.go('/no/such/page')
    await page.locator('main').getByText('/no/such/page').first().waitFor()
    await page.locator('main button').click()
    await page.keyboard.type(SHOWN.failed)
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/missions/${SHOWN.failed}`)
  })
})
