import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NODES, PODS, type ResourceType } from '@sortie/machinery'
import { createWriteBarrier } from './barrier.ts'

/** An informer's view of versions, moved on by hand. */
function versions(type: ResourceType) {
  let seen = 0
  const waiting: { version: number; callback: () => void }[] = []
  return {
    type,
    hasSeen: (version: string) => seen >= Number(version),
    whenSeen(version: string, callback: () => void) {
      const one = { version: Number(version), callback }
      waiting.push(one)
      return () => {
        waiting.splice(waiting.indexOf(one), 1)
      }
    },
    waiting,
    advance(to: number) {
      seen = to
      const due = waiting.filter(({ version }) => version <= to)
      for (const one of due) waiting.splice(waiting.indexOf(one), 1)
      for (const { callback } of due) callback()
    },
  }
}

/** A barrier and the keys that it woke. */
function watched(...informers: Parameters<typeof createWriteBarrier>[0][number][]) {
  const woken: string[] = []
  const barrier = createWriteBarrier(informers)
  barrier.onOpen((key) => woken.push(key))
  return { barrier, woken }
}

test('a key is held until the cache has seen its newest write, and others are not', () => {
  const pods = versions(PODS)
  const { barrier, woken } = watched(pods)
  for (const version of ['7', '12', '9']) barrier.wrote('ns/a', PODS, version)
  assert.deepEqual([barrier.isOpen('ns/a'), barrier.isOpen('ns/b')], [false, true])
  pods.advance(9)
  assert.deepEqual([barrier.isOpen('ns/a'), woken], [false, []])
  pods.advance(12)
  assert.deepEqual([barrier.isOpen('ns/a'), woken], [true, ['ns/a']])
})

test('a held key registers once, however often it writes', () => {
  const pods = versions(PODS)
  const { barrier } = watched(pods)
  for (let version = 5; version < 9; version++) barrier.wrote('a', PODS, String(version))
  assert.equal(pods.waiting.length, 1)
})

test('a write that the cache had seen before its answer came wakes its key too', () => {
  const pods = versions(PODS)
  pods.advance(10)
  const { barrier, woken } = watched(pods)
  barrier.wrote('a', PODS, '8')
  assert.deepEqual([barrier.isOpen('a'), woken], [true, ['a']])
})

test('a key that is forgotten is held no longer, and wakes nobody', () => {
  const pods = versions(PODS)
  const { barrier, woken } = watched(pods)
  barrier.wrote('a', PODS, '5')
  barrier.forget('a')
  assert.equal(barrier.isOpen('a'), true)
  pods.advance(5)
  assert.deepEqual(woken, [])
})

test('writes of every type are waited for, and of types without a cache none', () => {
  const pods = versions(PODS)
  const { barrier } = watched(pods)
  barrier.wrote('a', NODES, '99')
  assert.equal(barrier.isOpen('a'), true)
  const nodes = versions(NODES)
  const both = watched(pods, nodes)
  both.barrier.wrote('a', PODS, '3')
  both.barrier.wrote('a', NODES, '4')
  pods.advance(10)
  assert.equal(both.barrier.isOpen('a'), false)
  nodes.advance(10)
  assert.deepEqual([both.barrier.isOpen('a'), both.woken], [true, ['a']])
})

test('a key that is forgotten leaves nobody waiting, whatever it waited for since', () => {
  const pods = versions(PODS)
  const { barrier } = watched(pods)
  for (const version of ['5', '9']) barrier.wrote('a', PODS, version)
  pods.advance(6)
  assert.equal(pods.waiting.length, 1)
  barrier.forget('a')
  barrier.forget('b')
  assert.equal(pods.waiting.length, 0)
})

test('what the cache has seen of one write wakes nobody who still waits for another', () => {
  const [pods, nodes] = [versions(PODS), versions(NODES)]
  pods.advance(10)
  const { barrier, woken } = watched(pods, nodes)
  barrier.wrote('a', NODES, '3')
  barrier.wrote('a', PODS, '8')
  barrier.wrote('a', PODS, undefined)
  assert.deepEqual([barrier.isOpen('a'), woken], [false, []])
})
