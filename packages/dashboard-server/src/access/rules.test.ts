import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayListAndWatch, type ResourceRule, type RulesStatus } from './rules.ts'

const PODS = { group: '', plural: 'pods' }
const rule = (more: Partial<ResourceRule>): ResourceRule => ({
  verbs: ['list', 'watch'],
  apiGroups: [''],
  resources: ['pods'],
  ...more,
})
const of = (...resourceRules: readonly ResourceRule[]): RulesStatus => ({
  incomplete: false,
  resourceRules,
})

const CASES: readonly (readonly [string, RulesStatus, boolean])[] = [
  ['list and watch in one rule', of(rule({})), true],
  ['list and watch in two rules', of(rule({ verbs: ['list'] }), rule({ verbs: ['watch'] })), true],
  ['all verbs', of(rule({ verbs: ['*'] })), true],
  ['all groups', of(rule({ apiGroups: ['*'] })), true],
  ['all resources', of(rule({ resources: ['*'] })), true],
  ['list alone', of(rule({ verbs: ['list', 'get'] })), false],
  ['watch alone', of(rule({ verbs: ['watch'] })), false],
  ['another group', of(rule({ apiGroups: ['apps'] })), false],
  ['another resource', of(rule({ resources: ['pods/log'] })), false],
  ['some names only', of(rule({ resourceNames: ['a'] })), false],
  [
    'watch for some names only',
    of(rule({ verbs: ['list'] }), rule({ resourceNames: ['a'] })),
    false,
  ],
  ['no rules', of(), false],
  ['rules that may not be all', { incomplete: true, resourceRules: [rule({})] }, false],
  ['an answer that does not say whether it is all', { resourceRules: [rule({})] }, false],
  ['a rule without resources', of({ verbs: ['*'] }), false],
]

for (const [name, status, expected] of CASES) {
  test(`${name}: ${expected ? 'may' : 'may not'} list and watch`, () => {
    assert.equal(mayListAndWatch(status, PODS), expected)
  })
}
