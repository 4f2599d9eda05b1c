/** CustomResourceDefinitions: parsed and checked when they are written, established at once. */
import { deepEqual, formatTime } from '@sortie/machinery'
import { type CrdDefinition, type ParsedCrd, parseCrd } from '../crd/index.ts'
import type { Update, WriteContext } from '../registry/definition.ts'
import { type FieldError, invalid } from '../schema/fielderror.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { defineResource } from './define.ts'
import { type Fields, listOf, objectOf, textOf } from './pods/fields.ts'

/** The store's name for CustomResourceDefinitions. */
export const CRD_STORAGE = 'apiextensions.k8s.io/customresourcedefinitions'
/** Holds a deleted definition until its instances are gone. */
export const CRD_CLEANUP = 'customresourcecleanup.apiextensions.k8s.io'

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
    prepareCreate: (crd, context) => {
      const finalizers = [...(crd.metadata.finalizers ?? []), CRD_CLEANUP]
      const metadata = { ...crd.metadata, finalizers }
      return withStatus({ ...defaulted(crd), metadata } as ApiObject, undefined, context)
    },
    prepareUpdate: ({ object, old }, context) => {
      if (deepEqual(object['spec'], old['spec'])) return { ...object, spec: old['spec'] }
      return withStatus(defaulted(object), old, context)
    },
    prepareDelete: (crd) => ({ ...crd, status: terminatingStatus(crd) }),
    validate: (crd) => parsed(crd).errors,
    validateUpdate: immutableErrors,
  },
})

interface Known {
  readonly name: string
  readonly parsed: ParsedCrd
}

/** By the spec, which stays the same object when metadata and status change, and from one server of a process to the next. */
const known = new WeakMap<object, Known>()

/** The definition parsed, once for each spec and name. */
function parsed(crd: ApiObject): ParsedCrd {
  const { spec } = crd
  const { name = '' } = crd.metadata
  const found = typeof spec === 'object' && spec !== null ? known.get(spec) : undefined
  if (found?.name === name) return found.parsed
  const result = parseCrd(crd)
  for (const key of [spec, (result.object as ApiObject)['spec']]) {
    if (typeof key === 'object' && key !== null) known.set(key, { name, parsed: result })
  }
  return result
}

/** The definition with the defaults of its spec. */
function defaulted(crd: ApiObject): ApiObject {
  return { ...crd, spec: (parsed(crd).object as ApiObject)['spec'] }
}

/** What a stored definition defines; undefined where it cannot be used. */
export function definitionOf(crd: StoredObject): CrdDefinition | undefined {
  return parsed(crd).definition
}

interface Verdict {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

function withStatus(
  crd: ApiObject,
  old: StoredObject | undefined,
  { catalog, clock }: WriteContext,
): ApiObject {
  const spec = objectOf(crd, 'spec')
  const names = objectOf(spec, 'names')
  const before = objectOf(old ?? {}, 'status')
  const storage = textOf(
    listOf(spec, 'versions').find((one) => one['storage'] === true) ?? {},
    'name',
  )
  const stored = Array.isArray(before['storedVersions']) ? before['storedVersions'] : []
  const rival = catalog.findKind(textOf(spec, 'group'), textOf(names, 'kind'))
  const clashes = rival !== undefined && rival.plural !== names['plural']
  const lastTransitionTime = formatTime(clock.now())
  const conditions = verdicts(clashes ? textOf(names, 'kind') : undefined).map((verdict) => {
    const same = listOf(before, 'conditions').find((one) => one['type'] === verdict.type)
    return same?.['status'] === verdict.status ? same : { ...verdict, lastTransitionTime }
  })
  const status = {
    acceptedNames: clashes ? { plural: '', kind: '' } : names,
    conditions,
    storedVersions: stored.includes(storage) ? stored : [...stored, storage],
  }
  return { ...crd, status }
}

/** @param rivalKind the kind that another definition of the group has already */
function verdicts(rivalKind: string | undefined): readonly Verdict[] {
  if (rivalKind !== undefined) {
    const message = `"${rivalKind}" is already in use`
    return [
      { type: 'NamesAccepted', status: 'False', reason: 'KindConflict', message },
      {
        type: 'Established',
        status: 'False',
        reason: 'NotAccepted',
        message: 'not all names are accepted',
      },
    ]
  }
  return [
    {
      type: 'NamesAccepted',
      status: 'True',
      reason: 'NoConflicts',
      message: 'no conflicts found',
    },
    {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    },
  ]
}

/** The status of a definition that is deleted: no new instances, and why it is still there. */
function terminatingStatus(crd: ApiObject): Fields {
  const status = objectOf(crd, 'status')
  const condition = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: crd.metadata.deletionTimestamp,
    reason: 'InstanceDeletionPending',
    message:
      'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  }
  return { ...status, conditions: [...listOf(status, 'conditions'), condition] }
}

function immutableErrors({ object, old }: Update): readonly FieldError[] {
  const [next, before] = [objectOf(object, 'spec'), objectOf(old, 'spec')]
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['spec.group', next['group'], before['group']],
    ['spec.scope', next['scope'], before['scope']],
    ['spec.names.plural', objectOf(next, 'names')['plural'], objectOf(before, 'names')['plural']],
    ['spec.names.kind', objectOf(next, 'names')['kind'], objectOf(before, 'names')['kind']],
  ]
  return pairs
    .filter(([, after, was]) => after !== was)
    .map(([field, after]) => invalid(field, after, 'field is immutable'))
}

/** True where a definition serves its resource: its names were accepted. */
export function isEstablished(crd: StoredObject): boolean {
  return listOf(objectOf(crd, 'status'), 'conditions').some(
    (one) => one['type'] === 'Established' && one['status'] === 'True',
  )
}
