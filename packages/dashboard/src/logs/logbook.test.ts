import { expect, it } from 'vitest'
import { Logbook, MOST_LINES } from './logbook.ts'

it('keeps the newest lines and counts what it dropped', () => {
  const book = new Logbook()
  book.add(Array.from({ length: MOST_LINES }, (_, i) => `line ${i}`))
  expect(book.dropped).toBe(0)
  book.add(['one more'])
  expect(book.lines.at(-1)).toBe('one more')
  expect(book.lines.length + book.dropped).toBe(MOST_LINES + 1)
  expect(book.lines.length).toBeLessThanOrEqual(MOST_LINES)
})

it('finds lines whatever the case', () => {
  const book = new Logbook()
  book.add(['Launch', 'cruise', 'relaunch'])
  expect(book.find('LAUNCH')).toEqual([0, 2])
  expect(book.find('')).toEqual([])
})
