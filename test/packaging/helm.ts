/** Helm, built from source by Go out of this folder's module; kept by the hash of go.sum: built once, then found. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')
const PACKAGE = 'helm.sh/helm/v3/cmd/helm'

function target(): string {
  const sums = readFileSync(join(import.meta.dirname, 'go.sum'))
  const hash = createHash('sha256').update(sums).digest('hex').slice(0, 16)
  return join(ROOT, '.cache/helm', hash, 'helm')
}

/** Why there can be no Helm here, in one line; undefined where there can, and in CI, where a lack is an error. */
export function missingForHelm(): string | undefined {
  if (process.env.CI === 'true' || existsSync(target())) return undefined
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0) return undefined
  return 'no Go on this machine to build Helm with (go.dev/doc/install)'
}

/** Path of Helm; builds it (minutes) where it is not there yet. @throws Error where the build fails */
export function ensureHelm(): string {
  const path = target()
  if (existsSync(path)) return path
  mkdirSync(dirname(path), { recursive: true })
  // Under another name until it is whole: two runs may build at the same time.
  const unfinished = `${path}.${process.pid}`
  const args = ['-n', '19', 'go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', unfinished]
  const built = spawnSync('nice', [...args, PACKAGE], {
    cwd: import.meta.dirname,
    env: { ...process.env, CGO_ENABLED: '0' },
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`go build of ${PACKAGE} failed:\n${built.stderr}`)
  renameSync(unfinished, path)
  return path
}
