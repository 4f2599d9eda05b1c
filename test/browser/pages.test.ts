import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eachPage, obstacles, tooWideWhereNarrow } from './looks.ts'
import { missingChromium, shownText, type Visit } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { logsOf } from './world/logs.ts'
import { NOW, smallWorld } from './world/small.ts'

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

  it('reads the same when it is loaded by its address, without an obstacle in either theme, and never scrolls sideways as a whole', async () => {
    const faults = await eachPage(site, { axe: true }, async (visit) => {
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
})
