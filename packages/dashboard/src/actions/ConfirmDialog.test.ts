import type { NodeRow, StageRow } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { forgetAccess } from '../api/access.ts'
import CordonAction from '../pages/fleet/CordonAction.vue'
import { useShell } from '../state/shell.ts'
import { stream } from '../stream/stream.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { NO_TASKS } from '../testing/rows.ts'
import { serve } from '../testing/server.ts'
import { stubSockets } from '../testing/sockets.ts'
import ConfirmDialog from './ConfirmDialog.vue'
import StageApproval from './StageApproval.vue'

let mounted: Mounted
beforeEach(forgetAccess)
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.unstubAllGlobals()
})

const dialog = () => document.querySelector<HTMLElement>('[role=dialog]')
const confirmButton = () => dialog()?.querySelector<HTMLButtonElement>('[data-confirm]')
async function confirm(): Promise<void> {
  confirmButton()?.click()
  await flushPromises()
}
async function ask(component: object, props: object, action: string): Promise<void> {
  mounted = await mountInApp(component, { props })
  await flushPromises()
  await mounted.wrapper.get(`[data-action=${action}]`).trigger('click')
  await flushPromises()
}
const words = { open: true, title: 'Do it?', effect: 'It is done.', confirm: 'Do it' }

it('cannot be confirmed twice while it acts, then closes and says what was done', async () => {
  let finish: (said: string) => void = () => {}
  const act = vi.fn(() => new Promise<string>((resolve) => (finish = resolve)))
  mounted = await mountInApp(ConfirmDialog, { props: { ...words, act } })
  await flushPromises()
  expect(dialog()?.textContent).toMatch(/Do it\?.*It is done\./)
  await confirm()
  expect(confirmButton()?.disabled).toBe(true)
  await confirm()
  expect(act).toHaveBeenCalledTimes(1)
  finish('done')
  await flushPromises()
  expect(useShell().toasts.map(({ text }) => text)).toEqual(['done'])
  expect(mounted.wrapper.emitted('update:open')).toEqual([[false]])
})

it('says why it was refused, and forgets that when it is asked again', async () => {
  const act = () => Promise.reject(new Error('the mission has ended'))
  mounted = await mountInApp(ConfirmDialog, { props: { ...words, act } })
  await flushPromises()
  await confirm()
  expect(dialog()?.querySelector('[role=alert]')?.textContent).toBe('the mission has ended')
  expect(confirmButton()?.disabled).toBe(false)
  await mounted.wrapper.setProps({ open: false } as never)
  await mounted.wrapper.setProps({ open: true } as never)
  await flushPromises()
  expect(dialog()?.querySelector('[role=alert]')).toBeNull()
})

it('warns where what is shown is old, whatever is to be done', async () => {
  serve(() => ({}))
  const socket = stubSockets()
  stream.start()
  socket().greet()
  const node = { name: 'uav-1', cordoned: true } as NodeRow
  await ask(CordonAction, { row: { uid: 'u', node, tasks: [] } }, 'uncordon')
  expect(dialog()?.textContent).not.toContain('cannot be heard')
  socket().drop()
  await flushPromises()
  expect(dialog()?.textContent).toContain('cannot be heard')
})

it('opens only the gates that wait for a person, in the version that was read', async () => {
  const gates = [{ name: 'dependencies' }, { name: 'weather' }, { name: 'orders' }]
  const asked = serve(({ method }) =>
    method === 'GET'
      ? { body: { metadata: { resourceVersion: '7' }, spec: { startGates: gates } } }
      : {},
  )
  const stage: StageRow = {
    uid: 's',
    name: 'dawn-2-scan',
    namespace: 'north',
    created: 0,
    mission: 'dawn',
    stage: 'scan',
    index: 2,
    stageType: 'parallel',
    dependsOn: [],
    phase: 'Pending',
    tasks: NO_TASKS,
    gates: ['dependencies', 'weather', 'orders'],
    attempt: 0,
  }
  await ask(StageApproval, { stage }, 'approve')
  expect(dialog()?.textContent).toContain('weather, orders')
  await confirm()
  expect(asked.at(-1)).toMatchObject({
    method: 'PATCH',
    body: {
      metadata: { resourceVersion: '7' },
      spec: { startGates: [{ name: 'dependencies' }] },
    },
  })
  expect(dialog()).toBeNull()
})
