import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeObject, NodeSelectorRequirement } from '../core.ts'
import { failingLabel, matchesNode, matchesTerm, writeRequirement } from './nodeaffinity.ts'

const LABELS = { type: 'j20', fuel: '70', note: 'full', bytes: '9007199254740993' }

const node: NodeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels: LABELS },
}

describe('a requirement of a node selector term', () => {
  const cases: Readonly<Record<string, readonly [NodeSelectorRequirement, boolean]>> = {
    'type=j20': [{ key: 'type', operator: 'In', values: ['j20'] }, true],
    'type in (j16, j20)': [{ key: 'type', operator: 'In', values: ['j16', 'j20'] }, true],
    'zone=east': [{ key: 'zone', operator: 'In', values: ['east'] }, false],
    'type!=j20': [{ key: 'type', operator: 'NotIn', values: ['j20'] }, false],
    'zone not in (a, b)': [{ key: 'zone', operator: 'NotIn', values: ['a', 'b'] }, true],
    'type present': [{ key: 'type', operator: 'Exists' }, true],
    'zone present': [{ key: 'zone', operator: 'Exists' }, false],
    'zone absent': [{ key: 'zone', operator: 'DoesNotExist' }, true],
    'fuel > 69': [{ key: 'fuel', operator: 'Gt', values: ['69'] }, true],
    'fuel > 70': [{ key: 'fuel', operator: 'Gt', values: ['70'] }, false],
    'fuel < 71': [{ key: 'fuel', operator: 'Lt', values: ['71'] }, true],
    'bytes > 9007199254740992': [
      { key: 'bytes', operator: 'Gt', values: ['9007199254740992'] },
      true,
    ],
    'bytes < 9223372036854775807': [
      { key: 'bytes', operator: 'Lt', values: ['9223372036854775807'] },
      true,
    ],
    'fuel > -1': [{ key: 'fuel', operator: 'Gt', values: ['-1'] }, true],
    'constructor present': [{ key: 'constructor', operator: 'Exists' }, false],
    'constructor absent': [{ key: 'constructor', operator: 'DoesNotExist' }, true],
    'note > 1': [{ key: 'note', operator: 'Gt', values: ['1'] }, false],
    'zone > 1': [{ key: 'zone', operator: 'Gt', values: ['1'] }, false],
  }
  for (const [text, [requirement, holds]] of Object.entries(cases)) {
    test(`${text} ${holds ? 'holds' : 'does not hold'}, and is written so`, () => {
      assert.equal(matchesTerm({ matchExpressions: [requirement] }, node), holds)
      assert.equal(writeRequirement(requirement), text)
    })
  }
})

const term = (key: string, value: string) => ({
  matchExpressions: [{ key, operator: 'In' as const, values: [value] }],
})
const requiring = (...nodeSelectorTerms: readonly ReturnType<typeof term>[]) => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  },
})

test('a term that says nothing matches no node', () => {
  assert.equal(matchesTerm({}, node), false)
})

test('a term may ask for the name of the node', () => {
  const named = (value: string) => ({
    matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: [value] }],
  })
  assert.deepEqual([matchesTerm(named('n'), node), matchesTerm(named('m'), node)], [true, false])
})

test('one of the terms must hold, and the whole selector', () => {
  assert.equal(matchesNode({}, node), true)
  assert.equal(matchesNode(requiring(term('type', 'j16'), term('type', 'j20')), node), true)
  assert.equal(matchesNode(requiring(term('type', 'j16')), node), false)
  assert.equal(matchesNode(requiring(), node), false)
  const both = { nodeSelector: { fuel: '70' }, ...requiring(term('type', 'j20')) }
  assert.equal(matchesNode(both, node), true)
  assert.equal(matchesNode({ ...both, nodeSelector: { fuel: '70', zone: 'east' } }, node), false)
})

test('the first label that is not there is named', () => {
  assert.deepEqual(failingLabel({ nodeSelector: { type: 'j20', fuel: '80' } }, node), {
    key: 'fuel',
    value: '80',
  })
})
