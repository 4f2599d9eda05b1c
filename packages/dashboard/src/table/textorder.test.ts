import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareTexts, textKey } from './textorder.ts'

const collator = new Intl.Collator('en', { numeric: true })
const order = (a: string, b: string): number => Math.sign(compareTexts(textKey(a), textKey(b)))
const name = fc
  .array(fc.constantFrom('uav', 'UAV', 'a', 'B', '-', '.', ' ', '_', '/', '0', '007', '10', '9'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 8 })
const text = fc.oneof(name, ascii, fc.string({ unit: 'grapheme', maxLength: 6 }))

it('is the order of the collator, for names, for any ASCII and for anything else', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(order(a, b)).toBe(Math.sign(collator.compare(a, b)))
    }),
    { numRuns: 3_000 },
  )
})

it('puts numbers by their value, however long they are', () => {
  const long = '9'.repeat(120)
  expect(['n-10', `n-${long}`, 'n-9', 'n-009a'].sort(order)).toEqual([
    'n-9',
    'n-009a',
    'n-10',
    `n-${long}`,
  ])
})
