/**
 * The rules that make a CRD's schema structural, with the API server's wording
 * (apiextensions-apiserver).
 */
import { compileSchema } from './compiled.ts'
import { jsonEquals } from './equality.ts'
import { type FieldError, fieldErrorMessage, forbidden, invalid, required } from './fielderror.ts'
import { checkKeywords } from './keywords.ts'
import { compilePattern } from './pattern.ts'
import type { JsonSchema } from './types.ts'

type Level = 'root' | 'items' | 'field'

interface Place {
  readonly schema: JsonSchema
  readonly path: string
  readonly level: Level
  readonly errors: FieldError[]
}

/** Where the server finds the schema of a CRD whose versions all have the same one. */
const SCHEMA_PATH = 'spec.validation.openAPIV3Schema'

/**
 * What keeps a schema from being structural; empty where nothing does. CEL rules are not looked at
 * here (see
 * checkSchemaRules of the cel folder).
 */
export function checkStructural(schema: JsonSchema, path = SCHEMA_PATH): FieldError[] {
  const keywordErrors = checkKeywords(schema, path)
  const errors: FieldError[] = []
  checkInvariants({ schema, path, level: 'root', errors })
  checkCompleteness(schema, { schema, path, level: 'root', errors })
  errors.sort((a, b) => (fieldErrorMessage(a) < fieldErrorMessage(b) ? -1 : 1))
  const found = [...keywordErrors, ...errors]
  return found.length > 0 ? found : checkDefaults(schema, path)
}

function checkInvariants(at: Place): void {
  const { schema, path, errors } = at
  checkType(at)
  checkExtensions(at)
  checkMetaFields(at)
  if (schema.type === 'array' && schema.items === undefined) {
    errors.push(required(`${path}.items`, 'must be specified'))
  }
  if (schema.items !== undefined) {
    checkInvariants({ schema: schema.items, path: `${path}.items`, level: 'items', errors })
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const place = { schema: property, path: `${path}.properties[${name}]`, errors }
    checkInvariants({ ...place, level: 'field' })
  }
  const { additionalProperties: additional } = schema
  if (additional !== undefined && at.level === 'root') {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'))
  }
  if (typeof additional === 'object') {
    const place = { schema: additional, path: `${path}.additionalProperties`, errors }
    checkInvariants({ ...place, level: 'field' })
  }
  checkJunctors(at, intOrStringSkips(schema))
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  items: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

const EMBEDDED_TYPE = 'must be object if x-kubernetes-embedded-resource is true'

function checkType({ schema, path, level, errors }: Place): void {
  const { type = '' } = schema
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object') {
    if (type === '') errors.push(required(`${path}.type`, EMBEDDED_TYPE))
    else errors.push(invalid(`${path}.type`, type, EMBEDDED_TYPE))
    return
  }
  const untyped =
    schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields']
  if (type === '' && !untyped) errors.push(required(`${path}.type`, EMPTY_TYPE[level]))
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'))
  }
}

function checkExtensions({ schema, path, errors }: Place): void {
  const preserve = schema['x-kubernetes-preserve-unknown-fields']
  const embedded = schema['x-kubernetes-embedded-resource']
  if (schema['x-kubernetes-int-or-string']) {
    const detail = 'must be false if x-kubernetes-int-or-string is true'
    if (preserve) {
      errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, preserve, detail))
    }
    if (embedded) errors.push(invalid(`${path}.x-kubernetes-embedded-resource`, embedded, detail))
  }
  if (!embedded) return
  if (schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set'
    errors.push(forbidden(`${path}.additionalProperties`, detail))
  }
  if (!preserve && Object.keys(schema.properties ?? {}).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(required(`${path}.properties`, detail))
  }
}

function checkMetaFields({ schema, path, level, errors }: Place): void {
  if (level !== 'root' && !schema['x-kubernetes-embedded-resource']) return
  for (const name of ['kind', 'apiVersion']) {
    const type = schema.properties?.[name]?.type
    if (schema.properties?.[name] !== undefined && type !== 'string') {
      errors.push(invalid(`${path}.properties[${name}].type`, type ?? '', 'must be string'))
    }
  }
  const metadata = schema.properties?.['metadata']
  if (metadata === undefined) return
  const at = `${path}.properties[metadata]`
  if (metadata.type !== 'object') {
    errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'))
  }
  if (level === 'root' && !isPlainMetadata(metadata)) {
    const detail =
      'must not specify anything other than name and generateName, but metadata is implicitly specified'
    errors.push(forbidden(at, detail))
  }
}

function isPlainMetadata(metadata: JsonSchema): boolean {
  const names = Object.keys(metadata.properties ?? {})
  if (names.some((name) => name !== 'name' && name !== 'generateName')) return false
  return Object.keys(metadata).every((key) => key === 'type' || key === 'properties')
}

/**
 * The two forms of `anyOf: [{type: integer}, {type: string}]` that may stand beside
 * x-kubernetes-int-or-string.
 */
function intOrStringSkips(schema: JsonSchema): { anyOf: boolean; firstAllOf: boolean } {
  const pair = (list: readonly JsonSchema[] | undefined) =>
    list?.length === 2 &&
    jsonEquals(list[0], { type: 'integer' }) &&
    jsonEquals(list[1], { type: 'string' })
  return { anyOf: pair(schema.anyOf) === true, firstAllOf: pair(schema.allOf?.[0]?.anyOf) === true }
}

function checkJunctors(at: Place, skip: { anyOf: boolean; firstAllOf: boolean }): void {
  const { schema, path, errors } = at
  const nested = (part: JsonSchema, where: string, skipAnyOf = false) =>
    checkNested({ ...at, schema: part, path: `${path}.${where}` }, skipAnyOf)
  if (!skip.anyOf)
    for (const [i, part] of (schema.anyOf ?? []).entries()) nested(part, `anyOf[${i}]`)
  for (const [i, part] of (schema.allOf ?? []).entries()) {
    nested(part, `allOf[${i}]`, skip.firstAllOf && i === 0)
  }
  for (const [i, part] of (schema.oneOf ?? []).entries()) nested(part, `oneOf[${i}]`)
  if (schema.not !== undefined) nested(schema.not, 'not')
  if (schema.pattern) {
    try {
      compilePattern(schema.pattern)
    } catch (error) {
      const detail = `must be a valid regular expression, but isn't: ${(error as Error).message}`
      errors.push(invalid(`${path}.pattern`, schema.pattern, detail))
    }
  }
}

/** Keywords that a schema under a junctor must not have, and how the server says so. */
const NOT_NESTED: readonly (readonly [keyof JsonSchema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
]

function checkNested(at: Place, skipAnyOf: boolean): void {
  const { schema, path, errors } = at
  checkJunctors(at, { anyOf: skipAnyOf, firstAllOf: false })
  for (const [keyword, detail] of NOT_NESTED) {
    const value = schema[keyword]
    if (value === undefined || value === false || value === '') continue
    errors.push(forbidden(`${path}.${keyword}`, detail))
  }
  if (schema.items !== undefined) {
    checkNested({ ...at, schema: schema.items, path: `${path}.items` }, false)
  }
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    checkNested({ ...at, schema: part, path: `${path}.properties[${name}]` }, false)
  }
  if (schema.properties?.['metadata'] !== undefined) {
    const detail = 'must not be specified in a nested context'
    errors.push(forbidden(`${path}.properties[metadata]`, detail))
  }
}

/** Every field or list that a junctor speaks of must be declared outside junctors too. */
function checkCompleteness(spine: JsonSchema, at: Place): void {
  const { path, errors } = at
  for (const [part, where] of junctorParts(spine)) {
    requireDeclared(spine, { part, where: `${path}.${where}`, path, errors })
  }
  if (spine.items !== undefined) {
    checkCompleteness(spine.items, { ...at, path: `${path}.items` })
  }
  for (const [name, property] of Object.entries(spine.properties ?? {})) {
    checkCompleteness(property, { ...at, path: `${path}.properties[${name}]` })
  }
  const { additionalProperties: additional } = spine
  if (typeof additional === 'object') {
    checkCompleteness(additional, { ...at, path: `${path}.additionalProperties` })
  }
}

function junctorParts(schema: JsonSchema): (readonly [JsonSchema, string])[] {
  const parts: (readonly [JsonSchema, string])[] = []
  for (const junctor of ['anyOf', 'allOf', 'oneOf'] as const) {
    for (const [i, part] of (schema[junctor] ?? []).entries())
      parts.push([part, `${junctor}[${i}]`])
  }
  if (schema.not !== undefined) parts.push([schema.not, 'not'])
  return parts
}

interface Declared {
  readonly part: JsonSchema
  readonly where: string
  readonly path: string
  readonly errors: FieldError[]
}

function requireDeclared(spine: JsonSchema, at: Declared): void {
  const { part, where, path, errors } = at
  for (const [inner, step] of junctorParts(part)) {
    requireDeclared(spine, { ...at, part: inner, where: `${where}.${step}` })
  }
  if (part.items !== undefined) {
    const next = { part: part.items, where: `${where}.items`, path: `${path}.items`, errors }
    if (spine.items === undefined) errors.push(because(next.path, next.where))
    else requireDeclared(spine.items, next)
  }
  for (const [name, property] of Object.entries(part.properties ?? {})) {
    const step = `properties[${name}]`
    const next = { part: property, where: `${where}.${step}`, path: `${path}.${step}`, errors }
    const declared = spine.properties?.[name]
    if (declared === undefined) errors.push(because(next.path, next.where))
    else requireDeclared(declared, next)
  }
}

const because = (path: string, where: string): FieldError =>
  required(path, `because it is defined in ${where}`)

/** Defaults must survive pruning, and be valid by their own schema as they are written; those of a map's values are not looked at. */
function checkDefaults(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (schema.default !== undefined) errors.push(...defaultErrors(schema, path))
  if (schema.items !== undefined) errors.push(...checkDefaults(schema.items, `${path}.items`))
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...checkDefaults(property, `${path}.properties[${name}]`))
  }
  return errors
}

function defaultErrors(schema: JsonSchema, path: string): FieldError[] {
  const at = `${path}.default`
  const whole = schema['x-kubernetes-embedded-resource'] === true
  const compiled = compileSchema(schema, { resourceRoot: whole })
  if (compiled.normalise(schema.default).pruned) {
    return [invalid(at, schema.default, 'must not have unknown fields')]
  }
  return compiled.validate(schema.default).map((error) => {
    if (error.field === '<nil>') return { ...error, field: at }
    const below = error.field.replace(/^\./, '')
    return { ...error, field: below === '' ? at : `${at}.${below}` }
  })
}
