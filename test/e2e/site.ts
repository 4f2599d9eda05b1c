/**
 * A real control plane with Sortie installed on it by `sortie install`, and its parts as processes of their own, each with a token of
 * its own ServiceAccount and no right that the installation does not give it.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type ControlPlane,
  type ControlPlaneOptions,
  type Daemon,
  missingForControlPlane,
  startControlPlane,
  startDaemon,
} from '@sortie/testing'
import { type Finished, missingKubectl, ROOT, run } from '../kubectl/cluster.ts'

const MAIN = join(ROOT, 'packages/cli/src/main.ts')
const NAMESPACE = 'sortie-system'

export type PartName = 'operator' | 'scheduler' | 'fleet'

/** Why there can be no such site on this machine; false where there can, and in CI, where a lack is an error. */
export function missingForSite(version?: string): string | false {
  const programs = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const
  return missingForControlPlane(programs, version) ?? missingKubectl()
}

export interface Site {
  readonly plane: ControlPlane
  /** What `sortie install` printed. */
  readonly installed: Finished
  sortie(...args: readonly string[]): Promise<Finished>
  /** @throws Error with kubectl's words where it fails */
  kubectl(args: readonly string[], stdin?: string): Promise<string>
  /** An object as it is stored. @throws Error where there is none */
  get<T>(...resource: readonly string[]): Promise<T>
  start(part: PartName, ...flags: readonly string[]): Promise<Daemon>
  stop(): Promise<void>
}

/** @throws Error where the control plane does not start or the installation fails; nothing is left running then */
export async function startSite(options: ControlPlaneOptions = {}): Promise<Site> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  const plane = await startControlPlane({ report, ...options })
  try {
    return await installOn(plane)
  } catch (error) {
    await plane.stop()
    throw error
  }
}

async function installOn(plane: ControlPlane): Promise<Site> {
  const env = { KUBECONFIG: plane.kubeconfig(), HOME: dirname(plane.kubeconfig()) }
  const sortie = (...args: readonly string[]): Promise<Finished> =>
    run(process.execPath, [MAIN, ...args], { env })
  const kubectl = async (args: readonly string[], stdin = ''): Promise<string> => {
    const { status, stdout, stderr } = await run('kubectl', args, { env, stdin })
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const installed = await sortie('install')
  if (installed.status !== 0) throw new Error(`sortie install: ${installed.stderr}`)
  // Nobody carries out its Deployment here: the simulated aircraft run by hand, with its account and its rights.
  await kubectl(['apply', '-k', join(ROOT, 'config/fleet')])
  const daemons: Daemon[] = []
  const kubeconfigs = new Map<PartName, Promise<string>>()
  const kubeconfigOf = (part: PartName): Promise<string> => {
    const account = { namespace: NAMESPACE, name: `sortie-${part}` }
    const known = kubeconfigs.get(part) ?? plane.accountKubeconfig(account)
    kubeconfigs.set(part, known)
    return known
  }
  return {
    plane,
    installed,
    sortie,
    kubectl,
    get: async (...resource) => JSON.parse(await kubectl(['get', ...resource, '-o', 'json'])),
    async start(part, ...flags) {
      const kubeconfig = await kubeconfigOf(part)
      const quiet = ['--metrics-address', '0', '--health-address', '0', '--log-level', 'warn']
      const command = [process.execPath, MAIN, part, '--kubeconfig', kubeconfig] as const
      const log = join(dirname(kubeconfig), `${part}.log`)
      const daemon = startDaemon(part, [...command, ...quiet, ...flags], log)
      daemons.push(daemon)
      return daemon
    },
    async stop() {
      await Promise.all(daemons.map((daemon) => daemon.stop()))
      await plane.stop()
    },
  }
}

/** One request as the audit log has it. */
export interface AuditEvent {
  readonly user: { readonly username: string }
  readonly verb: string
  readonly stage: string
  readonly requestURI: string
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
}

/** What the API server has answered by now, oldest first; watches that go on are among it where they are asked for. */
export function auditOf(
  plane: ControlPlane,
  { withWatches = false }: { readonly withWatches?: boolean } = {},
): readonly AuditEvent[] {
  const lines = readFileSync(plane.auditLog, 'utf8').split('\n')
  // The last line may be half written.
  const events = lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent)
  return events.filter(
    ({ stage }) => stage === 'ResponseComplete' || (withWatches && stage === 'ResponseStarted'),
  )
}

/** By our parts. */
export function isOurs({ user }: AuditEvent): boolean {
  return user.username.startsWith(`system:serviceaccount:${NAMESPACE}:sortie-`)
}

/** @throws Error with the last look's words where the time is up */
export async function until(holds: () => Promise<boolean | string>, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const seen = await holds()
    if (seen === true) return
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${seen}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
