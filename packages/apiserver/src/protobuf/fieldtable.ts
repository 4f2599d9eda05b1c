import { MESSAGES } from './messages.ts'
import { POD_MESSAGES } from './podmessages.ts'
import { VOLUME_MESSAGES } from './volumemessages.ts'

/**
 * How one field of a message becomes JSON. The tables write it as `number name type`: `s` string,
 * `i` integer, `b` boolean, `y` bytes, a name for a message; `[]` behind it for a repeated field,
 * `{}` around it for a map from strings, `?` for a field that is kept although it is zero or empty.
 * The name `...` puts the fields of a message into the one that holds it.
 */
export interface FieldRow {
  readonly name: string
  readonly type: string
  readonly shape: 'one' | 'list' | 'map'
  readonly keepsZero: boolean
}

export type MessageTable = ReadonlyMap<number, FieldRow>

const TABLES = new Map<string, MessageTable>()
const SOURCES = readSources([MESSAGES, POD_MESSAGES, VOLUME_MESSAGES].join('\n'))

/** The fields of a message by their numbers; undefined for a message that is not known. */
export function messageTable(name: string): MessageTable | undefined {
  const known = TABLES.get(name)
  if (known !== undefined) return known
  const source = SOURCES.get(name)
  if (source === undefined) return undefined
  const table = new Map(source.split(',').flatMap(readField))
  TABLES.set(name, table)
  return table
}

function readSources(text: string): ReadonlyMap<string, string> {
  const sources = new Map<string, string>()
  for (const line of text.replaceAll(',\n', ',').split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) sources.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return sources
}

function readField(text: string): [number, FieldRow][] {
  const match = /^\s*(\d+) (\S+) (\{?)(\w+)(\??)[}?]*(\[\])?/.exec(text)
  if (match === null) return []
  const [, number, name = '', map, type = '', keeps, list] = match
  const shape = map === '{' ? 'map' : list === undefined ? 'one' : 'list'
  return [[Number(number), { name, type, shape, keepsZero: keeps === '?' }]]
}

/** The messages of the kinds that may be sent, by `apiVersion Kind`. */
export const KINDS: ReadonlyMap<string, string> = new Map([
  ['v1 Namespace', 'Namespace'],
  ['v1 ConfigMap', 'ConfigMap'],
  ['v1 Secret', 'Secret'],
  ['v1 ServiceAccount', 'ServiceAccount'],
  ['v1 Service', 'Service'],
  ['v1 DeleteOptions', 'DeleteOptions'],
  ['v1 Binding', 'Binding'],
  ['v1 Event', 'Event'],
  ['v1 Pod', 'Pod'],
  ['v1 Node', 'Node'],
  ['policy/v1 Eviction', 'Eviction'],
  ['policy/v1 PodDisruptionBudget', 'PodDisruptionBudget'],
  ['events.k8s.io/v1 Event', 'eventsEvent'],
  ['coordination.k8s.io/v1 Lease', 'Lease'],
  ['authorization.k8s.io/v1 SelfSubjectAccessReview', 'SelfSubjectAccessReview'],
  ['authorization.k8s.io/v1 SelfSubjectRulesReview', 'SelfSubjectRulesReview'],
  ['authorization.k8s.io/v1 SubjectAccessReview', 'SubjectAccessReview'],
  ['authentication.k8s.io/v1 SelfSubjectReview', 'SelfSubjectReview'],
  ['authentication.k8s.io/v1 TokenRequest', 'TokenRequest'],
  ['authentication.k8s.io/v1 TokenReview', 'TokenReview'],
  ['rbac.authorization.k8s.io/v1 Role', 'Role'],
  ['rbac.authorization.k8s.io/v1 ClusterRole', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1 RoleBinding', 'RoleBinding'],
  ['rbac.authorization.k8s.io/v1 ClusterRoleBinding', 'ClusterRoleBinding'],
  ['apps/v1 Deployment', 'Deployment'],
  ['batch/v1 Job', 'Job'],
  ['batch/v1 CronJob', 'CronJob'],
  ['scheduling.k8s.io/v1 PriorityClass', 'PriorityClass'],
  ['v1 ResourceQuota', 'ResourceQuota'],
  ['networking.k8s.io/v1 Ingress', 'Ingress'],
])
