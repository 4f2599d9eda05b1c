/**
 * The programs of a real control plane, built from source by Go out of the modules in `test/controlplane`, each kept by the hash of
 * its module's go.sum: built once, then found.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../../../..')
const MODULES = join(ROOT, 'test/controlplane')

/** A program of the control plane that is built here. */
export type ControlPlaneProgram =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'

/** What every control plane has. */
export const BASE_PROGRAMS: readonly ControlPlaneProgram[] = ['etcd', 'kube-apiserver']

interface Source {
  /** Folder of the Go module. */
  readonly folder: string
  readonly package: string
  /** Path of what is built. */
  readonly target: string
}

/** The newest Kubernetes is in the folder itself, others in one of their own, as etcd is. */
function sourceOf(program: ControlPlaneProgram, version: string | undefined): Source {
  const subfolder = program === 'etcd' ? 'etcd' : (version ?? '.')
  const folder = join(MODULES, subfolder)
  const sums = readFileSync(join(folder, 'go.sum'))
  const hash = createHash('sha256').update(sums).digest('hex').slice(0, 16)
  return {
    folder,
    package: program === 'etcd' ? 'go.etcd.io/etcd/server/v3' : `k8s.io/kubernetes/cmd/${program}`,
    target: join(ROOT, '.cache/controlplane', hash, program),
  }
}

/** Kubernetes' version as its go.mod requires it: `v1.36.3`. @throws Error where the module does not say */
export function controlPlaneVersion(version?: string): string {
  const text = readFileSync(join(sourceOf('kube-apiserver', version).folder, 'go.mod'), 'utf8')
  const found = /^\s*(?:require )?k8s\.io\/kubernetes (v[\d.]+)/m.exec(text)?.[1]
  if (found === undefined) throw new Error('go.mod does not require k8s.io/kubernetes')
  return found
}

/** etcd of the system serves too, where none is built: what needs a newer one (streamed lists) is missing then. */
const hasSystemEtcd = (): boolean => isRunnable('etcd', '--version')

function isRunnable(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/**
 * Why there can be no real control plane on this machine, in one line; undefined where there can, and in CI, where a lack is an
 * error.
 */
export function missingForControlPlane(
  programs: readonly ControlPlaneProgram[] = BASE_PROGRAMS,
): string | undefined {
  if (process.env['CI'] === 'true') return undefined
  const absent = programs.filter((program) => !existsSync(sourceOf(program, undefined).target))
  if (absent.length === 0) return undefined
  if (isRunnable('go', 'version')) return undefined
  return `no Go on this machine to build ${absent.join(', ')} with (go.dev/doc/install)`
}

export interface ControlPlaneBinaries {
  /** `v1.36.3`. */
  readonly version: string
  /** What to start it by: a path, or a name to be found. */
  commandOf(program: ControlPlaneProgram): string
}

/**
 * Finds the programs, building (minutes, and gigabytes of Go's cache) those that are not there yet.
 * @throws Error where Go is missing or a build fails
 */
export async function ensureControlPlane(
  programs: readonly ControlPlaneProgram[],
  options: { readonly version?: string; readonly report?: (line: string) => void } = {},
): Promise<ControlPlaneBinaries> {
  const version = controlPlaneVersion(options.version)
  const commands = new Map<ControlPlaneProgram, string>()
  for (const program of programs) {
    const source = sourceOf(program, options.version)
    commands.set(program, source.target)
    if (existsSync(source.target)) continue
    if (program === 'etcd' && !isRunnable('go', 'version') && hasSystemEtcd()) {
      commands.set(program, 'etcd')
      continue
    }
    const started = performance.now()
    options.report?.(`building ${program}; this takes minutes, once`)
    await build(source, program === 'etcd' ? undefined : version)
    const seconds = Math.round((performance.now() - started) / 1000)
    options.report?.(`built ${program} in ${seconds} s`)
  }
  return { version, commandOf: (program) => commands.get(program) ?? program }
}

/** The flags by which Kubernetes' programs learn their version. */
function stampOf(version: string): string {
  const [major = '', minor = ''] = version.slice(1).split('.')
  return Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => ` -X k8s.io/component-base/version.${name}=${value}`)
    .join('')
}

async function build(source: Source, version: string | undefined): Promise<void> {
  mkdirSync(dirname(source.target), { recursive: true })
  // Under another name until it is whole: two runs may build at the same time.
  const unfinished = `${source.target}.${process.pid}`
  const flags = `-s -w${version === undefined ? '' : stampOf(version)}`
  const args = ['build', '-trimpath', '-ldflags', flags, '-o', unfinished, source.package]
  const child = spawn('nice', ['-n', '19', 'go', ...args], {
    cwd: source.folder,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-4_000)
  })
  const code = await new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', done)
  })
  if (code !== 0) throw new Error(`go build of ${source.package} failed:\n${complaint}`)
  renameSync(unfinished, source.target)
}
