/** What may change in a pod that exists. */
import { deepEqual, isJsonObject } from '@sortie/machinery'
import type { Update } from '../../registry/definition.ts'
import { type FieldError, forbidden, invalid } from '../../schema/fielderror.ts'
import { type Fields, listOf, mapList, objectOf } from './fields.ts'

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** What an update of a pod's spec may not do. */
export function validatePodUpdate({ object, old }: Update): readonly FieldError[] {
  const next = objectOf(object, 'spec')
  const before = objectOf(old, 'spec')
  if (deepEqual(next, before)) return []
  const errors = [
    ...deadlineErrors(next, before),
    ...tolerationErrors(next, before),
    ...gateErrors(next, before),
  ]
  if (errors.length > 0) return errors
  const changed = fixedFields(next, before)
  if (changed.length === 0) return []
  return [forbidden('spec', `${MUTABLE}\nchanged: ${changed.join(', ')}`)]
}

/** The fields that differ although they may not. */
function fixedFields(next: Fields, before: Fields): readonly string[] {
  const gated = listOf(before, 'schedulingGates').length > 0
  const [left, right] = [comparable(next, before), comparable(before, before)]
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys]
    .filter((key) => !deepEqual(left[key], right[key]))
    .filter((key) => !(gated && (key === 'nodeSelector' || key === 'affinity')))
    .map((key) => `spec.${key}`)
}

/** A spec with what may change as it was before. */
function comparable(spec: Fields, before: Fields): Fields {
  const {
    activeDeadlineSeconds: _,
    tolerations: __,
    schedulingGates: ___,
    ...fixed
  } = mapList(mapList(spec, 'containers', withoutImage), 'initContainers', withoutImage)
  const grace = before['terminationGracePeriodSeconds']
  const wasNegative = typeof grace === 'number' && grace < 0
  if (!wasNegative || fixed['terminationGracePeriodSeconds'] !== 1) return fixed
  return { ...fixed, terminationGracePeriodSeconds: grace }
}

function withoutImage(container: Fields): Fields {
  return { ...container, image: '' }
}

function deadlineErrors(next: Fields, before: Fields): readonly FieldError[] {
  const field = 'spec.activeDeadlineSeconds'
  const [after, old] = [next['activeDeadlineSeconds'], before['activeDeadlineSeconds']]
  if (typeof old !== 'number' || after === old) return []
  if (after === undefined) {
    return [invalid(field, after, 'must not update from a positive integer to nil value')]
  }
  if (typeof after === 'number' && after <= old) return []
  return [invalid(field, after, 'must be less than or equal to previous value')]
}

function tolerationErrors(next: Fields, before: Fields): readonly FieldError[] {
  const after = listOf(next, 'tolerations')
  const lost = listOf(before, 'tolerations').filter(
    (old) => !after.some((one) => deepEqual(withoutSeconds(one), withoutSeconds(old))),
  )
  if (lost.length === 0) return []
  const detail = 'existing toleration can not be modified except its tolerationSeconds'
  return [forbidden('spec.tolerations', detail)]
}

function withoutSeconds(toleration: Fields): Fields {
  const { tolerationSeconds: _, ...rest } = toleration
  return rest
}

/** Gates may be taken away, never added. */
function gateErrors(next: Fields, before: Fields): readonly FieldError[] {
  const names = new Set(listOf(before, 'schedulingGates').map((gate) => gate['name']))
  const added = listOf(next, 'schedulingGates').find((gate) => !names.has(gate['name']))
  if (added === undefined || !isJsonObject(added)) return []
  const detail = 'only deletion is allowed, but found new scheduling gate'
  return [forbidden('spec.schedulingGates', `${detail} '${String(added['name'])}'`)]
}

/** A container that has ended for good does not come back: by the pod's restart policy, init containers by theirs. */
export function validateStatusUpdate({ object, old }: Update): readonly FieldError[] {
  const policy = objectOf(old, 'spec')['restartPolicy']
  if (policy === 'Always') return []
  const [next, before] = [objectOf(object, 'status'), objectOf(old, 'status')]
  const statuses = listOf(next, 'containerStatuses')
  return listOf(before, 'containerStatuses').flatMap((status) => {
    const { terminated } = objectOf(status, 'state')
    const index = statuses.findIndex((one) => one['name'] === status['name'])
    if (!isJsonObject(terminated) || index < 0) return []
    if (policy === 'OnFailure' && terminated['exitCode'] !== 0) return []
    if (isJsonObject(objectOf(statuses[index] ?? {}, 'state')['terminated'])) return []
    const field = `status.containerStatuses[${index}].state`
    return [forbidden(field, 'may not be transitioned to non-terminated state')]
  })
}
