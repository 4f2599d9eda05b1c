/** What discovery tells of groups, versions and resources, plain and aggregated. */
import type { Catalog } from '../registry/catalog.ts'
import type { ResourceDefinition, SubresourceDefinition, Verb } from '../registry/definition.ts'
import { groupVersion } from '../registry/definition.ts'
import { compareVersions } from './versions.ts'

/** One group and version, with what it serves. */
export interface GroupVersionContent {
  readonly group: string
  readonly version: string
  readonly resources: readonly ResourceDefinition[]
}

/** Every group with its versions, the preferred one first; the core group is first. */
export function groupsOf(catalog: Catalog): ReadonlyMap<string, readonly GroupVersionContent[]> {
  const groups = new Map<string, Map<string, ResourceDefinition[]>>()
  for (const definition of catalog.all()) {
    const versions = groups.get(definition.group) ?? new Map<string, ResourceDefinition[]>()
    groups.set(definition.group, versions)
    for (const { version } of definition.versions) {
      const resources = versions.get(version) ?? []
      versions.set(version, [...resources, definition])
    }
  }
  return new Map([...groups].map(([group, versions]) => [group, contents(group, versions)]))
}

function contents(
  group: string,
  versions: ReadonlyMap<string, readonly ResourceDefinition[]>,
): readonly GroupVersionContent[] {
  return [...versions]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(([version, resources]) => ({
      group,
      version,
      resources: [...resources].sort((a, b) => (a.plural < b.plural ? -1 : 1)),
    }))
}

const STATUS_VERBS: readonly Verb[] = ['get', 'patch', 'update']

/** Status, scale and the kind's own subresources. */
export function subresourcesOf(definition: ResourceDefinition): readonly SubresourceDefinition[] {
  const { kind, hasStatus, scale, subresources = [] } = definition
  const found = [...subresources]
  if (scale !== undefined) {
    found.push({
      name: 'scale',
      kind: 'Scale',
      group: 'autoscaling',
      version: 'v1',
      verbs: STATUS_VERBS,
    })
  }
  if (hasStatus) found.push({ name: 'status', kind, verbs: STATUS_VERBS })
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** meta/v1 APIResourceList of one version. */
export function resourceList(content: GroupVersionContent): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(content.group, content.version),
    resources: content.resources.flatMap((definition) => [
      {
        name: definition.plural,
        singularName: definition.singular,
        namespaced: definition.namespaced,
        kind: definition.kind,
        verbs: definition.verbs,
        ...namesOf(definition),
      },
      ...subresourcesOf(definition).map((sub) => ({
        name: `${definition.plural}/${sub.name}`,
        singularName: '',
        namespaced: definition.namespaced,
        ...(sub.group === undefined ? {} : { group: sub.group, version: sub.version }),
        kind: sub.kind,
        verbs: sub.verbs,
      })),
    ]),
  }
}

function namesOf({ shortNames, categories }: ResourceDefinition): object {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  }
}

/** meta/v1 APIGroup. */
export function apiGroup(group: string, versions: readonly GroupVersionContent[]): object {
  const listed = versions.map(({ version }) => ({
    groupVersion: groupVersion(group, version),
    version,
  }))
  return { name: group, versions: listed, preferredVersion: listed[0] }
}

/** One item of apidiscovery.k8s.io APIGroupDiscoveryList. */
export function groupDiscovery(group: string, versions: readonly GroupVersionContent[]): object {
  return {
    metadata: group === '' ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
    versions: versions.map((content) => ({
      version: content.version,
      resources: content.resources.map((definition) => resourceDiscovery(definition, content)),
      freshness: 'Current',
    })),
  }
}

function resourceDiscovery(definition: ResourceDefinition, content: GroupVersionContent): object {
  const { group, version } = content
  const scope = definition.namespaced ? 'Namespaced' : 'Cluster'
  const subresources = subresourcesOf(definition).map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind },
    verbs: sub.verbs,
  }))
  return {
    resource: definition.plural,
    responseKind: { group, version, kind: definition.kind },
    scope,
    singularResource: definition.singular,
    verbs: definition.verbs,
    ...namesOf(definition),
    ...(subresources.length === 0 ? {} : { subresources }),
  }
}
