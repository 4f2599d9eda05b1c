/** Objects as clients send them: decoded, checked against what the path says, and in the stored form. */
import { ApiStatusError, isJsonObject } from '@sortie/machinery'
import { groupVersion, type ResourceDefinition } from '../registry/definition.ts'
import { badRequest, invalidObject, plainError } from '../registry/failures.ts'
import { decodeBody, jsonText, mediaTypeOf, requireObject } from '../request/body.ts'
import { duplicateFields } from '../request/duplicates.ts'
import type { Fields } from '../resources/pods/fields.ts'
import { invalid } from '../schema/fielderror.ts'
import { encodedMetadata } from '../schema/objectmeta.ts'
import type { ApiObject } from '../store/index.ts'
import type { Call } from './call.ts'
import { decodeKind } from './kinds.ts'

/** The value of the call's body. @throws ApiStatusError BadRequest, UnsupportedMediaType */
export function readBody(call: Call): unknown {
  return decodeBody(call.request.body, mediaTypeOf(call.request.headers?.['content-type']))
}

/** The body as an object of the call's resource, in the stored form. @throws ApiStatusError BadRequest */
export function readObject(call: Call): ApiObject {
  return checkObject(call, requireObject(readBody(call)))
}

/** Sees to it that a JSON object says what it is, and is what the path says. */
export function checkObject(call: Call, fields: Readonly<Record<string, unknown>>): ApiObject {
  const { definition, version } = call
  const expected = groupVersion(definition.group, version.version)
  const { apiVersion = definition.isCustom ? '' : expected, kind = definition.kind } = fields
  if (definition.isCustom && fields['kind'] === undefined) {
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(fields)}'`)
  }
  if (apiVersion !== expected) throw wrongVersion(definition, expected, String(apiVersion))
  if (kind !== definition.kind) {
    throw wrongKind(definition, expected, { kind: String(kind), name: nameIn(fields) })
  }
  const given = { ...fields, kind, apiVersion, metadata: fields['metadata'] ?? {} } as ApiObject
  const object = checkFields(call, given)
  return version.toStorage?.(object) ?? object
}

const EMPTIED: Readonly<Record<string, unknown>> = {
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
}

/** What an apply made of the stored object: of a custom kind it is judged as it is, nulls and unknown fields too. */
export function mergedObject(call: Call, fields: Fields): ApiObject {
  if (!call.definition.isCustom) return mergedBuiltin(call, fields)
  const given = fields as unknown as ApiObject
  // What lost its last item is null, which is kept as nothing and shown as nothing.
  const metadata = Object.values(given.metadata).includes(null)
    ? Object.fromEntries(
        Object.entries(given.metadata).map(([key, value]) => [key, value ?? EMPTIED[key]]),
      )
    : given.metadata
  const object = metadata === given.metadata ? given : { ...given, metadata }
  return call.version.toStorage?.(object) ?? object
}

/** @throws ApiStatusError 500 for what the Go type cannot hold and the schema could not tell */
function mergedBuiltin(call: Call, fields: Fields): ApiObject {
  try {
    return checkObject(call, fields)
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.code !== 400) throw error
    throw plainError(`failed to convert new object: ${error.message}`)
  }
}

/** Says of fields that the kind does not know what the client asked for: nothing, a warning, or a refusal. */
function checkFields(call: Call, given: ApiObject): ApiObject {
  const { definition, version, query, warnings } = call
  const { object, error, unknown } = decodeKind(call, given)
  const mode = query['fieldValidation'] || 'Warn'
  const problems = [
    ...repeatedFields(call).map((path) => `duplicate field "${path}"`),
    ...unknown.map((path) => `unknown field "${path}"`),
  ]
  const strict =
    mode === 'Strict' && problems.length > 0
      ? `strict decoding error: ${problems.join(', ')}`
      : undefined
  const fault = error ?? strict
  if (fault !== undefined) {
    throw badRequest(
      `${definition.kind} in version "${version.version}" cannot be handled as a ${definition.kind}: ${fault}`,
    )
  }
  if (mode === 'Warn') warnings.push(...problems)
  const metadata = encodedMetadata(object.metadata)
  return metadata === object.metadata ? object : { ...object, metadata }
}

/** Looked for only where the client asks to be told: a parser has forgotten them already. */
function repeatedFields({ query, request, verb }: Call): readonly string[] {
  const mode = query['fieldValidation']
  if ((mode !== 'Strict' && mode !== 'Warn') || verb === 'patch') return []
  const text = jsonText(request.body, mediaTypeOf(request.headers?.['content-type']))
  return text === undefined ? [] : duplicateFields(text)
}

function wrongVersion(
  { isCustom, kind }: ResourceDefinition,
  expected: string,
  given: string,
): Error {
  if (!isCustom) {
    return badRequest(
      `${kind} in version ${JSON.stringify(given)} cannot be handled as a ${kind}: no kind "${kind}" is registered for version ${JSON.stringify(given)}`,
    )
  }
  return badRequest(
    `the API version in the data (${given}) does not match the expected API version (${expected})`,
  )
}

function nameIn({ metadata }: Fields): string {
  return isJsonObject(metadata) ? String(metadata['name'] ?? '') : ''
}

function wrongKind(
  definition: ResourceDefinition,
  expected: string,
  { kind, name }: { readonly kind: string; readonly name: string },
): Error {
  if (definition.isCustom) {
    const problem = invalid('kind', kind, `must be ${definition.kind}`)
    return invalidObject({ group: definition.group, kind }, name, [problem])
  }
  const version = expected.split('/').pop() ?? ''
  return badRequest(
    `${kind} in version "${version}" cannot be handled as a ${definition.kind}: converting (${kind}) to (${definition.kind}): unknown conversion`,
  )
}
