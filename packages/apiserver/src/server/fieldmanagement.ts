/** The bookkeeping of field owners for each write, by what the request says of its writer. */
import { deepEqual, formatTime, type JsonObject } from '@sortie/machinery'
import { updateManagedFields } from '../apply/index.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import type { FieldTracker } from '../registry/fieldtracker.ts'
import type { WriteQuery } from '../request/query.ts'
import type { ApiObject } from '../store/index.ts'
import type { Call } from './call.ts'
import { applyProblems, blankOf, mergeSchemaOf } from './kinds.ts'

/** Fields that a write through this endpoint does not own. */
export function resetFieldsOf(
  { hasStatus, isCustom, kind }: ResourceDefinition,
  subresource: string,
): readonly string[] {
  if (subresource !== 'status') return hasStatus ? ['status'] : []
  if (isCustom) return ['spec', 'metadata']
  return kind === 'Pod' ? POD_STATUS_RESETS : ['spec']
}

const POD_STATUS_RESETS = ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences']

/** Who writes: the field manager, else the first part of the user agent, as the API server has it. */
export function managerOf(call: Call, options: Pick<WriteQuery, 'fieldManager'>): string {
  if (options.fieldManager !== '') return options.fieldManager
  const agent = (call.request.headers?.['user-agent'] ?? '').split('/')[0] ?? ''
  return agent === '' ? 'unknown' : agent.slice(0, 128)
}

/**
 * What this endpoint does not write may be anything, and is not looked at further; but where it does not fit the schema nobody
 * can be told to own anything, and the API server forgets the owners.
 */
function isTrackable(call: Call, old: ApiObject | undefined, next: ApiObject): boolean {
  const unwritten = unwrittenFields(call, next)
  return unwritten.every((field) => {
    const value = next[field]
    if (value === undefined || value === old?.[field] || deepEqual(value, old?.[field])) return true
    return applyProblems(call, { [field]: value }, { allowDuplicates: true }).length === 0
  })
}

function unwrittenFields({ definition, path }: Call, object: ApiObject): readonly string[] {
  if (path.subresource !== 'status') return definition.hasStatus ? ['status'] : []
  return Object.keys(object).filter((field) => !WRITTEN_WITH_STATUS.has(field))
}

const WRITTEN_WITH_STATUS: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'status',
])

function withoutOwners(object: ApiObject): ApiObject {
  const { managedFields, ...metadata } = object.metadata
  return managedFields === undefined ? object : { ...object, metadata }
}

/** Tracks a create, an update or a patch other than apply. */
export function trackerFor(call: Call, options: Pick<WriteQuery, 'fieldManager'>): FieldTracker {
  const { definition, path, parts } = call
  if (!parts.tracksFields) return { track: (_old, next) => next }
  const manager = managerOf(call, options)
  const schema = mergeSchemaOf(call)
  const time = formatTime(parts.clock.now())
  const blank = blankOf(call)
  return {
    track(old, next) {
      if (!isTrackable(call, old, next)) return withoutOwners(next)
      return updateManagedFields({
        before: old as unknown as JsonObject | undefined,
        ...(old === undefined ? { blank } : {}),
        after: next as unknown as JsonObject,
        manager,
        subresource: path.subresource,
        schema,
        time,
        resetFields: resetFieldsOf(definition, path.subresource),
      }) as unknown as ApiObject
    },
  }
}
