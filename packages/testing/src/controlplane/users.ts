/** Who may speak to the control plane: one token per part, so that the audit log can tell them apart. */
import { randomToken } from '@sortie/machinery'

export interface ControlPlaneUser {
  /** As RBAC and the audit log name it. */
  readonly user: string
  readonly groups?: readonly string[]
}

/** By the names that `client()` takes. The parts have no rights until a binding gives them some. */
export const DEFAULT_USERS = {
  admin: { user: 'admin', groups: ['system:masters'] },
  harness: { user: 'harness', groups: ['system:masters'] },
  'kube-controller-manager': { user: 'system:kube-controller-manager' },
  'kube-scheduler': { user: 'system:kube-scheduler' },
  operator: serviceAccount('sortie-operator'),
  scheduler: serviceAccount('sortie-scheduler'),
  fleet: serviceAccount('sortie-fleet'),
  dashboard: serviceAccount('sortie-dashboard'),
  nobody: { user: 'nobody' },
} as const satisfies Record<string, ControlPlaneUser>

function serviceAccount(name: string, namespace = 'sortie-system'): ControlPlaneUser {
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  }
}

export interface TokenUser extends ControlPlaneUser {
  readonly token: string
}

export function withTokens(
  users: Readonly<Record<string, ControlPlaneUser>>,
): ReadonlyMap<string, TokenUser> {
  return new Map(
    Object.entries(users).map(([name, user]) => [name, { ...user, token: randomToken() }]),
  )
}

/** The file of `--token-auth-file`: token, user, uid, groups. */
export function tokenFileText(users: ReadonlyMap<string, TokenUser>): string {
  return [...users]
    .map(([name, { token, user, groups = [] }]) => `${token},${user},${name},"${groups.join(',')}"`)
    .join('\n')
}

export interface KubeconfigInput {
  readonly url: string
  /** File of the certificate authority. */
  readonly caFile: string
  readonly token: string
}

export function kubeconfigText({ url, caFile, token }: KubeconfigInput): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: controlplane
  cluster: {server: "${url}", certificate-authority: "${caFile}"}
users:
- name: user
  user: {token: "${token}"}
contexts:
- name: controlplane
  context: {cluster: controlplane, user: user}
current-context: controlplane
`
}
