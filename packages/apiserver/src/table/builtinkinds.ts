/** The columns of built-in kinds, as kubectl's users know them. */
import type { Instant, JsonObject, JsonValue, KubeObject } from '@sortie/machinery'
import {
  ageColumn,
  at,
  cellOf,
  column,
  countAt,
  createdColumn,
  listAt,
  NONE,
  nameColumn,
  since,
  textAt,
  textOrNone,
  wideColumn,
} from './columns.ts'
import { podKind } from './podcolumns.ts'
import { serviceKind } from './servicecolumns.ts'
import type { TableKind } from './table.ts'
import {
  deploymentKind,
  disruptionBudgetKind,
  networkPolicyKind,
  priorityClassKind,
} from './workloadcolumns.ts'

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node, 'status.conditions').find((condition) => condition['type'] === 'Ready')
  const status = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'
  return at(node, 'spec.unschedulable') === true ? `${status},SchedulingDisabled` : status
}

function nodeRoles(node: KubeObject): string {
  const roles = new Set<string>()
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key !== ROLE_PREFIX) roles.add(key.slice(ROLE_PREFIX.length))
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value)
  }
  return roles.size === 0 ? NONE : [...roles].sort().join(',')
}

function nodeAddress(type: string): (node: KubeObject) => string {
  return (node) => {
    const found = listAt(node, 'status.addresses').find((address) => address['type'] === type)
    return textOrNone(found, 'address')
  }
}

function unknownIfEmpty(path: string): (object: KubeObject) => string {
  return (object) => textAt(object, path) || '<unknown>'
}

const nodeKind: TableKind = {
  columns: [
    nameColumn,
    column('Status', nodeStatus, { description: 'Whether the node is ready, and takes pods.' }),
    column('Roles', nodeRoles, { description: 'The roles by its labels.' }),
    ageColumn,
    column('Version', cellOf('status.nodeInfo.kubeletVersion'), {
      description: "The kubelet's version.",
    }),
    wideColumn('Internal-IP', nodeAddress('InternalIP')),
    wideColumn('External-IP', nodeAddress('ExternalIP')),
    wideColumn('OS-Image', unknownIfEmpty('status.nodeInfo.osImage')),
    wideColumn('Kernel-Version', unknownIfEmpty('status.nodeInfo.kernelVersion')),
    wideColumn('Container-Runtime', unknownIfEmpty('status.nodeInfo.containerRuntimeVersion')),
  ],
}

function firstSeen(event: KubeObject, now: Instant): string {
  return since(at(event, 'firstTimestamp') ?? at(event, 'eventTime'), now)
}

function lastSeen(event: KubeObject, now: Instant): string {
  const series = at(event, 'series.lastObservedTime')
  const last = series ?? at(event, 'lastTimestamp')
  return last === undefined || last === null ? firstSeen(event, now) : since(last, now)
}

function eventCount(event: KubeObject): JsonValue {
  return at(event, 'series.count') ?? (at(event, 'count') || 1)
}

function eventObject(event: KubeObject): string {
  const kind = textAt(event, 'involvedObject.kind').toLowerCase()
  const name = textAt(event, 'involvedObject.name')
  return name === '' ? kind : `${kind}/${name}`
}

function eventSource(event: KubeObject): string {
  const component = textAt(event, 'source.component') || textAt(event, 'reportingComponent')
  const host = textAt(event, 'source.host') || textAt(event, 'reportingInstance')
  return host === '' ? component : `${component}, ${host}`
}

const eventKind: TableKind = {
  columns: [
    column('Last Seen', lastSeen, { description: 'How long ago it happened last.' }),
    column('Type', cellOf('type')),
    column('Reason', cellOf('reason')),
    column('Object', eventObject, { description: 'What it is about.' }),
    wideColumn('Subobject', cellOf('involvedObject.fieldPath')),
    wideColumn('Source', eventSource),
    column('Message', (event) => textAt(event, 'message').trim()),
    wideColumn('First Seen', firstSeen),
    wideColumn('Count', eventCount),
    wideColumn('Name', (event) => event.metadata.name ?? '', { format: 'name' }),
  ],
}

/** core/v1 and events.k8s.io/v1 have one storage; the latter's names are read as the former's. */
function asCoreEvent(event: KubeObject): KubeObject {
  const source = event as KubeObject & JsonObject
  return {
    ...source,
    involvedObject: source['regarding'],
    message: source['note'],
    source: source['deprecatedSource'],
    firstTimestamp: source['deprecatedFirstTimestamp'],
    lastTimestamp: source['deprecatedLastTimestamp'],
    count: source['deprecatedCount'],
    reportingComponent: source['reportingController'],
  } as KubeObject
}

const newEventKind: TableKind = {
  columns: eventKind.columns.map((shown) => ({
    ...shown,
    cell: (event, now) => shown.cell(asCoreEvent(event), now),
  })),
}

function dataCount(object: KubeObject): number {
  return countAt(object, 'data') + countAt(object, 'binaryData')
}

function roleRef(binding: KubeObject): string {
  return `${textAt(binding, 'roleRef.kind')}/${textAt(binding, 'roleRef.name')}`
}

function subjects(kind: string): (binding: KubeObject) => string {
  return (binding) =>
    listAt(binding, 'subjects')
      .filter((subject) => subject['kind'] === kind)
      .map((subject) => {
        const name = textAt(subject, 'name')
        return kind === 'ServiceAccount' ? `${textAt(subject, 'namespace')}/${name}` : name
      })
      .join(', ')
}

const bindingKind: TableKind = {
  columns: [
    nameColumn,
    column('Role', roleRef),
    ageColumn,
    wideColumn('Users', subjects('User')),
    wideColumn('Groups', subjects('Group')),
    wideColumn('ServiceAccounts', subjects('ServiceAccount')),
  ],
}

const createdKind: TableKind = { columns: [nameColumn, createdColumn] }

/** What is shown of a kind that has no columns of its own. */
export const plainKind: TableKind = createdKind

const KINDS: ReadonlyMap<string, TableKind> = new Map([
  ['pods', podKind],
  ['nodes', nodeKind],
  ['services', serviceKind],
  ['events', eventKind],
  ['events.events.k8s.io', newEventKind],
  ['namespaces', { columns: [nameColumn, column('Status', cellOf('status.phase')), ageColumn] }],
  ['configmaps', { columns: [nameColumn, column('Data', dataCount), ageColumn] }],
  [
    'secrets',
    {
      columns: [
        nameColumn,
        column('Type', cellOf('type')),
        column('Data', (secret) => countAt(secret, 'data')),
        ageColumn,
      ],
    },
  ],
  [
    'serviceaccounts',
    {
      columns: [nameColumn, column('Secrets', (account) => countAt(account, 'secrets')), ageColumn],
    },
  ],
  [
    'leases.coordination.k8s.io',
    { columns: [nameColumn, column('Holder', cellOf('spec.holderIdentity')), ageColumn] },
  ],
  ['deployments.apps', deploymentKind],
  ['poddisruptionbudgets.policy', disruptionBudgetKind],
  ['priorityclasses.scheduling.k8s.io', priorityClassKind],
  ['networkpolicies.networking.k8s.io', networkPolicyKind],
  ['customresourcedefinitions.apiextensions.k8s.io', createdKind],
  ['roles.rbac.authorization.k8s.io', createdKind],
  ['clusterroles.rbac.authorization.k8s.io', createdKind],
  ['rolebindings.rbac.authorization.k8s.io', bindingKind],
  ['clusterrolebindings.rbac.authorization.k8s.io', bindingKind],
  [
    'validatingadmissionpolicies.admissionregistration.k8s.io',
    {
      columns: [
        nameColumn,
        column('Validations', (policy) => countAt(policy, 'spec.validations')),
        column('ParamKind', paramKind),
        ageColumn,
      ],
    },
  ],
  [
    'validatingadmissionpolicybindings.admissionregistration.k8s.io',
    {
      columns: [
        nameColumn,
        column('PolicyName', cellOf('spec.policyName')),
        column('ParamRef', (binding) => textAt(binding, 'spec.paramRef.name') || '<unset>'),
        ageColumn,
      ],
    },
  ],
])

function paramKind(policy: KubeObject): string {
  const kind = textAt(policy, 'spec.paramKind.kind')
  return kind === '' ? '<unset>' : `${textAt(policy, 'spec.paramKind.apiVersion')}/${kind}`
}

/**
 * The columns of a built-in resource, by plural and group (empty for the core group); name and
 * creation for others.
 */
export function builtInTableKind(plural: string, group: string): TableKind {
  return KINDS.get(group === '' ? plural : `${plural}.${group}`) ?? plainKind
}
