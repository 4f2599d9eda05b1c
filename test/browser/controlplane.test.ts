/** The main things once more, before a real kube-apiserver and etcd, by tokens that it knows. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { FLIGHT_TASKS, type FlightTask, MISSIONS, type Mission } from '@sortie/api'
import { type ControlPlane, missingForControlPlane, startControlPlane } from '@sortie/testing'
import { actAndConfirm, signIn, tabTo } from './keyboard.ts'
import { missingChromium, shownText, type Visit } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { PLANNER, rights, VIEWER } from './world/rights.ts'
import { SHOWN } from './world/shown.ts'
import { smallWorld } from './world/small.ts'

const MISSION = `/ns/default/missions/${SHOWN.mission}`
const SEEN_WITHIN = process.env['CI'] === 'true' ? 3_000 : 6_000
const missing = missingChromium() || (missingForControlPlane() ?? false)

describe('the dashboard before a real API server', { skip: missing }, () => {
  let plane: ControlPlane
  let site: Site
  before(async () => {
    plane = await startControlPlane({
      report: (line) => void process.stderr.write(`${line}\n`),
      users: { viewer: { user: 'viewer' }, planner: { user: 'planner' } },
    })
    site = await startSite({ mode: 'strict', plane })
    await site.plant([
      ...smallWorld(Date.now()),
      ...rights('viewer', [VIEWER]),
      ...rights('planner', [PLANNER], 'default'),
    ])
  })
  after(() => site?.stop())

  async function visitAs(name: string): Promise<Visit> {
    const visit = await site.visit({ height: 1_200 })
    await signIn(visit.page, plane.tokens.get(name) ?? '')
    await visit.page.locator('[data-freshness="live"]').waitFor()
    return visit
  }
  const phaseOf = (name: string, phase: string) =>
    site.client
      .resource(FLIGHT_TASKS)
      .patch(
        { namespace: 'default', name },
        { type: 'merge', body: { status: { phase } } },
        { subresource: 'status' },
      )

  /** Rows of the list of tasks are those that the API server lists, each in its phase. */
  async function listIsTrue({ page }: Visit): Promise<void> {
    const { items } = await site.client.resource<FlightTask>(FLIGHT_TASKS).listAll()
    for (const { metadata, status } of items) {
      const phase = status?.nextRetryTime === undefined ? `${status?.phase}` : 'Retrying'
      const row = page.locator('[role="row"][data-uid]').filter({ hasText: metadata.name })
      await row.filter({ hasText: phase }).first().waitFor({ timeout: 20_000 })
    }
    assert.equal(await page.locator('[role="row"][data-uid]').count(), items.length)
  }

  it('shows a change by the stream alone', async (t) => {
    const visit = await visitAs('viewer')
    await visit.open('/tasks')
    await listIsTrue(visit)
    const asked = visit.requests.length
    const began = performance.now()
    await phaseOf(SHOWN.task, 'Failed')
    await visit.page
      .locator('[role="row"]')
      .filter({ hasText: SHOWN.task })
      .filter({ hasText: 'Failed' })
      .waitFor({ timeout: SEEN_WITHIN })
    t.diagnostic(`seen after ${(performance.now() - began).toFixed(0)} ms`)
    assert.deepEqual(visit.requests.slice(asked), [])
    await visit.close()
  })

  it('refuses a token that the API server does not know', async () => {
    const visit = await site.visit()
    await signIn(visit.page, 'nonsense')
    await visit.page.locator('[role="alert"]').waitFor()
    await visit.close()
  })

  it('offers what RBAC allows, and says what it forbids', async () => {
    const viewer = await visitAs('viewer')
    await viewer.open(MISSION)
    assert.equal(await viewer.page.locator('[data-action]').count(), 0)
    await viewer.close()
    const planner = await visitAs('planner')
    await planner.open('/fleet')
    assert.match(
      await shownText(planner.page.locator('main .state.forbidden').first()),
      /list nodes/,
    )
    await planner.open(MISSION)
    await actAndConfirm(planner.page, '[data-action="suspend"]')
    const { spec } = await site.client
      .resource<Mission>(MISSIONS)
      .get({ namespace: 'default', name: SHOWN.mission })
    assert.equal(spec.suspend, true)
    await planner.page.locator('[data-action="resume"]').waitFor({ timeout: SEEN_WITHIN })
    // Before the sign-in nobody is known; after it some lists are forbidden.
    assert.deepEqual(
      planner.problems.filter((line) => !/status of 40[13]/.test(line)),
      [],
    )
    await planner.close()
  })

  it('shows the API server’s own words where it finds fault with a mission', async () => {
    const visit = await visitAs('planner')
    const { page } = visit
    await visit.open('/missions/new')
    await page.locator('.cm-content').getByText('kind: Mission').waitFor()
    await tabTo(page, '.cm-content')
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(
      `apiVersion: airforce.airforce.mil/v1alpha1\nkind: Mission\nmetadata:\n  name: ${SHOWN.failed}\nspec:\n  stages:\n  - name: one\n    flightTasks:\n    - aircraft: uav\n`,
    )
    await tabTo(page, '[data-action="try"]:not(:disabled)', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('main .bad').filter({ hasText: 'already exists' }).waitFor()
    await visit.close()
  })

  it('says that there is no log where no kubelet answers, and does not wait for it', async (t) => {
    const visit = await visitAs('admin')
    await visit.open(`/ns/default/tasks/${SHOWN.task}?tab=logs`)
    const told = visit.page.locator('main .end[role="status"]')
    await told.waitFor({ timeout: 20_000 })
    const words = (await shownText(told)).trim()
    t.diagnostic(words)
    assert.notEqual(words, '')
    await visit.close()
  })

  it('says that rows are old while the API server is away, and is right again when it is back', async () => {
    const visit = await visitAs('viewer')
    await visit.open('/tasks')
    await listIsTrue(visit)
    await plane.restart({
      crash: true,
      whileDown: () => visit.page.locator('main .stale').first().waitFor({ timeout: 30_000 }),
    })
    await phaseOf(SHOWN.waiting, 'Running')
    await visit.page.locator('main .stale').first().waitFor({ state: 'detached', timeout: 60_000 })
    await listIsTrue(visit)
    await visit.close()
  })
})
