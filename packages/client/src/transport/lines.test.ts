import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransportError } from '@sortie/machinery'
import fc from 'fast-check'
import { createLineSplitter } from './lines.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

test('lines are the same wherever the bytes are cut', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text))
  const cuts = fc.array(fc.nat({ max: 300 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(line), cuts, fc.boolean(), (lines, places, ended) => {
      const bytes = Buffer.from(lines.join('\n') + (ended ? '\n' : ''))
      const seen: string[] = []
      const splitter = createLineSplitter((text) => seen.push(text))
      let start = 0
      for (const place of [...places, bytes.length].sort((a, b) => a - b)) {
        const end = Math.min(place, bytes.length)
        splitter.push(bytes.subarray(start, end))
        start = end
      }
      splitter.finish()
      // A lone half of a surrogate pair has no UTF-8; both sides write the replacement character.
      assert.deepEqual(seen, Buffer.from(lines.join('\n')).toString().split('\n').filter(Boolean))
    }),
    { numRuns: 500 },
  )
})

test('blank lines and carriage returns are nothing', () => {
  const seen: string[] = []
  const splitter = createLineSplitter((text) => seen.push(text))
  splitter.push(bytesOf('\n\r\n{}\r\n\n  \n'))
  splitter.finish()
  assert.deepEqual(seen, ['{}'])
})

test('a line that grows past the limit is refused, in one piece or in many', () => {
  const whole = createLineSplitter(() => {}, { maxBytes: 10 })
  whole.push(bytesOf('0123456789\n'))
  assert.throws(() => whole.push(bytesOf('01234567890\n')), TransportError)
  const pieces = createLineSplitter(() => {}, { maxBytes: 10 })
  pieces.push(bytesOf('012345678'))
  assert.throws(() => pieces.push(bytesOf('90')), TransportError)
})
