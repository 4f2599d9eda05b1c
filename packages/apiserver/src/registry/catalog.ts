/** The resources that are served now. CustomResourceDefinitions add to them and take away. */
import type { ResourceDefinition, ServedVersion } from './definition.ts'

export interface ServedResource {
  readonly definition: ResourceDefinition
  readonly version: ServedVersion
}

export interface Catalog {
  /** The resource served under this group, version and plural name. */
  find(group: string, version: string, plural: string): ServedResource | undefined
  /** The resource of a group by its kind, whatever the version. */
  findKind(group: string, kind: string): ResourceDefinition | undefined
  /** The definition of a group's resource, whatever the version. */
  findResource(group: string, plural: string): ResourceDefinition | undefined
  /** The definition whose objects lie in this storage; of several views the first. */
  findStorage(storage: string): ResourceDefinition | undefined
  all(): readonly ResourceDefinition[]
  /** Adds a definition, or replaces the one of the same group and plural name. */
  add(definition: ResourceDefinition): void
  remove(group: string, plural: string): void
  /** Grows with every change, so that what is derived from the catalog knows when it is old. */
  readonly generation: number
}

export function createCatalog(definitions: readonly ResourceDefinition[]): Catalog {
  const byName = new Map<string, ResourceDefinition>()
  const byKind = new Map<string, ResourceDefinition>()
  const byStorage = new Map<string, ResourceDefinition>()
  let generation = 0
  const remove = (group: string, plural: string): void => {
    const found = byName.get(`${group}/${plural}`)
    if (found === undefined) return
    byName.delete(`${group}/${plural}`)
    if (byStorage.get(found.storage) === found) byStorage.delete(found.storage)
    if (byKind.get(`${group}/${found.kind}`) === found) byKind.delete(`${group}/${found.kind}`)
    generation++
  }
  const add = (definition: ResourceDefinition): void => {
    remove(definition.group, definition.plural)
    byName.set(`${definition.group}/${definition.plural}`, definition)
    byKind.set(`${definition.group}/${definition.kind}`, definition)
    if (!byStorage.has(definition.storage)) byStorage.set(definition.storage, definition)
    generation++
  }
  for (const definition of definitions) add(definition)
  return {
    find(group, version, plural) {
      const definition = byName.get(`${group}/${plural}`)
      const served = definition?.versions.find((one) => one.version === version)
      return definition === undefined || served === undefined
        ? undefined
        : { definition, version: served }
    },
    findKind: (group, kind) => byKind.get(`${group}/${kind}`),
    findResource: (group, plural) => byName.get(`${group}/${plural}`),
    findStorage: (storage) => byStorage.get(storage),
    all: () => [...byName.values()],
    add,
    remove,
    get generation() {
      return generation
    },
  }
}
