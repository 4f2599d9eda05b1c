import { expect, it } from 'vitest'
import { bestMatches } from './match.ts'

const NAMES = ['dawn-patrol', 'night-patrol-recon', 'patrol', 'drone-01', 'sea-lion'].map(
  (name) => ({ name }),
)
const find = (sought: string): string[] => bestMatches(NAMES, sought, 3).map(({ name }) => name)

it('puts what begins with the letters first, then what contains them', () => {
  expect(find('patrol')).toEqual(['patrol', 'dawn-patrol', 'night-patrol-recon'])
})

it('finds letters that are scattered, in their order alone', () => {
  expect(find('dpl')).toEqual(['dawn-patrol'])
  expect(find('lpd')).toEqual([])
})

it('shows the first few where nothing is sought', () => {
  expect(find('')).toHaveLength(3)
})
