/** For tests: objects of each kind, as small as the API server takes them. */
import { API_VERSION, LABELS, MANAGED_BY } from '@sortie/api'
import type { KubeObject } from '@sortie/machinery'

type Fields = Readonly<Record<string, unknown>>

const own =
  (kind: string, spec: Fields) =>
  (name: string, namespace = 'default', more: Fields = {}): KubeObject =>
    ({
      apiVersion: API_VERSION,
      kind,
      metadata: { name, namespace },
      spec: { ...spec, ...more },
    }) as KubeObject

export const mission = own('Mission', {
  stages: [{ name: 'recon', flightTasks: [{ name: 'look' }] }],
})
export const weapon = own('Weapon', { image: { repository: 'registry.example/w', tag: 'v1' } })

export function stage(name: string, missionName: string, namespace = 'default'): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: { name, namespace, labels: { [LABELS.stageName]: name } },
    spec: { missionRef: { name: missionName }, stageIndex: 1 },
  } as KubeObject
}

export function task(
  name: string,
  { namespace = 'default', ...spec }: Fields & { readonly namespace?: string } = {},
): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'FlightTask',
    metadata: { name, namespace },
    spec,
  } as KubeObject
}

export function pod(
  name: string,
  options: {
    readonly namespace?: string
    readonly node?: string
    readonly managed?: boolean
    readonly labels?: Fields
  } = {},
): KubeObject {
  const { namespace = 'default', node, managed = true, labels = {} } = options
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { ...(managed ? { [LABELS.managedBy]: MANAGED_BY } : {}), ...labels },
    },
    spec: {
      containers: [{ name: 'task', image: 'busybox:1.36' }],
      ...(node === undefined ? {} : { nodeName: node }),
    },
  } as KubeObject
}

export function event(
  name: string,
  options: {
    readonly namespace?: string
    readonly about?: Fields
    readonly reason?: string
    readonly type?: 'Warning'
    readonly message?: string
    readonly count?: number
    readonly last?: string
  } = {},
): KubeObject {
  const {
    namespace = 'default',
    about,
    reason = 'Started',
    last = '2026-01-05T08:00:00Z',
  } = options
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { kind: 'Mission', name: 'm', namespace, ...about },
    reason,
    message: options.message ?? 'it happened',
    type: options.type ?? 'Normal',
    count: options.count ?? 1,
    firstTimestamp: last,
    lastTimestamp: last,
  } as unknown as KubeObject
}

export function role(name: string, namespace: string, rules: readonly Fields[]): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name, namespace },
    rules,
  } as unknown as KubeObject
}

export function binding(name: string, namespace: string, user: string): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  } as unknown as KubeObject
}

const rbac = (plural: string, kind: string) => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
})
export const ROLES = rbac('roles', 'Role')
export const ROLE_BINDINGS = rbac('rolebindings', 'RoleBinding')
