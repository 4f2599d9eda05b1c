/** The tasks of a stage as a grid of cells: one path per phase, so that a thousand cells are a handful of elements. Pure. */
import type { Phase } from '@sortie/api'

export interface CellGrid {
  readonly columns: number
  readonly rows: number
  /** Side of a cell and the gap after it, in pixels. */
  readonly size: number
  readonly gap: number
  readonly width: number
  readonly height: number
  /** SVG path data by phase. */
  readonly paths: ReadonlyMap<Phase, string>
}

const CELL_SIZES = [
  { most: 40, size: 12, gap: 3 },
  { most: 160, size: 8, gap: 2 },
  { most: 640, size: 4, gap: 1 },
]
const SMALLEST = { size: 2, gap: 1 }

/** Lays cells out in rows of at most `width` pixels, in the order given. */
export function cellsOf(phases: readonly Phase[], width: number): CellGrid {
  const { size, gap } = CELL_SIZES.find(({ most }) => phases.length <= most) ?? SMALLEST
  const columns = Math.max(1, Math.floor((width + gap) / (size + gap)))
  const rows = Math.ceil(phases.length / columns)
  const parts = new Map<Phase, string[]>()
  for (const [index, phase] of phases.entries()) {
    const x = (index % columns) * (size + gap)
    const y = Math.floor(index / columns) * (size + gap)
    const list = parts.get(phase) ?? []
    list.push(`M${x} ${y}h${size}v${size}h-${size}z`)
    parts.set(phase, list)
  }
  const paths = new Map([...parts].map(([phase, list]) => [phase, list.join('')]))
  return { columns, rows, size, gap, width, height: Math.max(0, rows * (size + gap) - gap), paths }
}

/** Which cell is at a point; undefined between cells and beyond the last. */
export function cellAt(
  grid: CellGrid,
  point: { readonly x: number; readonly y: number },
): number | undefined {
  const pitch = grid.size + grid.gap
  const column = Math.floor(point.x / pitch)
  const row = Math.floor(point.y / pitch)
  const isInside = point.x >= 0 && point.y >= 0 && column < grid.columns && row < grid.rows
  return isInside ? row * grid.columns + column : undefined
}
