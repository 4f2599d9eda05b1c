import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { managedFieldsIn } from './managedfields.ts'

function cut(text: string): string {
  const bytes = Buffer.from(text)
  const range = managedFieldsIn(bytes)
  if (range === undefined) return text
  return bytes.subarray(0, range.start).toString() + bytes.subarray(range.end).toString()
}

test('what is left is the event without managedFields, wherever they stand and whatever is around them', () => {
  const fields = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 4 })
  const decoy = fc.record({ managedFields: fc.jsonValue(), metadata: fields, object: fields })
  fc.assert(
    fc.property(
      fc.tuple(fields, fields),
      decoy,
      fc.jsonValue(),
      ([before, after], spec, managed) => {
        const { managedFields: _one, ...first } = before
        const { managedFields: _other, ...last } = after
        const event = (metadata: object) =>
          JSON.stringify({ type: 'ADDED', object: { kind: 'X', zspec: spec, metadata, spec } })
        const whole = { ...first, managedFields: [managed], ...last }
        const { managedFields: _, ...bare } = whole
        const left: unknown = JSON.parse(cut(event(whole)))
        assert.deepEqual(left, JSON.parse(event(bare)))
        assert.equal(cut(event(bare)), event(bare))
      },
    ),
    { numRuns: 1000 },
  )
})

test('a line of any other shape stays as it is', () => {
  const lines = [
    '',
    '[]',
    '{}',
    'managedFields',
    '{"type":"ADDED"',
    '{"object":"managedFields"}',
    '{"object":{"metadata":null}}',
    '{"object":{"metadata":{"name":"\\"managedFields\\":[1]"}}}',
    '{"object":{"spec":{"metadata":{"managedFields":[1]}}}}',
    '{ "object": {"metadata": {"managedFields": [1]}}}',
  ]
  for (const line of lines) assert.equal(cut(line), line)
  const any = fc.string({ unit: fc.constantFrom(...'{}[]":,\\ae') })
  fc.assert(fc.property(any, (text) => void managedFieldsIn(Buffer.from(text))))
})
