import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@sortie/machinery'
import { objectOf } from '../testing/manifests.ts'
import { formatProblem } from './problem.ts'
import { validate } from './validate.ts'

const loadout = (metadata: object): JsonObject => ({
  ...objectOf('WeaponLoadout', { weapons: [{ weapon: 'radar' }] }),
  metadata: { name: 'x', ...metadata } as JsonObject,
})
const said = (metadata: object) => validate(loadout(metadata)).map(formatProblem)

const WRONG: Readonly<Record<string, readonly [metadata: object, says: RegExp]>> = {
  'a number': [{ labels: { version: 1.1 } }, /metadata\.labels\.version: 1\.1 is not a text; put/],
  'true or false': [{ annotations: { on: true } }, /metadata\.annotations\.on: true is not a text/],
  'a value with a blank': [
    { labels: { crew: 'red one' } },
    /labels\.crew: "red one": a valid label/,
  ],
  'a value of 64 characters': [{ labels: { crew: 'a'.repeat(64) } }, /no more than 63/],
  'a key with a blank': [{ labels: { 'my crew': 'a' } }, /labels\["my crew"\]: .*name part/],
  'a key with two slashes': [{ annotations: { 'a/b/c': 'd' } }, /a qualified name/],
  'no mapping': [{ labels: ['a'] }, /metadata\.labels: a list is not an object/],
}
for (const [what, [metadata, says]] of Object.entries(WRONG)) {
  test(`labels and annotations that the API server would refuse are told: ${what}`, () => {
    const found = said(metadata)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', says)
  })
}

test('labels and annotations that the API server takes are no problem', () => {
  const labels = { 'app.kubernetes.io/name': 'x', empty: '', nothing: null }
  const annotations = { 'Example.COM/note': 'any text, 中文 too', nothing: null }
  assert.deepEqual(said({ labels, annotations }), [])
  assert.deepEqual(said({ labels: null, annotations: null }), [])
})
