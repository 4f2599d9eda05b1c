import { expect, it } from 'vitest'
import { cellAt, cellsOf } from './cells.ts'

it('draws one path per phase', () => {
  const grid = cellsOf(['Running', 'Failed', 'Running'], 30)
  expect([grid.columns, grid.rows, grid.height]).toEqual([2, 2, 27])
  expect(grid.paths.get('Running')).toBe('M0 0h12v12h-12zM0 15h12v12h-12z')
  expect(grid.paths.get('Failed')).toBe('M15 0h12v12h-12z')
})

it('finds the cell below the pointer', () => {
  const grid = cellsOf(['Running', 'Failed', 'Running'], 30)
  expect([
    cellAt(grid, { x: 16, y: 3 }),
    cellAt(grid, { x: 2, y: 20 }),
    cellAt(grid, { x: 31, y: 3 }),
  ]).toEqual([1, 2, undefined])
})

it('keeps a thousand cells within a card', () => {
  expect(
    cellsOf(
      Array.from({ length: 1_000 }, () => 'Pending' as const),
      204,
    ).height,
  ).toBeLessThan(60)
})
