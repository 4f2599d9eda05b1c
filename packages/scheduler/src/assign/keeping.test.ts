import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { WaitingPod } from '../gang/units.ts'
import {
  makeGang,
  makeNode,
  makeState,
  makeTaskPod,
  makeWaiting,
  type PodOptions,
} from '../snapshot/builders.fixtures.ts'
import { assign } from './assign.ts'
import type { Decision } from './decision.ts'

const ofType = (type: string): PodOptions => ({ spec: { nodeSelector: { type } } })
const aircraft = (name: string, type = 'j20') => makeNode(name, { labels: { type } })
const gang = (size: number, options: PodOptions = {}): WaitingPod[] =>
  Array.from({ length: size }, (_, index) =>
    makeWaiting(makeTaskPod(`g${index}`, options), { order: 10, gang: makeGang('g', size) }),
  )
const single = (name: string, order: number, options: PodOptions = {}): WaitingPod =>
  makeWaiting(makeTaskPod(name, options), { order })

const boundOf = (decisions: readonly Decision[]): Record<string, string> =>
  Object.fromEntries(
    decisions.flatMap((one) =>
      one.kind === 'bind' ? [[one.pod.info.pod.metadata.name, one.node] as const] : [],
    ),
  )
const waitOf = (decisions: readonly Decision[], name: string) => {
  const found = decisions.find(({ pod }) => pod.info.pod.metadata.name === name)
  assert.ok(found?.kind === 'wait', `${name} waits`)
  return found
}

describe('a gang for which aircraft are kept', () => {
  test('keeps what it could have from those that come after it', () => {
    const state = makeState([aircraft('a'), aircraft('b')])
    const waiting = [...gang(3), single('later', 11)]
    const decisions = assign(waiting, state, { reserving: 'g' })
    assert.deepEqual(boundOf(decisions), {})
    const later = waitOf(decisions, 'later')
    assert.equal(later.gaveWay, true)
    assert.equal(
      later.message,
      '0/2 nodes are available: 2 node(s) kept for gang default/g, which goes first.',
    )
    const member = waitOf(decisions, 'g0')
    assert.deepEqual(member.kept, ['a', 'b'])
    assert.match(member.message, /^gang default\/g of 3 waits whole, 2 aircraft kept for it: /)
  })

  test('keeps nothing before its time', () => {
    const state = makeState([aircraft('a'), aircraft('b')])
    const decisions = assign([...gang(3), single('later', 11)], state)
    assert.deepEqual(Object.keys(boundOf(decisions)), ['later'])
  })

  test('keeps nothing from those that go before it', () => {
    const state = makeState([aircraft('a')])
    const decisions = assign([...gang(2), single('urgent', 9)], state, { reserving: 'g' })
    assert.deepEqual(boundOf(decisions), { urgent: 'a' })
  })

  test('keeps no more than it needs, and leaves the others what only they can use', () => {
    const state = makeState([aircraft('a'), aircraft('b'), aircraft('c', 'h6k')])
    const decisions = assign(
      [...gang(3, ofType('j20')), single('bomber', 11, ofType('h6k')), single('any', 12)],
      state,
      { reserving: 'g' },
    )
    assert.deepEqual(boundOf(decisions), { bomber: 'c' })
  })

  test('moves over for one that needs just what it keeps', () => {
    const state = makeState([aircraft('a'), aircraft('b', 'h6k'), aircraft('c', 'h6k')])
    const pair = gang(2)
    const busy = { c: [makeTaskPod('other')], b: [] }
    const [first] = pair
    assert.ok(first)
    const taken = makeState([aircraft('a'), aircraft('b', 'h6k'), aircraft('c', 'h6k')], busy)
    const needy = single('needy', 11, ofType('j20'))
    assert.deepEqual(boundOf(assign([...gang(3), needy], taken, { reserving: 'g' })), {})
    // With an aircraft more than it needs there is room for both.
    assert.deepEqual(boundOf(assign([...pair, needy], state, { reserving: 'g' })).needy, 'a')
  })

  test('keeps its aircraft from pods that are placed one by one, too', () => {
    const state = makeState([aircraft('a')])
    const ports = [{ containerPort: 80, hostPort: 80 }]
    const decisions = assign([...gang(2), single('server', 11, { ports })], state, {
      reserving: 'g',
    })
    assert.deepEqual(boundOf(decisions), {})
    assert.equal(waitOf(decisions, 'server').gaveWay, true)
  })

  test('keeps them also where its members get in each other’s way', () => {
    const state = makeState([aircraft('a'), aircraft('b')])
    const ports = [{ containerPort: 80, hostPort: 80 }]
    const decisions = assign([...gang(3, { ports }), single('later', 11)], state, {
      reserving: 'g',
    })
    assert.deepEqual(boundOf(decisions), {})
    assert.deepEqual(waitOf(decisions, 'g0').kept, ['a', 'b'])
  })

  test('is placed whole as soon as there is enough', () => {
    const state = makeState([aircraft('a'), aircraft('b'), aircraft('c')])
    const decisions = assign([...gang(3), single('later', 11)], state, { reserving: 'g' })
    assert.deepEqual(Object.keys(boundOf(decisions)).sort(), ['g0', 'g1', 'g2'])
  })

  test('has never fewer aircraft left to it by what comes after it, whatever that is', () => {
    const aType = fc.constantFrom('j20', 'h6k')
    fc.assert(
      fc.property(
        fc.array(aType, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.option(aType, { nil: undefined }), { maxLength: 6 }),
        (fleet, size, others) => {
          const state = makeState(fleet.map((type, index) => aircraft(`a${index}`, type)))
          const members = gang(size, ofType('j20'))
          const later = others.map((type, index) =>
            single(`s${index}`, 11 + index, type === undefined ? {} : ofType(type)),
          )
          const decisions = assign([...members, ...later], state, { reserving: 'g' })
          const suitable = fleet.filter((type) => type === 'j20').length
          const bound = boundOf(decisions)
          const taken = Object.entries(bound).filter(
            ([name, node]) => name.startsWith('s') && fleet[Number(node.slice(1))] === 'j20',
          )
          const isWhole = 'g0' in bound
          assert.equal(isWhole, suitable >= size)
          assert.ok(suitable - taken.length >= Math.min(size, suitable))
        },
      ),
    )
  })
})
