import type { EventRow } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stream } from '../stream/stream.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { stubSockets, type TestSocket } from '../testing/sockets.ts'
import ObjectEvents from './ObjectEvents.vue'

let mounted: Mounted
let socket: () => TestSocket
beforeEach(() => {
  socket = stubSockets()
  stream.start()
  socket().greet()
})
afterEach(() => {
  mounted.wrapper.unmount()
  stream.forget()
  stream.stop()
  vi.unstubAllGlobals()
})

const event = (at: number, kind: string, name: string): EventRow => ({
  uid: `${kind}/${name}:${at}`,
  name: `e${at}`,
  namespace: 'north',
  created: at,
  type: 'Normal',
  reason: 'Told',
  message: `at ${at}`,
  count: 1,
  first: at,
  last: at,
  regarding: { kind, name },
})

async function show(props: object, rows: readonly EventRow[]) {
  mounted = await mountInApp(ObjectEvents, { props: { namespace: 'north', ...props } })
  const id = Number(socket().sent.at(-1)?.['id'])
  socket().say({ type: 'snapshot', id, rows, first: true, last: true })
  socket().say({ type: 'state', id, state: 'live' })
  await flushPromises()
  return mounted.wrapper
}
const texts = () => mounted.wrapper.findAll('.text').map((text) => text.text())
const link = () => mounted.wrapper.get('[data-all-events]')

it('asks for events about this very object, and leads to all of them', async () => {
  const rows = [event(1, 'Weapon', 't'), event(2, 'Weapon', 't')]
  await show({ kind: 'Weapon', name: 't', uid: 'u' }, rows)
  expect(socket().sent.at(-1)).toMatchObject({
    kind: 'events',
    scope: { namespace: 'north', of: 'Weapon/t/u' },
  })
  expect(texts()).toEqual(['at 2', 'at 1'])
  expect(link().text()).toBe('See all 2')
  expect(link().attributes('href')).toBe('/events?filter=kind:Weapon+name:t')
})

it('shows what happened to a mission’s parts, and names each of them', async () => {
  const rows = [event(1, 'Mission', 'dawn'), event(2, 'FlightTask', 't'), event(3, 'Pod', 't-pod')]
  const wrapper = await show({ kind: 'Mission', name: 'dawn', uid: 'u' }, rows)
  expect(socket().sent.at(-1)).toMatchObject({ scope: { namespace: 'north', mission: 'dawn' } })
  expect(texts()).toEqual(['t-pod at 3', 't at 2', 'at 1'])
  expect(wrapper.get('.text a').attributes('href')).toBe('/ns/north/tasks/t')
  expect(link().text()).toBe('In the list of events')
})

it('has no more in the document than one reads, and says how many are left', async () => {
  const rows = Array.from({ length: 5_000 }, (_, n) => event(n, 'Pod', `p${n}`))
  await show({ kind: 'Mission', name: 'dawn' }, rows)
  expect(texts()).toHaveLength(200)
  expect(texts()[0]).toBe('p4999 at 4999')
  expect(link().text()).toBe('4800 older ones, in the list of events')
})
