import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { createWaitingQueue, type QueuedPod, type Suitability, type WaitingQueue } from './queue.ts'
import { infoOf, makeNode, makeTaskPod, type PodOptions } from './snapshot/builders.fixtures.ts'
import { podInfo } from './snapshot/podinfo.ts'

const queued = (name: string, order = 0, options: PodOptions = {}): QueuedPod => ({
  info: podInfo(makeTaskPod(name, options)),
  order,
})
const h6k: PodOptions = { spec: { nodeSelector: { type: 'h6k' } } }
const shy: PodOptions = { spec: { affinity: { podAntiAffinity: {} } } }
const NODE = infoOf(makeNode('n'))
const suits = (fits: Suitability['fits']): Suitability => ({ fits, isExcluded: () => false })
const always = suits(() => true)
const plain = suits(({ pod }) => pod.spec.nodeSelector === undefined)

let queue: WaitingQueue
let calls: number

beforeEach(() => {
  calls = 0
  queue = createWaitingQueue(() => calls++)
})

const take = (limit = 100): string[] =>
  queue
    .take(limit)
    .map(({ info }) => info.pod.metadata.name)
    .sort()

describe('the queue of waiting pods', () => {
  test('hands a new pod out once, and tells that it is there', () => {
    queue.set(queued('p'))
    assert.equal(calls, 1)
    assert.deepEqual(take(), ['p'])
    assert.deepEqual(take(), [])
    assert.equal(queue.size, 1)
  })

  test('does not look again at a pod whose needs are the same', () => {
    queue.set(queued('p'))
    take()
    queue.set(queued('p'))
    assert.equal(queue.active, 0)
  })

  test('looks again at a pod whose needs have changed', () => {
    queue.set(queued('p'))
    take()
    queue.set(queued('p', 0, h6k))
    assert.deepEqual(take(), ['p'])
  })

  test('hands out the first ones where there are more than wanted', () => {
    for (const [name, order] of [
      ['late', 9],
      ['first', 1],
      ['second', 2],
    ] as const) {
      queue.set(queued(name, order))
    }
    assert.deepEqual(take(2), ['first', 'second'])
    assert.deepEqual(take(2), ['late'])
  })

  test('hands out a gang whole, also past the limit', () => {
    for (const name of ['g1', 'g2', 'g3']) queue.set(queued(name, 1))
    queue.set(queued('late', 2))
    for (const name of ['g1', 'g2', 'g3']) queue.join(`pod-${name}`, 'g')
    assert.deepEqual(take(1), ['g1', 'g2', 'g3'])
  })

  test('wakes only as many alike as a node has got room for, those first that go first', () => {
    for (const [name, order] of [
      ['c', 3],
      ['a', 1],
      ['b', 2],
    ] as const)
      queue.set(queued(name, order))
    take()
    queue.wakeFor(NODE, 2, always)
    assert.deepEqual(take(), ['a', 'b'])
  })

  test('wakes nobody whom the node does not suit', () => {
    queue.set(queued('p'))
    queue.set(queued('q', 0, h6k))
    take()
    queue.wakeFor(NODE, 1, plain)
    assert.deepEqual(take(), ['p'])
  })

  test('passes over those that are kept away from the node', () => {
    for (const [order, name] of ['loud', 'quiet', 'late'].entries()) queue.set(queued(name, order))
    take()
    queue.wakeFor(NODE, 1, { ...always, isExcluded: ({ uid }) => uid === 'pod-loud' })
    assert.deepEqual(take(), ['quiet'])
  })

  test('wakes a gang whole when one of its members could go', () => {
    queue.set(queued('g1'))
    queue.set(queued('g2', 0, h6k))
    queue.join('pod-g1', 'g')
    queue.join('pod-g2', 'g')
    take()
    queue.wakeFor(NODE, 1, plain)
    assert.deepEqual(take(), ['g1', 'g2'])
  })

  test('does not count a pod that is held among those alike', () => {
    queue.set(queued('held', 1))
    queue.set(queued('other', 2))
    take()
    queue.hold('pod-held')
    queue.wakeFor(NODE, 1, always)
    assert.deepEqual(take(), ['other'])
    queue.wake('pod-held')
    assert.deepEqual(take(), ['held'])
  })

  test('wakes those that depend on others by themselves', () => {
    queue.set(queued('p'))
    queue.set(queued('shy', 0, shy))
    take()
    queue.wakeInteracting()
    assert.deepEqual(take(), ['shy'])
  })

  test('forgets a pod that is removed', () => {
    queue.set(queued('p'))
    queue.join('pod-p', 'g')
    queue.remove('pod-p')
    queue.wake('pod-p')
    queue.wakeGang('g')
    assert.equal(queue.size, 0)
    assert.deepEqual(take(), [])
  })

  test('knows the members of a gang that were put aside', () => {
    for (const name of ['g1', 'g2']) queue.set(queued(name))
    take()
    queue.join('pod-g1', 'g')
    queue.join('pod-g2', 'g')
    queue.wake('pod-g2')
    assert.deepEqual(
      queue.asideOf('g').map(({ info }) => info.uid),
      ['pod-g1'],
    )
  })
})
