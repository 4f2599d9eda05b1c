import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeNames, encodeNames } from './record.ts'

const copies = (prefix: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    return `${prefix}-${String(from + index).padStart(4, '0')}`
  })

const cases: readonly [string, readonly string[], string][] = [
  ['nothing', [], ''],
  ['one plain name', ['probe'], 'probe'],
  ['plain names keep their order', ['b', 'a'], 'b,a'],
  ['one copy is its own name', ['scan-0007'], 'scan-0007'],
  ['consecutive copies become a range', copies('scan', 1, 412), 'scan-[0001-0412]'],
  ['a gap splits the range', [...copies('scan', 1, 3), 'scan-0005'], 'scan-[0001-0003,0005]'],
  [
    'the ten-thousandth copy has a width of its own',
    ['scan-9999', 'scan-10000'],
    'scan-9999,scan-10000',
  ],
  ['prefixes are not mixed', ['a-0001', 'b-0002'], 'a-0001,b-0002'],
  ['names with short numbers stay whole', ['j20-01', 'j20-02'], 'j20-01,j20-02'],
]

for (const [title, names, text] of cases) {
  test(`the record of ended tasks: ${title}`, () => {
    assert.equal(encodeNames(names), text)
    assert.deepEqual([...decodeNames(text)], names)
  })
}

test('ten thousand ended copies are recorded in a few characters, and in 60 KB at worst', () => {
  const all = copies('scan', 1, 10_000)
  assert.ok(encodeNames(all).length < 40)
  const alternating = all.filter((_, index) => index % 2 === 0)
  assert.ok(encodeNames(alternating).length < 60_000)
})

test('whatever was recorded is read back', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/),
    fc
      .tuple(fc.constantFrom('a', 'a-1', 'b'), fc.integer({ min: 1, max: 10_000 }))
      .map(([prefix, number]) => `${prefix}-${String(number).padStart(4, '0')}`),
  )
  fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      assert.deepEqual([...decodeNames(encodeNames(names))], names)
    }),
  )
})

test('a record that was tampered with is read as far as it makes sense', () => {
  assert.deepEqual([...decodeNames('a,b-[x],c-[1-99999999999],d')], ['a', 'd'])
})
