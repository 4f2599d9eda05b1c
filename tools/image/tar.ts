/** A tar writer of its own (ustar), since an image must come out the same byte for byte on every run. */

export interface TarEntry {
  /** Without a leading slash; folders without a trailing one. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly mode: number
  readonly content?: Uint8Array
  /** Of a link. */
  readonly target?: string
}

const BLOCK = 512
/** Seconds since the epoch of every file: 2026-01-01. */
const MTIME = 1_767_225_600

/** Entries in the order of their paths, so that folders come before what they hold. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
  const blocks = sorted.flatMap((entry) => entryBlocks(entry))
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}

const TYPES = { file: '0', link: '2', folder: '5' } as const

function entryBlocks(entry: TarEntry): readonly Uint8Array[] {
  const name = entry.kind === 'folder' ? `${entry.path}/` : entry.path
  if (Buffer.byteLength(name) > 100) throw new Error(`path too long for this tar: ${name}`)
  const content = entry.content ?? new Uint8Array()
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)
  return [header(name, entry, content.length), content, padding]
}

function header(name: string, { kind, mode, target = '' }: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  }
  block.write(name, 0)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(MTIME, 136, 12)
  block.write('        ', 148, 'latin1')
  block.write(TYPES[kind], 156, 'latin1')
  block.write(target, 157)
  block.write('ustar\x0000', 257, 'latin1')
  block.write('root', 265, 'latin1')
  block.write('root', 297, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** Puts the folders that lead to each entry before it. */
export function withFolders(entries: readonly TarEntry[]): readonly TarEntry[] {
  const known = new Set(entries.map(({ path }) => path))
  const folders: TarEntry[] = []
  for (const { path } of entries) {
    const parts = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/')
      if (known.has(folder)) continue
      known.add(folder)
      folders.push({ path: folder, kind: 'folder', mode: 0o755 })
    }
  }
  return [...folders, ...entries]
}
