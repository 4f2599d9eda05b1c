import { SIGN_IN_BY_LINK, STREAM_CLOSE } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { defineComponent, h, shallowRef } from 'vue'
import App from './App.vue'
import { useShell } from './state/shell.ts'
import { stream } from './stream/stream.ts'
import { giveSizes, type Mounted, mountInApp } from './testing/mounting.ts'
import { serve } from './testing/server.ts'
import { stubSockets } from './testing/sockets.ts'

let mounted: Mounted
beforeAll(giveSizes)
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.unstubAllGlobals()
})

/** Keeps whatever it was made for, as a dialog keeps open and a chart its points. */
const Page = defineComponent({
  props: { name: { type: String, required: true } },
  setup(props) {
    const madeFor = shallowRef(props.name)
    return () => h('p', { class: 'made' }, `${props.name}, made for ${madeFor.value}`)
  },
})

it('gives every object a page of its own, and keeps it while only the query changes', async () => {
  stubSockets()
  serve(() => ({ body: { user: { name: 'ann', groups: [] }, namespaces: [], mode: 'embedded' } }))
  mounted = await mountInApp(App)
  const { router, wrapper } = mounted
  router.addRoute({ path: '/fleet/:name', name: 'node', props: true, component: Page })
  const go = async (place: string): Promise<string> => {
    await router.push(place)
    await flushPromises()
    return wrapper.get('.made').text()
  }
  expect(await go('/fleet/a?tab=usage')).toBe('a, made for a')
  const before = wrapper.get('.made').element
  await go('/fleet/a?tab=pods')
  expect(wrapper.get('.made').element).toBe(before)
  expect(await go('/fleet/b?tab=usage')).toBe('b, made for b')
})

/** The page before a server that knows nobody and says why. */
async function showSignIn(reason: string): Promise<string> {
  stubSockets()
  serve(() => ({ status: 401, body: { message: 'sign in first', reason } }))
  mounted = await mountInApp(App)
  return vi.waitFor(() => mounted.wrapper.get('form').text())
}

it('asks for a token where one signs in', async () => {
  expect(await showSignIn('Unauthorized')).toContain('Paste a bearer token')
  expect(mounted.wrapper.find('#token').exists()).toBe(true)
})

it('asks for the link where no token would be taken', async () => {
  expect(await showSignIn(SIGN_IN_BY_LINK)).toContain('link that the server printed')
  expect(mounted.wrapper.find('#token').exists()).toBe(false)
})

it('finds out how one signs in when the session is over', async () => {
  const socket = stubSockets()
  let isOver = false
  serve(() =>
    isOver
      ? { status: 401, body: { reason: SIGN_IN_BY_LINK } }
      : { body: { user: { name: 'ann', groups: [] }, namespaces: [], mode: 'embedded' } },
  )
  mounted = await mountInApp(App)
  const opened = await vi.waitFor(socket)
  opened.greet()
  isOver = true
  opened.drop(STREAM_CLOSE.signedOut)
  await vi.waitFor(() => expect(mounted.wrapper.text()).toContain('link that the server printed'))
})

it('says that the server does not answer where a page cannot be fetched', async () => {
  stubSockets()
  serve(() => ({ body: { user: { name: 'ann', groups: [] }, namespaces: [], mode: 'embedded' } }))
  mounted = await mountInApp(App)
  await vi.waitFor(() => mounted.wrapper.get('main'))
  const component = () => Promise.reject(new Error('Failed to fetch'))
  mounted.router.addRoute({ path: '/far', component })
  await mounted.router.push('/far').catch(() => {})
  await flushPromises()
  expect(useShell().toasts.map(({ text }) => text)).toEqual([
    'The dashboard server does not answer.',
  ])
})
