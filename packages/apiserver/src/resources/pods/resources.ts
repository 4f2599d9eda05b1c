/** Requests and limits of a container. */
import {
  compareQuantities,
  isJsonObject,
  labelKeyErrors,
  type Quantity,
  tryParseQuantity,
} from '@sortie/machinery'
import { type FieldError, invalid, required } from '../../schema/fielderror.ts'
import { type Fields, objectOf } from './fields.ts'

/** What Kubernetes itself knows: for containers, and at all. */
const OF_CONTAINERS = /^(?:cpu|memory|ephemeral-storage|hugepages-.*)$/
const STANDARD =
  /^(?:(?:(?:requests|limits)\.)?(?:cpu|memory|ephemeral-storage)|pods|resourcequotas|services|replicationcontrollers|secrets|configmaps|persistentvolumeclaims|(?:requests\.)?(?:storage|hugepages-.*)|services\.nodeports|services\.loadbalancers)$/
const COUNTED =
  /^(?:pods|resourcequotas|services|replicationcontrollers|secrets|configmaps|persistentvolumeclaims|services\.nodeports|services\.loadbalancers)$/

const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')

/** Whether a resource of this name is had in whole units only. */
export function isCountedResource(name: string): boolean {
  if (COUNTED.test(name)) return true
  if (isNative(name) || name.startsWith('requests.')) return false
  return labelKeyErrors(`requests.${name}`).length === 0
}

/** What is wrong with a container's resources. */
export function validateResources(resources: unknown, at: string): readonly FieldError[] {
  if (!isJsonObject(resources)) return []
  const limits = objectOf(resources, 'limits')
  const requests = objectOf(resources, 'requests')
  const errors = [
    ...quantityErrors(limits, `${at}.limits`),
    ...quantityErrors(requests, `${at}.requests`),
  ]
  for (const name of Object.keys(requests))
    errors.push(...requestErrors({ name, at, limits, requests }))
  return errors
}

function quantityErrors(list: Fields, at: string): FieldError[] {
  const errors: FieldError[] = []
  for (const [name, value] of Object.entries(list)) {
    const field = `${at}[${name}]`
    errors.push(...nameErrors(name).map((problem) => invalid(field, name, problem)))
    const quantity = quantityOf(value)
    if (quantity === undefined) continue
    if (quantity.nanos < 0n) {
      errors.push(invalid(field, String(value), 'must be greater than or equal to 0'))
    }
    if (isCountedResource(name) && quantity.nanos % 1_000_000_000n !== 0n) {
      errors.push(invalid(field, String(value), 'must be an integer'))
    }
  }
  return errors
}

function nameErrors(name: string): readonly string[] {
  const problems = [...labelKeyErrors(name)]
  const isPlain = !name.includes('/')
  if (problems.length === 0 && isPlain && !STANDARD.test(name)) {
    problems.push('must be a standard resource type or fully qualified')
  }
  if (isPlain) {
    if (!OF_CONTAINERS.test(name)) problems.push('must be a standard resource for containers')
  } else if (!isNative(name) && !isCountedResource(name)) {
    problems.push("doesn't follow extended resource name standard")
  }
  return problems
}

function quantityOf(value: unknown): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  return tryParseQuantity(value)
}

interface Request {
  readonly name: string
  readonly at: string
  readonly limits: Fields
  readonly requests: Fields
}

/** A request keeps within its limit; an extended resource cannot be overcommitted, so the two are equal. */
function requestErrors({ name, at, limits, requests }: Request): readonly FieldError[] {
  const field = `${at}.requests`
  const extended = !isNative(name) || name.startsWith('hugepages-')
  const request = quantityOf(requests[name])
  const limit = quantityOf(limits[name])
  if (request === undefined) return []
  if (limit === undefined) {
    const detail = 'Limit must be set for non overcommitable resources'
    return extended ? [required(`${at}.limits`, detail)] : []
  }
  const order = compareQuantities(request, limit)
  const shown = String(requests[name])
  if (extended && order !== 0) {
    return [invalid(field, shown, `must be equal to ${name} limit of ${String(limits[name])}`)]
  }
  if (order <= 0) return []
  const rule = `must be less than or equal to ${name} limit of ${String(limits[name])}`
  return [invalid(field, shown, rule)]
}
