import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import type { Column } from '../table/column.ts'
import { giveSizes, type Mounted, mountInApp } from '../testing/mounting.ts'
import DataTable from './DataTable.vue'

interface Line {
  readonly uid: string
  readonly n: number
  readonly phase: string
}
const columns: readonly Column<Line>[] = [
  { key: 'name', title: 'common.name', width: '100px', value: (line) => line.uid },
  { key: 'n', title: 'common.age', width: '80px', align: 'right', value: (line) => line.n },
]
const lines = (count: number): Line[] =>
  Array.from({ length: count }, (_, n) => ({
    uid: `row-${String(n).padStart(5, '0')}`,
    n,
    phase: 'Pending',
  }))

let mounted: Mounted
beforeAll(giveSizes)
afterEach(() => mounted.wrapper.unmount())

async function show(rows: readonly Line[], more: object = {}) {
  const props = { label: 'Lines', rows, columns, order: 'n', ...more }
  mounted = await mountInApp(DataTable, { props })
  await flushPromises()
  return mounted.wrapper
}
const focusedUid = () => (document.activeElement as HTMLElement | null)?.dataset['uid']
const rowOf = (uid: string) => mounted.wrapper.get(`[data-uid="${uid}"]`)

it('has few of many rows in the document, and says how many there are', async () => {
  const wrapper = await show(lines(10_000))
  const grid = wrapper.get('[role=grid]')
  expect(grid.attributes('aria-rowcount')).toBe('10001')
  expect(grid.attributes('aria-label')).toBe('Lines')
  const rows = wrapper.findAll('.line')
  expect(rows.length).toBeGreaterThan(5)
  expect(rows.length).toBeLessThan(60)
  expect(rows[0]?.attributes('aria-rowindex')).toBe('2')
  expect(wrapper.findAll('.line[tabindex="0"]')).toHaveLength(1)
})

it('says by which column it is sorted, and turns the order at a second click', async () => {
  const wrapper = await show(lines(3))
  const [name, age] = wrapper.findAll('[role=columnheader]')
  expect([name?.attributes('aria-sort'), age?.attributes('aria-sort')]).toEqual([
    undefined,
    'ascending',
  ])
  await name?.get('button').trigger('click')
  await age?.get('button').trigger('click')
  expect(wrapper.emitted('order')).toEqual([['name'], ['-n']])
})

it('moves with arrows, j and k, opens with Enter and selects with the space bar', async () => {
  const rows = lines(8)
  const wrapper = await show(rows)
  await rowOf('row-00000').trigger('focus')
  for (const key of ['ArrowDown', 'j', 'j', 'k']) {
    const at = focusedUid() ?? 'row-00000'
    await rowOf(at).trigger('keydown', { key })
    await flushPromises()
  }
  expect(focusedUid()).toBe('row-00002')
  await rowOf('row-00002').trigger('keydown', { key: 'End' })
  await flushPromises()
  expect(focusedUid()).toBe('row-00007')
  await rowOf('row-00007').trigger('keydown', { key: 'ArrowDown' })
  await flushPromises()
  expect(focusedUid()).toBe('row-00007')
  await rowOf('row-00007').trigger('keydown', { key: 'Enter' })
  await rowOf('row-00007').trigger('keydown', { key: ' ' })
  expect(wrapper.emitted('open')).toEqual([[rows[7]]])
  expect(wrapper.emitted('select')).toEqual([[rows[7]]])
})

it('takes the focus to the ends of a list of which only a part is in the document', async () => {
  await show(lines(1_000))
  // A browser tells of a scroll with the next frame.
  const grid = mounted.wrapper.get('[role=grid]').element
  Object.defineProperty(grid, 'scrollHeight', { value: 1_001 * 32 })
  grid.scrollTo = (to?: unknown) =>
    void requestAnimationFrame(() => {
      grid.scrollTop = (to as { readonly top: number }).top
      grid.dispatchEvent(new Event('scroll'))
    })
  ;(rowOf('row-00000').element as HTMLElement).focus()
  await rowOf('row-00000').trigger('keydown', { key: 'End' })
  await vi.waitFor(() => expect(focusedUid()).toBe('row-00999'))
  await rowOf('row-00999').trigger('keydown', { key: 'Home' })
  await vi.waitFor(() => expect(focusedUid()).toBe('row-00000'))
})

it('leaves keys with Ctrl, Alt or Meta to the browser', async () => {
  const wrapper = await show(lines(3))
  await rowOf('row-00000').trigger('keydown', { key: 'Enter', ctrlKey: true })
  expect(wrapper.emitted('open')).toBeUndefined()
})

it('keeps the focus on its row while others come before it', async () => {
  const wrapper = await show(lines(5))
  ;(rowOf('row-00002').element as HTMLElement).focus()
  await nextTick()
  const newer = [
    { uid: 'newer-1', n: -2, phase: 'Pending' },
    { uid: 'newer-2', n: -1, phase: 'Pending' },
  ]
  await wrapper.setProps({ rows: [...newer, ...lines(5)] } as never)
  await flushPromises()
  expect(focusedUid()).toBe('row-00002')
  expect(rowOf('row-00002').attributes('aria-rowindex')).toBe('6')
  expect(rowOf('row-00002').attributes('tabindex')).toBe('0')
})

it('marks a row for a moment when its phase changes, and no other', async () => {
  vi.useFakeTimers()
  try {
    const wrapper = await show(lines(3))
    const [first, ...rest] = lines(3)
    await wrapper.setProps({ rows: [{ ...first, phase: 'Running' }, ...rest] } as never)
    await nextTick()
    expect(wrapper.findAll('.changed').map((row) => row.attributes('data-uid'))).toEqual([
      'row-00000',
    ])
    vi.advanceTimersByTime(700)
    await nextTick()
    expect(wrapper.findAll('.changed')).toEqual([])
    // A new row has not changed.
    await wrapper.setProps({ rows: [...lines(3), ...lines(4).slice(3)] } as never)
    await nextTick()
    expect(wrapper.findAll('.changed').map((row) => row.attributes('data-uid'))).toEqual([
      'row-00000',
    ])
  } finally {
    vi.useRealTimers()
  }
})

it('shows which row is selected', async () => {
  const wrapper = await show(lines(3), { selected: 'row-00001' })
  expect(wrapper.findAll('[aria-selected=true]').map((row) => row.attributes('data-uid'))).toEqual([
    'row-00001',
  ])
})
