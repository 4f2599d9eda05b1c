import { afterEach, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { useShell } from '../state/shell.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { useCopy } from './copying.ts'

let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  vi.unstubAllGlobals()
})

async function copyWith(clipboard: unknown): Promise<unknown> {
  vi.stubGlobal('navigator', { language: 'en', clipboard })
  let copy = async (_text: string): Promise<void> => {}
  const Page = defineComponent({
    setup() {
      copy = useCopy()
      return () => h('p')
    },
  })
  mounted = await mountInApp(Page)
  await copy('kind: Mission')
  return useShell().toasts.map(({ text, tone }) => `${tone}: ${text}`)
}

it('copies, and says so', async () => {
  const writeText = vi.fn(async () => {})
  expect(await copyWith({ writeText })).toEqual(['good: Copied'])
  expect(writeText).toHaveBeenCalledWith('kind: Mission')
})

it('says that it could not, where the browser refuses or has no clipboard', async () => {
  const refused = ['bad: The browser does not let the page copy.']
  expect(await copyWith({ writeText: () => Promise.reject(new Error('denied')) })).toEqual(refused)
  mounted.wrapper.unmount()
  expect(await copyWith(undefined)).toEqual(refused)
})
