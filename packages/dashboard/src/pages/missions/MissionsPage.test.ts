import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { forgetAccess } from '../../api/access.ts'
import { useSession } from '../../state/session.ts'
import { stream } from '../../stream/stream.ts'
import { giveSizes, type Mounted, mountInApp } from '../../testing/mounting.ts'
import { missionRow } from '../../testing/rows.ts'
import { serve } from '../../testing/server.ts'
import { stubSockets } from '../../testing/sockets.ts'
import MissionsPage from './MissionsPage.vue'

let mounted: Mounted
beforeEach(forgetAccess)
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  stream.forget()
  vi.unstubAllGlobals()
})

/** Whether it is offered to cancel all that the filter leaves of two missions that run. */
async function offersBulkCancel(filter: string): Promise<boolean> {
  giveSizes()
  const socket = stubSockets()
  serve(() => ({}))
  stream.start()
  socket().greet()
  mounted = await mountInApp(MissionsPage, { path: `/missions?filter=${filter}` })
  const id = socket().sent.find(({ kind }) => kind === 'missions')?.['id'] as number
  const rows = [missionRow('dawn'), missionRow('dusk')]
  socket().say({ type: 'snapshot', id, first: true, last: true, rows } as never)
  await flushPromises()
  expect(mounted.wrapper.text()).toContain('dusk')
  return mounted.wrapper.find('[data-action=bulkCancel]').exists()
}

it('offers to cancel what a filter leaves', async () => {
  expect(await offersBulkCancel('phase:running')).toBe(true)
})

it.each(['', '%20', '%20%20', '%22%22', '%22'])(
  'offers to cancel nothing where the filter "%s" says nothing',
  async (filter) => {
    expect(await offersBulkCancel(filter)).toBe(false)
  },
)

it('offers a new mission where one may be made in the namespace that it would begin in', async () => {
  giveSizes()
  stubSockets()
  serve(
    () => ({ body: { user: { name: 'ann', groups: [] }, namespace: 'north', mode: 'strict' } }),
    (_, namespace) => namespace === 'north',
  )
  mounted = await mountInApp(MissionsPage, { path: '/missions' })
  await useSession().resume()
  await flushPromises()
  expect(mounted.wrapper.find('a.new').exists()).toBe(true)
})
