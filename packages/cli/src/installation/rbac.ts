/** ServiceAccounts, roles and bindings. */
import {
  type InstallationSettings,
  labelsOf,
  type Manifest,
  nameOf,
  type PartName,
  partsOf,
} from './manifest.ts'
import { leaseRules, PART_RIGHTS, PEOPLE, type Rule } from './rights.ts'

const RBAC = 'rbac.authorization.k8s.io'

export function serviceAccounts(settings: InstallationSettings): readonly Manifest[] {
  const pods = settings.dashboard === false ? [] : (['dashboard'] as const)
  return [...partsOf(settings), ...pods].map((pod) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: nameOf(settings, pod),
      namespace: settings.namespace,
      labels: labelsOf(pod),
    },
    // A pod that needs a token asks for it itself.
    automountServiceAccountToken: false,
  }))
}

/** What the parts may do: cluster-wide, or where a namespace is given in that one (and about nodes). */
export function partRoles(settings: InstallationSettings): readonly Manifest[] {
  return partsOf(settings).flatMap((part) => [
    ...workRoles(settings, part),
    ...granted(settings, part, {
      name: `${nameOf(settings, part)}-leases`,
      namespace: settings.namespace,
      rules: leaseRules(nameOf(settings, part)),
    }),
  ])
}

function workRoles(settings: InstallationSettings, part: PartName): readonly Manifest[] {
  const { cluster, namespaced } = PART_RIGHTS[part]
  const { watchNamespace } = settings
  const name = nameOf(settings, part)
  if (watchNamespace === undefined) {
    return granted(settings, part, { name, rules: [...cluster, ...namespaced] })
  }
  return [
    ...granted(settings, part, { name: `${name}-nodes`, rules: cluster }),
    ...granted(settings, part, { name, namespace: watchNamespace, rules: namespaced }),
  ]
}

interface Grant {
  readonly name: string
  /** A Role there; a ClusterRole where it is missing. */
  readonly namespace?: string
  readonly rules: readonly Rule[]
}

function granted(
  settings: InstallationSettings,
  part: PartName,
  { name, namespace, rules }: Grant,
): readonly Manifest[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: labelsOf(part),
  }
  const account = { name: nameOf(settings, part), namespace: settings.namespace }
  return [
    { apiVersion: `${RBAC}/v1`, kind, metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind, name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ]
}

/** Roles for people: they reach those who have view, edit or admin in a namespace. */
export function peopleRoles({ prefix }: InstallationSettings): readonly Manifest[] {
  return PEOPLE.map(({ name, aggregate, rules }) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: {
      name: `${prefix}-${name}`,
      labels: { ...labelsOf(), [`${RBAC}/aggregate-to-${aggregate}`]: 'true' },
    },
    rules,
  }))
}
