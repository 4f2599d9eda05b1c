import { createVirtualClock } from '@sortie/machinery'
import { expect, it } from 'vitest'
import { Announcer } from './announcer.ts'
import { nextPage } from './wall.ts'

it('says the first change at once, then the newest at most every five seconds', async () => {
  const clock = createVirtualClock(0, async () => {})
  const said: string[] = []
  const announcer = new Announcer(clock, (text) => said.push(text))
  announcer.announce('Scheduled')
  expect(said).toEqual(['Scheduled'])
  announcer.announce('Running')
  announcer.announce('Failed')
  await clock.advance(4_999)
  expect(said).toEqual(['Scheduled'])
  await clock.advance(1)
  expect(said).toEqual(['Scheduled', 'Failed'])
  await clock.advance(60_000)
  announcer.announce('Running')
  expect(said).toEqual(['Scheduled', 'Failed', 'Running'])
})

it('says nothing more once its page is left', async () => {
  const clock = createVirtualClock(0, async () => {})
  const said: string[] = []
  const announcer = new Announcer(clock, (text) => said.push(text))
  announcer.announce('Scheduled')
  announcer.announce('Running')
  announcer.stop()
  await clock.advance(10_000)
  expect(said).toEqual(['Scheduled'])
})

it('turns the pages of the wall display round and round, and begins with the board', () => {
  expect(['board', 'missions', 'fleet', 'settings'].map(nextPage)).toEqual([
    'missions',
    'fleet',
    'board',
    'board',
  ])
})
