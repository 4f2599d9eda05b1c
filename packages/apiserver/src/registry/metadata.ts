/** The rules that metadata keeps, whatever the kind. */
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  isJsonObject,
  labelKeyErrors,
  labelValueErrors,
  type ObjectMeta,
  type Random,
} from '@sortie/machinery'
import { type FieldError, forbidden, invalid, required, tooLong } from '../schema/fielderror.ts'
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

const META_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
])
/** Left out where empty. An empty list of managedFields says that they are to be forgotten. */
const OMITTED_WHEN_EMPTY = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const

/** The metadata as the kind has it: without nulls, without what is empty, without fields that there are not. */
export function givenMetadata(metadata: ObjectMeta): ObjectMeta {
  if (!Object.entries(metadata).some(([key, value]) => isDropped(key, value))) return metadata
  return Object.fromEntries(
    Object.entries(metadata).filter(([key, value]) => !isDropped(key, value)),
  )
}

function isDropped(key: string, value: unknown): boolean {
  if (value === null || value === undefined || !META_FIELDS.has(key)) return true
  if (!(OMITTED_WHEN_EMPTY as readonly string[]).includes(key)) return false
  for (const _ in value as object) return false
  return true
}

/** What is wrong with an object's metadata. */
export function validateMetadata(
  definition: ResourceDefinition,
  object: ApiObject,
): readonly FieldError[] {
  const { metadata } = object
  const errors: FieldError[] = [...nameErrors(definition.strategy, metadata)]
  if (definition.namespaced) {
    if ((metadata.namespace ?? '') === '') errors.push(required('metadata.namespace'))
  } else if ((metadata.namespace ?? '') !== '') {
    errors.push(forbidden('metadata.namespace', 'not allowed on this type'))
  }
  errors.push(
    ...labelErrors(metadata.labels ?? {}),
    ...annotationErrors(metadata.annotations ?? {}),
    ...ownerErrors(metadata),
    ...finalizerErrors(definition, metadata.finalizers ?? []),
  )
  return errors
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
      const problem =
        field === 'apiVersion' ? 'version must not be empty' : `${field} must not be empty`
      errors.push(invalid(`${at}.${field}`, owner[field] ?? '', problem))
    }
  }
  const controllers = owners.filter((owner) => owner.controller === true)
  if (controllers.length > 1) {
    const names = `${controllers[0]?.name} and ${controllers[1]?.name}`
    const problem = `Only one reference can have Controller set to true. Found "true" in references for ${names}`
    errors.push(invalid('metadata.ownerReferences', owners, problem))
  }
  return errors
}

const STANDARD_FINALIZERS: readonly string[] = ['kubernetes', 'orphan', 'foregroundDeletion']

function finalizerErrors(
  { isCustom, group }: ResourceDefinition,
  finalizers: readonly string[],
): readonly FieldError[] {
  return finalizers.flatMap((finalizer, index) => {
    const at = `metadata.finalizers[${index}]`
    const problems = labelKeyErrors(finalizer)
    if (problems.length > 0) return problems.map((problem) => invalid(at, finalizer, problem))
    const isFree = isCustom || group === 'apiextensions.k8s.io' || finalizer.includes('/')
    if (isFree || STANDARD_FINALIZERS.includes(finalizer)) return []
    const why = 'name is neither a standard finalizer name nor is it fully qualified'
    return [invalid(at, finalizer, why)]
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
  const added = (object.metadata.finalizers ?? []).filter((one) => !before.includes(one))
  if (added.length === 0) return []
  const list = added.map((one) => JSON.stringify(one)).join(', ')
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
  return { ...givenMetadata(rest), ...kept }
}

const STRING_MAPS = ['labels', 'annotations'] as const

/** What keeps a JSON value from being metadata; undefined where nothing does. */
export function metadataTypeError(metadata: unknown): string | undefined {
  if (!isJsonObject(metadata)) return `metadata: ${cannotBe(metadata, 'ObjectMeta')}`
  for (const field of ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'] as const) {
    const value = metadata[field]
    if (value !== undefined && value !== null && typeof value !== 'string') {
      return cannotBe(value, `ObjectMeta.metadata.${field} of type string`)
    }
  }
  for (const field of STRING_MAPS) {
    const problem = stringMapError(metadata[field], `ObjectMeta.metadata.${field}`)
    if (problem !== undefined) return problem
  }
  for (const field of ['ownerReferences', 'finalizers', 'managedFields'] as const) {
    const value = metadata[field]
    if (value !== undefined && value !== null && !Array.isArray(value)) {
      return cannotBe(value, `ObjectMeta.metadata.${field}`)
    }
  }
  return undefined
}

function stringMapError(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (!isJsonObject(value)) return cannotBe(value, `${field} of type map[string]string`)
  const bad = Object.values(value).find((one) => typeof one !== 'string' && one !== null)
  return bad === undefined ? undefined : cannotBe(bad, `${field} of type string`)
}

function cannotBe(value: unknown, field: string): string {
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return `json: cannot unmarshal ${type} into Go struct field ${field}`
}
