/** The embedded server behind HTTP with a kubeconfig, for kubectl and helm. */
import { type SpawnSyncReturns, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiServer, serveHttp } from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import { randomToken, silentLogger, systemClock, systemRandom } from '@sortie/machinery'
import { createServerCertificate } from '../../packages/cli/src/embedded/certificates.ts'
import { ROOT } from './helm.ts'

export type Finished = Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'>

export interface InstallTarget {
  readonly client: Client
  readonly kubeconfig: string
  /** Of whoever may do everything. */
  readonly token: string
  /** An empty folder, removed at the end. */
  readonly folder: string
  run(command: string, args: readonly string[]): Promise<Finished>
  stop(): Promise<void>
}

/** Without CRDs, as a new cluster is. */
export async function startInstallTarget(): Promise<InstallTarget> {
  const [clock, random] = [systemClock(), systemRandom()]
  const server = createApiServer({ clock, random, log: silentLogger })
  await server.start()
  const token = randomToken()
  const user = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
  // kubectl and helm send a token over TLS only.
  const { authority, certificate, key } = await createServerCertificate(clock.now())
  const http = await serveHttp(server, {
    port: 0,
    tokens: new Map([[token, user]]),
    tls: { cert: certificate, key },
  })
  const folder = mkdtempSync(join(tmpdir(), 'sortie-packaging-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const ca = Buffer.from(authority).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: http.url, 'certificate-authority-data': ca } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  return {
    client: createClient(server.transport(user), { clock, random, fieldManager: 'test' }),
    kubeconfig,
    token,
    folder,
    run: (command, args) => runCommand(command, args, { KUBECONFIG: kubeconfig, HOME: folder }),
    async stop() {
      await http.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Not synchronous, since the server answers from this very process. */
export function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('error', fail)
    child.once('close', (status) => done({ status, stdout, stderr }))
  })
}
