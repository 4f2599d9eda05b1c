import { afterEach, expect, it, vi } from 'vitest'
import { mountStreamed, type StreamedPage } from '../../testing/stream.ts'
import FleetPage from './FleetPage.vue'

let page: StreamedPage
afterEach(() => {
  page.leave()
  vi.unstubAllGlobals()
})

const node = (name: string, type?: string) => ({
  uid: name,
  name,
  created: 0,
  ready: true,
  roles: [],
  taints: [],
  allocatable: {},
  problems: [],
  ...(type === undefined ? {} : { aircraft: { type, capabilities: [] } }),
})

async function show(query: string, ...nodes: readonly ReturnType<typeof node>[]): Promise<string> {
  page = await mountStreamed(FleetPage, `/fleet?${query}`)
  await page.rows('nodes', nodes as never)
  return page.wrapper.text()
}

it('blames no filter where there is none and all nodes are aircraft', async () => {
  const text = await show('tab=others', node('uav-1', 'uav'))
  expect(text).toContain('Every node here is an aircraft.')
  expect(text).not.toContain('filter')
})

it.each(['list', 'groups'])('says where no node is an aircraft: %s', async (tab) => {
  expect(await show(`tab=${tab}`, node('control-1'))).toContain('No node here is an aircraft.')
})

it('says that the filter leaves none of those', async () => {
  const text = await show('tab=others&filter=name:uav*', node('uav-1', 'uav'), node('control-1'))
  expect(text).toContain('Nothing matches the filter.')
})
