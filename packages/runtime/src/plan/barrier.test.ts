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
      waiting.push({ version: Number(version), callback })
      return () => {}
    },
    waiting,
    advance(to: number) {
      seen = to
      for (const { version, callback } of waiting.splice(0)) if (version <= to) callback()
    },
  }
}

test('a key is held until the cache has seen its last write, and others are not', () => {
  const pods = versions(PODS)
  const barrier = createWriteBarrier([pods])
  const woken: string[] = []
  barrier.wrote('ns/a', PODS, '7')
  barrier.wrote('ns/a', PODS, '12')
  barrier.wrote('ns/a', PODS, '9')
  assert.equal(
    barrier.isOpen('ns/b', () => {}),
    true,
  )
  assert.equal(
    barrier.isOpen('ns/a', () => woken.push('a')),
    false,
  )
  pods.advance(9)
  assert.equal(woken.length, 0)
  pods.waiting.push({ version: 12, callback: () => woken.push('late') })
  pods.advance(12)
  assert.equal(
    barrier.isOpen('ns/a', () => {}),
    true,
  )
})

test('a held key registers once, however often it is asked for', () => {
  const pods = versions(PODS)
  const barrier = createWriteBarrier([pods])
  barrier.wrote('a', PODS, '5')
  for (let i = 0; i < 4; i++) barrier.isOpen('a', () => {})
  assert.equal(pods.waiting.length, 1)
})

test('writes of every type are waited for, and of types without a cache none', () => {
  const pods = versions(PODS)
  const barrier = createWriteBarrier([pods])
  barrier.wrote('a', NODES, '99')
  assert.equal(
    barrier.isOpen('a', () => {}),
    true,
  )
  const nodes = versions(NODES)
  const both = createWriteBarrier([pods, nodes])
  both.wrote('a', PODS, '3')
  both.wrote('a', NODES, '4')
  pods.advance(10)
  assert.equal(
    both.isOpen('a', () => {}),
    false,
  )
  nodes.advance(10)
  assert.equal(
    both.isOpen('a', () => {}),
    true,
  )
})
