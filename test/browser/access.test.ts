import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { act, signIn } from './keyboard.ts'
import { missingChromium, shownText } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { PAGES } from './world/pages.ts'
import { PLANNER, rights, VIEWER } from './world/rights.ts'
import { SHOWN } from './world/shown.ts'
import { smallWorld } from './world/small.ts'

describe('a person with a token', { skip: missingChromium() }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ mode: 'strict' })
    await site.plant([
      ...smallWorld(Date.now()),
      ...rights('viewer', [VIEWER]),
      ...rights('planner', [PLANNER], 'default'),
    ])
  })
  after(() => site.stop())

  it('is let in by a good one only, and the token is kept nowhere in the browser', async () => {
    const visit = await site.visit()
    await visit.page.locator('#token').waitFor()
    await signIn(visit.page, 'nonsense')
    await visit.page.locator('[role="alert"]').waitFor()
    await visit.page.locator('#token').fill('')
    await signIn(visit.page, 'token-viewer')
    await visit.page.locator('[data-freshness="live"]').waitFor()
    await visit.page.getByText(SHOWN.failed).first().waitFor()
    const kept = JSON.stringify([
      await visit.page.evaluate(
        '[{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]',
      ),
      await visit.context.cookies(),
      visit.requests,
    ])
    assert.doesNotMatch(kept, /token-viewer/)
    assert.ok(
      (await visit.context.cookies()).every(
        ({ httpOnly, sameSite }) => httpOnly && sameSite === 'Strict',
      ),
    )
    await visit.close()
  })

  it('is offered no action that the API server would refuse', async () => {
    const visit = await site.visit()
    await signIn(visit.page, 'token-viewer')
    await visit.page.locator('[data-freshness="live"]').waitFor()
    const offered: string[] = []
    for (const { name, path } of PAGES.filter(({ path }) => !path.startsWith('/missions/new'))) {
      await visit.go(path)
      const actions = await visit.page
        .locator('[data-action]')
        .evaluateAll((all) => all.map((one) => `${one.getAttribute('data-action')}`))
      offered.push(...actions.map((action) => `${name}: ${action}`))
    }
    assert.deepEqual(offered, [])
    await visit.open('/missions/new')
    assert.equal(await visit.page.locator('[data-action="create"]').isDisabled(), true)
    await visit.close()
  })

  it('is told what is forbidden, by verb, resource and namespace', async () => {
    const visit = await site.visit()
    await signIn(visit.page, 'token-planner')
    await visit.page.locator('[data-freshness="live"]').waitFor()
    await visit.open('/fleet')
    const text = await shownText(visit.page.locator('main .state.forbidden').first())
    assert.match(text, /list nodes/)
    await visit.page.locator('#namespace').waitFor()
    await visit.open('/ns/training/missions/harbour-watch')
    const other = await shownText(visit.page.locator('main .state.forbidden').first())
    assert.match(other, /list missions/)
    assert.match(other, /training/)
    await visit.open(`/ns/default/missions/${SHOWN.mission}`)
    await visit.page.locator('[data-action="cancel"]').waitFor()
    await visit.close()
  })

  it('leaves nothing to see for who comes after', async () => {
    const visit = await site.visit()
    await signIn(visit.page, 'token-viewer')
    await visit.page.locator('[data-freshness="live"]').waitFor()
    await visit.open('/missions')
    await visit.page.getByText(SHOWN.mission).first().waitFor()
    await act(visit.page, 'header button.sign-out')
    await visit.page.locator('#token').waitFor()
    assert.equal((await visit.context.cookies()).length, 0)
    // Whatever the next person's page shows from its first moment on.
    await visit.page.evaluate(`
      globalThis.seen = ''
      new MutationObserver(() => { globalThis.seen += document.body.innerText }).observe(document.body, { childList: true, subtree: true, characterData: true })`)
    await signIn(visit.page, 'token-nobody')
    await visit.page.locator('main .state.forbidden').first().waitFor()
    assert.doesNotMatch(
      String(await visit.page.evaluate('globalThis.seen')),
      new RegExp(SHOWN.mission),
    )
    await visit.close()
  })

  it('is asked to sign in again in every tab once it signed out in one', async () => {
    const visit = await site.visit()
    await signIn(visit.page, 'token-viewer')
    await visit.page.locator('[data-freshness="live"]').waitFor()
    const other = await visit.context.newPage()
    await other.goto(site.origin)
    await other.locator('[data-freshness="live"]').waitFor()
    await act(visit.page, 'header button.sign-out')
    await other.locator('#token').waitFor()
    await visit.close()
  })
})
