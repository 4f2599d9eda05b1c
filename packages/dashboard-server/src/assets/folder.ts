/** The built page's files, found once and kept in memory; found again when the page was built anew. */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

export interface Asset {
  readonly contentType: string
  /** Quoted, of the bytes as they are. */
  readonly etag: string
  readonly bytes: Buffer
  readonly gzip: Buffer | undefined
  readonly brotli: Buffer | undefined
  /** Its name has its content's hash: it never changes. */
  readonly isImmutable: boolean
}

/** Where the page's files come from. */
export interface AssetSource {
  /** @param path as in `/assets/index-4f2a9c1b.js`; undefined where there is no such file */
  find(path: string): Promise<Asset | undefined>
  /** The page itself, as text; undefined where it was not built. */
  page(): Promise<string | undefined>
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
const COMPRESSED: ReadonlySet<string> = new Set(['.html', '.js', '.css', '.json', '.svg', '.txt'])
const HASHED = /-[\w-]{8,}\.\w+$/
const MIN_COMPRESSED_BYTES = 1_024
const PAGE = '/index.html'

interface Build {
  /** Of the page, so that a new build is noticed. */
  readonly mark: string
  readonly files: ReadonlyMap<string, string>
  readonly loaded: Map<string, Promise<Asset>>
}

/** The files of a folder. What a request names is looked up among the names that were found: no path is made of it. */
export function folderAssets(folder: string): AssetSource {
  let build: Build | undefined
  const current = async (): Promise<Build | undefined> => {
    const mark = await markOf(join(folder, PAGE))
    if (mark === undefined) return undefined
    if (build?.mark !== mark) build = { mark, files: await namesOf(folder), loaded: new Map() }
    return build
  }
  return {
    async find(path) {
      const now = await current()
      const file = now?.files.get(path)
      if (now === undefined || file === undefined) return undefined
      let loading = now.loaded.get(path)
      if (loading === undefined) {
        loading = load(file, now.files)
        now.loaded.set(path, loading)
      }
      return loading
    },
    async page() {
      const file = (await current())?.files.get(PAGE)
      return file === undefined ? undefined : readFile(file, 'utf8')
    },
  }
}

async function markOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size } = await stat(path)
    return `${mtimeMs}:${size}`
  } catch {
    return undefined
  }
}

async function namesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(files.map((file) => [pathOf(folder, file), file]))
}

function pathOf(folder: string, file: string): string {
  return file.slice(folder.length).replaceAll('\\', '/').replace(/^\/*/, '/')
}

async function load(file: string, files: ReadonlyMap<string, string>): Promise<Asset> {
  const bytes = await readFile(file)
  const extension = extname(file)
  const names = new Set(files.values())
  const beside = (suffix: string): Promise<Buffer> | undefined =>
    names.has(file + suffix) ? readFile(file + suffix) : undefined
  const worthIt = COMPRESSED.has(extension) && bytes.length >= MIN_COMPRESSED_BYTES
  return {
    contentType: CONTENT_TYPES[extension] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    bytes,
    gzip: (await beside('.gz')) ?? (worthIt ? await compress(bytes, { level: 9 }) : undefined),
    brotli: await beside('.br'),
    isImmutable: HASHED.test(file),
  }
}
