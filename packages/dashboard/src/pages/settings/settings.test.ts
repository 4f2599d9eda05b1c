import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { stream } from '../../stream/stream.ts'
import { type Mounted, mountInApp } from '../../testing/mounting.ts'
import { serve } from '../../testing/server.ts'
import { stubSockets } from '../../testing/sockets.ts'
import ConnectionPanel from './ConnectionPanel.vue'
import HealthPanel from './HealthPanel.vue'
import { PARTS } from './parts.ts'
import SettingsPage from './SettingsPage.vue'

const MODULES = join(import.meta.dirname, '../../../../../node_modules')
let mounted: Mounted
afterEach(() => {
  mounted?.wrapper.unmount()
  stream.forget()
  stream.stop()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

async function show(component: object) {
  const socket = stubSockets()
  stream.start()
  socket().greet('run-7', Date.now() + 90_000)
  mounted = await mountInApp(component)
  return { socket, wrapper: mounted.wrapper }
}

it('says to which run of the server the page is connected, how its clock differs, and what has come', async () => {
  const before = stream.traffic()
  const { wrapper, socket } = await show(ConnectionPanel)
  expect(wrapper.text()).toMatch(/Run of the server\s*run-7/)
  expect(wrapper.text()).toMatch(/1m(29|30)s ahead of this one/)
  socket().say({ type: 'beat', time: 0 })
  const after = stream.traffic()
  expect([after.messages - before.messages, after.connections - before.connections]).toEqual([2, 1])
  expect(after.bytes - before.bytes).toBeGreaterThan(30)
})

it('marks a part that nobody leads', async () => {
  const { wrapper, socket } = await show(HealthPanel)
  const id = Number(socket().sent.find(({ kind }) => kind === 'leases')?.['id'])
  const lease = { namespace: 'sortie', created: 0, durationSeconds: 15 }
  const now = Date.now() + 90_000
  const rows = [
    { ...lease, uid: 'o', name: 'sortie-operator', holder: 'a', renewed: now },
    { ...lease, uid: 's', name: 'sortie-scheduler', holder: 'b', renewed: now - 60_000 },
  ]
  socket().say({ type: 'snapshot', id, rows: rows as never, first: true, last: true })
  await flushPromises()
  const isBad = (name: string) => wrapper.find(`[data-lease=${name}] .bad`).exists()
  expect([isBad('sortie-operator'), isBad('sortie-scheduler')]).toEqual([false, true])
})

it('goes to the part that the address names, whatever it says', async () => {
  const seen: string[] = []
  vi.spyOn(HTMLElement.prototype, 'scrollIntoView').mockImplementation(function (
    this: HTMLElement,
  ) {
    seen.push(this.id)
  })
  serve(() => ({}))
  stubSockets()
  mounted = await mountInApp(SettingsPage, { path: '/settings#health' })
  await flushPromises()
  await mounted.router.push('/settings#"]<img>')
  await flushPromises()
  expect(seen).toEqual(['health'])
  expect(mounted.wrapper.get('#health').text()).toContain('System health')
})

it('tells the licences that the parts of the page have', () => {
  const told = PARTS.map(({ name, version, licence }) => `${name} ${version} ${licence}`)
  const real = PARTS.map(({ name }) => {
    const file = join(MODULES, name, 'package.json')
    const { version, license } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
    return `${name} ${version} ${license}`
  })
  expect(told).toEqual(real)
})
