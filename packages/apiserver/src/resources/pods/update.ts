/** What may change in a pod that exists. */
import { deepEqual, isJsonObject, labelKeyErrors } from '@sortie/machinery'
import type { Update } from '../../registry/definition.ts'
import { type FieldError, forbidden, invalid } from '../../schema/fielderror.ts'
import { isIPv4 } from '../../schema/formats.ts'
import { type Fields, listOf, mapList, objectOf, textOf } from './fields.ts'
import { addressErrors } from './validation.ts'

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** What an update of a pod's spec may not do. */
export function validatePodUpdate({ object, old }: Update): readonly FieldError[] {
  const next = objectOf(object, 'spec')
  const before = objectOf(old, 'spec')
  if (deepEqual(next, before)) return []
  for (const list of ['containers', 'initContainers'] as const) {
    if (listOf(next, list).length === listOf(before, list).length) continue
    return [forbidden(`spec.${list}`, 'pod updates may not add or remove containers')]
  }
  const deadline = deadlineErrors(next, before)
  if (deadline.length > 0 && next['activeDeadlineSeconds'] !== undefined) return deadline
  const errors = [
    ...deadline,
    ...lostTolerations(next, before),
    ...addedGates(next, before),
    ...selectorErrors(next, before),
  ]
  const changed = fixedFields(next, before)
  if (changed.length === 0) return errors
  return [...errors, forbidden('spec', `${MUTABLE}\nchanged: ${changed.join(', ')}`)]
}

const isGated = (spec: Fields): boolean => listOf(spec, 'schedulingGates').length > 0

/** The fields that differ although they may not. */
function fixedFields(next: Fields, before: Fields): readonly string[] {
  const gated = isGated(before)
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
    tolerations: _,
    schedulingGates: __,
    activeDeadlineSeconds: ___,
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

const LATEST = 2_147_483_647

function deadlineErrors(next: Fields, before: Fields): readonly FieldError[] {
  const field = 'spec.activeDeadlineSeconds'
  const [after, old] = [next['activeDeadlineSeconds'], before['activeDeadlineSeconds']]
  if (typeof after === 'number' && (after < 0 || after > LATEST)) {
    return [invalid(field, after, `must be between 0 and ${LATEST}, inclusive`)]
  }
  if (typeof old !== 'number') return []
  if (after === undefined) {
    return [invalid(field, after, 'must not update from a positive integer to nil value')]
  }
  if (typeof after === 'number' && after <= old) return []
  return [invalid(field, after, 'must be less than or equal to previous value')]
}

function lostTolerations(next: Fields, before: Fields): readonly FieldError[] {
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
function addedGates(next: Fields, before: Fields): readonly FieldError[] {
  const names = new Set(listOf(before, 'schedulingGates').map((gate) => gate['name']))
  const added = new Map<string, number>()
  for (const [index, gate] of listOf(next, 'schedulingGates').entries()) {
    if (!names.has(gate['name'])) added.set(textOf(gate, 'name'), index)
  }
  return [...added].map(([name, index]) => {
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`
    return forbidden(`spec.schedulingGates[${index}].name`, detail)
  })
}

/** While a pod waits at a gate, where it may go can be narrowed. */
function selectorErrors(next: Fields, before: Fields): readonly FieldError[] {
  if (!isGated(before)) return []
  const [after, old] = [objectOf(next, 'nodeSelector'), objectOf(before, 'nodeSelector')]
  if (Object.keys(old).every((key) => after[key] === old[key])) return []
  const rule = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
  const shown = next['nodeSelector'] === undefined ? undefined : after
  return [invalid('spec.nodeSelector', shown, rule)]
}

/** What an update of a pod's status may not do. */
export function validateStatusUpdate(update: Update): readonly FieldError[] {
  const [next, before] = [objectOf(update.object, 'status'), objectOf(update.old, 'status')]
  const errors = [...conditionErrors(next)]
  if (next['qosClass'] !== before['qosClass']) {
    errors.push(invalid('status.qosClass', next['qosClass'] ?? '', 'field is immutable'))
  }
  return [...errors, ...revivedContainers(update), ...podAddressErrors(next, before)]
}

const SYSTEM_CONDITIONS: ReadonlySet<unknown> = new Set(['PodScheduled', 'Ready', 'Initialized'])

function conditionErrors(status: Fields): readonly FieldError[] {
  return listOf(status, 'conditions').flatMap((condition, index) => {
    const type = textOf(condition, 'type')
    if (SYSTEM_CONDITIONS.has(type)) return []
    const at = `status.conditions[${index}].Type`
    return labelKeyErrors(type).map((problem) => invalid(at, type, problem))
  })
}

/** Each is an address, unless it was there before, and there is one of each family at most. */
function podAddressErrors(next: Fields, before: Fields): readonly FieldError[] {
  const known = new Set(listOf(before, 'podIPs').map((one) => one['ip']))
  const addresses = listOf(next, 'podIPs').map((one) => textOf(one, 'ip'))
  const at = 'status.podIPs'
  const errors = addresses.flatMap((address, index) =>
    known.has(address) ? [] : addressErrors(address, `${at}[${index}]`),
  )
  if (addresses.length < 2) return errors
  if (addresses.length === 2 && new Set(addresses.map((one) => isIPv4(one))).size === 2) {
    return errors
  }
  const rule = 'may specify no more than one IP for each IP family'
  const shown = addresses.map((IP) => ({ IP }))
  return [...errors, invalid(at, shown, rule)]
}

/** A container that has ended for good does not come back: by the pod's restart policy, init containers by theirs. */
function revivedContainers({ object, old }: Update): readonly FieldError[] {
  const policy = objectOf(old, 'spec')['restartPolicy']
  if (policy === 'Always') return []
  const [next, before] = [objectOf(object, 'status'), objectOf(old, 'status')]
  const statuses = listOf(next, 'containerStatuses')
  return listOf(before, 'containerStatuses').flatMap((status, index) => {
    const { terminated } = objectOf(status, 'state')
    const after = statuses.find((one) => one['name'] === status['name'])
    if (!isJsonObject(terminated) || after === undefined) return []
    if (policy === 'OnFailure' && terminated['exitCode'] !== 0) return []
    if (isJsonObject(objectOf(after, 'state')['terminated'])) return []
    const field = `status.containerStatuses[${index}].state`
    return [forbidden(field, 'may not be transitioned to non-terminated state')]
  })
}
