/** The built page: built once where it is older than its sources. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const APP = join(ROOT, 'packages/dashboard')
const BUILT = join(APP, 'dist/index.html')
const SOURCES = ['index.html', 'vite.config.ts', 'src/**/*.{ts,vue,css}', '../api/src/**/*.ts']

/** The folder of the page. @throws Error where it cannot be built, with what the builder said */
export function builtPage(): string {
  const unlock = lock()
  try {
    if (!isFresh()) build()
    // A copy: the page may be built anew while the tests look at it.
    const copy = mkdtempSync(join(tmpdir(), 'sortie-page-'))
    process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
    cpSync(dirname(BUILT), copy, { recursive: true })
    return copy
  } finally {
    unlock()
  }
}

function build(): void {
  const { resolve: find } = createRequire(join(APP, 'x'))
  const vite = join(dirname(find('vite/package.json')), 'bin/vite.js')
  const options = { cwd: APP, stdio: 'pipe' } as const
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], options)
}

/** Older than this, whoever took the lock has died. */
const LONGEST_BUILD_MILLIS = 180_000

/** Two files of tests may come at the same time: the second waits until the first has built. */
function lock(): () => void {
  const held = join(ROOT, '.cache/page.lock')
  mkdirSync(dirname(held), { recursive: true })
  for (;;) {
    try {
      mkdirSync(held)
      return () => rmSync(held, { recursive: true, force: true })
    } catch {
      const since = statSync(held, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (Date.now() - since > LONGEST_BUILD_MILLIS) rmSync(held, { recursive: true, force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
}

function isFresh(): boolean {
  if (!existsSync(BUILT)) return false
  const built = statSync(BUILT).mtimeMs
  return SOURCES.flatMap((pattern) => globSync(pattern, { cwd: APP }))
    .filter((file) => !file.endsWith('.test.ts'))
    .every((file) => statSync(join(APP, file)).mtimeMs <= built)
}
