/** The rules that metadata keeps, whatever the kind. */
import {
  deepEqual,
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelKeyErrors,
  labelValueErrors,
  type ObjectMeta,
  type OwnerReference,
  type Random,
} from '@sortie/machinery'
import {
  type FieldError,
  forbidden,
  GoText,
  goJson,
  invalid,
  required,
  tooLong,
} from '../schema/fielderror.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import type { ResourceDefinition, Strategy } from './definition.ts'

const MAX_ANNOTATIONS_SIZE = 262_144
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
const MAX_GENERATED_STEM = 63 - SUFFIX_LENGTH

/** `generateName` and five random characters that form no words. */
export function generateName(stem: string, random: Random): string {
  let suffix = ''
  for (let index = 0; index < SUFFIX_LENGTH; index++) {
    suffix += SUFFIX_LETTERS[Math.floor(random.next() * SUFFIX_LETTERS.length)]
  }
  return stem.slice(0, MAX_GENERATED_STEM) + suffix
}

/** What is wrong with an object's metadata. */
export function validateMetadata(
  definition: ResourceDefinition,
  object: ApiObject,
): readonly FieldError[] {
  const { metadata } = object
  const errors: FieldError[] = [
    ...stemErrors(definition, metadata),
    ...nameErrors(definition.strategy, metadata),
  ]
  if (definition.namespaced) {
    if ((metadata.namespace ?? '') === '') errors.push(required('metadata.namespace'))
  } else if ((metadata.namespace ?? '') !== '') {
    errors.push(forbidden('metadata.namespace', 'not allowed on this type'))
  }
  errors.push(
    ...labelErrors(metadata.labels ?? {}),
    ...annotationErrors(metadata.annotations ?? {}),
    ...ownerErrors(metadata),
    ...rivalErrors(metadata.ownerReferences ?? []),
    ...finalizerErrors(definition, metadata.finalizers ?? []),
  )
  return errors
}

/** A stem keeps the rules of what stands in a path, that of a built-in kind those of its names; it may end in a dash. */
function stemErrors(
  { isCustom, strategy }: ResourceDefinition,
  { generateName: stem = '' }: ObjectMeta,
): readonly FieldError[] {
  if (stem === '') return []
  const whole = stem.length > 1 && stem.endsWith('-') ? `${stem.slice(0, -1)}a` : stem
  const problems = [...pathSegmentErrors(stem), ...(isCustom ? [] : nameProblems(strategy, whole))]
  return problems.map((problem) => invalid('metadata.generateName', stem, problem))
}

function nameErrors(strategy: Strategy, metadata: ObjectMeta): readonly FieldError[] {
  const name = metadata.name ?? ''
  if (name === '') return [required('metadata.name', 'name or generateName is required')]
  return nameProblems(strategy, name).map((problem) => invalid('metadata.name', name, problem))
}

function nameProblems(strategy: Strategy, name: string): readonly string[] {
  switch (strategy.nameFormat) {
    case 'label':
      if (name.includes('.') && dnsSubdomainErrors(name).length === 0) {
        return ['must not contain dots']
      }
      return dnsLabelErrors(name)
    case 'path':
      return pathSegmentErrors(name)
    default:
      return dnsSubdomainErrors(name)
  }
}

function pathSegmentErrors(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return ['/', '%'].filter((bad) => name.includes(bad)).map((bad) => `may not contain '${bad}'`)
}

function labelErrors(labels: Readonly<Record<string, string>>): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const key in labels) {
    for (const problem of labelKeyErrors(key)) errors.push(invalid('metadata.labels', key, problem))
    const value = labels[key] ?? ''
    for (const problem of labelValueErrors(value)) {
      errors.push(invalid('metadata.labels', value, problem))
    }
  }
  return errors
}

function annotationErrors(annotations: Readonly<Record<string, string>>): readonly FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const key in annotations) {
    for (const problem of labelKeyErrors(key.toLowerCase())) {
      errors.push(invalid('metadata.annotations', key, problem))
    }
    size += key.length + (annotations[key] ?? '').length
  }
  if (size > MAX_ANNOTATIONS_SIZE) {
    errors.push(tooLong('metadata.annotations', MAX_ANNOTATIONS_SIZE))
  }
  return errors
}

function ownerErrors(metadata: ObjectMeta): readonly FieldError[] {
  const owners = metadata.ownerReferences ?? []
  const errors: FieldError[] = []
  const at = 'metadata.ownerReferences'
  for (const owner of owners) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if ((owner[field] ?? '') !== '') continue
      const problem = field === 'apiVersion' ? 'version must not be empty' : 'must not be empty'
      errors.push(invalid(`${at}.${field}`, owner[field] ?? '', problem))
    }
  }
  return errors
}

/** One owner alone may be the controller. */
function rivalErrors(owners: readonly OwnerReference[]): readonly FieldError[] {
  const [first, ...others] = owners.filter((owner) => owner.controller === true)
  return others.map((other) => {
    const names = `${first?.kind ?? ''}/${first?.name ?? ''} and ${other.kind ?? ''}/${other.name ?? ''}`
    const problem = `Only one reference can have Controller set to true. Found "true" in references for ${names}`
    return invalid('metadata.ownerReferences', new GoText(ownersText(owners)), problem)
  })
}

/** In the order of the Go type. */
function ownersText(owners: readonly OwnerReference[]): string {
  const shown = owners.map(({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }) => ({
    apiVersion: apiVersion ?? '',
    kind: kind ?? '',
    name: name ?? '',
    uid: uid ?? '',
    ...(controller === undefined ? {} : { controller }),
    ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
  }))
  return goJson(shown)
}

const REPEATED =
  'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests'

/** The object with each owner once. @param when how the warning goes on, for patches */
export function withoutRepeatedOwners(object: ApiObject, warnings: string[], when = ''): ApiObject {
  const { ownerReferences: owners = [] } = object.metadata
  if (owners.length < 2) return object
  const kept: OwnerReference[] = []
  const repeated: string[] = []
  for (const owner of owners) {
    if (kept.some((one) => deepEqual(one, owner))) repeated.push(owner.uid ?? '')
    else kept.push(owner)
  }
  if (repeated.length === 0) return object
  const found = `duplicate UID(s) observed: ${repeated.join(', ')}`
  warnings.push(
    `.metadata.ownerReferences contains duplicate entries${when}; ${REPEATED}; ${found}`,
  )
  return { ...object, metadata: { ...object.metadata, ownerReferences: kept } }
}

/** Finalizers of Kubernetes' own. */
export const STANDARD_FINALIZERS: readonly string[] = ['kubernetes', 'orphan', 'foregroundDeletion']

function finalizerErrors(
  { isCustom, group }: ResourceDefinition,
  finalizers: readonly string[],
): readonly FieldError[] {
  return finalizers.flatMap((finalizer, index) => {
    const problems = labelKeyErrors(finalizer)
    const errors = problems.map((problem) => invalid('metadata.finalizers', finalizer, problem))
    const isFree = isCustom || group === 'apiextensions.k8s.io' || finalizer.includes('/')
    if (isFree || STANDARD_FINALIZERS.includes(finalizer)) return errors
    const why = 'name is neither a standard finalizer name nor is it fully qualified'
    return [...errors, invalid(`metadata.finalizers[${index}]`, finalizer, why)]
  })
}

const IMMUTABLE = 'field is immutable'
const SYSTEM_FIELDS = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const

/** What an update may not change in metadata; a field that was left out counts as unchanged. */
export function validateMetadataUpdate(
  given: ObjectMeta,
  old: StoredObject,
): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const field of SYSTEM_FIELDS) {
    const value = given[field]
    if (value === undefined || value === '' || value === old.metadata[field]) continue
    errors.push(invalid(`metadata.${field}`, value, IMMUTABLE))
  }
  return errors
}

/** Finalizers may not be added to what is being deleted. */
export function validateFinalizersUpdate(
  object: ApiObject,
  old: StoredObject,
): readonly FieldError[] {
  if (old.metadata.deletionTimestamp === undefined) return []
  const before = old.metadata.finalizers ?? []
  const added = new Set(object.metadata.finalizers).difference(new Set(before))
  if (added.size === 0) return []
  const list = [...added]
    .sort()
    .map((one) => JSON.stringify(one))
    .join(', ')
  const problem = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
  return [forbidden('metadata.finalizers', problem)]
}

/** The metadata of an update: what the server owns is as it was, the rest as given. */
export function updatedMetadata(given: ObjectMeta, old: StoredObject): ObjectMeta {
  const { metadata: before } = old
  const kept: Record<string, unknown> = {}
  for (const field of [...SYSTEM_FIELDS, 'generation', 'resourceVersion'] as const) {
    if (before[field] !== undefined) kept[field] = before[field]
  }
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, generation: ___, ...rest } = given
  return { ...rest, ...kept }
}
