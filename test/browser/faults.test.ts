import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { FLIGHT_TASKS, type FlightTask, MISSIONS } from '@sortie/api'
import { ApiStatusError, failureStatus, TransportError } from '@sortie/machinery'
import { missingChromium, shownText, type Visit } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { logsOf } from './world/logs.ts'
import { SHOWN } from './world/shown.ts'
import { smallWorld } from './world/small.ts'

const MISSION = `/ns/default/missions/${SHOWN.mission}`

describe('what goes wrong on the way', { skip: missingChromium() }, () => {
  let site: Site
  let visit: Visit
  before(async () => {
    site = await startSite({ logs: logsOf() })
    await site.plant(smallWorld(Date.now()))
    visit = await site.visit({ height: 1_400 })
  })
  beforeEach(() => {
    site.wire.state = 'whole'
    site.fault = undefined
  })
  after(() => site.stop())

  const badge = (freshness: string, timeout = 30_000) =>
    visit.page.locator(`[data-freshness="${freshness}"]`).waitFor({ timeout })
  const phaseOf = (name: string, phase: string) =>
    site.client
      .resource(FLIGHT_TASKS)
      .patch(
        { namespace: 'default', name },
        { type: 'merge', body: { status: { phase } } },
        { subresource: 'status' },
      )

  /** What the list of tasks says, against what the API server has. */
  async function listIsTrue(): Promise<void> {
    const { items } = await site.client.resource<FlightTask>(FLIGHT_TASKS).listAll()
    const wanted = items
      .map(
        ({ metadata, status }) =>
          `${metadata.name} ${status?.nextRetryTime === undefined ? status?.phase : 'Retrying'}`,
      )
      .sort()
    const rows = visit.page.locator('[role="row"][data-uid]')
    const end = performance.now() + 20_000
    for (;;) {
      const texts = await rows.evaluateAll((all) => all.map((row) => row.textContent ?? ''))
      const shown = wanted.filter((one) => {
        const [name = '', phase = ''] = one.split(' ')
        return texts.some((text) => text.includes(name) && text.includes(phase))
      })
      if (texts.length === wanted.length && shown.length === wanted.length) return
      if (performance.now() > end)
        assert.deepEqual({ rows: texts.length, shown }, { rows: wanted.length, shown: wanted })
      await visit.page.waitForTimeout(100)
    }
  }

  it('says offline when the network breaks, stops the clocks, and is right again without a reload', async () => {
    await visit.open(MISSION)
    await visit.page.evaluate('globalThis.sameDocument = true')
    await badge('live')
    site.wire.state = 'cut'
    await badge('offline')
    const clocks = () => shownText(visit.page.locator('main .facts'))
    await visit.page.waitForTimeout(1_200)
    const stood = await clocks()
    await visit.page.waitForTimeout(2_500)
    assert.equal(await clocks(), stood)
    await site.client
      .resource(MISSIONS)
      .patch(
        { namespace: 'default', name: SHOWN.mission },
        { type: 'merge', body: { status: { message: 'something new' } } },
        { subresource: 'status' },
      )
    site.wire.state = 'whole'
    await badge('live')
    await visit.page.getByText('something new').first().waitFor()
    assert.equal(await visit.page.evaluate('globalThis.sameDocument'), true)
  })

  it('lists what the API server has after an outage', async () => {
    await visit.open('/tasks')
    await listIsTrue()
    site.wire.state = 'cut'
    await badge('offline')
    await phaseOf(SHOWN.task, 'Failed')
    await site.client
      .resource(FLIGHT_TASKS)
      .delete({ namespace: 'default', name: 'coastal-survey-scan-reef' })
    await site.client.resource(FLIGHT_TASKS).create({
      apiVersion: 'airforce.airforce.mil/v1alpha1',
      kind: 'FlightTask',
      metadata: { name: 'newcomer', namespace: 'default' },
      spec: {},
    } as FlightTask)
    site.wire.state = 'whole'
    await badge('live')
    await listIsTrue()
  })

  it('says delayed and stale when the server falls silent, and live when it speaks again', async () => {
    await visit.open('/tasks')
    await badge('live')
    site.wire.state = 'silent'
    await badge('delayed', 15_000)
    await badge('stale', 30_000)
    site.wire.state = 'whole'
    await badge('live')
    await listIsTrue()
  })

  it('says since when rows are old while the API server is away, and catches up', async () => {
    await visit.open('/tasks')
    await listIsTrue()
    site.fault = { error: new TransportError('connection refused') }
    site.cutWatches()
    await visit.page.locator('main .stale').first().waitFor()
    await phaseOf(SHOWN.waiting, 'Running')
    site.fault = undefined
    await visit.page.locator('main .stale').first().waitFor({ state: 'detached', timeout: 60_000 })
    await listIsTrue()
  })

  it('lists again after 410 Gone', async () => {
    await visit.open('/tasks')
    await listIsTrue()
    const gone = failureStatus('Expired', { message: 'too old resource version' })
    await phaseOf(SHOWN.waiting, 'Succeeded')
    site.cutWatches(new ApiStatusError(gone))
    await phaseOf('coastal-survey-fuse-merge', 'Running')
    await listIsTrue()
  })

  it('shows 403 and a server that is away where an object cannot be read, and reads it when asked again', async () => {
    for (const [reason, words] of [
      ['Forbidden', 'not yours'],
      ['ServiceUnavailable', 'come back later'],
    ] as const) {
      site.fault = { error: new ApiStatusError(failureStatus(reason, { message: words })) }
      await visit.open(`${MISSION}?tab=yaml`)
      await visit.page.locator('[role="alert"]').filter({ hasText: words }).waitFor()
      site.fault = undefined
      await visit.page.getByRole('button', { name: 'Read again' }).click()
      await visit.page.locator('.cm-content').getByText('kind: Mission').waitFor()
    }
  })

  it('shows a page whole although every answer takes a second', async () => {
    site.fault = { slow: 1_000 }
    await visit.open(MISSION)
    await visit.page.locator('[data-stage="image"]').waitFor()
    site.fault = undefined
  })

  it('asks for a sign-in when the API server no longer knows the person', async () => {
    await visit.open('/tasks')
    await badge('live')
    site.fault = {
      error: new ApiStatusError(failureStatus('Unauthorized', { message: 'who are you' })),
    }
    await visit.page.goto(`${site.origin}${MISSION}?tab=yaml`)
    await visit.page.getByText('link that the server printed').waitFor()
    site.fault = undefined
    visit = await site.visit()
  })

  it('asks for a sign-in when the dashboard server has begun anew and knows nobody', async () => {
    await visit.open('/tasks')
    await badge('live')
    site.wire.state = 'cut'
    await badge('offline')
    await site.stopDashboard()
    await site.startDashboard()
    site.wire.state = 'whole'
    await visit.page.getByText('link that the server printed').waitFor({ timeout: 40_000 })
  })
})
