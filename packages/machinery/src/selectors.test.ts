import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiStatusError } from './errors.ts'
import {
  compileFieldSelector,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
} from './fieldselectors.ts'
import {
  formatLabelSelector,
  labelSelectorOf,
  matchesLabels,
  parseLabelSelector,
} from './selectors.ts'

const labels = { app: 'web', tier: 'front', level: '7', empty: '' }

for (const [selector, expected] of [
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app=db', false],
  ['app!=db', true],
  ['missing!=db', true],
  ['app!=web', false],
  ['app', true],
  ['!app', false],
  ['!missing', true],
  ['app in (web,db)', true],
  ['app in (db)', false],
  ['app notin (db)', true],
  ['missing notin (db)', true],
  ['app=web,tier=front', true],
  ['app=web,tier=back', false],
  ['empty=', true],
  ['empty=,app=web', true],
  ['empty in (,x)', true],
  ['level>6', true],
  ['level>7', false],
  ['level<8', true],
  ['app>6', false],
  [' app  in ( web , db ) , tier = front ', true],
  ['in=x', false],
  ['constructor', false],
  ['toString notin (a)', true],
] as const) {
  test(`the label selector "${selector}" ${expected ? 'selects' : 'leaves out'} the web front`, () => {
    assert.equal(matchesLabels(parseLabelSelector(selector), labels), expected)
  })
}

for (const [selector, message] of [
  ['a=b c', "unable to parse requirement: found 'c', expected: ',' or 'end of string'"],
  ['a,', "unable to parse requirement: found '', expected: identifier after ','"],
  ['=a', "unable to parse requirement: found '=', expected: !, identifier, or 'end of string'"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a in (=)', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
  ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
  ['a==!', "unable to parse requirement: found '!', expected: identifier"],
  ['!a=b', "unable to parse requirement: found '=', expected: ',' or 'end of string'"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['a==,=', "unable to parse requirement: found '=', expected: identifier after ','"],
] as const) {
  test(`the label selector "${selector}" is refused as the API server refuses it`, () => {
    assert.throws(
      () => parseLabelSelector(selector),
      (error) => {
        assert.ok(error instanceof ApiStatusError)
        assert.equal(error.code, 400)
        assert.equal(error.message, message)
        return true
      },
    )
  })
}

test('a selector with an invalid key, value or list says which rule it breaks', () => {
  assert.throws(() => parseLabelSelector('a/b/c=d'), /a qualified name must consist of/)
  assert.throws(() => parseLabelSelector('/c=d'), /prefix part must be non-empty/)
  assert.throws(
    () => parseLabelSelector('a=-b'),
    /values\[0\]\[a\]: Invalid value: "-b": a valid label must be/,
  )
  assert.throws(() => parseLabelSelector('a in ()'), /values set can't be empty/)
  assert.throws(() => parseLabelSelector('a>b'), /the value must be an integer/)
  assert.throws(() => parseLabelSelector(`${'a'.repeat(64)}`), /no more than 63 characters/)
})

test('a LabelSelector object selects by labels and expressions; absent selects nothing, empty everything', () => {
  assert.equal(matchesLabels(labelSelectorOf(undefined), labels), false)
  assert.equal(matchesLabels(labelSelectorOf({}), undefined), true)
  const selector = labelSelectorOf({
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['front', 'back'] },
      { key: 'gone', operator: 'DoesNotExist' },
    ],
  })
  assert.equal(matchesLabels(selector, labels), true)
  assert.equal(matchesLabels(selector, { ...labels, gone: '' }), false)
  assert.equal(formatLabelSelector(selector), 'app=web,!gone,tier in (back,front)')
})

test('a LabelSelector object with a wrong operator or values that do not belong is refused', () => {
  const bad = { matchExpressions: [{ key: 'a', operator: 'in' as 'In', values: ['b'] }] }
  assert.throws(() => labelSelectorOf(bad), /"in" is not a valid label selector operator/)
  const full = { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } as const
  assert.throws(() => labelSelectorOf(full), /must be empty for exists/)
})

const key = fc.stringMatching(/^[a-z]{1,3}$/).filter((text) => text !== 'in')
const value = fc.stringMatching(/^[a-z0-9]{0,2}$/).filter((text) => text !== 'in')
const requirement = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist'), values: fc.constant([]) }),
)

test('formatting a selector and parsing it again selects the same', () => {
  fc.assert(
    fc.property(
      fc.array(requirement, { maxLength: 4 }),
      fc.dictionary(key, value),
      (list, some) => {
        const selector = labelSelectorOf({ matchExpressions: list })
        const again = parseLabelSelector(formatLabelSelector(selector))
        assert.equal(matchesLabels(again, some), matchesLabels(selector, some))
        assert.equal(formatLabelSelector(again), formatLabelSelector(selector))
      },
    ),
  )
})

test('no text makes the parser of label selectors fail other than by a BadRequest', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab=!,() <>in'), maxLength: 12 })
  fc.assert(
    fc.property(text, (selector) => {
      try {
        parseLabelSelector(selector)
      } catch (error) {
        assert.ok(error instanceof ApiStatusError && error.code === 400)
      }
    }),
  )
})

const pod = { metadata: { name: 'a', namespace: 'n' }, status: { phase: 'Running' }, spec: {} }
const fields = ['metadata.name', 'metadata.namespace', 'status.phase', 'spec.nodeName']

for (const [selector, expected] of [
  ['', true],
  ['metadata.name=a', true],
  ['metadata.name==a,status.phase!=Failed', true],
  ['metadata.name!=a', false],
  ['status.phase=Pending', false],
  ['spec.nodeName=', true],
  ['spec.nodeName!=', false],
  ['metadata.name=a,,status.phase=Running,', true],
] as const) {
  test(`the field selector "${selector}" ${expected ? 'selects' : 'leaves out'} the running pod`, () => {
    assert.equal(matchesFields(parseFieldSelector(selector), pod, fields), expected)
  })
}

test('a field selector may use names of its own for paths', () => {
  const match = compileFieldSelector(parseFieldSelector('source=kubelet,count=3'), {
    source: 'source.component',
    count: 'count',
  })
  assert.equal(match({ source: { component: 'kubelet' }, count: 3 }), true)
  assert.equal(match({ source: { component: 'other' }, count: 3 }), false)
})

test('a field that is null counts as empty, and one named like a part of every object is not supported', () => {
  const empty = parseFieldSelector('status.phase=')
  assert.ok(matchesFields(empty, { status: { phase: null } }, ['status.phase']))
  assert.ok(matchesFields(empty, {}, ['status.phase']))
  const odd = parseFieldSelector('constructor=x')
  assert.throws(() => matchesFields(odd, {}, { a: 'a' }), /field label not supported: constructor/)
})

test('a field selector is refused for unsupported fields and broken syntax', () => {
  const refuse = (text: string, rule: RegExp): void =>
    assert.throws(() => matchesFields(parseFieldSelector(text), pod, fields), rule)
  refuse('spec.foo=a', /^ApiStatusError: field label not supported: spec\.foo$/)
  refuse('toString=a', /field label not supported: toString/)
  refuse('metadata.name', /invalid selector: 'metadata\.name'; can't understand 'metadata\.name'/)
  refuse('metadata.name=a=b', /unescaped '='/)
  refuse('metadata.name=a\\b', /invalid escape sequence: \\b/)
})

test('field values with commas, equal signs and backslashes survive being written and read', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.constantFrom('=', '!='), fc.string())), (terms) => {
      const wanted = terms.map(([field, operator, text]) => ({ field, operator, value: text }))
      const typed = wanted as { field: string; operator: '=' | '!='; value: string }[]
      assert.deepEqual(parseFieldSelector(formatFieldSelector(typed)), typed)
    }),
  )
})
