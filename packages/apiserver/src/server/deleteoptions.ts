/** meta/v1 DeleteOptions, from the body or from the query. */
import { isJsonObject } from '@sortie/machinery'
import type { DeleteOptions } from '../registry/definition.ts'
import { badRequest } from '../registry/failures.ts'
import { decodeBody, mediaTypeOf } from '../request/body.ts'
import type { Query } from '../request/query.ts'
import type { Call } from './call.ts'

const POLICIES: readonly unknown[] = ['Foreground', 'Background', 'Orphan']

/** The options of a DELETE request. @throws ApiStatusError BadRequest */
export function readDeleteOptions({ request, query }: Call): DeleteOptions {
  if (isEmpty(request.body)) return deleteOptionsFrom({}, query)
  const body = decodeBody(request.body, mediaTypeOf(request.headers?.['content-type']))
  return deleteOptionsFrom(isJsonObject(body) ? body : {}, query)
}

/** @throws ApiStatusError BadRequest for a propagation policy that is not known */
export function deleteOptionsFrom(
  fields: Readonly<Record<string, unknown>>,
  query: Query,
): DeleteOptions {
  const grace = fields['gracePeriodSeconds'] ?? query['gracePeriodSeconds']
  const policy = policyOf(fields, query)
  const preconditions = isJsonObject(fields['preconditions']) ? fields['preconditions'] : undefined
  const dryRun = Array.isArray(fields['dryRun']) && fields['dryRun'].includes('All')
  return {
    dryRun: dryRun || query['dryRun'] === 'All',
    ...(grace === undefined || grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(preconditions === undefined ? {} : { preconditions }),
  }
}

function policyOf(
  fields: Readonly<Record<string, unknown>>,
  query: Query,
): DeleteOptions['propagationPolicy'] {
  const policy = fields['propagationPolicy'] ?? query['propagationPolicy'] ?? undefined
  const orphans = fields['orphanDependents'] ?? query['orphanDependents']
  if (policy === undefined) return isTrue(orphans) ? 'Orphan' : undefined
  if (!POLICIES.includes(policy)) {
    throw badRequest(`unknown propagationPolicy ${JSON.stringify(policy)}`)
  }
  return policy as NonNullable<DeleteOptions['propagationPolicy']>
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || (body instanceof Uint8Array && body.length === 0)
}
