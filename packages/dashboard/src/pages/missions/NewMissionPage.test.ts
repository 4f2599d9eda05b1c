import { API_VERSION } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { stream } from '../../stream/stream.ts'
import { giveSizes, type Mounted, mountInApp } from '../../testing/mounting.ts'
import { type Answer, serve } from '../../testing/server.ts'
import { stubSockets } from '../../testing/sockets.ts'
import NewMissionPage from './NewMissionPage.vue'

vi.mock('../../editor/YamlEditor.vue', () => ({
  default: {
    inheritAttrs: false,
    props: ['modelValue'],
    render: (shown: { readonly modelValue: string }) => shown.modelValue,
  },
}))
let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.unstubAllGlobals()
})

/** The mission or the template that a path asks for. */
function objectAt(path: string): Answer {
  const [namespace, kind, name] = path.split('/').slice(-3)
  return {
    body: {
      apiVersion: API_VERSION,
      kind: kind === 'missions' ? 'Mission' : 'MissionTemplate',
      metadata: { name, namespace, resourceVersion: '1' },
      spec: {},
    },
  }
}

it('takes a template in place of the copy that it began with', async () => {
  giveSizes()
  const socket = stubSockets()
  serve(({ path }) => objectAt(path))
  stream.start()
  socket().greet()
  mounted = await mountInApp(NewMissionPage, { path: '/missions/new?copy=north/dawn' })
  await flushPromises()
  const { wrapper, router } = mounted
  const id = socket().sent.find(({ kind }) => kind === 'templates')?.['id'] as number
  const template = { uid: 'u', name: 'strike', namespace: 'north', created: 0 }
  socket().say({ type: 'snapshot', id, first: true, last: true, rows: [template] } as never)
  await flushPromises()
  expect(wrapper.get('.editor').text()).toContain('name: dawn-copy')
  await wrapper.get('select').setValue('north/strike')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ template: 'north/strike' })
  expect(wrapper.get('.editor').text()).toContain('name: strike-1')
  await wrapper.get('select').setValue('')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({})
})

it('shows the template that was chosen last, whichever answer comes last', async () => {
  giveSizes()
  const answers = new Map<string, () => void>()
  serve(({ path }) => {
    const answer = objectAt(path)
    return new Promise((resolve) =>
      answers.set(path.split('/').at(-1) ?? '', () => resolve(answer)),
    )
  })
  mounted = await mountInApp(NewMissionPage, { path: '/missions/new?template=north/slow' })
  const { wrapper, router } = mounted
  await router.replace({ query: { template: 'north/quick' } })
  await flushPromises()
  answers.get('quick')?.()
  const shown = () => wrapper.get('.editor').text()
  await vi.waitFor(() => expect(shown()).toContain('name: quick-1'))
  answers.get('slow')?.()
  await flushPromises()
  expect(shown()).toContain('name: quick-1')
})

it('says nothing of a template that was refused after another was chosen', async () => {
  giveSizes()
  const answers = new Map<string, () => void>()
  serve(({ path }) => {
    const name = path.split('/').at(-1) ?? ''
    const refusal = { status: 404, body: { message: 'no such template' } }
    const answer = name === 'gone' ? refusal : objectAt(path)
    return new Promise((resolve) => answers.set(name, () => resolve(answer)))
  })
  mounted = await mountInApp(NewMissionPage, { path: '/missions/new?template=north/gone' })
  const { wrapper, router } = mounted
  await router.replace({ query: { template: 'north/quick' } })
  await flushPromises()
  answers.get('quick')?.()
  answers.get('gone')?.()
  await flushPromises()
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
})
