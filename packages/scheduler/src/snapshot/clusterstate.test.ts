import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeObject, Pod, Stored } from '@sortie/machinery'
import fc from 'fast-check'
import { makeNode, makePod, makeState, onNode } from './builders.fixtures.ts'
import { createClusterState } from './clusterstate.ts'
import { podInfo } from './podinfo.ts'
import { forkSnapshot, type Snapshot } from './snapshot.ts'

const cpuOf = (snapshot: Snapshot, node: string): number =>
  snapshot.get(node)?.requested['cpu'] ?? 0
const one = (name: string): Stored<Pod> => makePod(name, { requests: { cpu: '1' } })

describe('the cluster state', () => {
  test('counts a pod on its node until it ends', () => {
    const state = makeState([makeNode('n')], { n: [one('p')] })
    assert.equal(cpuOf(state, 'n'), 1000)
    state.setPod({ ...onNode(one('p'), 'n'), status: { phase: 'Succeeded' } })
    assert.equal(cpuOf(state, 'n'), 0)
  })

  test('counts pods that were seen before their node', () => {
    const state = createClusterState()
    state.setPod(onNode(one('p'), 'n'))
    assert.equal(state.get('n'), undefined)
    state.setNode(makeNode('n'))
    assert.equal(cpuOf(state, 'n'), 1000)
  })

  test('remembers the pods of a node that goes and comes back', () => {
    const state = makeState([makeNode('n')], { n: [one('p')] })
    state.removeNode('n')
    assert.equal(state.size, 0)
    state.setNode(makeNode('n'))
    assert.equal(cpuOf(state, 'n'), 1000)
  })

  test('forgets a pod that goes while its node is away', () => {
    const state = makeState([makeNode('n')], { n: [one('p')] })
    state.removeNode('n')
    state.removePod('pod-p')
    state.setNode(makeNode('n'))
    assert.equal(cpuOf(state, 'n'), 0)
  })

  test('counts an assumed pod, and does not count it twice when it is seen', () => {
    const state = makeState([makeNode('n')])
    state.assume(podInfo(one('p')), 'n')
    assert.equal(cpuOf(state, 'n'), 1000)
    state.setPod(onNode(one('p'), 'n'))
    assert.equal(cpuOf(state, 'n'), 1000)
    assert.equal(state.assumed, 0)
  })

  test('keeps an assumed pod while the watch shows it without a node', () => {
    const state = makeState([makeNode('n')])
    state.assume(podInfo(one('p')), 'n')
    state.setPod(one('p'))
    assert.equal(cpuOf(state, 'n'), 1000)
  })

  test('gives back what a forgotten pod was assumed to take', () => {
    const state = makeState([makeNode('n')])
    state.assume(podInfo(one('p')), 'n')
    state.forget('pod-p')
    assert.equal(cpuOf(state, 'n'), 0)
  })

  test('does not forget a pod that was seen on its node', () => {
    const state = makeState([makeNode('n')], { n: [one('p')] })
    state.forget('pod-p')
    assert.equal(cpuOf(state, 'n'), 1000)
  })

  test('moves a pod that is seen on another node than it was assumed on', () => {
    const state = makeState([makeNode('a'), makeNode('b')])
    state.assume(podInfo(one('p')), 'a')
    state.setPod(onNode(one('p'), 'b'))
    assert.equal(cpuOf(state, 'a'), 0)
    assert.equal(cpuOf(state, 'b'), 1000)
    assert.equal(state.nodeOf('pod-p'), 'b')
  })

  test('takes a node’s new labels and resources and keeps its pods', () => {
    const state = makeState([makeNode('n')], { n: [one('p')] })
    state.setNode({ ...makeNode('n', { labels: { a: 'b' }, resources: { cpu: '2' } }) })
    assert.equal(state.get('n')?.allocatable['cpu'], 2000)
    assert.equal(cpuOf(state, 'n'), 1000)
  })

  test('lists the pods that keep others away', () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }],
    }
    const shy = makePod('p', { spec: { affinity: { podAntiAffinity } } })
    const state = makeState([makeNode('n')], { n: [shy] })
    assert.deepEqual(
      [...state.antiAffinePods()].map(({ node }) => node),
      ['n'],
    )
    state.removePod('pod-p')
    assert.deepEqual([...state.antiAffinePods()], [])
  })

  test('equals a fresh count after any series of events', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('pod'), pod: fc.nat({ max: 4 }), node: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('end'), pod: fc.nat({ max: 4 }), node: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('gone'), pod: fc.nat({ max: 4 }), node: fc.constant(0) }),
      fc.record({ kind: fc.constant('assume'), pod: fc.nat({ max: 4 }), node: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('forget'), pod: fc.nat({ max: 4 }), node: fc.constant(0) }),
      fc.record({ kind: fc.constant('node'), pod: fc.constant(0), node: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('lost'), pod: fc.constant(0), node: fc.nat({ max: 3 }) }),
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), followsTheModel))
  })
})

interface Step {
  readonly kind: string
  readonly pod: number
  readonly node: number
}

/** The same events on a plain list of where pods are. */
function followsTheModel(steps: readonly Step[]): void {
  const state = createClusterState()
  const nodes = new Map<string, Stored<NodeObject>>()
  const places = new Map<string, { node: string; assumed: boolean }>()
  for (const step of steps) {
    const [name, node] = [`p${step.pod}`, `n${step.node}`]
    const uid = `pod-${name}`
    if (step.kind === 'pod') {
      state.setPod(onNode(one(name), node))
      places.set(uid, { node, assumed: false })
    } else if (step.kind === 'end') {
      state.setPod({ ...onNode(one(name), node), status: { phase: 'Failed' } })
      places.delete(uid)
    } else if (step.kind === 'gone') {
      state.removePod(uid)
      places.delete(uid)
    } else if (step.kind === 'assume') {
      state.assume(podInfo(one(name)), node)
      places.set(uid, { node, assumed: true })
    } else if (step.kind === 'forget') {
      state.forget(uid)
      if (places.get(uid)?.assumed === true) places.delete(uid)
    } else if (step.kind === 'node') {
      nodes.set(node, makeNode(node))
      state.setNode(makeNode(node))
    } else {
      nodes.delete(node)
      state.removeNode(node)
    }
  }
  assert.equal(state.size, nodes.size)
  for (const node of nodes.keys()) {
    const there = [...places.values()].filter((place) => place.node === node).length
    assert.equal(cpuOf(state, node), there * 1000)
    assert.equal(state.get(node)?.pods.size, there)
  }
}

describe('a plan', () => {
  test('changes alone', () => {
    const state = makeState([makeNode('n')])
    const plan = forkSnapshot(state)
    plan.place(podInfo(one('p')), 'n')
    assert.equal(cpuOf(plan, 'n'), 1000)
    assert.equal(cpuOf(state, 'n'), 0)
    assert.equal([...plan.nodes()][0]?.requested['cpu'], 1000)
  })

  test('takes placements back, the latest first', () => {
    const plan = forkSnapshot(makeState([makeNode('n')]))
    plan.place(podInfo(one('p')), 'n')
    plan.place(podInfo(one('q')), 'n')
    plan.undoTo(1)
    assert.deepEqual([...(plan.get('n')?.pods.keys() ?? [])], ['pod-p'])
    plan.undoTo(0)
    assert.equal(cpuOf(plan, 'n'), 0)
  })

  test('takes back those that keep others away', () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }],
    }
    const plan = forkSnapshot(makeState([makeNode('n')]))
    plan.place(podInfo(makePod('p', { spec: { affinity: { podAntiAffinity } } })), 'n')
    assert.equal([...plan.antiAffinePods()].length, 1)
    plan.undoTo(0)
    assert.equal([...plan.antiAffinePods()].length, 0)
  })

  test('refuses a node that is not there', () => {
    const plan = forkSnapshot(makeState([]))
    assert.throws(() => plan.place(podInfo(one('p')), 'n'), RangeError)
  })
})
