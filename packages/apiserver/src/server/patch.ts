/** Patches: JSON, merge, strategic merge, and server-side apply. */
import {
  ApiStatusError,
  applyJsonPatch,
  applyMergePatch,
  formatTime,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@sortie/machinery'
import { applyPatch, applyStrategicMergePatch } from '../apply/index.ts'
import { groupVersion } from '../registry/definition.ts'
import {
  badRequest,
  conflict,
  invalidObject,
  MODIFIED,
  notFound,
  plainError,
} from '../registry/failures.ts'
import { untracked } from '../registry/fieldtracker.ts'
import { updateObject } from '../registry/update.ts'
import {
  checkValueNesting,
  decodeBody,
  mediaTypeOf,
  requireObject,
  unsupportedMediaType,
} from '../request/body.ts'
import { parseWriteQuery, type WriteQuery } from '../request/query.ts'
import { type Fields, objectOf, textOf } from '../resources/pods/fields.ts'
import { forbidden, invalid, required } from '../schema/fielderror.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { type Answer, answerWith } from './answer.ts'
import { type Call, placeOfCall, writeContext } from './call.ts'
import { managerOf, resetFieldsOf, trackerFor } from './fieldmanagement.ts'
import { checkObject, mergedObject, readBody } from './incoming.ts'
import { applyProblems, blankOf, mergeSchemaOf, patchSchemaOf } from './kinds.ts'

const JSON_PATCH = 'application/json-patch+json'
const MERGE_PATCH = 'application/merge-patch+json'
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json'
const APPLY_PATCH = 'application/apply-patch+yaml'

const UNNAMED = { group: '', kind: '' } as const
const PATCH_OPTIONS = { group: 'meta.k8s.io', kind: 'PatchOptions' } as const

export function patchOne(call: Call): Answer {
  const { definition, path, presenter } = call
  const options = parseWriteQuery(call.query, 'PatchOptions')
  const applies = patchType(call) === APPLY_PATCH
  if (options.force !== undefined && !applies) {
    const why = 'may not be specified for non-apply patch'
    throw invalidObject(PATCH_OPTIONS, '', [forbidden('force', why)])
  }
  const { object, created } = updateObject(
    {
      definition,
      place: placeOfCall(call),
      subresource: path.subresource,
      change: applies ? applyChange(call, options) : patchChange(call),
      createsMissing: applies,
      unconditional: true,
      tracker: applies ? untracked : trackerFor(call, options),
      isApplied: applies,
    },
    writeContext(call, options),
  )
  return answerWith(created ? 201 : 200, presenter.object(object))
}

function patchType({ request }: Call): string {
  return mediaTypeOf(request.headers?.['content-type'])
}

type Change = (current: StoredObject | undefined) => ApiObject

function patchChange(call: Call): Change {
  const patched = readPatch(call)
  return (current) => {
    if (current === undefined) throw notFound(call.definition, call.path.name)
    const shown = call.version.fromStorage?.(current) ?? current
    const fields = requireObject(patched(shown as unknown as JsonObject))
    const object = checkPatched(call, fields)
    checkName(call, fields)
    return object
  }
}

function readPatch(call: Call): (target: JsonObject) => JsonValue {
  const type = patchType(call)
  const takesStrategic = !call.definition.isCustom
  if (type === JSON_PATCH) {
    const patch = decodeBody(call.request.body, type)
    return (target) => {
      const patched = applyJsonPatch(target, patch)
      // The other patches are no deeper than they are sent; what this one copies into itself grows with each.
      checkValueNesting(patched)
      return patched
    }
  }
  if (type === MERGE_PATCH || (type === STRATEGIC_PATCH && takesStrategic)) {
    const patch = requireObject(decodeBody(call.request.body, type)) as JsonObject
    if (type === MERGE_PATCH) return (target) => applyMergePatch(target, patch)
    const rules = patchSchemaOf(call)
    return (target) => applyStrategicMergePatch(target, patch, rules)
  }
  const strategic = takesStrategic ? [STRATEGIC_PATCH] : []
  throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, ...strategic, APPLY_PATCH])
}

/** What a PUT or PATCH of something that is no stored object makes of it: the scale. */
export function changedByBody(call: Call, current: Fields): Fields {
  if (call.verb === 'update') return requireObject(readBody(call))
  return requireObject(readPatch(call)(current as JsonObject))
}

/** Where a patch makes something that its kind cannot be, it is the patch that is invalid. */
function checkPatched(call: Call, fields: Fields): ApiObject {
  try {
    return checkObject(call, fields)
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.code !== 400) throw error
    const [, why = error.message] = /cannot be handled as a \w+: (.*)$/s.exec(error.message) ?? []
    throw invalidObject(UNNAMED, '', [invalid('patch', JSON.stringify(fields), why)])
  }
}

/** @throws ApiStatusError BadRequest where the object has another name than the path */
function checkName({ path }: Call, fields: Fields): void {
  const name = textOf(objectOf(fields, 'metadata'), 'name')
  if (name === path.name) return
  if (name === '') {
    throw badRequest(
      `the name of the object (${path.name} based on URL) was undeterminable: name must be provided`,
    )
  }
  throw badRequest(
    `the name of the object (${name}) does not match the name on the URL (${path.name})`,
  )
}

/** A configuration says what it is. @throws ApiStatusError BadRequest */
function checkType(call: Call, fields: Fields): void {
  const apiVersion = textOf(fields, 'apiVersion')
  const kind = textOf(fields, 'kind')
  const type = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
  if (apiVersion === '' || kind !== call.definition.kind) {
    throw badRequest(`invalid object type: ${type}, Kind=${kind}`)
  }
  const expected = groupVersion(call.definition.group, call.version.version)
  if (apiVersion === expected) return
  throw badRequest(
    `Incorrect version specified in apply patch. Specified patch version: ${apiVersion}, expected: ${expected}`,
  )
}

/** What has no place in the schema can be neither merged nor owned. @throws ApiStatusError 500, as the API server has it */
function checkTyped(call: Call, fields: Fields): void {
  const errors = applyProblems(call, fields)
  if (errors.length === 0) return
  const metadata = objectOf(fields, 'metadata')
  const name = `${textOf(metadata, 'namespace')}/${textOf(metadata, 'name')}`
  const version = textOf(fields, 'apiVersion')
  const what = `${name}; ${version.includes('/') ? version : `/${version}`}, Kind=${textOf(fields, 'kind')}`
  const all =
    errors.length === 1 ? errors[0] : `errors:\n${errors.map((one) => `  ${one}`).join('\n')}`
  throw plainError(`failed to create typed patch object (${what}): ${all}`)
}

function applyChange(call: Call, options: WriteQuery): Change {
  if (options.fieldManager === '') {
    const missing = required('fieldManager', 'is required for apply patch')
    throw invalidObject(PATCH_OPTIONS, '', [missing])
  }
  const body = withName(call, requireObject(readBody(call)))
  const applied = body as unknown as ApiObject
  return (current) => {
    checkType(call, body)
    checkTyped(call, body)
    checkName(call, body)
    if (current !== undefined) checkApplied(call, applied, current)
    else refuseUid(call, applied)
    const { object } = applyPatch({
      live: current as unknown as JsonObject | undefined,
      applied: applied as unknown as JsonObject,
      force: options.force === true,
      manager: managerOf(call, options),
      subresource: call.path.subresource,
      schema: mergeSchemaOf(call),
      time: formatTime(call.parts.clock.now()),
      resetFields: resetFieldsOf(call.definition, call.path.subresource),
      mergesReset: !call.definition.isCustom,
      blank: blankOf(call),
    })
    return mergedObject(call, object)
  }
}

/** A configuration may leave its name to the path. */
function withName(call: Call, fields: Fields): Fields {
  const metadata = objectOf(fields, 'metadata')
  if (!isJsonObject(fields['metadata']) || metadata['name'] !== undefined) return fields
  return { ...fields, metadata: { ...metadata, name: call.path.name } }
}

/** A uid is of what is there already. */
function refuseUid({ definition, path }: Call, { metadata: { uid = '' } }: ApiObject): void {
  if (uid === '') return
  const found = `UID in precondition: ${uid}, UID in object meta: `
  throw conflict(definition, path.name, `Precondition failed: ${found}`)
}

function checkApplied(call: Call, applied: ApiObject, current: StoredObject): void {
  const { resourceVersion = '', uid = '' } = applied.metadata
  const { name } = current.metadata
  if (resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(call.definition, name, MODIFIED)
  }
  if (uid !== '' && uid !== current.metadata.uid) {
    const found = `UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`
    throw conflict(call.definition, name, `Precondition failed: ${found}`)
  }
}
