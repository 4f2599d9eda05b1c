import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { fetched } from './fetched.ts'

const Chart = defineComponent({
  props: { of: { type: String, required: true } },
  render() {
    return h('figure', this.of)
  },
})

/** A page with it in. */
const pageOf = (load: () => Promise<{ default: typeof Chart }>) => {
  const Part = fetched(load)
  return defineComponent({ render: () => h('section', h(Part, { of: 'uav-01' })) })
}

let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  vi.restoreAllMocks()
})

it('says from the first moment that a part is on its way, and shows it once it is there', async () => {
  const load = Promise.withResolvers<{ default: typeof Chart }>()
  mounted = await mountInApp(pageOf(() => load.promise))
  expect(mounted.wrapper.get('.state.loading[role=status]').text()).toBe('Loading…')
  load.resolve({ default: Chart })
  await flushPromises()
  expect(mounted.wrapper.get('figure').text()).toBe('uav-01')
  expect(mounted.wrapper.find('.state').exists()).toBe(false)
})

it('says why a part did not come', async () => {
  vi.spyOn(console, 'warn').mockReturnValue()
  vi.spyOn(console, 'error').mockReturnValue()
  const load = (): Promise<{ default: typeof Chart }> => Promise.reject(new Error('no such script'))
  mounted = await mountInApp(pageOf(load))
  await flushPromises()
  expect(mounted.wrapper.get('[role=alert]').text()).toContain('no such script')
})
