/** The resource that a CustomResourceDefinition defines. */
import { statusError } from '@sortie/machinery'
import type { CrdDefinition, CrdVersion } from '../crd/index.ts'
import { compareVersions } from '../discovery/versions.ts'
import {
  groupVersion,
  type ResourceDefinition,
  type ServedVersion,
  type Strategy,
  type WriteContext,
} from '../registry/definition.ts'
import { STANDARD_FINALIZERS } from '../registry/metadata.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { CRD_STORAGE } from './customresources.ts'
import { ALL_VERBS } from './define.ts'

/** The definition by which the server serves the instances. @param since the revision that made it so */
export function instanceResource(crd: CrdDefinition, since: number): ResourceDefinition {
  const { group, names, storageVersion } = crd
  const served = crd.versions
    .filter((version) => version.served)
    .sort((a, b) => compareVersions(a.name, b.name))
  const [main = served[0]] = served.filter((version) => version.name === storageVersion)
  const stored = crd.versions.find((version) => version.name === storageVersion)
  const scale = main?.scale
  return {
    group,
    plural: names.plural,
    singular: names.singular,
    kind: names.kind,
    listKind: names.listKind,
    namespaced: crd.namespaced,
    shortNames: names.shortNames,
    categories: names.categories,
    versions: served.map((version) => servedVersion(crd, version)),
    storageVersion,
    storage: `${group}/${names.plural}`,
    verbs: ALL_VERBS,
    hasStatus: served.some((version) => version.status),
    ...(scale === undefined ? {} : { scale }),
    isCustom: true,
    since,
    selectableFields: main?.selectableFields.map(({ field }) => field) ?? [],
    strategy: stored === undefined ? {} : instanceStrategy(crd, stored),
  }
}

function instanceStrategy(
  crd: CrdDefinition,
  { compiled, selectableFields }: CrdVersion,
): Strategy {
  return {
    generation: 'all',
    keepsMetadataOnStatus: true,
    allowsUnconditionalUpdate: false,
    admit: (object, context) => {
      refuseTerminating(crd, context)
      return object
    },
    defaults: (object) => compiled.normalise(object).value as ApiObject,
    fillApplied: (object) => compiled.fillGaps(object) as ApiObject,
    validateCreate: (object) => compiled.validate(object),
    validateUpdate: ({ object, old }) => compiled.validate(object, { oldValue: old }),
    validateStatus: ({ object, old }) => compiled.validateStatus(object, { oldValue: old }),
    warn: ({ object, old }, { warnings }) => warnOfFinalizers(object, { old, warnings }),
    fields: (object) =>
      Object.fromEntries(
        selectableFields.map(({ field, read }) => [field, String(read(object)[0] ?? '')]),
      ),
  }
}

interface Warned {
  readonly old: StoredObject | undefined
  readonly warnings: string[]
}

/** A finalizer without a domain is taken, with a warning when it comes. */
function warnOfFinalizers({ metadata }: ApiObject, { old, warnings }: Warned): void {
  const { finalizers = [] } = metadata
  if (finalizers.length === 0) return
  const known = old?.metadata.finalizers ?? []
  for (const name of [...new Set(finalizers)].sort()) {
    if (known.includes(name) || name.includes('/') || STANDARD_FINALIZERS.includes(name)) continue
    const path = name.includes('.') ? ' including a path (/)' : ''
    const why = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`
    warnings.push(`metadata.finalizers: ${JSON.stringify(name)}: ${why}`)
  }
}

function refuseTerminating({ name }: CrdDefinition, { store }: WriteContext): void {
  const crd = store.get(CRD_STORAGE, { namespace: '', name })
  if (crd?.metadata.deletionTimestamp === undefined) return
  throw statusError('MethodNotAllowed', {
    message: 'create not allowed while custom resource definition is terminating',
  })
}

/** Versions differ in nothing but their name: there are no conversion webhooks here. */
function servedVersion(crd: CrdDefinition, version: CrdVersion): ServedVersion {
  const { group, storageVersion } = crd
  const { schema, compiled } = version
  const shared = {
    version: version.name,
    unknownFields: (object: ApiObject) => compiled.unknownFields(object),
    embeddedMetadata: (object: ApiObject) => compiled.embeddedMetadata(object),
    columns: version.columns,
    schema,
    ...(version.deprecated
      ? { deprecation: version.deprecationWarning ?? deprecationOf(crd, version) }
      : {}),
  }
  if (version.name === storageVersion) return shared
  const stored = groupVersion(group, storageVersion)
  const shown = groupVersion(group, version.name)
  return {
    ...shared,
    toStorage: (object) => ({ ...object, apiVersion: stored }),
    fromStorage: remembered((object) => ({ ...object, apiVersion: shown })),
  }
}

function deprecationOf({ group, names }: CrdDefinition, { name }: CrdVersion): string {
  return `${group}/${name} ${names.kind} is deprecated`
}

function remembered(
  convert: (object: StoredObject) => StoredObject,
): (object: StoredObject) => StoredObject {
  const views = new WeakMap<StoredObject, StoredObject>()
  return (object) => {
    const view = views.get(object) ?? convert(object)
    views.set(object, view)
    return view
  }
}
