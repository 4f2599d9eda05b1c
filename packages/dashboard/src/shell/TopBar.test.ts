import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { useSession } from '../state/session.ts'
import { useShell } from '../state/shell.ts'
import { stream } from '../stream/stream.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { type Answer, serve } from '../testing/server.ts'
import { stubSockets } from '../testing/sockets.ts'
import TopBar from './TopBar.vue'

let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.unstubAllGlobals()
})

const ann = { user: { name: 'ann', groups: [] }, namespaces: [], mode: 'strict' }

/** What becomes of a person who signs out and is answered so. */
async function signOut(answer: Answer): Promise<{ state: string; toasts: readonly string[] }> {
  stubSockets()
  let isOver = false
  serve(({ method }) => {
    if (method !== 'DELETE') return isOver ? { status: 401 } : { body: ann }
    isOver = answer.status === 204 || answer.status === 401
    return answer
  })
  mounted = await mountInApp(TopBar)
  const session = useSession()
  await session.resume()
  await flushPromises()
  await mounted.wrapper.get('.sign-out').trigger('click')
  const toasts = () => useShell().toasts.map(({ text, tone }) => `${tone}: ${text}`)
  await vi.waitFor(() => expect([session.state, ...toasts()]).not.toEqual(['signedIn']))
  await vi.waitFor(() => expect(session.state).not.toBe('asking'))
  return { state: session.state, toasts: toasts() }
}

it('signs out', async () => {
  expect(await signOut({ status: 204 })).toEqual({ state: 'signedOut', toasts: [] })
})

it('says why a person is still signed in', async () => {
  const refusal = { status: 502, body: { message: 'nobody is there' } }
  expect(await signOut(refusal)).toEqual({
    state: 'signedIn',
    toasts: ['bad: You are still signed in: nobody is there'],
  })
})

it('signs out who was signed out already', async () => {
  const refusal = { status: 401, body: { message: 'sign in first' } }
  expect(await signOut(refusal)).toEqual({ state: 'signedOut', toasts: [] })
})

it('leaves nothing said to one person for the next', async () => {
  await signOut({ status: 502, body: { message: 'dawn is being cancelled' } })
  const shell = useShell()
  shell.announcement = 'dawn: Failed'
  shell.palette = true
  await useSession().expire()
  expect([shell.toasts, shell.announcement, shell.palette]).toEqual([[], '', false])
})
