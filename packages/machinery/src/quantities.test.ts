import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SortieError } from './errors.ts'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
} from './quantities.ts'

for (const [written, canonical] of [
  ['0', '0'],
  ['0Gi', '0'],
  ['1', '1'],
  ['100', '100'],
  ['1000', '1k'],
  ['1500', '1500'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['5.', '5'],
  ['+5', '5'],
  ['-5', '-5'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['100m', '100m'],
  ['0.1m', '100u'],
  ['1Gi', '1Gi'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Gi', '512Mi'],
  ['1Ki', '1Ki'],
  ['0.5Ki', '512'],
  ['1023', '1023'],
  ['1025Ki', '1025Ki'],
  ['0.3Ki', '307200m'],
  ['1e3', '1e3'],
  ['1E3', '1e3'],
  ['1e-3', '1e-3'],
  ['12e1', '120'],
  ['1E', '1E'],
  ['1000000', '1M'],
  ['0.0000000001', '1n'],
  ['-0.0000000001', '-1n'],
  ['1e30', '9223372036854775807'],
  ['100Ei', '9223372036854775807'],
] as const) {
  test(`the quantity ${written} is written as ${canonical}`, () => {
    assert.equal(canonicalQuantity(written), canonical)
  })
}

for (const written of [
  '',
  ' 1',
  '1 Gi',
  'abc',
  '1gi',
  '1K',
  '1KI',
  '1e',
  '--1',
  '.',
  '1.2.3',
  '1m5',
  'Gi',
  'e5',
  '-E3',
  '1e9999999',
]) {
  test(`${JSON.stringify(written)} is no quantity`, () => {
    assert.throws(
      () => parseQuantity(written),
      (error) => error instanceof SortieError && error.code === 'InvalidQuantity',
    )
    assert.equal(tryParseQuantity(written), undefined)
  })
}

test('numbers of JSON are quantities too', () => {
  assert.equal(canonicalQuantity(2), '2')
  assert.equal(canonicalQuantity(0.25), '250m')
  assert.equal(canonicalQuantity(1e-7), '100e-9')
})

test('whole units and thousandths are rounded up', () => {
  assert.equal(quantityValue('1500m'), 2)
  assert.equal(quantityValue('-1500m'), -2)
  assert.equal(quantityValue('1Gi'), 1024 ** 3)
  assert.equal(quantityValue('17'), 17)
  assert.equal(quantityMilliValue('2'), 2000)
  assert.equal(quantityMilliValue('250m'), 250)
  assert.equal(quantityMilliValue('0.0001'), 1)
  assert.equal(quantityMilliValue('1.5'), 1500)
})

test('sums and differences keep the way the first was written', () => {
  const [a, b] = [parseQuantity('1Gi'), parseQuantity('512Mi')]
  assert.equal(formatQuantity(addQuantities(a, b)), '1536Mi')
  assert.equal(formatQuantity(subtractQuantities(b, a)), '-512Mi')
  assert.equal(formatQuantity(addQuantities(parseQuantity('0'), b)), '512Mi')
  assert.ok(compareQuantities(a, b) > 0)
  assert.equal(compareQuantities(parseQuantity('1'), parseQuantity('1000m')), 0)
})

const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-3')
const written = fc
  .tuple(fc.boolean(), fc.nat({ max: 10_000_000 }), fc.option(fc.nat({ max: 999 })), suffix)
  .map(
    ([minus, whole, part, unit]) =>
      `${minus ? '-' : ''}${whole}${part === null ? '' : `.${part}`}${unit}`,
  )

test('the canonical text means the same and is canonical already', () => {
  fc.assert(
    fc.property(written, (text) => {
      const quantity = parseQuantity(text)
      const canonical = formatQuantity(quantity)
      assert.equal(parseQuantity(canonical).nanos, quantity.nanos)
      assert.equal(canonicalQuantity(canonical), canonical)
    }),
  )
})

test('quantities are in the order of their amounts, and sums and differences are exact', () => {
  fc.assert(
    fc.property(written, written, (a, b) => {
      const [first, second] = [parseQuantity(a), parseQuantity(b)]
      const difference = first.nanos - second.nanos
      const sign = difference < 0n ? -1 : difference > 0n ? 1 : 0
      assert.equal(Math.sign(compareQuantities(first, second)), sign)
      assert.equal(subtractQuantities(first, second).nanos, difference)
      assert.equal(addQuantities(first, second).nanos, first.nanos + second.nanos)
    }),
  )
  assert.equal(compareQuantities(parseQuantity('1Ki'), parseQuantity('1024')), 0)
})

test('the quick ways to a number agree with the exact one', () => {
  const ceil = (nanos: bigint, size: bigint): number =>
    Number((nanos + (nanos < 0n ? 1n - size : size - 1n)) / size)
  fc.assert(
    fc.property(written, (text) => {
      const { nanos } = parseQuantity(text)
      assert.equal(quantityValue(text), ceil(nanos, 1_000_000_000n))
      assert.equal(quantityMilliValue(text), ceil(nanos, 1_000_000n))
    }),
  )
})
