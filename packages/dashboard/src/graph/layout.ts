/**
 * Layered drawing of a DAG, from left to right: longest path for the layers, barycentre sweeps against crossings, and a place of
 * its own for every layer that an edge passes through. Pure; linear in vertices and edges but for the sorting of layers.
 */

export interface Box {
  readonly id: string
  readonly width: number
  readonly height: number
  /** Ids of the vertices that this one comes after; unknown ones are left out. */
  readonly after: readonly string[]
}

export interface PlacedBox {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly layer: number
}

export interface PlacedEdge {
  readonly from: string
  readonly to: string
  /** SVG path data. */
  readonly path: string
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: ReadonlyMap<string, PlacedBox>
  readonly edges: readonly PlacedEdge[]
}

export interface Spacing {
  /** Between layers. */
  readonly across: number
  /** Between neighbours of a layer. */
  readonly along: number
  readonly margin: number
}

const SWEEPS = 6
/** Height kept free where an edge passes through a layer. */
const LANE = 12

interface Vertex {
  readonly id: string
  readonly layer: number
  /** That of its layer where an edge only passes through. */
  width: number
  readonly height: number
  readonly before: Vertex[]
  readonly next: Vertex[]
  /** Place in its layer. */
  order: number
  x: number
  y: number
}

/** Lays out boxes; a cycle's edges back are left out of the layering, so that anything is drawn somehow. */
export function layOut(boxes: readonly Box[], spacing: Spacing): Layout {
  const layerOf = layersOf(boxes)
  const vertices = new Map(boxes.map((box) => [box.id, vertexOf(box, layerOf.get(box.id) ?? 0)]))
  const layers: Vertex[][] = []
  for (const vertex of vertices.values()) put(layers, vertex)
  const chains = linksOf(boxes, vertices).map((link) => chainOf(link, layers))
  for (const layer of layers) renumber(layer)
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) sweepOnce(layers, sweep % 2 === 0)
  const width = placeAcross(layers, spacing)
  const height = placeAlong(layers, spacing)
  const placed = [...vertices.values()].map(({ next: _n, before: _b, order: _o, ...box }) => box)
  return {
    width,
    height,
    boxes: new Map(placed.map((box) => [box.id, box])),
    edges: chains.map((chain) => ({
      from: chain[0]?.id ?? '',
      to: chain.at(-1)?.id ?? '',
      path: pathOf(chain),
    })),
  }
}

function vertexOf(box: Pick<Box, 'id' | 'width' | 'height'>, layer: number): Vertex {
  const { id, width, height } = box
  return { id, width, height, layer, before: [], next: [], order: 0, x: 0, y: 0 }
}

function put(layers: Vertex[][], vertex: Vertex): void {
  while (layers.length <= vertex.layer) layers.push([])
  layers[vertex.layer]?.push(vertex)
}

/** Each vertex one layer beyond the last of those before it. */
function layersOf(boxes: readonly Box[]): ReadonlyMap<string, number> {
  const byId = new Map(boxes.map((box) => [box.id, box]))
  const layers = new Map<string, number>()
  const entered = new Set<string>()
  const visit = (box: Box): number => {
    const known = layers.get(box.id)
    if (known !== undefined) return known
    if (entered.has(box.id)) return 0
    entered.add(box.id)
    let layer = 0
    for (const id of box.after) {
      const earlier = byId.get(id)
      if (earlier !== undefined) layer = Math.max(layer, visit(earlier) + 1)
    }
    layers.set(box.id, layer)
    return layer
  }
  for (const box of boxes) visit(box)
  return layers
}

function linksOf(
  boxes: readonly Box[],
  vertices: ReadonlyMap<string, Vertex>,
): readonly (readonly [Vertex, Vertex])[] {
  return boxes.flatMap((box) =>
    box.after.flatMap((id) => {
      const from = vertices.get(id)
      const to = vertices.get(box.id)
      const isForward = from !== undefined && to !== undefined && from.layer < to.layer
      return isForward ? [[from, to] as const] : []
    }),
  )
}

/** The vertices that an edge goes through, those made for the layers between among them. */
function chainOf([from, to]: readonly [Vertex, Vertex], layers: Vertex[][]): readonly Vertex[] {
  const chain = [from]
  for (let layer = from.layer + 1; layer < to.layer; layer += 1) {
    const lane = vertexOf({ id: '', width: 0, height: LANE }, layer)
    put(layers, lane)
    chain.push(lane)
  }
  chain.push(to)
  for (const [index, vertex] of chain.entries()) {
    const next = chain[index + 1]
    if (next === undefined) continue
    vertex.next.push(next)
    next.before.push(vertex)
  }
  return chain
}

function renumber(layer: readonly Vertex[]): void {
  for (const [index, vertex] of layer.entries()) vertex.order = index
}

/** Orders each layer by the middle of its neighbours in the layer before (or after). */
function sweepOnce(layers: readonly Vertex[][], isForward: boolean): void {
  for (const layer of isForward ? layers : layers.toReversed()) {
    const middle = new Map(
      layer.map((vertex) => {
        const neighbours = isForward ? vertex.before : vertex.next
        return [vertex, neighbours.length === 0 ? vertex.order : mean(neighbours)] as const
      }),
    )
    layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || a.order - b.order)
    renumber(layer)
  }
}

function mean(vertices: readonly Vertex[]): number {
  return vertices.reduce((sum, vertex) => sum + vertex.order, 0) / vertices.length
}

function placeAcross(layers: readonly Vertex[][], { across, margin }: Spacing): number {
  let x = margin
  for (const layer of layers) {
    const width = Math.max(0, ...layer.map((vertex) => vertex.width))
    for (const vertex of layer) {
      vertex.x = x
      if (vertex.id === '') vertex.width = width
    }
    x += width + across
  }
  return Math.max(0, x - across + margin)
}

/** Each layer stacked about the same middle line. */
function placeAlong(layers: readonly Vertex[][], { along, margin }: Spacing): number {
  const heights = layers.map((layer) =>
    layer.reduce((sum, vertex) => sum + vertex.height + along, -along),
  )
  const tallest = Math.max(0, ...heights)
  for (const [index, layer] of layers.entries()) {
    let y = margin + (tallest - (heights[index] ?? 0)) / 2
    for (const vertex of layer) {
      vertex.y = y
      y += vertex.height + along
    }
  }
  return tallest + 2 * margin
}

function pathOf(chain: readonly Vertex[]): string {
  const parts: string[] = []
  for (const [index, vertex] of chain.entries()) {
    const next = chain[index + 1]
    const middle = vertex.y + vertex.height / 2
    const end = vertex.x + vertex.width
    parts.push(index === 0 ? `M${end} ${middle}` : next === undefined ? '' : `H${end}`)
    if (next === undefined) continue
    const [toX, toY] = [next.x, next.y + next.height / 2]
    const bend = (end + toX) / 2
    parts.push(`C${bend} ${middle} ${bend} ${toY} ${toX} ${toY}`)
  }
  return parts.join('')
}
