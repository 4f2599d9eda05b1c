/** Pictures: kept small, and held against each other. As much of PNG as Chromium writes (8 bits, RGB or RGBA, not interlaced). */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly pixels: Uint8Array
}

/** A channel that differs by less than this is the same to the eye. */
const SAME_COLOUR = 24

/** The share of pixels that differ, from 0 to 1; 1 where the sizes do. */
export function differingShare(one: Uint8Array, other: Uint8Array): number {
  const [a, b] = [readPicture(one), readPicture(other)]
  if (a.width !== b.width || a.height !== b.height) return 1
  const differs = (at: number, channel: number): boolean =>
    Math.abs(a.pixels[at * a.channels + channel]! - b.pixels[at * b.channels + channel]!) >=
    SAME_COLOUR
  let differing = 0
  for (let at = 0; at < a.width * a.height; at++) {
    if (differs(at, 0) || differs(at, 1) || differs(at, 2)) differing += 1
  }
  return differing / (a.width * a.height)
}

/** Colours that are kept as they are: those that cover most of a picture. */
const EXACT = 64
/** Steps of a channel in which the others are kept, the shades at the edges of letters: half a step is no other colour. */
const LEVEL = 17
const MOST_COLOURS = 256

/** The picture by a palette: a fraction of the bytes, the same to look at. */
export function smaller(file: Uint8Array): Uint8Array {
  const { width, height, channels, pixels } = readPicture(file)
  const colours = new Uint32Array(width * height)
  const counts = new Map<number, number>()
  for (let at = 0; at < colours.length; at++) {
    const from = at * channels
    const colour = (pixels[from]! << 16) | (pixels[from + 1]! << 8) | pixels[from + 2]!
    colours[at] = colour
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const palette = paletteOf(counts)
  const indices = new Map([...counts.keys()].map((colour) => [colour, nearest(palette, colour)]))
  const rows = Buffer.alloc((width + 1) * height)
  for (const [at, colour] of colours.entries()) {
    rows[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = indices.get(colour) ?? 0
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    part('IHDR', head),
    part('PLTE', Buffer.from(palette.flatMap(bytesOf))),
    part('IDAT', deflateSync(rows, { level: 9 })),
    part('IEND', Buffer.alloc(0)),
  ])
}

/** @param counts pixels of each colour */
function paletteOf(counts: ReadonlyMap<number, number>): readonly number[] {
  const most = [...counts].sort(([, a], [, b]) => b - a)
  const exact = most.slice(0, EXACT).map(([colour]) => colour)
  const shades = new Map<number, number>()
  for (const [colour, count] of most.slice(EXACT)) {
    const [r, g, b] = bytesOf(colour).map((level) => Math.round(level / LEVEL) * LEVEL)
    const shade = ((r ?? 0) << 16) | ((g ?? 0) << 8) | (b ?? 0)
    shades.set(shade, (shades.get(shade) ?? 0) + count)
  }
  const shaded = [...shades].sort(([, a], [, b]) => b - a).map(([shade]) => shade)
  return [...new Set([...exact, ...shaded])].slice(0, MOST_COLOURS)
}

function bytesOf(colour: number): [number, number, number] {
  return [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255]
}

function nearest(palette: readonly number[], colour: number): number {
  const [r, g, b] = bytesOf(colour)
  let [best, found] = [Number.POSITIVE_INFINITY, 0]
  for (const [index, other] of palette.entries()) {
    const [x, y, z] = bytesOf(other)
    const distance = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2
    if (distance < best) [best, found] = [distance, index]
  }
  return found
}

function part(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(data.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}

function readPicture(file: Uint8Array): Picture {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const parts: Buffer[] = []
  let palette: Uint8Array = new Uint8Array()
  let [width, height, colour] = [0, 0, 6]
  for (let at = 8; at < view.length; ) {
    const length = view.readUInt32BE(at)
    const type = view.toString('latin1', at + 4, at + 8)
    const data = view.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR')
      [width, height, colour] = [data.readUInt32BE(0), data.readUInt32BE(4), data[9] ?? 6]
    if (type === 'PLTE') palette = data
    if (type === 'IDAT') parts.push(data)
    at += 12 + length
  }
  const packed = inflateSync(Buffer.concat(parts))
  if (colour !== 3) {
    const channels = colour === 6 ? 4 : 3
    return { width, height, channels, pixels: unfilter(packed, { width, height, channels }) }
  }
  const indices = unfilter(packed, { width, height, channels: 1 })
  const pixels = new Uint8Array(width * height * 3)
  for (let at = 0; at < indices.length; at++) {
    const from = indices[at]! * 3
    pixels[at * 3] = palette[from]!
    pixels[at * 3 + 1] = palette[from + 1]!
    pixels[at * 3 + 2] = palette[from + 2]!
  }
  return { width, height, channels: 3, pixels }
}

/** Undoes what each row was made smaller by. */
function unfilter(
  packed: Uint8Array,
  { width, height, channels }: Omit<Picture, 'pixels'>,
): Uint8Array {
  const stride = width * channels
  const pixels = new Uint8Array(stride * height)
  for (let row = 0; row < height; row++) {
    const from = row * (stride + 1) + 1
    const at = row * stride
    pixels.set(packed.subarray(from, from + stride), at)
    const undo = FILTERS[packed[from - 1] ?? 0]
    undo?.(pixels, { at, stride, channels })
  }
  return pixels
}

interface RowPlace {
  readonly at: number
  readonly stride: number
  readonly channels: number
}

type Undo = (pixels: Uint8Array, row: RowPlace) => void

/** By their numbers in PNG: none, left, up, the mean of both, Paeth's. */
const FILTERS: readonly (Undo | undefined)[] = [
  undefined,
  (pixels, { at, stride, channels }) => {
    for (let x = at + channels; x < at + stride; x++) pixels[x]! += pixels[x - channels]!
  },
  (pixels, { at, stride }) => {
    if (at === 0) return
    for (let x = at; x < at + stride; x++) pixels[x]! += pixels[x - stride]!
  },
  (pixels, { at, stride, channels }) => {
    for (let x = at; x < at + stride; x++) {
      const left = x >= at + channels ? pixels[x - channels]! : 0
      const up = at > 0 ? pixels[x - stride]! : 0
      pixels[x]! += (left + up) >> 1
    }
  },
  (pixels, { at, stride, channels }) => {
    for (let x = at; x < at + stride; x++) {
      const left = x >= at + channels ? pixels[x - channels]! : 0
      const up = at > 0 ? pixels[x - stride]! : 0
      const corner = at > 0 && x >= at + channels ? pixels[x - stride - channels]! : 0
      const a = Math.abs(up - corner)
      const b = Math.abs(left - corner)
      const c = Math.abs(left + up - 2 * corner)
      pixels[x]! += a <= b && a <= c ? left : b <= c ? up : corner
    }
  },
]
