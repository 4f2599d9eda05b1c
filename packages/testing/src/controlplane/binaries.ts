/**
 * The programs of a real control plane, built from source by Go out of the modules in `test/controlplane`, each kept by the hash of
 * its module's go.sum: built once, then found.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../../../..')
const MODULES = join(ROOT, 'test/controlplane')
const PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
] as const

/** A program of the control plane that is built here; kwok only where a benchmark asks for it. */
export type ControlPlaneProgram = (typeof PROGRAMS)[number] | 'kwok'

/** Those with a module of their own, which bears their name: they go with other libraries than Kubernetes. */
const APART: Partial<Record<ControlPlaneProgram, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
}

/** What every control plane has. */
export const BASE_PROGRAMS: readonly ControlPlaneProgram[] = ['etcd', 'kube-apiserver']

/** One Go module, built at one go. */
interface Module {
  readonly folder: string
  readonly goMod: string
  /** Where its programs are kept. */
  readonly output: string
}

const OF_THE_MODULE_ITSELF = '.'

/**
 * The Kubernetes versions there are beside the test bed's own, as `startControlPlane` takes them: `v1.29`. Each takes minutes to build:
 * the environment's SORTIE_SKEW names those that are wanted, apart by commas; all where it is missing.
 */
export function otherVersions(): readonly string[] {
  const all = readdirSync(MODULES).filter((name) => /^v\d/.test(name))
  const wanted = process.env['SORTIE_SKEW']?.split(',')
  return wanted === undefined ? all : all.filter((version) => wanted.includes(version))
}

/** @throws Error for a version that there is no module of */
function moduleAt(subfolder: string): Module {
  const folder = join(MODULES, subfolder)
  if (!existsSync(join(folder, 'go.sum'))) {
    throw new Error(`no Kubernetes ${subfolder} here; one of ${otherVersions().join(', ')}`)
  }
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'go.sum')))
    .digest('hex')
  return {
    folder,
    goMod: readFileSync(join(folder, 'go.mod'), 'utf8'),
    output: join(ROOT, '.cache/controlplane', hash.slice(0, 16)),
  }
}

/**
 * The test bed's own Kubernetes is in the folder itself, others in one of their own, as etcd and kwok are. What another version's module has
 * no tool for is the test bed's own.
 */
function moduleOf(program: ControlPlaneProgram, version: string | undefined): Module {
  if (APART[program] !== undefined) return moduleAt(program)
  const module = moduleAt(version ?? OF_THE_MODULE_ITSELF)
  return hasTool(module, program) ? module : moduleAt(OF_THE_MODULE_ITSELF)
}

const packageOf = (program: ControlPlaneProgram): string =>
  APART[program] ?? `k8s.io/kubernetes/cmd/${program}`

function hasTool({ goMod }: Module, program: ControlPlaneProgram): boolean {
  return new RegExp(`^\\s*(?:tool )?${packageOf(program)}$`, 'm').test(goMod)
}

/** Where a program is once it is built. @throws Error for a version that there is not */
function targetOf(program: ControlPlaneProgram, version: string | undefined): string {
  return join(moduleOf(program, version).output, program)
}

/** Kubernetes' version as its go.mod requires it: `v1.36.3`. @throws Error where the module does not say */
export function controlPlaneVersion(version: string = OF_THE_MODULE_ITSELF): string {
  const found = kubernetesOf(moduleAt(version))
  if (found === undefined) throw new Error('go.mod does not require k8s.io/kubernetes')
  return found
}

function kubernetesOf({ goMod }: Module): string | undefined {
  return /^\s*(?:require )?k8s\.io\/kubernetes (v[\d.]+)/m.exec(goMod)?.[1]
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
  version?: string,
): string | undefined {
  if (process.env['CI'] === 'true') return undefined
  const absent = programs.filter((program) => !existsSync(targetOf(program, version)))
  if (absent.length === 0) return undefined
  if (isRunnable('go', 'version')) return undefined
  return `no Go on this machine to build ${absent.join(', ')} with (go.dev/doc/install)`
}

export interface ControlPlaneBinaries {
  /** Of kube-apiserver: `v1.36.3`. */
  readonly version: string
  /** What to start it by: a path, or a name to be found. */
  commandOf(program: ControlPlaneProgram): string
}

interface BuildOptions {
  /** Hears of builds, which take minutes. */
  readonly report?: ((line: string) => void) | undefined
}

/**
 * Finds the programs, building (minutes, and gigabytes of Go's cache) those that are not there yet.
 * @throws Error where Go is missing or a build fails
 */
export async function ensureControlPlane(
  programs: readonly ControlPlaneProgram[],
  options: BuildOptions & { readonly version?: string } = {},
): Promise<ControlPlaneBinaries> {
  const { version } = options
  const commands = new Map<ControlPlaneProgram, string>()
  const absent: ControlPlaneProgram[] = []
  for (const program of programs) {
    const target = targetOf(program, version)
    const isThere = existsSync(target)
    const isSystems =
      !isThere && program === 'etcd' && !isRunnable('go', 'version') && hasSystemEtcd()
    commands.set(program, isSystems ? program : target)
    if (!isThere && !isSystems) absent.push(program)
  }
  const modules = Map.groupBy(absent, (program) => moduleOf(program, version).folder)
  for (const [, together] of modules) {
    const module = moduleOf(together[0] ?? 'etcd', version)
    await build(module, together, options)
  }
  return {
    version: controlPlaneVersion(version),
    commandOf: (program) => commands.get(program) ?? program,
  }
}

/** Builds all that any suite needs, each module at one go. @throws Error as `ensureControlPlane` does */
export async function prepareControlPlanes(options: BuildOptions = {}): Promise<void> {
  for (const version of [OF_THE_MODULE_ITSELF, ...otherVersions()]) {
    await ensureControlPlane(PROGRAMS, { ...options, version })
  }
}

/** The flags by which Kubernetes' programs learn their version. */
function stampOf(version: string): string {
  const [major = '', minor = ''] = version.slice(1).split('.')
  return Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => ` -X k8s.io/component-base/version.${name}=${value}`)
    .join('')
}

/** One `go build` for all programs of a module: what they have in common is compiled and waited for once. */
async function build(
  module: Module,
  programs: readonly ControlPlaneProgram[],
  { report = () => {} }: BuildOptions,
): Promise<void> {
  const version = kubernetesOf(module)
  const what = `${programs.join(', ')}${version === undefined ? '' : ` ${version}`}`
  const started = performance.now()
  report(`building ${what}; this takes minutes, once`)
  // In another folder until they are whole: two runs may build at the same time.
  const unfinished = `${module.output}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  mkdirSync(module.output, { recursive: true })
  // A program alone is named by us: Go would call etcd `server`.
  const output = join(unfinished, programs.length === 1 ? (programs[0] ?? '') : '/')
  const flags = `-s -w${version === undefined ? '' : stampOf(version)}`
  const args = ['-trimpath', BUILD_TAGS, '-ldflags', flags, '-o', output]
  try {
    await goBuild(module.folder, [...args, ...programs.map(packageOf)])
    for (const program of programs) {
      renameSync(join(unfinished, program), join(module.output, program))
    }
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  report(`built ${what} in ${Math.round((performance.now() - started) / 1000)} s`)
}

/** Without the code of cloud providers, whose module 1.29 requires and the module proxy does not have. */
const BUILD_TAGS = '-tags=providerless'

async function goBuild(folder: string, args: readonly string[]): Promise<void> {
  const child = spawn('nice', ['-n', '19', 'go', 'build', ...args], {
    cwd: folder,
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
  if (code !== 0) throw new Error(`go build in ${folder} failed:\n${complaint}`)
}
