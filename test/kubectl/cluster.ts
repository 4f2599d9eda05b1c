/** An embedded cluster as a user has it (`sortie up` in a process of its own), and kubectl pointed at it. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const MAIN = join(ROOT, 'packages/cli/src/main.ts')

/** Why suites with kubectl can't run here; false where they can, and in CI, where nothing is skipped. */
export function missingKubectl(): string | false {
  if (process.env['CI'] === 'true') return false
  if (spawnSync('kubectl', ['version', '--client']).status === 0) return false
  return 'kubectl is not installed: `apt-get install kubernetes-client`, or see kubernetes.io/docs/tasks/tools'
}

export interface Finished {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface UserCluster {
  readonly kubeconfig: string
  /** An empty folder, removed at the end. */
  readonly folder: string
  kubectl(args: readonly string[], options?: RunOptions): Promise<Finished>
  sortie(args: readonly string[], options?: RunOptions): Promise<Finished>
  /** Starts kubectl and leaves it running. */
  spawnKubectl(args: readonly string[]): ChildProcess
  stop(): Promise<void>
}

export function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  return new Promise((done) => {
    const env = { ...process.env, ...options.env }
    const child = execFile(
      file,
      args,
      { cwd: ROOT, env, timeout: 60_000, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        done({ status, stdout, stderr })
      },
    )
    child.stdin?.end(options.stdin ?? '')
  })
}

/** Waits until the cluster's output contains its greeting. */
function whenUp(child: ChildProcess): Promise<void> {
  return new Promise((up, fail) => {
    let text = ''
    const read = (chunk: Buffer): void => {
      text += chunk.toString()
      if (text.includes('is up')) up()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => fail(new Error(`sortie up ended with ${code}:\n${text}`)))
  })
}

export async function startUserCluster(args: readonly string[] = []): Promise<UserCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-kubectl-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const upArgs = ['up', '--port', '0', '--mission', 'none', '--kubeconfig', kubeconfig, ...args]
  const child = spawn(process.execPath, [MAIN, ...upArgs], { cwd: ROOT })
  await whenUp(child)
  const env = { KUBECONFIG: kubeconfig, KUBE_CACHE_DIR: join(folder, 'cache'), HOME: folder }
  const cached = (list: readonly string[]) => ['--cache-dir', join(folder, 'cache'), ...list]
  return {
    kubeconfig,
    folder,
    kubectl: (list, options = {}) =>
      run('kubectl', cached(list), { ...options, env: { ...env, ...options.env } }),
    sortie: (list, options = {}) =>
      run(process.execPath, [MAIN, ...list], { ...options, env: { ...env, ...options.env } }),
    spawnKubectl: (list) =>
      spawn('kubectl', cached(list), { cwd: ROOT, env: { ...process.env, ...env } }),
    async stop() {
      const ended = new Promise((end) => child.once('exit', end))
      child.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
