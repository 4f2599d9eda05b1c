/** Requests and limits of a container. */
import { compareQuantities, isJsonObject, type Quantity, tryParseQuantity } from '@sortie/machinery'
import { type FieldError, invalid, required } from '../../schema/fielderror.ts'
import { type Fields, objectOf } from './fields.ts'

const QUANTITY_RULE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const STANDARD = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/

/** What is wrong with a container's resources. */
export function validateResources(resources: unknown, at: string): readonly FieldError[] {
  if (!isJsonObject(resources)) return []
  const limits = objectOf(resources, 'limits')
  const requests = objectOf(resources, 'requests')
  const errors = [
    ...quantityErrors(limits, `${at}.limits`),
    ...quantityErrors(requests, `${at}.requests`),
  ]
  if (errors.length > 0) return errors
  for (const name of Object.keys(requests))
    errors.push(...requestErrors({ name, at, limits, requests }))
  return errors
}

function quantityErrors(list: Fields, at: string): FieldError[] {
  const errors: FieldError[] = []
  for (const [name, value] of Object.entries(list)) {
    const field = `${at}[${name}]`
    const quantity = quantityOf(value)
    if (quantity === undefined) errors.push(invalid(field, value, QUANTITY_RULE))
    else if (quantity.nanos < 0n) {
      errors.push(invalid(field, String(value), 'must be greater than or equal to 0'))
    } else if (!STANDARD.test(name) && quantity.nanos % 1_000_000_000n !== 0n) {
      errors.push(invalid(field, String(value), 'must be an integer'))
    }
    if (!STANDARD.test(name) && !name.includes('/')) {
      const rule = 'must be a standard resource type or fully qualified'
      errors.push(invalid(field, name, rule))
    }
  }
  return errors
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
  const extended = name.includes('/')
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
