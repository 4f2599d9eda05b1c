/** Short forms for defining resources. */
import type { ResourceDefinition, Strategy, Verb } from '../registry/definition.ts'

export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

type Given = Pick<ResourceDefinition, 'group' | 'plural' | 'kind'> &
  Partial<ResourceDefinition> & { readonly version?: string }

/** A built-in resource: namespaced, in version v1, with all verbs, unless it says otherwise. */
export function defineResource(given: Given): ResourceDefinition {
  const { version = 'v1', ...rest } = given
  return {
    singular: given.kind.toLowerCase(),
    listKind: `${given.kind}List`,
    namespaced: true,
    shortNames: [],
    categories: [],
    versions: [{ version }],
    storageVersion: version,
    storage: given.group === '' ? given.plural : `${given.group}/${given.plural}`,
    verbs: ALL_VERBS,
    hasStatus: false,
    isCustom: false,
    selectableFields: [],
    strategy: {},
    ...rest,
  }
}

/** The rules of a kind that has a spec, and a status that only its subresource writes. */
export const SPEC_AND_STATUS: Strategy = { generation: 'spec' }
