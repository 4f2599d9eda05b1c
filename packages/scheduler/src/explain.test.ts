import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explain } from './explain.ts'
import { makeNode, makeState, makeTaskPod } from './snapshot/builders.fixtures.ts'
import { podInfo } from './snapshot/podinfo.ts'

const state = makeState(
  [
    makeNode('free', { labels: { type: 'j20', fuel: '90' } }),
    makeNode('taken', { labels: { type: 'j20', fuel: '90' } }),
    makeNode('wrong', { labels: { type: 'h6k', fuel: '20' } }),
    makeNode('quarantined', {
      labels: { type: 'j20', fuel: '90' },
      spec: { taints: [{ key: 'aircraft.mil/quarantine', effect: 'NoSchedule' }] },
    }),
  ],
  { taken: [makeTaskPod('other')] },
)
const affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: 'fuel', operator: 'Gt' as const, values: ['69'] }] },
      ],
    },
  },
}
const pod = makeTaskPod('p', { spec: { nodeSelector: { type: 'j20' }, affinity } })
const explanation = explain(podInfo(pod), state)
const of = (node: string) => explanation.aircraft.find((one) => one.node === node)
const failing = (node: string) => of(node)?.checks.filter(({ passes }) => !passes) ?? []

describe('an explanation', () => {
  test('names every check for every aircraft', () => {
    assert.equal(explanation.aircraft.length, 4)
    for (const { checks } of explanation.aircraft) assert.equal(checks.length, 10)
  })

  test('gives the score of an aircraft that could go', () => {
    assert.equal(of('free')?.feasible, true)
    assert.ok((of('free')?.score ?? 0) > 0)
    assert.equal(explanation.message, '1/4 nodes are available')
  })

  test('says what is taken', () => {
    assert.deepEqual(
      failing('taken').map(({ check, detail }) => [check, detail]),
      [['NodeResourcesFit', 'aircraft.mil/slot: wants 1, 0 of 1 free']],
    )
  })

  test('says of each resource what is short, in the units that people write', () => {
    const requests = { cpu: '8500m', memory: '17Gi' }
    const [one] = explain(podInfo(makeTaskPod('big', { requests })), state).aircraft
    assert.equal(
      one?.checks.find(({ passes }) => !passes)?.detail,
      'cpu: wants 8.5, 8 of 8 free; memory: wants 17408Mi, 16384Mi of 16384Mi free',
    )
  })

  test('goes on after the first check that refuses', () => {
    assert.deepEqual(
      failing('wrong').map(({ check, detail }) => [check, detail]),
      [
        ['NodeSelector', 'wants type=j20, has h6k'],
        ['NodeAffinity', 'wants fuel > 69, has 20'],
      ],
    )
  })

  test('says so where the label that is wanted is not there', () => {
    const bare = makeState([makeNode('bare')])
    const [one] = explain(podInfo(pod), bare).aircraft
    const details = one?.checks.flatMap(({ detail }) => detail ?? [])
    assert.deepEqual(details, ['wants type=j20, has none', 'wants fuel > 69, has none'])
  })

  test('says since when an aircraft is not ready, as far as it is known', () => {
    const node = makeNode('n', { labels: { type: 'j20', fuel: '90' } })
    const detailOf = (condition: object): string | undefined => {
      const conditions = [{ type: 'Ready', status: 'Unknown' as const, ...condition }]
      const seen = makeState([{ ...node, status: { ...node.status, conditions } }])
      const [one] = explain(podInfo(pod), seen).aircraft
      return one?.checks.find(({ check }) => check === 'NodeReady')?.detail
    }
    const lastTransitionTime = '2026-01-05T08:00:00Z'
    assert.equal(
      detailOf({ lastTransitionTime, reason: 'NodeStatusUnknown' }),
      `NodeStatusUnknown since ${lastTransitionTime}`,
    )
    assert.equal(detailOf({}), 'Unknown')
  })

  test('names the taint', () => {
    assert.deepEqual(
      failing('quarantined').map(({ detail }) => detail),
      ['aircraft.mil/quarantine: :NoSchedule'],
    )
  })

  test('puts those first that are nearest', () => {
    assert.deepEqual(
      explanation.aircraft.map(({ node }) => node),
      ['free', 'quarantined', 'taken', 'wrong'],
    )
  })

  test('ends with the sentence of the pod’s condition where none could go', () => {
    const nowhere = makeTaskPod('p', { spec: { nodeSelector: { type: 'x' } } })
    const { message } = explain(podInfo(nowhere), state)
    assert.match(message, /^0\/4 nodes are available: 1 node\(s\) had untolerated taint/)
  })
})
