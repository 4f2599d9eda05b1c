import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outputOf } from './stream.ts'

const write = () => true
const XTERM = { TERM: 'xterm' }

test('a terminal has its size, as it is when asked', () => {
  const stream = { isTTY: true, columns: 80, rows: 24, write }
  const output = outputOf(stream, XTERM)
  assert.deepEqual([output.isTTY, output.columns, output.rows], [true, 80, 24])
  stream.columns = 60
  assert.equal(output.columns, 60)
})

test('a pipe, and a terminal without a size, is as wide as most screens', () => {
  for (const stream of [{ write }, { isTTY: true, columns: 0, rows: 0, write }]) {
    const { columns, rows } = outputOf(stream, XTERM)
    assert.deepEqual([columns, rows], [100, 40])
  }
})

test('what cannot draw is no terminal', () => {
  assert.equal(outputOf({ write }, XTERM).isTTY, false)
  assert.equal(outputOf({ isTTY: true, write }, { TERM: 'dumb' }).isTTY, false)
})
