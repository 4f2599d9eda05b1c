import type { SubscriptionState } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { computed, defineComponent, h, shallowRef } from 'vue'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import ListPage from './ListPage.vue'
import { useListOf } from './uselist.ts'

interface Plane {
  readonly uid: string
  readonly fuel: number
}

let mounted: Mounted
const rows = shallowRef<readonly Plane[]>([])
const state = shallowRef<SubscriptionState>({ state: 'live' })
beforeEach(() => {
  rows.value = [
    { uid: 'uav-1', fuel: 20 },
    { uid: 'uav-2', fuel: 80 },
  ]
  state.value = { state: 'live' }
})
afterEach(() => mounted.wrapper.unmount())

/** A page as pages are: rows made by itself, and what stands in the frame. */
const Page = defineComponent(() => {
  const live = { state: computed(() => state.value), ready: computed(() => true) }
  const list = useListOf<Plane>(live, () => rows.value, {
    fields: [
      { key: 'name', type: 'text', value: (row) => row.uid },
      { key: 'fuel', type: 'number', value: (row) => row.fuel },
    ],
    order: 'name',
  })
  const words = { page: 'fleet', none: 'No aircraft yet.', command: 'kubectl label node' }
  return () =>
    h(ListPage, { ...words, list } as never, {
      default: () => h('ul', list.shown.value.map((row) => h('li', row.uid)) as never),
      panel: ({ row }: { row: Plane }) => h('b', `${row.uid}: ${row.fuel} %`),
    })
})

async function show(path: string) {
  mounted = await mountInApp(Page, { path })
  await flushPromises()
  return mounted.wrapper
}
const names = () => mounted.wrapper.findAll('li').map((one) => one.text())

it('shows what the filter of the address leaves, and how much that is', async () => {
  const wrapper = await show('/fleet?filter=fuel:>50')
  expect(names()).toEqual(['uav-2'])
  expect(wrapper.get('[role=search] [aria-live]').text()).toContain('1 of 2')
  rows.value = [...rows.value, { uid: 'uav-3', fuel: 90 }]
  await flushPromises()
  expect(names()).toEqual(['uav-2', 'uav-3'])
})

it('shows all where the filter cannot be read', async () => {
  const wrapper = await show('/fleet?filter=colour:red')
  expect(names()).toEqual(['uav-1', 'uav-2'])
  expect(wrapper.text()).toContain('there is no such field')
})

it('says how one is made where there is none, and not where the filter leaves none', async () => {
  const wrapper = await show('/fleet?filter=name:h6k')
  expect(wrapper.text()).toContain('Nothing matches the filter.')
  expect(wrapper.text()).not.toContain('kubectl')
  rows.value = []
  await flushPromises()
  expect(wrapper.text()).toContain('No aircraft yet.')
  expect(wrapper.text()).toContain('kubectl label node')
})

it('shows beside the list what is selected, while it is there, until it is closed', async () => {
  const wrapper = await show('/fleet?selected=uav-1&filter=fuel:>50')
  expect(wrapper.get('aside b').text()).toBe('uav-1: 20 %')
  rows.value = rows.value.map((row) => ({ ...row, fuel: row.fuel - 1 }))
  await flushPromises()
  expect(wrapper.get('aside b').text()).toBe('uav-1: 19 %')
  await wrapper.get('aside button').trigger('click')
  await flushPromises()
  expect(wrapper.find('aside').exists()).toBe(false)
  expect(mounted.router.currentRoute.value.query).toEqual({ filter: 'fuel:>50' })
})

it('names the right that is missing', async () => {
  state.value = { state: 'forbidden', message: 'list nodes' }
  const wrapper = await show('/fleet')
  expect(wrapper.text()).toContain('list nodes')
  expect(names()).toEqual([])
})
