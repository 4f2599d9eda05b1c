import { describe, expect, it } from 'vitest'
import { type FilterField, parseFilter, wordsOf } from './grammar.ts'

interface Plane {
  readonly name: string
  readonly phase: string
  readonly tags?: readonly string[]
  readonly age: number
  readonly retries: number
}

const FIELDS: readonly FilterField<Plane>[] = [
  { key: 'name', type: 'text', value: (row) => row.name },
  { key: 'phase', type: 'text', value: (row) => row.phase },
  { key: 'tag', type: 'text', value: (row) => row.tags },
  { key: 'age', type: 'duration', value: (row) => row.age },
  { key: 'retries', type: 'number', value: (row) => row.retries },
]
const ROWS: readonly Plane[] = [
  { name: 'sea-lion', phase: 'Failed', tags: ['isr'], age: 60_000, retries: 2 },
  { name: 'sea-eagle', phase: 'Running', age: 3_600_000, retries: 0 },
  { name: 'dawn patrol', phase: 'Succeeded', tags: ['isr', 'night'], age: 200_000_000, retries: 1 },
]

function matching(text: string): readonly string[] {
  const filter = parseFilter(text, FIELDS)
  if (!filter.ok) throw new Error(filter.problem.why)
  return ROWS.filter(filter.test).map((row) => row.name)
}

describe('the filter grammar', () => {
  it.each([
    ['', ['sea-lion', 'sea-eagle', 'dawn patrol']],
    ['SEA', ['sea-lion', 'sea-eagle']],
    ['phase:failed,running', ['sea-lion', 'sea-eagle']],
    ['name:sea*', ['sea-lion', 'sea-eagle']],
    ['name:sea', []],
    ['-phase:failed sea', ['sea-eagle']],
    ['tag:night', ['dawn patrol']],
    ['age:<10m', ['sea-lion']],
    ['age:>=1h age:<2d', ['sea-eagle']],
    ['age:>2d', ['dawn patrol']],
    ['retries:>0', ['sea-lion', 'dawn patrol']],
    ['retries:0', ['sea-eagle']],
    ['"dawn patrol"', ['dawn patrol']],
    ['name:"dawn patrol"', ['dawn patrol']],
    ['name:sea.lion', []],
  ])('%s', (text, names) => {
    expect(matching(text)).toEqual(names)
  })

  it.each([
    ['colour:red', 'unknownField'],
    ['age:<soon', 'noDuration'],
    ['retries:many', 'noNumber'],
    ['phase:', 'noValue'],
  ])('%s is refused: %s', (text, why) => {
    expect(parseFilter(text, FIELDS)).toEqual({ ok: false, problem: { word: text, why } })
  })

  it('keeps quoted spaces together', () => {
    expect(wordsOf('a "b c" d:"e f" "open end')).toEqual(['a', '"b c"', 'd:"e f"', '"open end'])
  })
})
