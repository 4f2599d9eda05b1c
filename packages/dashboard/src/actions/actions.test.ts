import { CSRF_HEADER } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { forgetAccess } from '../api/access.ts'
import { useShell } from '../state/shell.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { missionRow } from '../testing/rows.ts'
import { serve } from '../testing/server.ts'
import BulkCancel from './BulkCancel.vue'
import { MOST_AT_ONCE } from './bulk.ts'
import MissionActions from './MissionActions.vue'

let mounted: Mounted
beforeEach(forgetAccess)
afterEach(() => {
  mounted.wrapper.unmount()
  vi.unstubAllGlobals()
})

async function show(component: typeof MissionActions | typeof BulkCancel, props: object) {
  mounted = await mountInApp(component, { props })
  await flushPromises()
  return mounted.wrapper
}
const offered = () =>
  mounted.wrapper.findAll('[data-action]').map((button) => button.attributes('data-action'))
/** Dialogs stand at the end of the document, outside of what opened them. */
const inDialog = (selector: string) =>
  document.querySelector<HTMLButtonElement>(`[role=dialog] ${selector}`)
const dialogText = () => document.querySelector('[role=dialog]')?.textContent ?? ''

async function press(selector: string): Promise<void> {
  const button = inDialog(selector)
  if (button === null) throw new Error(`no ${selector}`)
  button.click()
  await flushPromises()
}

it('offers nothing before it is known what is allowed, and then only that', async () => {
  serve(
    () => ({}),
    (verb) => verb === 'patch',
  )
  mounted = await mountInApp(MissionActions, { props: { mission: missionRow('a') } })
  expect(offered()).toEqual([])
  await flushPromises()
  expect(offered()).toEqual(['suspend', 'cancel'])
})

it('offers what makes sense for the mission as it stands', async () => {
  serve(() => ({}))
  await show(MissionActions, { mission: missionRow('a', { phase: 'Failed' }) })
  expect(offered()).toEqual(['retry', 'delete', 'copy'])
  await mounted.wrapper.setProps({ mission: missionRow('a', { suspended: true }) } as never)
  expect(offered()).toEqual(['resume', 'cancel', 'delete', 'copy'])
  await mounted.wrapper.setProps({ mission: missionRow('a', { deleting: 1 }) } as never)
  expect(offered()).toEqual(['copy'])
})

it('does nothing before a word of confirmation, and says what it has done after it', async () => {
  const asked = serve(() => ({}))
  const wrapper = await show(MissionActions, { mission: missionRow('dawn') })
  await wrapper.get('[data-action=cancel]').trigger('click')
  await flushPromises()
  expect(dialogText()).toContain('Cancel dawn?')
  expect(dialogText()).toContain('cannot be undone')
  expect(asked).toEqual([])
  await press('[data-confirm]')
  expect(asked).toHaveLength(1)
  const [{ method, path, headers, body } = { method: '', path: '', headers: {}, body: {} }] = asked
  expect([method, body]).toEqual(['PATCH', { spec: { cancel: true } }])
  expect(path).toMatch(/\/namespaces\/north\/missions\/dawn\?fieldValidation=Strict$/)
  expect(headers[CSRF_HEADER]).toBe('1')
  expect(useShell().toasts.at(-1)?.text).toBe('dawn is being cancelled')
  expect(inDialog('[data-confirm]')).toBeNull()
})

it('leaves the question open and says why where it is refused', async () => {
  serve(() => ({ status: 409, body: { message: 'the mission has ended', reason: 'Conflict' } }))
  const wrapper = await show(MissionActions, { mission: missionRow('dawn') })
  await wrapper.get('[data-action=suspend]').trigger('click')
  await flushPromises()
  await press('[data-confirm]')
  expect(document.querySelector('[role=dialog] [role=alert]')?.textContent).toBe(
    'the mission has ended',
  )
  expect(useShell().toasts).toEqual([])
})

it('cancels many only as they were tried, and only those that were accepted', async () => {
  const asked = serve(({ path }) =>
    path.includes('/stubborn?') ? { status: 403, body: { message: 'not yours' } } : {},
  )
  const missions = [
    missionRow('one'),
    missionRow('stubborn'),
    missionRow('over', { phase: 'Succeeded' }),
    missionRow('going', { cancelled: true }),
  ]
  const wrapper = await show(BulkCancel, { missions })
  await wrapper.get('[data-action=bulkCancel]').trigger('click')
  await flushPromises()
  expect(inDialog('[data-confirm]')?.disabled).toBe(true)
  await wrapper.setProps({ missions: [...missions, missionRow('late')] } as never)
  await press('[data-try]')
  expect(
    asked.map(({ path }) => /missions\/([^?]+)\?(\w+)/.exec(path)?.slice(1).join(' ')),
  ).toEqual(['one dryRun', 'stubborn dryRun'])
  expect(dialogText()).toContain('not yours')
  await press('[data-confirm]')
  expect(asked.slice(2).map(({ path }) => /missions\/([^?]+)\?(\w+)/.exec(path)?.[1])).toEqual([
    'one',
  ])
  expect(asked[2]?.path).not.toContain('dryRun')
})

it('takes no more at once than the server lets through', async () => {
  serve(() => ({}))
  const missions = Array.from({ length: MOST_AT_ONCE + 5 }, (_, n) => missionRow(`m${n}`))
  const wrapper = await show(BulkCancel, { missions })
  await wrapper.get('[data-action=bulkCancel]').trigger('click')
  await flushPromises()
  expect(document.querySelectorAll('[role=dialog] .results li')).toHaveLength(MOST_AT_ONCE)
  expect(dialogText()).toContain(`The first ${MOST_AT_ONCE} of ${MOST_AT_ONCE + 5}`)
})
