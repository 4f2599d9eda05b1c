import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import DataState from './DataState.vue'

let mounted: Mounted
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  mounted.wrapper.unmount()
  vi.useRealTimers()
})

async function show(props: object) {
  mounted = await mountInApp(DataState, {
    props: { state: { state: 'live' }, ready: true, empty: false, ...props },
    slots: { default: '<p id="data">rows</p>' },
  })
  return mounted.wrapper
}

it('shows the data and nothing else where there is some', async () => {
  const wrapper = await show({})
  expect(wrapper.text()).toBe('rows')
  expect(wrapper.find('.state').exists()).toBe(false)
})

it('says at once that it loads, and draws that only after a moment', async () => {
  const wrapper = await show({ ready: false })
  expect(wrapper.get('[role=status]').text()).toBe('Loading…')
  expect(wrapper.find('.skeleton').exists()).toBe(false)
  vi.advanceTimersByTime(310)
  await nextTick()
  expect(wrapper.find('.skeleton').exists()).toBe(true)
})

it('says why there is nothing, and how to make something', async () => {
  const wrapper = await show({
    empty: true,
    emptyText: 'No mission.',
    emptyCommand: 'kubectl apply',
  })
  expect(wrapper.text()).toContain('No mission.')
  expect(wrapper.get('code').text()).toBe('kubectl apply')
})

it('names what may not be seen, whatever rows there were', async () => {
  const wrapper = await show({ state: { state: 'forbidden', message: 'list missions' } })
  expect(wrapper.text()).toContain('list missions')
  expect(wrapper.find('#data').exists()).toBe(false)
})

it('says of an API that is missing that the cluster does not have it', async () => {
  const wrapper = await show({
    state: { state: 'missing', message: 'metrics.k8s.io' },
    ready: false,
  })
  expect(wrapper.text()).toContain('This cluster does not have it.')
  expect(wrapper.text()).toContain('metrics.k8s.io')
})

it('shouts of an error, with its code', async () => {
  const wrapper = await show({ state: { state: 'error', status: 503, message: 'no answer' } })
  const alert = wrapper.get('[role=alert]')
  expect(alert.text()).toContain('503')
  expect(alert.text()).toContain('no answer')
})

it('keeps old data in sight and says since when it is old', async () => {
  const wrapper = await show({ state: { state: 'stale', since: 0, message: 'watch lost' } })
  expect(wrapper.find('#data').exists()).toBe(true)
  expect(wrapper.get('.stale').text()).toContain('watch lost')
  expect(wrapper.get('.stale time').attributes('datetime')).toBe('1970-01-01T00:00:00Z')
})
