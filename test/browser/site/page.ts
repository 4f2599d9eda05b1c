/** The built page: built once where it is older than its sources. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
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
  if (!isFresh()) {
    const vite = join(
      dirname(createRequire(join(APP, 'x')).resolve('vite/package.json')),
      'bin/vite.js',
    )
    execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
      cwd: APP,
      stdio: 'pipe',
    })
  }
  // A copy: the page may be built anew while the tests look at it.
  const copy = mkdtempSync(join(tmpdir(), 'sortie-page-'))
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
  cpSync(dirname(BUILT), copy, { recursive: true })
  return copy
}

function isFresh(): boolean {
  if (!existsSync(BUILT)) return false
  const built = statSync(BUILT).mtimeMs
  return SOURCES.flatMap((pattern) => globSync(pattern, { cwd: APP }))
    .filter((file) => !file.endsWith('.test.ts'))
    .every((file) => statSync(join(APP, file)).mtimeMs <= built)
}
