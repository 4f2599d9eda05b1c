/**
 * The roles and bindings that every server has from its start, so that what people write for a cluster (`edit` for a team,
 * `view` for a dashboard) works here. Roles of Kubernetes' own components, which do not run here, are left out.
 */
import { deepEqual, formatTime, isJsonObject, seededRandom } from '@sortie/machinery'
import type { ServerParts } from '../server/parts.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { aggregateRoles } from './aggregation.ts'
import { RBAC_GROUP, RBAC_STORAGE } from './model.ts'

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate'
const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-'
const VERSION = `${RBAC_GROUP}/v1`

type Rule = Readonly<Record<string, readonly string[]>>

const READ = 'get,list,watch'
const WRITE = 'create,delete,deletecollection,patch,update'
const READ_AND_WRITE = 'create,delete,deletecollection,get,list,patch,update,watch'

/** `verbs groups resources`, each a list with commas; `-` is the core group. */
function rule(text: string): Rule {
  const [verbs = [], groups = [], resources = []] = text.split(' ').map((part) => part.split(','))
  const apiGroups = groups.map((group) => (group === '-' ? '' : group))
  return { apiGroups, resources, verbs }
}

const paths = (...nonResourceURLs: string[]): Rule => ({ nonResourceURLs, verbs: ['get'] })

const HEALTH = ['/healthz', '/livez', '/readyz']
const VERSIONS = ['/version', '/version/']
const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*']

const EDITABLE = [
  rule(`${READ} - pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy`),
  rule('impersonate - serviceaccounts'),
  rule(`${WRITE} - pods,pods/attach,pods/exec,pods/portforward,pods/proxy`),
  rule('create - pods/eviction'),
  rule(
    `${WRITE} - configmaps,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy`,
  ),
  rule('create - serviceaccounts/token'),
  rule(`${WRITE} -,events.k8s.io events`),
  rule(
    `${WRITE} apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale`,
  ),
  rule(`${WRITE} autoscaling horizontalpodautoscalers`),
  rule(`${WRITE} batch cronjobs,jobs`),
  rule(`${WRITE} policy poddisruptionbudgets`),
  rule(`${WRITE} networking.k8s.io ingresses,networkpolicies`),
  rule(`${READ_AND_WRITE} coordination.k8s.io leases`),
]

const VIEWABLE = [
  rule(
    `${READ} - configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status`,
  ),
  rule(
    `${READ} - bindings,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status`,
  ),
  rule(`${READ} - namespaces`),
  rule(`${READ} -,events.k8s.io events`),
  rule(`${READ} discovery.k8s.io endpointslices`),
  rule(
    `${READ} apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status`,
  ),
  rule(`${READ} autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status`),
  rule(`${READ} batch cronjobs,cronjobs/status,jobs,jobs/status`),
  rule(`${READ} policy poddisruptionbudgets,poddisruptionbudgets/status`),
  rule(`${READ} networking.k8s.io ingresses,ingresses/status,networkpolicies`),
]

interface DefaultRole {
  readonly rules?: readonly Rule[]
  /** The role that this one becomes a part of. */
  readonly partOf?: string
  /** The role is made of those that are part of it. */
  readonly aggregates?: boolean
}

const ROLES: Readonly<Record<string, DefaultRole>> = {
  'cluster-admin': { rules: [rule('* * *'), { nonResourceURLs: ['*'], verbs: ['*'] }] },
  admin: { aggregates: true },
  edit: { aggregates: true, partOf: 'admin' },
  view: { aggregates: true, partOf: 'edit' },
  'system:aggregate-to-admin': {
    partOf: 'admin',
    rules: [
      rule('create authorization.k8s.io localsubjectaccessreviews'),
      rule(`${READ_AND_WRITE} ${RBAC_GROUP} rolebindings,roles`),
    ],
  },
  'system:aggregate-to-edit': { partOf: 'edit', rules: EDITABLE },
  'system:aggregate-to-view': { partOf: 'view', rules: VIEWABLE },
  'system:auth-delegator': {
    rules: [
      rule('create authentication.k8s.io tokenreviews'),
      rule('create authorization.k8s.io subjectaccessreviews'),
    ],
  },
  'system:basic-user': {
    rules: [
      rule('create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews'),
      rule('create authentication.k8s.io selfsubjectreviews'),
    ],
  },
  'system:discovery': { rules: [paths(...DISCOVERY, ...HEALTH, ...VERSIONS)] },
  'system:monitoring': {
    rules: [
      paths(...HEALTH.flatMap((path) => [path, `${path}/*`]), '/metrics', '/metrics/slis'),
      rule('get - nodes/metrics'),
    ],
  },
  'system:public-info-viewer': { rules: [paths(...HEALTH, ...VERSIONS)] },
}

/** Groups by the role that they are given in the whole cluster. */
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['system:masters'],
  'system:basic-user': ['system:authenticated'],
  'system:discovery': ['system:authenticated'],
  'system:monitoring': ['system:monitoring'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
}

/** Puts in what is missing, and the rules that a role of an earlier version lacks. */
export function ensureDefaultRoles(parts: Pick<ServerParts, 'store' | 'clock'>): void {
  const { store } = parts
  const make = maker(formatTime(parts.clock.now()))
  for (const [name, role] of Object.entries(ROLES)) {
    const wanted = make('ClusterRole', name, roleContent(name, role))
    ensure(parts, RBAC_STORAGE.clusterRoles, wanted)
  }
  for (const [name, groups] of Object.entries(BINDINGS)) {
    const subjects = groups.map((group) => ({ apiGroup: RBAC_GROUP, kind: 'Group', name: group }))
    const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name }
    const wanted = make('ClusterRoleBinding', name, { subjects, roleRef })
    ensure(parts, RBAC_STORAGE.clusterRoleBindings, wanted)
  }
  aggregateRoles(store)
}

interface Content {
  readonly labels?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

function roleContent(name: string, { rules = [], partOf, aggregates }: DefaultRole): Content {
  const labels: Record<string, string> =
    partOf === undefined ? {} : { [`${AGGREGATE}${partOf}`]: 'true' }
  if (aggregates !== true) return { labels, rules }
  const clusterRoleSelectors = [{ matchLabels: { [`${AGGREGATE}${name}`]: 'true' } }]
  return { labels, rules, aggregationRule: { clusterRoleSelectors } }
}

/** Ids of a source of their own: the server's is for what its users make, and a rehearsal's seed stays the seed it was. */
function maker(creationTimestamp: string) {
  const ids = seededRandom(1)
  return (kind: string, name: string, { labels, ...content }: Content): ApiObject => ({
    kind,
    apiVersion: VERSION,
    metadata: {
      name,
      uid: ids.uuid(),
      creationTimestamp,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
      annotations: { [AUTOUPDATE]: 'true' },
    },
    ...content,
  })
}

function ensure({ store }: Pick<ServerParts, 'store'>, storage: string, wanted: ApiObject): void {
  const { name = '' } = wanted.metadata
  const present = store.get(storage, { namespace: '', name })
  if (present === undefined) {
    store.put(storage, wanted)
    return
  }
  if (present.metadata.annotations?.[AUTOUPDATE] !== 'true') return
  const rules = withMissing(present, wanted)
  if (rules !== undefined) store.put(storage, { ...present, rules })
}

function withMissing(present: StoredObject, wanted: ApiObject): readonly unknown[] | undefined {
  const rules = Array.isArray(present['rules']) ? present['rules'] : []
  if (!Array.isArray(wanted['rules'])) return undefined
  const missing = wanted['rules'].filter(
    (one: unknown) => isJsonObject(one) && !rules.some((rule) => deepEqual(rule, one)),
  )
  return missing.length === 0 ? undefined : [...rules, ...missing]
}
