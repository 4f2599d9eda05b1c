import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { boundedName, closest, levenshtein, stableHash, toLabelValue } from './names.ts'
import {
  dnsLabelErrors,
  isDnsLabel,
  isDnsSubdomain,
  isLabelKey,
  isLabelValue,
  labelKeyErrors,
  labelValueErrors,
} from './validation.ts'

/** The hash by its definition, on BigInt. */
function referenceHash(text: string): string {
  let state = 0xcbf29ce484222325n
  for (let index = 0; index < text.length; index++) {
    state = BigInt.asUintN(64, (state ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n)
  }
  const low = Number(state & 0xffffffffn)
  const high = Number(state >> 32n) ^ Math.imul(low & 0xffff, 0x9e3779b1)
  return [high, low]
    .map((half) => {
      let bits = (half ^ (half >>> 16)) | 0
      bits = Math.imul(bits, 0x85ebca6b)
      bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
      return ((bits ^ (bits >>> 16)) >>> 7).toString(32).padStart(5, '0')
    })
    .join('')
}

test('the stable hash is the one it is documented to be', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => stableHash(text) === referenceHash(text)),
  )
})

test('the stable hash never changes from one version to the next', () => {
  assert.deepEqual(['', 'a', 'strike-package-alpha'].map(stableHash), [
    'etr6v5hrjs',
    '4seckkflbq',
    'pptvhedhqs',
  ])
})

test('a hundred thousand near texts have different hashes', () => {
  const seen = new Set<string>()
  for (let index = 0; index < 100_000; index++) seen.add(stableHash(`mission-${index}`))
  assert.equal(seen.size, 100_000)
})

test('a name that fits and is valid is the parts and nothing else', () => {
  assert.equal(boundedName(['alpha', 'strike', '01']), 'alpha-strike-01')
  assert.equal(boundedName(['a.b', 'c'], 63), 'a.b-c')
})

test('a name that had to be changed or cut ends in a hash of its parts', () => {
  const upper = boundedName(['Alpha', 'Strike'])
  assert.equal(upper, `alpha-strike-${stableHash('Alpha\u0000Strike')}`)
  assert.match(boundedName(['mission', '\u4efb\u52a1']), /^mission-[0-9a-v]{10}$/)
  assert.match(boundedName(['\u4efb\u52a1']), /^[0-9a-v]{10}$/)
  assert.equal(boundedName(['a'.repeat(60), 'b'], 20).length, 20)
  assert.ok(isDnsLabel(boundedName(['a.b', 'c'], 63, { form: 'label' })))
  assert.throws(() => boundedName(['a'.repeat(60)], 9), RangeError)
})

test('a name exactly as long as is allowed stays, and dots stay where the form has them', () => {
  assert.equal(boundedName(['a'.repeat(63)], 63), 'a'.repeat(63))
  assert.equal(boundedName(['a'.repeat(64)], 63).length, 63)
  assert.match(boundedName(['A.b', 'c']), /^a\.b-c-[0-9a-v]{10}$/)
  assert.match(boundedName(['A..b.-.c']), /^a-b-c-[0-9a-v]{10}$/)
  assert.match(boundedName(['A.b'], 63, { form: 'label' }), /^a-b-[0-9a-v]{10}$/)
})

test('a name of the label form has at most 63 characters, whatever the limit is', () => {
  const name = boundedName(['a'.repeat(80), 'b'], undefined, { form: 'label' })
  assert.equal(name, `${'a'.repeat(52)}-${stableHash(`${'a'.repeat(80)}\u0000b`)}`)
  assert.ok(isDnsLabel(boundedName(['a'.repeat(64)], 100, { form: 'label' })))
})

test('a label value that is cut keeps as much as fits beside its hash', () => {
  const long = toLabelValue('a'.repeat(64))
  assert.match(long, /^a{52}-[0-9a-v]{10}$/)
  assert.equal(long.length, 63)
})

test('any parts give a valid name within the limit, and different parts different names', () => {
  const parts = fc.array(fc.string({ unit: 'binary', maxLength: 12 }), {
    minLength: 1,
    maxLength: 3,
  })
  const limit = fc.integer({ min: 10, max: 40 })
  fc.assert(
    fc.property(parts, parts, limit, (a, b, max) => {
      const [first, second] = [boundedName(a, max), boundedName(b, max)]
      assert.ok(isDnsSubdomain(first) && first.length <= max, first)
      assert.ok(isDnsLabel(boundedName(a, max, { form: 'label' })))
      if (a.join('-') !== b.join('-')) assert.notEqual(first, second)
    }),
  )
})

test('any text becomes a label value, and a label value stays what it is', () => {
  assert.equal(toLabelValue('Alpha_1.2'), 'Alpha_1.2')
  assert.equal(toLabelValue(''), '')
  assert.match(toLabelValue('Operation \u2708 Dawn'), /^Operation-Dawn-[0-9a-v]{10}$/)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.string(), (a, b) => {
      const made = toLabelValue(a)
      assert.ok(isLabelValue(made), made)
      if (isLabelValue(a)) assert.equal(made, a)
      if (a !== b) assert.notEqual(made, toLabelValue(b))
    }),
  )
})

test('label keys and values are judged as the API server judges them', () => {
  for (const key of ['a', 'aircraft.mil/fuel.level', 'A_b.c-1', `${'a'.repeat(63)}`]) {
    assert.ok(isLabelKey(key), key)
  }
  for (const key of ['', '/', 'a/', '/a', 'a/b/c', 'A.mil/x', '-a', 'a b', 'a'.repeat(64)]) {
    assert.ok(!isLabelKey(key), key)
  }
  assert.deepEqual(labelValueErrors('ok'), [])
  assert.equal(labelValueErrors('-'.repeat(64)).length, 2)
  assert.match(labelKeyErrors('A.mil/x')[0] ?? '', /^prefix part a lowercase RFC 1123 subdomain/)
  assert.match(dnsLabelErrors('A')[0] ?? '', /^a lowercase RFC 1123 label must consist/)
  assert.ok(isDnsSubdomain('a.b') && !isDnsSubdomain('a..b') && !isDnsLabel('a.b'))
})

test('a word close to a candidate is taken for it, another is not', () => {
  const phases = ['pending', 'running', 'succeeded', 'failed']
  assert.equal(closest('runing', phases), 'running')
  assert.equal(closest('Faild', phases), 'failed')
  assert.equal(closest('xyz', phases), undefined)
  assert.equal(closest('', phases), undefined)
  assert.equal(closest('a', ['ab', 'ac']), 'ab')
  assert.equal(closest('runnin', ['runni', 'running', 'runnin']), 'runnin')
  assert.equal(closest('stages', ['staves', 'stage', 'stages']), 'stages')
  assert.equal(closest('stages', ['stages', 'stage']), 'stages')
  assert.equal(closest('abcdef', ['abcdxy']), 'abcdxy')
  assert.equal(closest('abcdef', ['abcxyz']), undefined)
  assert.equal(closest('abcde', ['abcxy']), undefined)
  assert.equal(closest('abc', ['xyc', 'abx']), 'abx')
  assert.equal(closest('ab', ['xy']), undefined)
})

test('the edit distance is a distance', () => {
  assert.equal(levenshtein('kitten', 'sitting'), 3)
  const word = fc.string({ maxLength: 8 })
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      assert.equal(levenshtein(a, b), levenshtein(b, a))
      assert.equal(levenshtein(a, b) === 0, a === b)
      assert.ok(levenshtein(a, c) <= levenshtein(a, b) + levenshtein(b, c))
    }),
  )
})
