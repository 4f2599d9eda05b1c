import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { useShell } from '../state/shell.ts'
import { stream } from '../stream/stream.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { stubSockets } from '../testing/sockets.ts'
import CommandPalette from './CommandPalette.vue'

let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.unstubAllGlobals()
})

it('leaves the keys to an input method while a word is being composed', async () => {
  stubSockets()
  mounted = await mountInApp(CommandPalette)
  const shell = useShell()
  shell.palette = true
  await flushPromises()
  const input = document.querySelector<HTMLInputElement>('[role=combobox]')
  const press = async (isComposing: boolean): Promise<string> => {
    input?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', isComposing }))
    input?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing }))
    await flushPromises()
    return mounted.router.currentRoute.value.path
  }
  expect([await press(true), shell.palette]).toEqual(['/', true])
  expect([await press(false), shell.palette]).toEqual(['/missions', false])
})
