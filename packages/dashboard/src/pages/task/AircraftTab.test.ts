import type { AircraftMatrix } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { stream } from '../../stream/stream.ts'
import { giveSizes, type Mounted, mountInApp } from '../../testing/mounting.ts'
import { serve } from '../../testing/server.ts'
import { stubSockets } from '../../testing/sockets.ts'
import AircraftTab from './AircraftTab.vue'

let mounted: Mounted
beforeAll(giveSizes)
afterEach(() => {
  mounted.wrapper.unmount()
  vi.unstubAllGlobals()
})

function matrixOf(count: number): AircraftMatrix {
  const requirement = { subject: '', isRequired: true, failing: 0 }
  return {
    requirements: [
      { ...requirement, code: 'type', wanted: 'j20', text: 'type j20', rejected: 2, left: 3 },
      { ...requirement, code: 'slot', wanted: '1', text: 'free for a task', rejected: 1, left: 2 },
    ],
    aircraft: Array.from({ length: count }, (_, n) => ({
      node: `a-${n}`,
      fits: n === 0,
      couldFit: n <= 1,
      verdicts: [
        { passes: n <= 1, has: n <= 1 ? 'j20' : 'h6k' },
        n === 1
          ? { passes: false, has: '0 of 1 free', isBusy: true as const }
          : { passes: true, has: '1 of 1 free' },
      ],
    })),
    fitting: 1,
    suitable: 2,
    relaxations: [],
  }
}

async function show(path = '/') {
  const props = { namespace: 'north', name: 't', version: '1', node: 'a-1' }
  mounted = await mountInApp(AircraftTab, { props, path })
  await flushPromises()
  await flushPromises()
  return mounted.wrapper
}
const names = () => mounted.wrapper.findAll('.line').map((row) => row.attributes('data-uid'))

it('says what each requirement leaves, then has a row for each aircraft, what fits first', async () => {
  const asked = serve(() => ({ body: matrixOf(4) }))
  const wrapper = await show()
  expect(asked.map(({ path }) => path)).toEqual(['/api/why/FlightTask/north/t/aircraft'])
  expect(wrapper.findAll('.chips li').map((chip) => chip.text())).toEqual([
    'type j20rejects 2, leaves 3',
    'free for a taskrejects 1, leaves 2',
  ])
  expect(names()).toEqual(['a-0', 'a-1', 'a-2', 'a-3'])
  const cells = (uid: string) =>
    wrapper.findAll(`[data-uid="${uid}"] [role=gridcell]`).map((cell) => cell.text())
  expect(cells('a-0')).toEqual(['a-0', 'now', 'yesj20', 'yes1 of 1 free'])
  expect(cells('a-1')).toEqual(['a-1', 'flies it', 'yesj20', 'no0 of 1 free'])
  expect(cells('a-2')).toEqual(['a-2', 'no', 'noh6k', 'yes1 of 1 free'])
})

it('has few of five thousand aircraft in the document, and filters all of them', async () => {
  serve(() => ({ body: matrixOf(5_000) }))
  const wrapper = await show()
  expect(wrapper.get('[role=grid]').attributes('aria-rowcount')).toBe('5001')
  expect(names().length).toBeLessThan(60)
  await mounted.router.replace({ query: { aircraftFilter: 'fits:later' } })
  await flushPromises()
  expect(names()).toEqual(['a-1'])
})

it('follows the fleet: an aircraft that changes, a task that comes to one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const socket = stubSockets()
  stream.start()
  socket().greet()
  let matrix = matrixOf(2)
  const asked = serve(() => ({ body: matrix }))
  const wrapper = await show()
  const idOf = (kind: string) => Number(socket().sent.find((sent) => sent['kind'] === kind)?.['id'])
  const say = async (kind: 'nodes' | 'tasks', type: 'snapshot' | 'batch', ...rows: object[]) => {
    const rest =
      type === 'snapshot' ? { rows, first: true, last: true } : { upserts: rows, deletes: [] }
    socket().say({ type, id: idOf(kind), ...rest } as never)
    await vi.advanceTimersByTimeAsync(5_000)
  }
  const task = { uid: 't1', name: 't1', phase: 'Running' }
  await say('nodes', 'snapshot', { uid: 'a-0', name: 'a-0' })
  await say('tasks', 'snapshot', task)
  expect(asked).toHaveLength(1)
  matrix = matrixOf(3)
  await say('nodes', 'batch', { uid: 'a-2', name: 'a-2' })
  expect([asked.length, names()]).toEqual([2, ['a-0', 'a-1', 'a-2']])
  await say('tasks', 'batch', { ...task, message: 'it flies' })
  expect(asked).toHaveLength(2)
  await say('tasks', 'batch', { ...task, node: 'a-0' })
  expect(asked).toHaveLength(3)
  expect(wrapper.text()).toContain('as of')
  stream.stop()
  stream.forget()
  vi.useRealTimers()
})

it('says that there is no pod, and what may not be read', async () => {
  serve(() => ({ status: 404, body: { message: 'no pod' } }))
  expect((await show()).text()).toBe('It has no pod yet.')
  mounted.wrapper.unmount()
  serve(() => ({ status: 403, body: { message: 'nodes is forbidden' } }))
  expect((await show()).text()).toContain('nodes is forbidden')
})
