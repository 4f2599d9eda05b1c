/** For tests: runs command lines in-process against an embedded server of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveHttp } from '@sortie/apiserver'
import { systemClock, systemRandom } from '@sortie/machinery'
import { startClusterOn, type TestCluster } from '@sortie/testing'
import type { Environment, ExitStatus, Output } from '../environment.ts'
import { runProgram } from '../program.ts'

export interface Answer {
  readonly status: ExitStatus
  readonly out: string
  readonly err: string
}

export interface CommandRun {
  readonly cluster: TestCluster<ReturnType<typeof systemClock>>
  /** An empty folder, the working directory of the commands. */
  readonly folder: string
  readonly kubeconfig: string
  /** Kubeconfig of a user who may do what roles give to the user `guest`, and nothing else. */
  readonly guest: string
  run(args: readonly string[], options?: RunSettings): Promise<Answer>
  write(name: string, text: string): Promise<string>
  stop(): Promise<void>
}

export interface RunSettings {
  readonly stdin?: string
  readonly variables?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Output that keeps what is written. */
export function memoryOutput(isTTY = false): Output & { readonly text: () => string } {
  let kept = ''
  return {
    isTTY,
    columns: 120,
    rows: 40,
    write(text) {
      kept += text
    },
    text: () => kept,
  }
}

/** Runs one command line. */
export async function runCommand(
  args: readonly string[],
  settings: RunSettings & { readonly folder: string },
): Promise<Answer> {
  const [out, err] = [memoryOutput(), memoryOutput()]
  const environment: Environment = {
    variables: { HOME: settings.folder, ...settings.variables },
    workingDirectory: settings.folder,
    out,
    err,
    readStdin: () => Promise.resolve(settings.stdin ?? ''),
    clock: systemClock(),
    random: systemRandom(),
    signal: settings.signal ?? new AbortController().signal,
  }
  const status = await runProgram(environment, args)
  return { status, out: out.text(), err: err.text() }
}

export async function startCommandRun(): Promise<CommandRun> {
  const cluster = await startClusterOn(systemClock())
  const token = 'a'.repeat(64)
  const user = { name: 'tester', groups: ['system:masters', 'system:authenticated'] }
  const guestToken = 'b'.repeat(64)
  const tokens = new Map([
    [token, user],
    [guestToken, { name: 'guest', groups: ['system:authenticated'] }],
  ])
  const http = await serveHttp(cluster.server, { port: 0, tokens })
  const folder = await mkdtemp(join(tmpdir(), 'sortie-cli-'))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, configOf(http.url, token))
  const guest = join(folder, 'guest')
  await writeFile(guest, configOf(http.url, guestToken))
  return {
    cluster,
    folder,
    kubeconfig,
    guest,
    run: (args, settings = {}) =>
      runCommand(args, {
        ...settings,
        folder,
        variables: { KUBECONFIG: kubeconfig, ...settings.variables },
      }),
    async write(name, text) {
      const path = join(folder, name)
      await writeFile(path, text)
      return path
    },
    async stop() {
      await http.close()
      await cluster.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configOf(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  })
}
