import { expect, it } from 'vitest'
import { type Box, layOut, type PlacedBox } from './layout.ts'

const SPACING = { across: 40, along: 10, margin: 5 }
const box = (id: string, ...after: string[]): Box => ({ id, width: 100, height: 50, after })

function overlap(a: PlacedBox, b: PlacedBox): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

it('puts every vertex to the right of all that it comes after', () => {
  const { boxes } = layOut(
    [box('d', 'b', 'c'), box('a'), box('b', 'a'), box('c', 'a'), box('e', 'a', 'd')],
    SPACING,
  )
  const x = (id: string): number => boxes.get(id)?.x ?? Number.NaN
  expect([x('a') < x('b'), x('b') === x('c'), x('c') < x('d'), x('d') < x('e')]).toEqual([
    true,
    true,
    true,
    true,
  ])
})

it('lets no two of three hundred boxes overlap, within the size that it says', () => {
  const boxes = Array.from({ length: 300 }, (_, i) =>
    box(`s${i}`, ...(i < 10 ? [] : [`s${(i * 7) % 10}`, `s${Math.floor(i / 3)}`])),
  )
  const layout = layOut(boxes, SPACING)
  const placed = [...layout.boxes.values()]
  for (const [i, a] of placed.entries()) {
    expect(a.x + a.width).toBeLessThanOrEqual(layout.width)
    expect(a.y + a.height).toBeLessThanOrEqual(layout.height)
    expect(placed.slice(i + 1).some((b) => overlap(a, b))).toBe(false)
  }
})

it('uncrosses two chains that are given crosswise', () => {
  const { boxes } = layOut([box('a'), box('b'), box('x', 'b'), box('y', 'a')], SPACING)
  const y = (id: string): number => boxes.get(id)?.y ?? Number.NaN
  expect(y('a') < y('b')).toBe(y('y') < y('x'))
})

it('draws an edge for every dependency that is there, and none for an unknown name or one that closes a cycle', () => {
  const { edges } = layOut([box('a', 'c'), box('b', 'a', 'nobody'), box('c', 'b')], SPACING)
  expect(edges.map(({ from, to }) => `${from}>${to}`).sort()).toEqual(['b>c', 'c>a'])
})

it('draws nothing of nothing', () => {
  expect(layOut([], SPACING).boxes.size).toBe(0)
})
