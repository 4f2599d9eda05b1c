import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { cutButtons, LONGER, tooWide } from './layout.ts'
import { eachPage, obstacles, tooWideWhereNarrow } from './looks.ts'
import { missingChromium } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { foreignWords, textsOf, vocabularyOf } from './words.ts'
import { logsOf } from './world/logs.ts'
import { NOW, smallWorld } from './world/small.ts'

describe('every page in another language', { skip: missingChromium() }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ now: NOW, logs: logsOf() })
    await site.plant(smallWorld())
  })
  after(() => site.stop())

  it('has no obstacle in either theme, no English word and no more width in Chinese', async () => {
    const vocabulary = vocabularyOf(smallWorld())
    const options = { axe: true, theme: 'light', language: 'zh-CN' } as const
    const faults = await eachPage(site, options, async (visit) => [
      ...foreignWords(await textsOf(visit.page), vocabulary),
      ...(await obstacles(visit, 'zh-CN')),
      ...(await tooWideWhereNarrow(visit)),
    ])
    assert.deepEqual(faults, [])
  })

  it('cuts no button and no tab where texts are 40 % longer', async () => {
    const faults = await eachPage(site, {}, async (visit) => {
      await visit.page.evaluate(LONGER)
      await visit.page.locator('header', { hasText: '····' }).first().waitFor()
      return [...(await cutButtons(visit.page)), ...(await tooWide(visit.page))]
    })
    assert.deepEqual(faults, [])
  })
})
