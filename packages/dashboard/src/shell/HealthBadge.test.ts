import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import HealthPanel from '../pages/settings/HealthPanel.vue'
import { stream } from '../stream/stream.ts'
import { mountStreamed, type StreamedPage } from '../testing/stream.ts'
import HealthBadge from './HealthBadge.vue'

let page: StreamedPage
afterEach(() => {
  page.leave()
  vi.unstubAllGlobals()
})

it('says that the system is well only while somebody can tell', async () => {
  page = await mountStreamed(HealthBadge, '/')
  const words = () => page.wrapper.text()
  expect(words()).toBe('')
  await page.rows('nodes', [])
  expect(words()).toBe('System healthy')
  stream.reconnect()
  await flushPromises()
  expect(words()).toBe('')
})

it('calls no system well whose nodes one may not list', async () => {
  page = await mountStreamed(HealthPanel, '/settings')
  await page.state('nodes', { state: 'forbidden', message: 'list nodes' })
  expect(page.wrapper.text()).not.toContain('System healthy')
  await page.state('nodes', { state: 'live' })
  await page.rows('nodes', [])
  expect(page.wrapper.text()).toContain('System healthy')
})
