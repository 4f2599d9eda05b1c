/** Patches: JSON, merge, strategic merge, and server-side apply. */
import { applyJsonPatch, applyMergePatch, type JsonValue, statusError } from '@sortie/machinery'
import { untracked } from '../registry/fieldtracker.ts'
import { updateObject } from '../registry/update.ts'
import { decodeBody, mediaTypeOf, requireObject, unsupportedMediaType } from '../request/body.ts'
import { parseWriteQuery } from '../request/query.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { type Answer, answerWith } from './answer.ts'
import { type Call, placeOfCall, writeContext } from './call.ts'
import { checkObject } from './incoming.ts'

const JSON_PATCH = 'application/json-patch+json'
const MERGE_PATCH = 'application/merge-patch+json'
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json'
const APPLY_PATCH = 'application/apply-patch+yaml'

export function patchOne(call: Call): Answer {
  const { definition, path, presenter } = call
  const options = parseWriteQuery(call.query, 'PatchOptions')
  const type = mediaTypeOf(call.request.headers?.['content-type'])
  const patch = decodeBody(call.request.body, type)
  const change = patchChange(call, type, patch)
  const { object, created } = updateObject(
    {
      definition,
      place: placeOfCall(call),
      subresource: path.subresource,
      change,
      createsMissing: type === APPLY_PATCH,
      unconditional: true,
      tracker: untracked,
    },
    writeContext(call, options),
  )
  return answerWith(created ? 201 : 200, presenter.object(object))
}

type Change = (current: StoredObject | undefined) => ApiObject

function patchChange(call: Call, type: string, patch: unknown): Change {
  const patched = patcher(call, type, patch)
  return (current) => {
    if (current === undefined) throw statusError('NotFound', { message: 'not found' })
    const shown = call.version.fromStorage?.(current) ?? current
    return checkObject(call, requireObject(patched(shown as unknown as JsonValue)))
  }
}

function patcher(call: Call, type: string, patch: unknown): (target: JsonValue) => JsonValue {
  if (type === JSON_PATCH) return (target) => applyJsonPatch(target, patch)
  if (type === MERGE_PATCH || (type === STRATEGIC_PATCH && !call.definition.isCustom)) {
    const fields = requireObject(patch) as JsonValue
    return (target) => applyMergePatch(target, fields)
  }
  const strategic = call.definition.isCustom ? [] : [STRATEGIC_PATCH]
  throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, ...strategic, APPLY_PATCH])
}
