/** meta/v1 DeleteOptions, from the body or from the query. */
import { isJsonObject } from '@sortie/machinery'
import type { DeleteOptions } from '../registry/definition.ts'
import { badRequest, invalidObject } from '../registry/failures.ts'
import { decodeBody, mediaTypeOf } from '../request/body.ts'
import type { Query } from '../request/query.ts'
import { type FieldError, invalid, notSupported } from '../schema/fielderror.ts'
import type { Call } from './call.ts'

const POLICIES: readonly string[] = ['Foreground', 'Background', 'Orphan']

/** Beyond it the moment of deletion would be no date; it is some hundred years. */
const MOST_SECONDS = 2 ** 32

/** The options of a DELETE request. @throws ApiStatusError BadRequest */
export function readDeleteOptions({ request, query }: Call): DeleteOptions {
  if (isEmpty(request.body)) return deleteOptionsFrom({}, query)
  const body = decodeBody(request.body, mediaTypeOf(request.headers?.['content-type']))
  if (!isJsonObject(body)) return deleteOptionsFrom({}, query)
  const kind = body['kind'] ?? 'DeleteOptions'
  if (kind !== 'DeleteOptions') {
    throw badRequest(
      `${String(kind)} in version "${String(body['apiVersion'])}" cannot be handled as DeleteOptions`,
    )
  }
  return deleteOptionsFrom(body, query)
}

/** @throws ApiStatusError Invalid for a propagation policy that is not known */
export function deleteOptionsFrom(
  fields: Readonly<Record<string, unknown>>,
  query: Query,
): DeleteOptions {
  const grace = graceOf(fields, query)
  const policy = policyOf(fields, query)
  const preconditions = isJsonObject(fields['preconditions']) ? fields['preconditions'] : undefined
  return {
    dryRun: isDryRun(fields['dryRun'] ?? [], query['dryRun'] ?? ''),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(preconditions === undefined ? {} : { preconditions }),
  }
}

/** @throws ApiStatusError BadRequest for what is no number of seconds */
function graceOf(fields: Readonly<Record<string, unknown>>, query: Query): number | undefined {
  const given = fields['gracePeriodSeconds'] ?? (query['gracePeriodSeconds'] || undefined)
  if (given === undefined) return undefined
  const isNumber = typeof given === 'number' || /^-?\d+$/.test(String(given))
  const seconds = isNumber ? Number(given) : Number.NaN
  if (Number.isInteger(seconds) && Math.abs(seconds) <= MOST_SECONDS) return seconds
  throw badRequest(`gracePeriodSeconds: ${JSON.stringify(given)} is no number of seconds`)
}

/** What would be a dry run if only it were spelt right must not delete. @throws ApiStatusError Invalid, BadRequest */
function isDryRun(given: unknown, asked: string): boolean {
  if (!Array.isArray(given)) throw badRequest('dryRun is no list')
  const all: readonly unknown[] = asked === '' ? given : [...given, asked]
  if (all.some((one) => one !== 'All')) {
    throw invalidOptions(notSupported('dryRun', all, ['All']))
  }
  return all.length > 0
}

function policyOf(
  fields: Readonly<Record<string, unknown>>,
  query: Query,
): DeleteOptions['propagationPolicy'] {
  const policy = fields['propagationPolicy'] ?? query['propagationPolicy'] ?? undefined
  const orphans = fields['orphanDependents'] ?? query['orphanDependents']
  if (policy === undefined) return isTrue(orphans) ? 'Orphan' : undefined
  if (orphans !== undefined && orphans !== null) {
    const why = 'orphanDependents and deletionPropagation cannot be both set'
    throw invalidOptions(invalid('propagationPolicy', policy, why))
  }
  if (!POLICIES.includes(String(policy))) {
    throw invalidOptions(notSupported('propagationPolicy', policy, [...POLICIES, 'nil']))
  }
  return policy as NonNullable<DeleteOptions['propagationPolicy']>
}

function invalidOptions(error: FieldError): Error {
  return invalidObject({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [error])
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || (body instanceof Uint8Array && body.length === 0)
}
