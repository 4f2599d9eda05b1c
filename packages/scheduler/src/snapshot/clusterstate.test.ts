import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeObject, Pod, Stored } from '@sortie/machinery'
import fc from 'fast-check'
import { makeNode, makePod, makeState, onNode } from './builders.fixtures.ts'
import { type ClusterState, createClusterState } from './clusterstate.ts'
import { type PodInfo, podInfo } from './podinfo.ts'
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
      fc.record({ kind: fc.constant('unbound'), pod: fc.nat({ max: 4 }), node: fc.constant(0) }),
      fc.record({ kind: fc.constant('end'), pod: fc.nat({ max: 4 }), node: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('gone'), pod: fc.nat({ max: 4 }), node: fc.constant(0) }),
      fc.record({ kind: fc.constant('assume'), pod: fc.nat({ max: 4 }), node: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('forget'), pod: fc.nat({ max: 4 }), node: fc.constant(0) }),
      fc.record({ kind: fc.constant('node'), pod: fc.constant(0), node: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('lost'), pod: fc.constant(0), node: fc.nat({ max: 3 }) }),
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 60, size: 'max' }), followsTheModel), {
      numRuns: 400,
    })
  })
})

interface Step {
  readonly kind: string
  readonly pod: number
  readonly node: number
}

interface Seen {
  readonly pod: Stored<Pod>
  readonly node: string
  readonly assumed: boolean
}

const antiAffinity = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }],
  },
}
/** As the API has it at first, and with other labels or needs later on; pods with an even number keep others away. */
const versionsOf = (number: number): readonly Stored<Pod>[] => {
  const first = makePod(`p${number}`, {
    requests: { cpu: '1' },
    spec: number % 2 === 0 ? { affinity: antiAffinity } : {},
  })
  const [container] = first.spec.containers
  const containers = [{ ...container, name: 'c', resources: { requests: { cpu: '3' } } }]
  const { metadata, spec } = first
  return [
    first,
    { ...first, metadata: { ...metadata, labels: { changed: 'yes' } } },
    { ...first, spec: { ...spec, containers } },
    { ...first },
  ]
}
const PODS = Array.from({ length: 5 }, (_, number) =>
  versionsOf(number).map((pod) =>
    Array.from({ length: 4 }, (_, node) => ({ bare: pod, bound: onNode(pod, `n${node}`) })),
  ),
)

/** The same events on a plain list of where pods are. */
function followsTheModel(steps: readonly Step[]): void {
  const state = createClusterState()
  const nodes = new Map<string, Stored<NodeObject>>()
  const places = new Map<string, Seen>()
  for (const [index, step] of steps.entries()) {
    const node = `n${step.node}`
    const { bare, bound } = PODS[step.pod]?.[index % 4]?.[step.node] ?? assert.fail()
    const { uid } = bare.metadata
    if (step.kind === 'pod') {
      state.setPod(bound)
      places.set(uid, { pod: bound, node, assumed: false })
    } else if (step.kind === 'unbound') {
      state.setPod(bare)
    } else if (step.kind === 'end') {
      state.setPod({ ...bound, status: { phase: 'Failed' } })
      places.delete(uid)
    } else if (step.kind === 'gone') {
      state.removePod(uid)
      places.delete(uid)
    } else if (step.kind === 'assume') {
      // Of the pod that the watch will show: the same spec and labels, as from one process's memory.
      state.assume(podInfo(bound), node)
      places.set(uid, { pod: bound, node, assumed: true })
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
  equalsTheModel(state, nodes, places)
}

function equalsTheModel(
  state: ClusterState,
  nodes: ReadonlyMap<string, Stored<NodeObject>>,
  places: ReadonlyMap<string, Seen>,
): void {
  assert.deepEqual([...state.nodes()].map(({ name }) => name).sort(), [...nodes.keys()].sort())
  assert.equal(state.size, nodes.size)
  const all = [...places]
  assert.equal(state.assumed, all.filter(([, { assumed }]) => assumed).length)
  for (const number of PODS.keys()) {
    const uid = `pod-p${number}`
    assert.equal(state.nodeOf(uid), places.get(uid)?.node)
  }
  const shy = all.filter(([, { pod }]) => pod.spec.affinity !== undefined)
  assert.deepEqual(
    [...state.antiAffinePods()].map(({ pod, node }) => `${pod.uid} ${node}`).sort(),
    shy.map(([uid, { node }]) => `${uid} ${node}`).sort(),
  )
  for (const name of nodes.keys()) {
    const there = all.filter(([, { node }]) => node === name)
    const info = state.get(name)
    const cpu = there.reduce((sum, [, { pod }]) => sum + (podInfo(pod).requests['cpu'] ?? 0), 0)
    assert.equal(info?.requested['cpu'] ?? 0, cpu)
    const labels = [...(info?.pods ?? [])].map(([uid, { pod }]) => [uid, pod.metadata.labels])
    assert.deepEqual(
      Object.fromEntries(labels),
      Object.fromEntries(there.map(([uid, { pod }]) => [uid, pod.metadata.labels])),
    )
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

  test('is as if what was taken back had never been placed, in any order', () => {
    const step = fc.record({ pod: fc.nat({ max: 4 }), node: fc.nat({ max: 2 }), keep: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const base = makeState(['n0', 'n1', 'n2'].map((name) => makeNode(name)))
        const plan = forkSnapshot(base)
        let placed: { readonly pod: PodInfo; readonly node: string }[] = []
        for (const [index, { pod: number, node: at, keep }] of steps.entries()) {
          const node = `n${at}`
          const pod = podInfo(PODS[number]?.[0]?.[at]?.bound ?? assert.fail())
          if (index % 3 < 2) {
            // Each pod once, as in an assignment.
            if (placed.some((one) => one.pod.uid === pod.uid)) continue
            plan.place(pod, node)
            placed.push({ pod, node })
          } else {
            const count = keep % (placed.length + 1)
            plan.undoTo(count)
            placed = placed.slice(0, count)
          }
          const fresh = forkSnapshot(base)
          for (const one of placed) fresh.place(one.pod, one.node)
          assert.equal(plan.placed, placed.length)
          assert.deepEqual([...plan.nodes()], [...fresh.nodes()])
          assert.deepEqual([...plan.antiAffinePods()], [...fresh.antiAffinePods()])
          assert.deepEqual(
            plan.placedSince(1).map(({ pod, node }) => ({ pod, node })),
            placed.slice(1).map(({ pod, node }) => ({ pod, node })),
          )
        }
      }),
    )
  })
})
