/** Objects as clients send them: decoded, checked against what the path says, and in the stored form. */
import { isJsonObject } from '@sortie/machinery'
import { groupVersion, type ResourceDefinition } from '../registry/definition.ts'
import { badRequest } from '../registry/failures.ts'
import { metadataTypeError } from '../registry/metadata.ts'
import { decodeBody, mediaTypeOf, requireObject } from '../request/body.ts'
import type { ApiObject } from '../store/index.ts'
import type { Call } from './call.ts'

/** The body as an object of the call's resource, in its request version. @throws ApiStatusError BadRequest */
export function readObject(call: Call): ApiObject {
  const type = mediaTypeOf(call.request.headers?.['content-type'])
  return checkObject(call, requireObject(decodeBody(call.request.body, type)))
}

/** Sees to it that a JSON object says what it is, and is what the path says. */
export function checkObject(call: Call, fields: Readonly<Record<string, unknown>>): ApiObject {
  const { definition, version } = call
  const expected = groupVersion(definition.group, version.version)
  const { apiVersion = expected, kind = definition.kind, metadata = {}, ...rest } = fields
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    )
  }
  if (kind !== definition.kind) throw wrongKind(definition, expected, String(kind))
  const problem = metadataTypeError(metadata)
  if (problem !== undefined) {
    throw badRequest(
      `${definition.kind} in version "${version.version}" cannot be handled as a ${definition.kind}: ${problem}`,
    )
  }
  const meta = isJsonObject(metadata) ? metadata : {}
  const object = { kind, apiVersion, metadata: meta, ...rest } as ApiObject
  return version.toStorage?.(object) ?? object
}

function wrongKind(definition: ResourceDefinition, expected: string, kind: string): Error {
  if (definition.isCustom) {
    return badRequest(
      `the kind in the data (${kind}) does not match the expected kind (${definition.kind})`,
    )
  }
  const version = expected.split('/').pop() ?? ''
  return badRequest(
    `${kind} in version "${version}" cannot be handled as a ${definition.kind}: converting (${kind}) to (${definition.kind}): unknown conversion`,
  )
}
