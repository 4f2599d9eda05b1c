/** meta/v1 DeleteOptions, from the body or from the query. */
import { isJsonObject } from '@sortie/machinery'
import type { DeleteOptions } from '../registry/definition.ts'
import { badRequest, invalidObject } from '../registry/failures.ts'
import { decodeBody, mediaTypeOf } from '../request/body.ts'
import type { Query } from '../request/query.ts'
import { type FieldError, invalid, notSupported } from '../schema/fielderror.ts'
import type { Call } from './call.ts'

const POLICIES: readonly string[] = ['Foreground', 'Background', 'Orphan']

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
