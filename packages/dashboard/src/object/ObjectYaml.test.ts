import { API_VERSION } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { h } from 'vue'
import { forgetAccess } from '../api/access.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { serve } from '../testing/server.ts'
import ObjectYaml from './ObjectYaml.vue'

vi.mock('../editor/YamlEditor.vue', () => ({
  default: {
    inheritAttrs: false,
    props: ['modelValue'],
    emits: ['update:modelValue'],
    render(this: { modelValue: string; $emit(event: string, text: string): void }) {
      const onInput = ({ target }: { target: HTMLTextAreaElement }) =>
        this.$emit('update:modelValue', target.value)
      return h('textarea', { value: this.modelValue, onInput })
    },
  },
}))
const metadata = { name: 'dawn', namespace: 'north', resourceVersion: '1' }
const mission = { apiVersion: API_VERSION, kind: 'Mission', metadata, spec: { missionName: 'a' } }
let mounted: Mounted
beforeEach(forgetAccess)
afterEach(() => {
  mounted.wrapper.unmount()
  vi.unstubAllGlobals()
})

async function show() {
  const place = { plural: 'missions', namespace: 'north', name: 'dawn' }
  mounted = await mountInApp(ObjectYaml, { props: { place, editable: true } })
  await vi.waitFor(() => mounted.wrapper.get('textarea'))
  await flushPromises()
  return mounted.wrapper
}
const press = (action: string) => mounted.wrapper.get(`[data-action=${action}]`).trigger('click')
const type = (name: string) =>
  mounted.wrapper
    .get('textarea')
    .setValue(mounted.wrapper.get('textarea').element.value.replace(/missionName: .*/, name))
const isSavable = () =>
  mounted.wrapper.get<HTMLButtonElement>('[data-action=save]').element.disabled === false

it('lets nothing be saved but what was tried', async () => {
  const asked = serve(({ body }) => ({ body: body ?? mission }))
  const wrapper = await show()
  await press('edit')
  await type('missionName: b')
  await flushPromises()
  expect(isSavable()).toBe(false)
  await press('try')
  // The answer is on its way.
  await type('missionName: c')
  await vi.waitFor(() => expect(asked).toHaveLength(2))
  await flushPromises()
  expect(asked[1]?.body).toMatchObject({ spec: { missionName: 'b' } })
  expect([isSavable(), wrapper.get('textarea').element.value]).toEqual([
    false,
    expect.stringContaining('missionName: c'),
  ])
  await press('try')
  await vi.waitFor(() => expect(isSavable()).toBe(true))
  expect(asked[2]?.body).toMatchObject({ spec: { missionName: 'c' } })
})
