import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testClock } from '@sortie/testing'
import type { Decision } from '../assign/decision.ts'
import { createStaticVerdicts } from '../filter/filters.ts'
import { createWaitingQueue } from '../queue.ts'
import {
  makeGang,
  makeNode,
  makeState,
  makeTaskPod,
  makeWaiting,
} from '../snapshot/builders.fixtures.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { createKeeper } from './keeper.ts'

test('those that gave way look again when an aircraft is given back, not whenever one more is kept', () => {
  const queue = createWaitingQueue(() => {})
  const keeper = createKeeper({
    clock: testClock(),
    queue,
    snapshot: makeState(['a', 'b', 'c'].map((name) => makeNode(name))),
    verdicts: createStaticVerdicts(),
    patienceMs: 0,
    givenBack() {},
  })
  const gang = makeGang('g', 3)
  const members = ['g1', 'g2', 'g3'].map((name) => makeWaiting(makeTaskPod(name), { gang }))
  const single = makeWaiting(makeTaskPod('single'), { order: 1 })
  for (const pod of [...members, single]) queue.set(pod)
  for (const { info } of members) queue.join(info.uid, 'g')
  /** A turn in which the gang keeps these, and the names of the single pods that were looked at. */
  const turn = (...kept: readonly string[]): readonly string[] => {
    keeper.begin()
    const looked = queue.take(100).filter(({ info }) => info.uid === single.info.uid)
    const decisions: Decision[] = members.map((pod) => ({ kind: 'wait', pod, message: '', kept }))
    if (looked.length > 0) decisions.push({ kind: 'wait', pod: single, message: '', gaveWay: true })
    keeper.end(decisions)
    return looked.map(({ info }) => info.pod.metadata.name)
  }
  assert.deepEqual(turn('a'), ['single'])
  assert.deepEqual(turn('a', 'b'), [])
  assert.deepEqual(turn('a', 'b'), [])
  assert.deepEqual(turn('b', 'c'), [])
  assert.deepEqual(turn('b', 'c'), ['single'])
})

test('whether gangs that are alike could ever fly is worked out once, until the fleet changes', () => {
  const state = makeState(['a', 'b'].map((name) => makeNode(name)))
  let looks = 0
  const snapshot: Snapshot = {
    size: state.size,
    get: (name) => state.get(name),
    antiAffinePods: () => [],
    nodes() {
      looks++
      return state.nodes()
    },
  }
  const keeper = createKeeper({
    clock: testClock(),
    queue: createWaitingQueue(() => {}),
    snapshot,
    verdicts: createStaticVerdicts(),
    patienceMs: 60_000,
    givenBack() {},
  })
  const waits = (key: string, size: number): readonly Decision[] =>
    Array.from({ length: size }, (_, index) => {
      const pod = makeTaskPod(`${key}-${index}`, { labels: { flighttask: `${key}-${index}` } })
      return { kind: 'wait', pod: makeWaiting(pod, { gang: makeGang(key, size) }), message: '' }
    })
  const pairs = Array.from({ length: 1_000 }, (_, index) => waits(`pair${index}`, 2)).flat()
  for (let turn = 0; turn < 3; turn++) keeper.end(pairs)
  assert.equal(looks, 1)
  keeper.end(waits('three', 3))
  assert.equal(looks, 2)
  keeper.fleetChanged()
  keeper.end(pairs)
  assert.equal(looks, 3)
})
