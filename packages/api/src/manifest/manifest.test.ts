import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseManifests } from './manifest.ts'

const values = (text: string) => parseManifests(text, 'f.yaml').documents.map(({ value }) => value)

test('scalars are read as kubectl reads them', () => {
  const [value] = values(
    'a: [y, n, Y, yes, no, on, off, Off, 012, 0o14, 12:30:00, 2020-01-01, 0x1F, 1_000, 0b11, ~, null, .5, 1e3, "x", 1.0]',
  )
  assert.deepEqual(value, {
    a: [
      ...[true, false, true, true, false, true, false, false, 10, 12, '12:30:00', '2020-01-01'],
      ...[31, 1000, 3, null, null, 0.5, 1000, 'x', 1],
    ],
  })
})

test('several documents, empty ones, a BOM and a List are read', () => {
  assert.deepEqual(values('\uFEFFa: 1\n---\n---\n# nothing\n---\nb: 2\n'), [{ a: 1 }, { b: 2 }])
  assert.deepEqual(values('kind: List\nitems:\n- a: 1\n- a: 2\n'), [{ a: 1 }, { a: 2 }])
  assert.deepEqual(values(''), [])
  assert.deepEqual(values('{"kind": "A", "spec": {"x": [1]}}'), [{ kind: 'A', spec: { x: [1] } }])
})

test('a path is located at its key, or at the nearest parent that exists', () => {
  const text = 'kind: A\nspec:\n  stages:\n  - name: one\n  - name: two\n    type: odd\n'
  const [document] = parseManifests(text, 'f.yaml').documents
  assert.deepEqual(document?.locate(['spec', 'stages', 1, 'type']), {
    line: 6,
    column: 5,
    offset: 56,
  })
  assert.deepEqual(document?.locate(['spec', 'stages', 1, 'missing']), {
    line: 5,
    column: 5,
    offset: 42,
  })
  assert.deepEqual(document?.locate([]), { line: 1, column: 1, offset: 0 })
})

test('broken YAML is a problem with line and column, and its document is left out', () => {
  for (const text of ['a: [1, 2', 'a:\n\tb: 1\n', 'a: "x\n', 'a: &x {b: *y}\n', 'a: &x [*x]\n']) {
    const { documents, problems } = parseManifests(text, 'f.yaml')
    assert.equal(documents.length, 0, text)
    assert.ok((problems[0]?.line ?? 0) >= 1, text)
    assert.match(problems[0]?.message ?? '', /\S/)
  }
})

test('a repeated key is a problem, and the last value counts', () => {
  const { documents, problems } = parseManifests('a: 1\na: 2\n', 'f.yaml')
  assert.deepEqual(documents[0]?.value, { a: 2 })
  assert.deepEqual(
    problems.map(({ line, column }) => [line, column]),
    [[2, 1]],
  )
})

test('an alias bomb is refused rather than expanded', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 8; i++) {
    const [name, before] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)]
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`)
  }
  const { documents, problems } = parseManifests(`${bomb.join('\n')}\n`, 'f.yaml')
  assert.equal(documents.length, 0)
  assert.equal(problems.length, 1)
})
