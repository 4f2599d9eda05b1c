import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compilePattern, fieldErrorMessage, isCidr, isIPv6, pathText } from './index.ts'

describe('patterns of RE2', () => {
  const ROWS: readonly (readonly [string, string, boolean])[] = [
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'a-b', true],
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'A', false],
    ['(?i)^abc$', 'ABC', true],
    ['^[[:alpha:]]+\\z', 'abc', true],
    ['^[[:digit:]]+$', 'a1', false],
    ['^(?P<n>\\d+)$', '12', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['^[a\\-z\\_]+$', '-_', true],
    ['b', 'abc', true],
  ]
  for (const [pattern, text, matches] of ROWS) {
    it(`${pattern} ${matches ? 'takes' : 'refuses'} ${text}`, () => {
      assert.equal(compilePattern(pattern).test(text), matches)
    })
  }
  for (const bad of ['(', '(?=a)', 'a(?!b)', '(a)\\1', '[z-a]']) {
    it(`refuse ${bad}`, () => assert.throws(() => compilePattern(bad), SyntaxError))
  }
})

describe('texts', () => {
  it('write paths as the server does', () => {
    assert.equal(pathText(['spec', 'stages', 0, 'name']), 'spec.stages[0].name')
    assert.equal(pathText(['spec', 'map', '[a.b]', 'x']), 'spec.map[a.b].x')
  })

  it('show values as JSON', () => {
    const shown = (badValue: unknown) =>
      fieldErrorMessage({ type: 'FieldValueInvalid', field: 'f', detail: 'd', badValue })
    assert.equal(shown(null), 'f: Invalid value: null: d')
    assert.equal(shown(-1), 'f: Invalid value: -1: d')
    assert.equal(shown(true), 'f: Invalid value: true: d')
    assert.equal(shown({ b: [1], a: 'x' }), 'f: Invalid value: {"a":"x","b":[1]}: d')
  })

  it('know addresses', () => {
    for (const good of ['::', '::1', '2001:db8::8a2e:370:7334', '::ffff:10.0.0.1'])
      assert.ok(isIPv6(good), good)
    for (const bad of [':', '1::2::3', '12345::', '1:2:3', '::g']) assert.ok(!isIPv6(bad), bad)
    assert.ok(isCidr('10.0.0.0/8') && !isCidr('10.0.0.0/33') && !isCidr('10.0.0.0'))
  })
})
