import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeObject, NodeSelectorRequirement, Pod } from '@sortie/machinery'
import { createNodeBooks, refuse } from './admission.ts'

const node: NodeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels: { type: 'j20', fuel: '70' } },
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '2', 'aircraft.mil/slot': '1' } },
}

function pod(requests: Record<string, string>, spec: Partial<Pod['spec']> = {}, uid = 'u'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid },
    spec: { containers: [{ name: 'c', resources: { requests } }], ...spec },
  }
}

const requiring = (
  ...matchExpressions: readonly NodeSelectorRequirement[]
): Partial<Pod['spec']> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  },
})

describe('a kubelet', () => {
  const cases: Readonly<Record<string, readonly [Pod, string | undefined]>> = {
    'takes what fits': [pod({ cpu: '2', 'aircraft.mil/slot': '1' }), undefined],
    'turns away too much CPU': [pod({ cpu: '2001m' }), 'OutOfcpu'],
    'turns away too much memory': [pod({ memory: '2Gi' }), 'OutOfmemory'],
    'turns away a second slot': [pod({ 'aircraft.mil/slot': '2' }), 'OutOfaircraft.mil/slot'],
    'turns away what it has not got at all': [pod({ 'x/y': '1' }), 'OutOfx/y'],
    'takes a selector that matches': [pod({}, { nodeSelector: { type: 'j20' } }), undefined],
    'turns away a selector that does not': [
      pod({}, { nodeSelector: { type: 'x' } }),
      'NodeAffinity',
    ],
    'takes an affinity that matches': [
      pod({}, requiring({ key: 'fuel', operator: 'Gt', values: ['69'] })),
      undefined,
    ],
    'turns away an affinity that does not': [
      pod({}, requiring({ key: 'fuel', operator: 'Gt', values: ['70'] })),
      'NodeAffinity',
    ],
    'turns away what should not be there': [
      pod({}, requiring({ key: 'type', operator: 'DoesNotExist' })),
      'NodeAffinity',
    ],
    'takes what is not excluded': [
      pod({}, requiring({ key: 'type', operator: 'NotIn', values: ['x'] })),
      undefined,
    ],
  }
  for (const [name, [asked, reason]] of Object.entries(cases)) {
    test(name, () => assert.equal(refuse(asked, node, {})?.reason, reason))
  }

  test('counts what the others have taken', () => {
    const books = createNodeBooks()
    books.take(pod({ cpu: '1500m' }, {}, 'a'), 'n')
    assert.equal(refuse(pod({ cpu: '1' }), node, books.usedOn('n'))?.reason, 'OutOfcpu')
    books.release('a')
    assert.equal(refuse(pod({ cpu: '1' }), node, books.usedOn('n')), undefined)
  })

  test('counts and releases a pod once', () => {
    const books = createNodeBooks()
    books.take(pod({ cpu: '1' }, {}, 'a'), 'n')
    books.take(pod({ cpu: '1' }, {}, 'a'), 'n')
    books.release('a')
    books.release('a')
    assert.equal(books.usedOn('n')['cpu'], 0)
  })

  test('takes no more pods than it may', () => {
    const books = createNodeBooks()
    for (const uid of ['a', 'b']) books.take(pod({}, {}, uid), 'n')
    assert.equal(refuse(pod({}), node, books.usedOn('n'))?.reason, 'OutOfpods')
  })
})
