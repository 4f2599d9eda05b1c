import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Environment } from '../environment.ts'
import { memoryOutput } from '../testing/commandrun.ts'
import { alignColumns, displayWidth, fit, harmless, humanTime, oneLine, painter } from './text.ts'

const anyText = fc.string({ unit: fc.constantFrom('a', 'é', '歼', '２', ' ', '🚀', '-') })

test('what is cut fits its columns, and ends with an ellipsis where something is lost', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, columns) => {
      const cut = fit(text, columns)
      assert.ok(displayWidth(cut) <= columns)
      if (displayWidth(text) <= columns) assert.equal(cut, text)
      else assert.ok(cut.endsWith('…') && text.startsWith(cut.slice(0, -1)))
    }),
  )
  assert.equal(fit('abcdef', 4), 'abc…')
  assert.equal(fit('歼二十', 4), '歼…')
})

test('what terminals draw over two columns counts two', () => {
  const widths = ['a', 'é', '歼', '２', '🚀', '𠀀', '✔', '…'].map(displayWidth)
  assert.deepEqual(widths, [1, 1, 2, 2, 2, 2, 1, 1])
})

test('pictures that terminals draw over two columns count two, and marks upon a letter none', () => {
  const widths = ['✅', '⚡', '⏳', 'e\u0301', 'ก็', '✔\ufe0e', 'a\u200bb'].map(displayWidth)
  assert.deepEqual(widths, [2, 2, 2, 1, 1, 1, 2])
})

test('a message of several lines is one line of a table', () => {
  assert.equal(oneLine('no such file:\n\t/a\r\n  at b\n'), 'no such file: /a at b')
})

test('columns stand below each other, three blanks apart, with nothing at the end of a line', () => {
  const rows = [
    ['NAME', 'TYPE', ''],
    ['歼-20', 'fighter', ''],
    ['a', '', 'x'],
  ]
  assert.equal(alignColumns(rows), 'NAME    TYPE\n歼-20   fighter\na                 x\n')
})

test('text of the cluster cannot drive the terminal', () => {
  const attacks = ['\u001b[2J', '\u001b]0;title\u0007', '\r', '\b', '\u009b31m', '\u202e', '\u2066']
  for (const attack of attacks) {
    const shown = harmless(`a${attack}b`)
    assert.doesNotMatch(
      shown,
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
    )
  }
  assert.equal(harmless('two\nlines\tand 歼-20 🚀'), 'two\nlines\tand 歼-20 🚀')
})

const TIMES: readonly (readonly [ms: number, text: string])[] = [
  [-5, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m00s'],
  [3_599_000, '59m59s'],
  [3_600_000, '1h00m'],
  [172_799_000, '47h59m'],
  [172_800_000, '2d0h'],
  [270_000_000, '3d3h'],
]
test('a length of time is told by its two largest units', () => {
  for (const [ms, text] of TIMES) assert.equal(humanTime(ms), text)
})

test('there are colours on a terminal alone, and none where NO_COLOR says something', () => {
  const paint = (isTTY: boolean, variables: Environment['variables']) =>
    painter({ variables } as Environment, memoryOutput(isTTY))('red', 'x')
  assert.equal(paint(true, {}), '\u001b[31mx\u001b[39m')
  assert.equal(paint(true, { NO_COLOR: '' }), '\u001b[31mx\u001b[39m')
  assert.equal(paint(true, { NO_COLOR: '1' }), 'x')
  assert.equal(paint(false, {}), 'x')
})
