import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, it } from 'vitest'
import { nextTick } from 'vue'
import { usePreferences } from './preferences.ts'

const KEY = 'sortie.preferences'
afterEach(() => localStorage.clear())

function begin() {
  setActivePinia(createPinia())
  return usePreferences()
}

it('keeps what was chosen for the next visit', async () => {
  const before = begin()
  const view = { name: 'mine', page: 'missions', filter: 'phase:failed' }
  before.views = [view]
  before.density = 'compact'
  await nextTick()
  const after = begin()
  expect([after.views, after.density]).toEqual([[view], 'compact'])
})

it('begins with no views where those that were kept cannot be read', () => {
  for (const kept of ['null', '{', '{"views":null}', '{"views":{"a":1}}', '{"views":[null]}']) {
    localStorage.setItem(KEY, kept)
    expect(begin().views).toEqual([])
  }
  localStorage.setItem(KEY, '{"density":"compact"}')
  expect([begin().views, begin().density]).toEqual([[], 'compact'])
})
