/** The API server as a pod in the cluster reaches it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@sortie/machinery'
import { tokenFile } from '../auth/tokens.ts'
import { configError } from './files.ts'
import type { ConnectionOptions } from './kubeconfig.ts'

/** Where the kubelet mounts a pod's service account. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

type Env = Readonly<Record<string, string | undefined>>

export function isInCluster(env: Env): boolean {
  return (
    (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && (env['KUBERNETES_SERVICE_PORT'] ?? '') !== ''
  )
}

/** @throws SortieError where the service account is not mounted */
export async function inClusterOptions(
  env: Env,
  clock: Clock,
  folder: string = SERVICE_ACCOUNT_FOLDER,
): Promise<ConnectionOptions> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  const bracketed = host.includes(':') ? `[${host}]` : host
  const [ca, namespace] = await Promise.all([
    readMounted(join(folder, 'ca.crt')),
    readMounted(join(folder, 'namespace')).catch(() => 'default'),
  ])
  return {
    server: `https://${bracketed}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    namespace: namespace.trim() || 'default',
    source: 'in-cluster',
    tls: { ca },
    auth: tokenFile({ path: join(folder, 'token'), clock }),
  }
}

async function readMounted(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const message = `${path} can't be read: set automountServiceAccountToken on the pod, or give a kubeconfig`
    throw configError(message, cause)
  }
}
