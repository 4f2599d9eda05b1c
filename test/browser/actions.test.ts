import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { ANNOTATIONS, MISSION_STAGES, MISSIONS, type Mission, type MissionStage } from '@sortie/api'
import { ApiStatusError, NODES, type NodeObject } from '@sortie/machinery'
import { act, actAndConfirm, tabTo } from './keyboard.ts'
import { missingChromium, shownText, type Visit } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { logsOf } from './world/logs.ts'
import { SHOWN } from './world/shown.ts'
import { smallWorld } from './world/small.ts'

const pathOf = (name: string) => `/ns/default/missions/${name}`

describe('what a person does by keyboard alone', { skip: missingChromium() }, () => {
  let site: Site
  let visit: Visit
  before(async () => {
    site = await startSite({ logs: logsOf() })
    await site.plant(smallWorld(Date.now()))
    visit = await site.visit({ height: 1_000 })
  })
  after(() => site.stop())
  /** Problems that a test before has been asked about. */
  let asked = 0
  afterEach(() => {
    const problems = visit.problems.slice(asked)
    asked = visit.problems.length
    // What is missing, taken or changed meanwhile, each as a test means it to be.
    assert.deepEqual(
      problems.filter((line) => !/status of 40[49]/.test(line)),
      [],
    )
  })

  const missions = () => site.client.resource<Mission>(MISSIONS)
  const mission = (name: string) => missions().get({ namespace: 'default', name })
  /** The answer may be a moment behind what the page says. */
  const said = (text: string | RegExp) => visit.page.getByText(text).first().waitFor()

  it('suspends, resumes and cancels a mission', async () => {
    const { page } = visit
    await visit.open(pathOf(SHOWN.mission))
    await actAndConfirm(page, '[data-action="suspend"]')
    assert.equal((await mission(SHOWN.mission)).spec.suspend, true)
    await actAndConfirm(page, '[data-action="resume"]')
    assert.equal((await mission(SHOWN.mission)).spec.suspend, false)
    await actAndConfirm(page, '[data-action="cancel"]')
    assert.equal((await mission(SHOWN.mission)).spec.cancel, true)
    await page.locator('[data-action="cancel"]').waitFor({ state: 'detached' })
  })

  it('runs a failed mission again', async () => {
    await visit.open(pathOf(SHOWN.failed))
    await actAndConfirm(visit.page, '[data-action="retry"]')
    const { annotations = {} } = (await mission(SHOWN.failed)).metadata
    assert.match(annotations[ANNOTATIONS.retry] ?? '', /^\d{4}-/)
  })

  it('leaves a question with Escape, and is back where it was', async () => {
    const { page } = visit
    await visit.open(pathOf('ridge-patrol'))
    await act(page, '[data-action="delete"]')
    await page.locator('[role="dialog"]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('[role="dialog"]').waitFor({ state: 'detached' })
    await page.locator('[data-action="delete"]:focus').waitFor()
    assert.equal((await mission('ridge-patrol')).metadata.name, 'ridge-patrol')
  })

  it('deletes a mission', async () => {
    await visit.open(pathOf('night-escort'))
    await actAndConfirm(visit.page, '[data-action="delete"]')
    await said('Mission default/night-escort is not there.')
    await assert.rejects(
      mission('night-escort'),
      (error) => error instanceof ApiStatusError && error.code === 404,
    )
  })

  it('opens a start gate from the board', async () => {
    await visit.open('/')
    await actAndConfirm(visit.page, `li:has(a[href$="${SHOWN.gated}"]) [data-action="approve"]`)
    const stage = await site.client
      .resource<MissionStage>(MISSION_STAGES)
      .get({ namespace: 'default', name: SHOWN.gated })
    assert.deepEqual(stage.spec.startGates ?? [], [])
    await visit.page
      .locator(`li:has(a[href$="${SHOWN.gated}"]) [data-action="approve"]`)
      .waitFor({ state: 'detached' })
  })

  it('copies a mission', async () => {
    const { page } = visit
    await visit.open(pathOf('supply-run'))
    await act(page, '[data-action="copy"]')
    await page.getByText('supply-run-copy').first().waitFor()
    await act(page, '[data-action="try"]')
    await page.locator('main .good').waitFor()
    await assert.rejects(mission('supply-run-copy'))
    await act(page, '[data-action="create"]')
    await page.waitForURL('**/missions/supply-run-copy')
    assert.equal((await mission('supply-run-copy')).spec.stages?.length, 1)
  })

  it('makes a mission from a template', async () => {
    const { page } = visit
    await visit.open('/missions/new')
    await page.locator('option', { hasText: 'sweep' }).waitFor({ state: 'attached' })
    await tabTo(page, 'main select')
    await page.keyboard.press('ArrowDown')
    await page.getByText('templateRef').first().waitFor()
    await act(page, '[data-action="create"]')
    await page.waitForURL('**/missions/sweep-1')
    assert.equal((await mission('sweep-1')).spec.templateRef?.name, 'sweep')
  })

  it('reads where in its YAML the API server finds fault, before anything is made', async () => {
    const { page } = visit
    await visit.open('/missions/new')
    await page.locator('.cm-content').getByText('kind: Mission').waitFor()
    await tabTo(page, '.cm-content')
    const write = async (text: string): Promise<void> => {
      await page.keyboard.press('Control+a')
      await page.keyboard.insertText(text)
    }
    const typed = (stages: string) =>
      `apiVersion: airforce.airforce.mil/v1alpha1\nkind: Mission\nmetadata:\n  name: typed\nspec:\n${stages}`
    await write(
      typed(
        '  stages:\n  - name: one\n    dependsOn: [two]\n    flightTasks:\n    - aircraft: uav\n',
      ),
    )
    await page.getByText('"two" is no stage of this mission').first().waitFor()
    assert.equal(await page.locator('[data-action="try"]').isDisabled(), true)
    // What only the API server knows.
    await write(
      typed('  stages:\n  - name: one\n    flightTasks:\n    - aircraft: uav\n').replace(
        'typed',
        'storm-watch',
      ),
    )
    await tabTo(page, '[data-action="try"]:not(:disabled)', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('main .bad').filter({ hasText: 'already exists' }).waitFor()
    await assert.rejects(mission('typed'))
    await tabTo(page, '.cm-content')
    await write(typed('  stages:\n  - name: one\n    flightTasks:\n    - aircraft: uav\n'))
    await tabTo(page, '[data-action="try"]:not(:disabled)', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('main .good').waitFor()
    await assert.rejects(mission('typed'))
    await act(page, '[data-action="create"]')
    await page.waitForURL('**/missions/typed')
    assert.equal((await mission('typed')).spec.stages?.[0]?.name, 'one')
  })

  it('shows what somebody else changed meanwhile, and overwrites nothing', async () => {
    const { page } = visit
    await visit.open(`${pathOf('ridge-patrol')}?tab=yaml`)
    await act(page, '[data-action="edit"]')
    await tabTo(page, '.cm-content')
    await page.keyboard.press('Control+a')
    const yaml = (await shownText(page.locator('.cm-content'))).replace(
      'priority: low',
      'priority: high',
    )
    assert.match(yaml, /priority: high/)
    await page.keyboard.insertText(yaml)
    await tabTo(page, '[data-action="try"]:not(:disabled)', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('[data-action="save"]:not(:disabled)').waitFor()
    await missions().patch(
      { namespace: 'default', name: 'ridge-patrol' },
      { type: 'merge', body: { spec: { suspend: true } } },
    )
    await act(page, '[data-action="save"]')
    await page.locator('[role="alert"]').filter({ hasText: 'changed' }).first().waitFor()
    const kept = await mission('ridge-patrol')
    assert.equal(kept.spec.priority, 'low')
    assert.equal(kept.spec.suspend, true)
  })

  it('keeps new tasks from an aircraft, and lets them come again', async () => {
    const { page } = visit
    const node = () => site.client.resource<NodeObject>(NODES).get({ name: SHOWN.node })
    await visit.open(`/fleet/${SHOWN.node}`)
    await actAndConfirm(page, '[data-action="cordon"]')
    assert.equal((await node()).spec?.unschedulable, true)
    await actAndConfirm(page, '[data-action="uncordon"]')
    assert.notEqual((await node()).spec?.unschedulable, true)
  })

  it('goes through lists and pages by keys', async () => {
    const { page } = visit
    await visit.open('/')
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL('**/tasks')
    await page.keyboard.press('/')
    await page.keyboard.type('phase:failed')
    await page.waitForURL('**/tasks?filter=phase:failed')
    await page.keyboard.press('Escape')
    await tabTo(page, '[role="row"][tabindex="0"]')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/ns/default/tasks/storm-watch-eye-core')
    await page.keyboard.press('l')
    await said('frame 3 sharp')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('uav-03')
    await page.locator('[role="dialog"] [role="option"]').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/fleet/uav-03')
  })
})
