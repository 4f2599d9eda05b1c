import type { UsageRow } from '@sortie/api'
import { afterEach, expect, it } from 'vitest'
import { nextTick } from 'vue'
import { usePreferences } from '../../state/preferences.ts'
import { type Mounted, mountInApp } from '../../testing/mounting.ts'
import UsageChart from './UsageChart.vue'

let mounted: Mounted
afterEach(() => mounted.wrapper.unmount())

const NOON = 1_767_268_800_000
const usage = (seconds: number, cpu: number, memory: number): UsageRow => ({
  uid: 'uav-1',
  name: 'uav-1',
  created: 0,
  cpu,
  memory,
  measured: NOON + seconds * 1_000,
})

async function show(first: UsageRow | undefined) {
  const allocatable = { cpu: 4, memory: 1_000 }
  const props = { usage: first, state: { state: 'live' }, ready: true, allocatable }
  mounted = await mountInApp(UsageChart, { props })
  return mounted.wrapper
}
const measure = (row: UsageRow): Promise<void> => mounted.wrapper.setProps({ usage: row } as never)
const words = () => mounted.wrapper.get('figcaption').text()
/** Heights of a line's points from the top of the chart. */
const heights = (line: string): readonly number[] =>
  [...(mounted.wrapper.get(`path.${line}`).attributes('d') ?? '').matchAll(/,([\d.-]+)/g)].map(
    ([, y]) => Number(y),
  )

it('draws what was measured, each measurement once, and says the newest in words', async () => {
  await show(usage(0, 1, 500))
  await measure(usage(0, 1, 500))
  await measure(usage(15, 3, 500))
  const [before = 0, after = 0, ...more] = heights('cpu')
  expect(before).toBeGreaterThan(after)
  expect(more).toEqual([])
  expect(words()).toContain('CPU 75%')
  expect(words()).toContain('Memory 50%')
})

it('keeps within the chart what is more than there is', async () => {
  await show(usage(0, 4, 1_000))
  await measure(usage(15, 9, 1_000))
  const [all, more] = heights('cpu')
  expect(more).toBe(all)
  expect(words()).toContain('CPU 225%')
})

it('says when, by the clock that was chosen', async () => {
  await show(usage(0, 1, 500))
  usePreferences().zone = 'utc'
  await nextTick()
  expect(words()).toMatch(/12:00:00Z/)
  expect(mounted.wrapper.get('svg').text()).toContain('12:00Z')
})

it('says that nothing is measured where nothing is', async () => {
  const wrapper = await show(undefined)
  expect(wrapper.text()).toContain('no metrics')
  expect(wrapper.find('figcaption').exists()).toBe(false)
})
