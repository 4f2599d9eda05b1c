import { expect, it } from 'vitest'
import { mergeViews, readViews, writeViews } from './views.ts'

const view = (name: string, filter: string) => ({ name, page: 'missions', filter })

it('reads what it wrote, and nothing else', () => {
  expect(readViews(writeViews([view('a', 'phase:failed')]))).toEqual([view('a', 'phase:failed')])
  expect([readViews('nonsense'), readViews('{"views":[{"name":1}]}'), readViews('{}')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

it('replaces views of the same name', () => {
  expect(mergeViews([view('a', 'x'), view('b', 'y')], [view('a', 'z')])).toEqual([
    view('b', 'y'),
    view('a', 'z'),
  ])
})
