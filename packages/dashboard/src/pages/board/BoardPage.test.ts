import { afterEach, expect, it, vi } from 'vitest'
import { mountStreamed, type StreamedPage } from '../../testing/stream.ts'
import BoardPage from './BoardPage.vue'

let page: StreamedPage
afterEach(() => {
  page.leave()
  vi.unstubAllGlobals()
})

const numbers = () => page.wrapper.findAll('.number').map((one) => one.text())
const summary = {
  uid: 's',
  name: 'north',
  created: 0,
  missions: { Running: 2 },
  stages: {},
  tasks: { Running: 7 },
}

it('counts nothing before it is known, and where it may not be known', async () => {
  page = await mountStreamed(BoardPage, '/')
  expect(new Set(numbers())).toEqual(new Set(['—']))
  await page.rows('summary', [summary])
  expect(numbers()).toContain('7')
  expect(numbers()).toContain('0')
  await page.state('summary', { state: 'forbidden', message: 'list missions' })
  expect(new Set(numbers())).toEqual(new Set(['—']))
})

it('says why it shows no aircraft', async () => {
  page = await mountStreamed(BoardPage, '/')
  const aircraft = () => page.wrapper.get('.aircraft').text()
  await page.rows('nodes', [])
  expect(aircraft()).toContain('No node here is an aircraft.')
  await page.state('nodes', { state: 'forbidden', message: 'list nodes' })
  expect(aircraft()).toContain('list nodes')
})
