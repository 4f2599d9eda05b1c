import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashText, mixHashes } from './hash.ts'

test('a text’s hash is FNV-1a, the same on every machine', () => {
  const known = { '': 0x811c9dc5, a: 0xe40c292c, foobar: 0xbf9cf968 }
  for (const [text, hash] of Object.entries(known)) assert.equal(hashText(text), hash)
})

test('ties are broken evenly: of many pods each aircraft is the first for a fair share of them', () => {
  for (const prefix of ['j20-0', 'node-', '']) {
    const nodes = Array.from({ length: 10 }, (_, index) => hashText(`${prefix}${index}`))
    const wins = new Array<number>(nodes.length).fill(0)
    for (let pod = 0; pod < 5000; pod++) {
      const ties = nodes.map((node) => mixHashes(hashText(`pod-uid-${pod}`), node))
      const first = ties.indexOf(Math.min(...ties))
      wins[first] = (wins[first] ?? 0) + 1
    }
    // 500 each, with a deviation of about 21.
    for (const count of wins) assert.ok(count > 380 && count < 620, `${prefix}: ${wins}`)
  }
})

test('whose turn it is depends on both hashes, and on which is which', () => {
  const [a, b] = [hashText('a'), hashText('b')]
  assert.notEqual(mixHashes(a, b), mixHashes(b, a))
  for (const bit of Array.from({ length: 32 }, (_, index) => 1 << index)) {
    assert.notEqual(mixHashes(a ^ bit, b), mixHashes(a, b))
    assert.notEqual(mixHashes(a, b ^ bit), mixHashes(a, b))
  }
})
