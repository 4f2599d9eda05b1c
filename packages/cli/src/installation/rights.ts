/** Who needs which rights, each with its reason: the one source of config/rbac, of the chart and of `sortie install`. */
import { GROUP } from '@sortie/api'
import type { PartName } from './manifest.ts'

/** A PolicyRule of RBAC. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface PartRights {
  /** About objects without a namespace: a ClusterRole in every mode. */
  readonly cluster: readonly Rule[]
  /** In the namespaces looked after. */
  readonly namespaced: readonly Rule[]
}

/** A rule about resources of one group. */
export const rule = (
  group: string,
  resources: readonly string[],
  ...verbs: readonly string[]
): Rule => ({
  apiGroups: [group],
  resources,
  verbs,
})

const KINDS = [
  'missions',
  'missionstages',
  'flighttasks',
  'weapons',
  'weaponloadouts',
  'missiontemplates',
]

const LOOK = ['list', 'watch']
const WRITES = ['create', 'patch', 'delete']

export const PART_RIGHTS: Readonly<Record<PartName, PartRights>> = {
  operator: {
    cluster: [
      // Lost nodes are asked for by name before a pod is given up.
      rule('', ['nodes'], 'get', ...LOOK, 'patch'),
      // Slots and hardpoints as extended resources.
      rule('', ['nodes/status'], 'patch'),
    ],
    namespaced: [
      // Deletes those whose ttlSecondsAfterFinished is over.
      rule(GROUP, ['missions'], ...LOOK, 'delete'),
      rule(GROUP, ['missionstages', 'flighttasks'], 'get', ...LOOK, ...WRITES),
      rule(GROUP, ['weapons', 'weaponloadouts', 'missiontemplates'], ...LOOK),
      rule(GROUP, statuses(KINDS), 'patch'),
      rule('', ['pods'], 'get', ...LOOK, ...WRITES),
      // Reads why the scheduler could not place a pod.
      rule('', ['events'], ...LOOK, 'create', 'patch'),
    ],
  },
  scheduler: {
    cluster: [rule('', ['nodes'], ...LOOK)],
    namespaced: [
      rule('', ['pods'], 'get', ...LOOK),
      rule('', ['pods/binding'], 'create'),
      rule('', ['pods/status'], 'patch'),
      rule(GROUP, ['missionstages', 'flighttasks'], ...LOOK),
      rule('', ['events'], 'create', 'patch'),
    ],
  },
}

function statuses(resources: readonly string[]): readonly string[] {
  return resources.map((resource) => `${resource}/status`)
}

/** In the part's own namespace: its Lease, and no other. A create cannot be limited by name. */
export function leaseRules(lease: string): readonly Rule[] {
  const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] }
  return [
    { ...leases, verbs: ['create'] },
    { ...leases, verbs: ['get', 'update'], resourceNames: [lease] },
  ]
}

const EDITED = KINDS.filter((kind) => kind !== 'missionstages')

/** Roles for people, and the role of Kubernetes that each is added to. */
export const PEOPLE: readonly {
  readonly name: string
  readonly aggregate: 'view' | 'edit' | 'admin'
  readonly rules: readonly Rule[]
}[] = [
  {
    name: 'viewer',
    aggregate: 'view',
    rules: [rule(GROUP, [...KINDS, ...statuses(KINDS)], 'get', ...LOOK)],
  },
  {
    // Who may create a mission may run pods, and mount the namespace's secrets: never give this to a viewer.
    name: 'editor',
    aggregate: 'edit',
    rules: [rule(GROUP, EDITED, 'create', 'update', 'patch', 'delete', 'deletecollection')],
  },
  {
    // Opens a stage's gates (`sortie approve`), and sets the conditions that stages wait for.
    name: 'approver',
    aggregate: 'admin',
    rules: [
      rule(GROUP, ['missionstages'], 'get', 'patch', 'update'),
      rule(GROUP, ['missionstages/status'], 'get', 'patch', 'update'),
    ],
  },
]
