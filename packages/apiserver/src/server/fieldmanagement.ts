/** The bookkeeping of field owners for each write, by what the request says of its writer. */
import { formatTime, type JsonObject } from '@sortie/machinery'
import { updateManagedFields } from '../apply/index.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import type { FieldTracker } from '../registry/fieldtracker.ts'
import type { WriteQuery } from '../request/query.ts'
import type { ApiObject } from '../store/index.ts'
import type { Call } from './call.ts'
import { mergeSchemaOf } from './kinds.ts'

/** Fields that a write through this endpoint does not own. */
export function resetFieldsOf(
  { hasStatus }: ResourceDefinition,
  subresource: string,
): readonly string[] {
  if (subresource === 'status') return ['spec']
  return hasStatus ? ['status'] : []
}

/** Who writes: the field manager, else the first part of the user agent, as the API server has it. */
export function managerOf(call: Call, options: Pick<WriteQuery, 'fieldManager'>): string {
  if (options.fieldManager !== '') return options.fieldManager
  const agent = (call.request.headers?.['user-agent'] ?? '').split('/')[0] ?? ''
  return agent === '' ? 'unknown' : agent.slice(0, 128)
}

/** Tracks a create, an update or a patch other than apply. */
export function trackerFor(call: Call, options: Pick<WriteQuery, 'fieldManager'>): FieldTracker {
  const { definition, path, parts } = call
  if (!parts.tracksFields) return { track: (_old, next) => next }
  const manager = managerOf(call, options)
  const schema = mergeSchemaOf(call)
  const time = formatTime(parts.clock.now())
  return {
    track(old, next) {
      return updateManagedFields({
        before: old as unknown as JsonObject | undefined,
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
