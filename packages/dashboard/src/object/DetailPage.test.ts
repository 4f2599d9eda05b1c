import type { MissionRow, SubscriptionState } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { h, nextTick, shallowRef } from 'vue'
import { i18n } from '../i18n/index.ts'
import { currentBindings } from '../keyboard/keys.ts'
import { useShell } from '../state/shell.ts'
import { stream } from '../stream/stream.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { missionRow } from '../testing/rows.ts'
import { stubSockets, type TestSocket } from '../testing/sockets.ts'
import DetailPage from './DetailPage.vue'

let mounted: Mounted
let socket: () => TestSocket
const state = shallowRef<SubscriptionState>({ state: 'live' })
const ready = shallowRef(true)
beforeEach(() => {
  socket = stubSockets()
  stream.start()
  socket().greet()
  state.value = { state: 'live' }
  ready.value = true
})
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.unstubAllGlobals()
})

async function show(row: MissionRow | undefined, path = '/?x=1') {
  const props = {
    kind: 'Mission',
    place: { plural: 'missions', namespace: 'north', name: 'dawn' },
    live: { state, ready },
    row,
    crumbs: [{ text: 'Missions', to: { name: 'missions' } }, { text: 'north' }],
    tabs: [
      { key: 'plan', text: 'missions.tabs.plan', count: 3 },
      { key: 'tasks', text: 'missions.tabs.tasks', keys: 'l' },
    ],
  }
  const said = (what: string) => (scope: { row: MissionRow }) =>
    h('p', { class: what }, `${what} of ${scope.row.name}`)
  const slots = { plan: said('plan'), tasks: said('tasks'), actions: said('actions') }
  mounted = await mountInApp(DetailPage, { props, slots, path })
  await flushPromises()
  return mounted.wrapper
}
const showRow = (row: MissionRow | undefined) => mounted.wrapper.setProps({ row } as never)
const shownTab = () => mounted.wrapper.get('[role=tab][data-state=active]').attributes('data-tab')

it('has the object’s own tabs and then its events and its YAML, and shows what the address says', async () => {
  const wrapper = await show(missionRow('dawn'))
  const tabs = wrapper.findAll('[role=tab]').map((tab) => tab.text())
  expect(tabs).toEqual(['Plan3', 'Tasks', 'Events', 'YAML'])
  expect(wrapper.get('.plan').text()).toBe('plan of dawn')
  expect(wrapper.find('.tasks').exists()).toBe(false)
  expect(wrapper.get('h1').text()).toBe('dawn')
  expect(wrapper.get('.crumbs').text()).toBe('Missions / north')
  await mounted.router.replace({ query: { tab: 'tasks' } })
  await flushPromises()
  expect([shownTab(), wrapper.get('.tasks').text()]).toEqual(['tasks', 'tasks of dawn'])
})

it('shows its first tab where the address names none that it has', async () => {
  for (const tab of ['no-such', '__proto__', '']) {
    const wrapper = await show(missionRow('dawn'), `/?tab=${tab}`)
    expect([shownTab(), wrapper.get('.plan').text()]).toEqual(['plan', 'plan of dawn'])
    wrapper.unmount()
  }
  const wrapper = await show(missionRow('dawn'), '/?tab=no-such')
  await wrapper.get('[data-tab=tasks]').trigger('mousedown')
  await flushPromises()
  expect([shownTab(), mounted.router.currentRoute.value.query]).toEqual(['tasks', { tab: 'tasks' }])
})

it('leads to its tabs by keys for as long as it is shown', async () => {
  const wrapper = await show(missionRow('dawn'))
  const keys = () => currentBindings().map((binding) => `${binding.keys} ${binding.text}`)
  expect(keys()).toEqual(['l missions.tabs.tasks', 'e common.events', 'y common.yaml'])
  currentBindings()[1]?.run()
  await flushPromises()
  expect(shownTab()).toBe('events')
  expect(socket().sent.at(-1)).toMatchObject({
    kind: 'events',
    scope: { namespace: 'north', mission: 'dawn' },
  })
  wrapper.unmount()
  expect(keys()).toEqual([])
})

it('says in the person’s language what is not there', async () => {
  i18n.global.locale.value = 'zh-CN'
  const wrapper = await show(undefined)
  expect(wrapper.text()).toContain('任务 north/dawn 不存在。')
  i18n.global.locale.value = 'en'
})

it('says that it is not there, that it was deleted while it was shown, and shows it once it is made again', async () => {
  const wrapper = await show(undefined)
  expect(wrapper.text()).toContain('Mission north/dawn is not there.')
  await showRow(missionRow('dawn'))
  expect(wrapper.find('.plan').exists()).toBe(true)
  await showRow(undefined)
  expect(wrapper.text()).toContain('Mission north/dawn is not there.')
  expect(wrapper.get('[data-gone]').text()).toBe('It was deleted while you looked.')
  await showRow(missionRow('dawn', { uid: 'another' }))
  expect(wrapper.find('[data-gone]').exists()).toBe(false)
  await showRow(undefined)
  await wrapper.setProps({
    place: { plural: 'missions', namespace: 'north', name: 'dusk' },
  } as never)
  expect(wrapper.find('[data-gone]').exists()).toBe(false)
})

it('names the right that is missing, and nothing of the object', async () => {
  const wrapper = await show(missionRow('dawn'))
  state.value = { state: 'forbidden', message: 'list missions in namespace north' }
  await nextTick()
  expect(wrapper.text()).toContain('list missions in namespace north')
  expect(wrapper.text()).not.toContain('dawn')
})

it('tells a screen reader of a change of phase, of no other object’s', async () => {
  await show(missionRow('dawn'))
  await showRow(missionRow('dawn', { phase: 'Failed' }))
  expect(useShell().announcement).toBe('dawn: Failed')
  await showRow(missionRow('dusk', { phase: 'Succeeded' }))
  expect(useShell().announcement).toBe('dawn: Failed')
})
