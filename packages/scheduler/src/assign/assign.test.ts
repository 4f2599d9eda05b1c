import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeObject, Stored } from '@sortie/machinery'
import fc from 'fast-check'
import { createStaticVerdicts, filterNodes } from '../filter/filters.ts'
import type { WaitingPod } from '../gang/units.ts'
import {
  makeGang,
  makeNode,
  makePod,
  makeState,
  makeTaskPod,
  makeWaiting,
  type PodOptions,
} from '../snapshot/builders.fixtures.ts'
import { forkSnapshot, type Snapshot } from '../snapshot/snapshot.ts'
import { assign } from './assign.ts'
import type { Decision } from './decision.ts'

const aircraft = (name: string, type: string, more: Record<string, string> = {}) =>
  makeNode(name, { labels: { type, ...more } })
const ofType = (type: string): PodOptions => ({ spec: { nodeSelector: { type } } })

function nodesOf(decisions: readonly Decision[]): Record<string, string> {
  const bound = decisions.flatMap((one) =>
    one.kind === 'bind' ? [[one.pod.info.pod.metadata.name, one.node] as const] : [],
  )
  return Object.fromEntries(bound)
}

function messageFor(decisions: readonly Decision[], name: string): string | undefined {
  const decision = decisions.find(({ pod }) => pod.info.pod.metadata.name === name)
  return decision?.kind === 'wait' ? decision.message : undefined
}

describe('an assignment', () => {
  test('leaves the flexible pod what the choosy one does not need', () => {
    const state = makeState([aircraft('a', 'j20'), aircraft('b', 'j16')])
    const any = makeWaiting(makeTaskPod('any'), { order: 0 })
    const choosy = makeWaiting(makeTaskPod('choosy', ofType('j20')), { order: 1 })
    assert.deepEqual(nodesOf(assign([any, choosy], state)), { any: 'b', choosy: 'a' })
  })

  test('gives the last aircraft to who goes first', () => {
    const state = makeState([aircraft('a', 'j20')])
    const late = makeWaiting(makeTaskPod('late'), { order: 2 })
    const early = makeWaiting(makeTaskPod('early'), { order: 1 })
    const decisions = assign([late, early], state)
    assert.deepEqual(nodesOf(decisions), { early: 'a' })
    assert.equal(
      messageFor(decisions, 'late'),
      '0/1 nodes are available: 1 Insufficient aircraft.mil/slot.',
    )
  })

  test('fills an aircraft with several slots', () => {
    const state = makeState([makeNode('a', { resources: { 'aircraft.mil/slot': '3' } })])
    const waiting = ['p', 'q', 'r', 's'].map((name, order) =>
      makeWaiting(makeTaskPod(name), { order }),
    )
    assert.deepEqual(nodesOf(assign(waiting, state)), { p: 'a', q: 'a', r: 'a' })
  })

  test('fills it with pods of different sizes as far as they fit', () => {
    const node = makeNode('a', { resources: { 'aircraft.mil/slot': '3', cpu: '4' } })
    const sizes = ['3', '1', '1']
    const waiting = sizes.map((cpu, order) =>
      makeWaiting(makeTaskPod(`p${order}`, { requests: { cpu } }), { order }),
    )
    assert.deepEqual(nodesOf(assign(waiting, makeState([node]))), { p0: 'a', p1: 'a' })
  })

  test('spreads pods without slots over nodes', () => {
    const state = makeState([makeNode('a'), makeNode('b')])
    const waiting = ['p', 'q'].map((name) => makeWaiting(makePod(name, { requests: { cpu: '1' } })))
    assert.deepEqual(Object.values(nodesOf(assign(waiting, state))).sort(), ['a', 'b'])
  })

  test('keeps pods apart that want to be apart, within one batch', () => {
    const shy: PodOptions = {
      labels: { app: 'a' },
      spec: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'a' } } },
            ],
          },
        },
      },
    }
    const state = makeState([
      aircraft('a', 'j20', { zone: 'east' }),
      aircraft('b', 'j20', { zone: 'east' }),
    ])
    const waiting = ['p', 'q'].map((name, order) => makeWaiting(makeTaskPod(name, shy), { order }))
    const decisions = assign(waiting, state)
    assert.equal(Object.keys(nodesOf(decisions)).length, 1)
    assert.match(messageFor(decisions, 'q') ?? '', /anti-affinity/)
  })

  test('keeps host ports apart, within one batch', () => {
    const state = makeState([makeNode('a')])
    const ports = [{ containerPort: 80, hostPort: 80 }]
    const waiting = ['p', 'q'].map((name, order) =>
      makeWaiting(makePod(name, { ports }), { order }),
    )
    assert.deepEqual(nodesOf(assign(waiting, state)), { p: 'a' })
  })

  test('tells in its trace what there was to choose from', () => {
    const state = makeState([aircraft('a', 'j20'), aircraft('b', 'h6k')])
    const [decision] = assign([makeWaiting(makeTaskPod('p', ofType('j20')))], state)
    assert.ok(decision?.kind === 'bind')
    assert.equal(decision.trace.feasible, 1)
    assert.equal(decision.trace.nodes, 2)
    assert.deepEqual(decision.trace.refusals, {
      "node(s) didn't match Pod's node affinity/selector": 1,
    })
    assert.deepEqual(decision.trace.filters, { NodeSelector: 1 })
    assert.deepEqual(
      decision.trace.candidates?.map(({ node, score }) => [node, score]),
      [['a', decision.trace.score]],
    )
    assert.equal(decision.trace.gang, undefined)
  })

  test('names the best three, and the gang that it was placed with', () => {
    const fleet = ['a', 'b', 'c', 'd'].map((name, index) =>
      aircraft(name, 'j20', { 'aircraft.mil/hardpoint.total': String(index) }),
    )
    const gang = makeGang('g', 2)
    const waiting = ['p', 'q'].map((name) => makeWaiting(makeTaskPod(name), { gang }))
    for (const decision of assign(waiting, makeState(fleet))) {
      assert.ok(decision.kind === 'bind')
      const { candidates = [], gang: placedWith } = decision.trace
      assert.deepEqual(placedWith, { name: 'default/g', size: 2, placed: 0 })
      assert.deepEqual(
        candidates.map(({ node }) => node),
        ['a', 'b', 'c'],
      )
      const scores = candidates.map(({ score }) => score)
      assert.deepEqual(
        scores,
        scores.toSorted((a, b) => b - a),
      )
    }
  })

  test('changes nothing of the snapshot', () => {
    const state = makeState([aircraft('a', 'j20')])
    assign([makeWaiting(makeTaskPod('p'))], state)
    assert.equal(state.get('a')?.pods.size, 0)
  })
})

describe('a gang', () => {
  const member = (name: string, size: number, options: PodOptions = {}): WaitingPod =>
    makeWaiting(makeTaskPod(name, options), { gang: makeGang('g', size) })

  test('is placed whole where a way exists that needs moving members around', () => {
    const state = makeState([aircraft('a', 'j20'), aircraft('b', 'j16'), aircraft('c', 'h6k')])
    const waiting = [member('p', 3), member('q', 3), member('r', 3, ofType('j20'))]
    assert.equal(Object.keys(nodesOf(assign(waiting, state))).length, 3)
  })

  test('waits whole where one member has no aircraft, and says which', () => {
    const state = makeState([aircraft('a', 'j20'), aircraft('b', 'j16')])
    const waiting = [member('p', 2), member('q', 2, ofType('h6k'))]
    const decisions = assign(waiting, state)
    assert.deepEqual(nodesOf(decisions), {})
    assert.equal(
      messageFor(decisions, 'p'),
      "gang default/g of 2 waits whole: no aircraft left for q: 0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
    )
  })

  test('that waits leaves its aircraft to others', () => {
    const state = makeState([aircraft('a', 'j20')])
    const waiting = [member('p', 2), member('q', 2), makeWaiting(makeTaskPod('s'), { order: 9 })]
    assert.deepEqual(nodesOf(assign(waiting, state)), { s: 'a' })
  })

  test('waits for members that are not here yet', () => {
    const state = makeState([aircraft('a', 'j20'), aircraft('b', 'j20'), aircraft('c', 'j20')])
    const decisions = assign([member('p', 3), member('q', 3)], state)
    assert.equal(
      messageFor(decisions, 'p'),
      'gang default/g waits until it is complete: 1 of its 3 tasks have no pod yet',
    )
  })

  test('counts members that fly already', () => {
    const state = makeState([aircraft('a', 'j20')])
    const waiting = [makeWaiting(makeTaskPod('p'), { gang: makeGang('g', 3, 2) })]
    assert.deepEqual(nodesOf(assign(waiting, state)), { p: 'a' })
  })

  test('of pods that need no slot is placed whole on nodes that take many', () => {
    const state = makeState([makeNode('a', { resources: { cpu: '4' } })])
    const gang = makeGang('g', 3)
    const waiting = ['1', '2', '1'].map((cpu, index) =>
      makeWaiting(makePod(`p${index}`, { requests: { cpu } }), { gang }),
    )
    assert.equal(Object.keys(nodesOf(assign(waiting, state))).length, 3)
  })

  test('of pods that want to be together is placed by search', () => {
    const together: PodOptions = {
      labels: { app: 'a' },
      spec: {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'a' } } },
            ],
          },
        },
      },
    }
    const state = makeState([
      aircraft('a', 'j20', { zone: 'east' }),
      aircraft('b', 'j20', { zone: 'west' }),
      aircraft('c', 'j20', { zone: 'west' }),
    ])
    const waiting = [member('p', 2, together), member('q', 2, together)]
    assert.deepEqual(Object.values(nodesOf(assign(waiting, state))).sort(), ['b', 'c'])
  })
})

interface Scene {
  readonly nodes: readonly Stored<NodeObject>[]
  readonly waiting: readonly WaitingPod[]
}

const TYPES = ['x', 'y', 'z']

/** Fleets of up to 8 aircraft with 1 to 3 slots, and up to 12 pods, some of them in gangs. */
const scene: fc.Arbitrary<Scene> = fc
  .record({
    fleet: fc.array(
      fc.record({ type: fc.constantFrom(...TYPES), slots: fc.integer({ min: 0, max: 3 }) }),
      { maxLength: 8 },
    ),
    pods: fc.array(
      fc.record({
        type: fc.option(fc.constantFrom(...TYPES), { nil: undefined }),
        cpu: fc.integer({ min: 1, max: 6 }),
        takesSlot: fc.boolean(),
        order: fc.nat({ max: 5 }),
        gang: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ fleet, pods }) => {
    const nodes = fleet.map(({ type, slots }, index) =>
      makeNode(`n${index}`, {
        labels: { type },
        resources: { 'aircraft.mil/slot': String(slots), cpu: '8' },
      }),
    )
    const sizes = new Map<number, number>()
    for (const { gang } of pods) if (gang !== undefined) sizes.set(gang, (sizes.get(gang) ?? 0) + 1)
    const waiting = pods.map(({ type, cpu, takesSlot, order, gang }, index) => {
      const options = {
        requests: { cpu: String(cpu) },
        ...(type === undefined ? {} : ofType(type)),
      }
      const pod = takesSlot ? makeTaskPod(`p${index}`, options) : makePod(`p${index}`, options)
      const size = sizes.get(gang ?? -1) ?? 0
      return makeWaiting(pod, {
        order,
        ...(gang === undefined ? {} : { gang: makeGang(`g${gang}`, size) }),
      })
    })
    return { nodes, waiting }
  })

/** The snapshot after the decisions were carried out, each checked on its own before. */
function carryOut(snapshot: Snapshot, decisions: readonly Decision[]): Snapshot {
  const plan = forkSnapshot(snapshot)
  for (const decision of decisions) {
    if (decision.kind === 'wait') continue
    const { info } = decision.pod
    const { feasible } = filterNodes(info, plan, createStaticVerdicts())
    const names = feasible.map(({ name }) => name)
    assert.ok(names.includes(decision.node), `${info.key} does not fit on ${decision.node}`)
    plan.place(info, decision.node)
  }
  return plan
}

describe('for any fleet and any pods, an assignment', () => {
  test('decides about every pod once, and never overbooks', () => {
    fc.assert(
      fc.property(scene, ({ nodes, waiting }) => {
        const state = makeState(nodes)
        const decisions = assign(waiting, state)
        const decided = decisions.map(({ pod }) => pod.info.uid).sort()
        assert.deepEqual(decided, waiting.map(({ info }) => info.uid).sort())
        carryOut(state, decisions)
      }),
      { numRuns: 300 },
    )
  })

  test('places gangs whole or not at all', () => {
    fc.assert(
      fc.property(scene, ({ nodes, waiting }) => {
        const kinds = new Map<string, Set<string>>()
        for (const { pod, kind } of assign(waiting, makeState(nodes))) {
          if (pod.gang === undefined) continue
          kinds.set(pod.gang.key, (kinds.get(pod.gang.key) ?? new Set()).add(kind))
        }
        for (const seen of kinds.values()) assert.equal(seen.size, 1)
      }),
      { numRuns: 300 },
    )
  })

  test('is the same for the same input in any order', () => {
    const shuffled = scene.chain(({ nodes, waiting }) =>
      fc.record({
        nodes: fc.constant(nodes),
        waiting: fc.constant(waiting),
        otherNodes: fc.shuffledSubarray([...nodes], { minLength: nodes.length }),
        otherWaiting: fc.shuffledSubarray([...waiting], { minLength: waiting.length }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ nodes, waiting, otherNodes, otherWaiting }) => {
        const once = nodesOf(assign(waiting, makeState(nodes)))
        assert.deepEqual(nodesOf(assign(otherWaiting, makeState(otherNodes))), once)
      }),
      { numRuns: 200 },
    )
  })

  test('leaves no single pod waiting that would still fit', () => {
    fc.assert(
      fc.property(scene, ({ nodes, waiting }) => {
        const state = makeState(nodes)
        const decisions = assign(waiting, state)
        const after = carryOut(state, decisions)
        for (const { kind, pod } of decisions) {
          if (kind === 'bind' || pod.gang !== undefined) continue
          const { feasible } = filterNodes(pod.info, after, createStaticVerdicts())
          assert.equal(feasible.length, 0, `${pod.info.key} would fit on ${feasible[0]?.name}`)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('finds a way for a gang wherever there is one', () => {
    const perfect = fc.tuple(fc.integer({ min: 1, max: 10 }), fc.array(fc.nat(), { minLength: 30 }))
    fc.assert(
      fc.property(perfect, ([size, dice]) => {
        const roll = (index: number): number => dice[index % dice.length] ?? 0
        const nodes = Array.from({ length: size }, (_, index) => {
          const groups = TYPES.map((type, at) => [`may-${type}`, String(roll(index * 3 + at) % 2)])
          return makeNode(`n${index}`, {
            labels: { ...Object.fromEntries(groups), own: `${index}` },
          })
        })
        const waiting = nodes.map((_, index) => {
          const group = `may-${TYPES[roll(index) % TYPES.length]}`
          const terms = [
            { matchExpressions: [{ key: group, operator: 'In' as const, values: ['1'] }] },
            { matchExpressions: [{ key: 'own', operator: 'In' as const, values: [`${index}`] }] },
          ]
          const required = { nodeSelectorTerms: terms }
          const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required }
          const pod = makeTaskPod(`p${index}`, { spec: { affinity: { nodeAffinity } } })
          return makeWaiting(pod, { gang: makeGang('g', size) })
        })
        const placed = nodesOf(assign(waiting, makeState(nodes)))
        assert.equal(Object.keys(placed).length, size)
      }),
    )
  })
})
