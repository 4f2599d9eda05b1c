import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeObject, Taint, Toleration } from '../core.ts'
import { isCordonedFor, isTolerated, notReadyCondition, untoleratedTaint } from './taints.ts'

const taint: Taint = { key: 'k', value: 'v', effect: 'NoSchedule' }

describe('a taint', () => {
  const cases: Readonly<Record<string, readonly [Toleration, boolean]>> = {
    'is tolerated by its key and value': [{ key: 'k', value: 'v' }, true],
    'is not tolerated by another value': [{ key: 'k', value: 'w' }, false],
    'is tolerated by its key whatever the value': [{ key: 'k', operator: 'Exists' }, true],
    'is tolerated by one that says Exists and no key': [{ operator: 'Exists' }, true],
    'is not tolerated for another effect': [
      { key: 'k', operator: 'Exists', effect: 'NoExecute' },
      false,
    ],
    'is tolerated for its own effect, and for all where none is named': [
      { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' },
      true,
    ],
    'is tolerated where effect and key are empty texts': [
      { key: '', operator: 'Exists', effect: '' },
      true,
    ],
    'is not tolerated by its key without its value': [{ key: 'k' }, false],
    'is not tolerated by another key': [{ key: 'j', operator: 'Exists' }, false],
    'is not tolerated by a value alone': [{ value: 'v' }, false],
  }
  for (const [name, [toleration, tolerated]] of Object.entries(cases)) {
    test(name, () => assert.equal(isTolerated(taint, [toleration]), tolerated))
  }
  test('without a value is tolerated by its key and an empty one', () => {
    const bare: Taint = { key: 'k', effect: 'NoExecute' }
    assert.equal(isTolerated(bare, [{ key: 'k' }]), true)
    assert.equal(isTolerated(bare, [{ key: 'k', value: '' }]), true)
    assert.equal(isTolerated(bare, [{ key: 'k', value: 'v' }]), false)
  })
  test('is tolerated by one toleration of several', () => {
    const several: readonly Toleration[] = [{ key: 'j' }, { key: 'k', operator: 'Exists' }]
    assert.equal(isTolerated(taint, several), true)
    assert.equal(isTolerated(taint, []), false)
  })
  test('is not tolerated by nothing', () => assert.equal(isTolerated(taint, undefined), false))
})

const node = (fields: Partial<NodeObject>): NodeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n' },
  ...fields,
})

test('a taint that only prefers keeps nothing away', () => {
  const mild: Taint = { ...taint, effect: 'PreferNoSchedule' }
  assert.equal(untoleratedTaint({}, node({ spec: { taints: [mild] } })), undefined)
  assert.equal(untoleratedTaint({}, node({ spec: { taints: [mild, taint] } })), taint)
})

test('a cordon can be tolerated', () => {
  const cordoned = node({ spec: { unschedulable: true } })
  const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' as const }]
  assert.deepEqual(
    [isCordonedFor({}, cordoned), isCordonedFor({ tolerations }, cordoned)],
    [true, false],
  )
})

test('a node is not ready where it says so, and not where it never said', () => {
  const ready = (status: string) =>
    node({
      status: {
        conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-01-05T08:00:00Z' }],
      },
    })
  assert.equal(notReadyCondition(node({})), undefined)
  assert.equal(notReadyCondition(ready('True')), undefined)
  assert.deepEqual(notReadyCondition(ready('Unknown')), {
    since: '2026-01-05T08:00:00Z',
    reason: 'Unknown',
  })
})
