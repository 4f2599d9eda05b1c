/** CustomResourceDefinitions, and the resources that they define. */
import { formatTime, getPath } from '@sortie/machinery'
import type { ResourceDefinition } from '../registry/definition.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { ALL_VERBS, defineResource } from './define.ts'

/** The store's name for CustomResourceDefinitions. */
export const CRD_STORAGE = 'apiextensions.k8s.io/customresourcedefinitions'

export const CUSTOM_RESOURCES = defineResource({
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  hasStatus: true,
  strategy: {
    generation: 'spec',
    prepareCreate: (object, { clock }) => ({
      ...object,
      status: establishedStatus(object, formatTime(clock.now())),
    }),
  },
})

function establishedStatus(crd: ApiObject, now: string): object {
  const names = getPath(crd, ['spec', 'names'])
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  })
  return {
    acceptedNames: names,
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: [storageVersionOf(crd)],
  }
}

interface CrdVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly subresources?: { readonly status?: object }
}

function versionsOf(crd: ApiObject): readonly CrdVersion[] {
  return (getPath(crd, ['spec', 'versions']) ?? []) as readonly CrdVersion[]
}

function storageVersionOf(crd: ApiObject): string {
  return versionsOf(crd).find((version) => version.storage)?.name ?? 'v1'
}

/** The resource that a definition defines. */
export function customResource(crd: StoredObject): ResourceDefinition {
  const group = String(getPath(crd, ['spec', 'group']))
  const names = getPath(crd, ['spec', 'names']) as {
    plural: string
    singular?: string
    kind: string
    listKind?: string
    shortNames?: string[]
    categories?: string[]
  }
  const storage = storageVersionOf(crd)
  return {
    group,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    namespaced: getPath(crd, ['spec', 'scope']) === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    versions: versionsOf(crd)
      .filter((version) => version.served)
      .map((version) => ({ version: version.name })),
    storageVersion: storage,
    storage: `${group}/${names.plural}`,
    verbs: ALL_VERBS,
    hasStatus: versionsOf(crd).some((version) => version.subresources?.status !== undefined),
    isCustom: true,
    selectableFields: [],
    strategy: { generation: 'all', keepsMetadataOnStatus: true, allowsUnconditionalUpdate: false },
  }
}
