import { API_VERSION } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { stream } from '../../stream/stream.ts'
import { giveSizes, type Mounted, mountInApp } from '../../testing/mounting.ts'
import { serve } from '../../testing/server.ts'
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

it('takes a template in place of the copy that it began with', async () => {
  giveSizes()
  const socket = stubSockets()
  serve(({ path }) => {
    const [namespace, kind, name] = path.split('/').slice(-3)
    const metadata = { name, namespace, resourceVersion: '1' }
    const mission = kind === 'missions'
    return {
      body: {
        apiVersion: API_VERSION,
        kind: mission ? 'Mission' : 'MissionTemplate',
        metadata,
        spec: {},
      },
    }
  })
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
