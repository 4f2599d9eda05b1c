import { expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { currentBindings, pressKey, useKeys } from './keys.ts'

const plain = { ctrlKey: false, metaKey: false, altKey: false, target: null }

it('runs a sequence, and forgets a beginning that leads nowhere', () => {
  const scope = effectScope()
  const go = vi.fn()
  scope.run(() => useKeys([{ keys: 'g m', text: '', run: go }]))
  expect(pressKey({ ...plain, key: 'g' })).toBe(true)
  expect(pressKey({ ...plain, key: 'm' })).toBe(true)
  expect(go).toHaveBeenCalledTimes(1)
  pressKey({ ...plain, key: 'g' })
  expect(pressKey({ ...plain, key: 'x' })).toBe(false)
  expect(pressKey({ ...plain, key: 'm' })).toBe(false)
  expect(go).toHaveBeenCalledTimes(1)
  scope.stop()
})

it('ends with its component, and gives way to the later of two', () => {
  const outer = effectScope()
  const inner = effectScope()
  const first = vi.fn()
  const second = vi.fn()
  outer.run(() => useKeys([{ keys: 'y', text: '', run: first }]))
  inner.run(() => useKeys([{ keys: 'y', text: '', run: second }]))
  pressKey({ ...plain, key: 'y' })
  inner.stop()
  pressKey({ ...plain, key: 'y' })
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1])
  outer.stop()
  expect(currentBindings()).toEqual([])
})

it('leaves keys alone while something is typed', () => {
  const scope = effectScope()
  const run = vi.fn()
  scope.run(() => useKeys([{ keys: '/', text: '', run }]))
  const target = document.createElement('input')
  expect(pressKey({ ...plain, key: '/', target })).toBe(false)
  expect(run).not.toHaveBeenCalled()
  scope.stop()
})
