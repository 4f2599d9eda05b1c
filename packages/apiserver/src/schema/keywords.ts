/** Which keywords a CRD's schema may use, and how they must go together. */
import { type FieldError, forbidden, invalid, notSupported, required } from './fielderror.ts'
import type { JsonSchema, ValidationRule } from './types.ts'

interface Context {
  readonly root: boolean
  readonly insideMeta: boolean
  /** Why defaults are not allowed here; undefined where they are. */
  readonly noDefaults: string | undefined
}

/** Problems of single schemas, outermost first. */
export function checkKeywords(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  visit(schema, { path, errors, root: true, insideMeta: false, noDefaults: undefined })
  return errors
}

interface Visit extends Context {
  readonly path: string
  readonly errors: FieldError[]
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const META = new Set(['metadata', 'apiVersion', 'kind'])

const NOT_SUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
]

function visit(schema: JsonSchema, at: Visit): void {
  checkStandard(schema, at)
  visitChildren(schema, at)
  checkMapType(schema, at)
  checkListType(schema, at)
  checkRuleTexts(schema['x-kubernetes-validations'] ?? [], at)
}

function checkStandard(schema: JsonSchema, at: Visit): void {
  const { path, errors } = at
  if (schema.type !== undefined && schema.type !== '' && !TYPES.includes(schema.type)) {
    errors.push(notSupported(`${path}.type`, schema.type, TYPES))
  }
  if (schema.default !== undefined && at.noDefaults !== undefined) {
    errors.push(forbidden(`${path}.default`, `must not be set ${at.noDefaults}`))
  }
  for (const keyword of NOT_SUPPORTED) {
    if (keyword in schema)
      errors.push(forbidden(`${path}.${keyword}`, `${keyword} is not supported`))
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'))
  }
  if (at.insideMeta && schema['x-kubernetes-embedded-resource']) {
    const detail = 'must not be used inside of resource meta'
    errors.push(forbidden(`${path}.x-kubernetes-embedded-resource`, detail))
  }
  if (schema.uniqueItems) {
    const detail =
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbidden(`${path}.uniqueItems`, detail))
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const field = `${path}.x-kubernetes-preserve-unknown-fields`
    errors.push(invalid(field, false, 'must be true or undefined'))
  }
}

function visitChildren(schema: JsonSchema, at: Visit): void {
  const { path, errors } = at
  const inner = { ...at, root: false }
  const { additionalProperties: additional, properties = {} } = schema
  if (typeof additional === 'object' || additional === false) {
    if (Object.keys(properties).length > 0) {
      const detail = 'additionalProperties and properties are mutual exclusive'
      errors.push(forbidden(`${path}.additionalProperties`, detail))
    }
  }
  if (typeof additional === 'object') {
    const noDefaults = at.insideMeta
      ? 'inside additionalProperties applying to object metadata'
      : at.noDefaults
    visit(additional, { ...inner, noDefaults, path: `${path}.additionalProperties` })
  }
  for (const [name, property] of Object.entries(properties)) {
    visit(property, { ...propertyContext(schema, at, name), path: `${path}.properties[${name}]` })
  }
  if (schema.items !== undefined) visit(schema.items, { ...inner, path: `${path}.items` })
  for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [index, part] of (schema[junctor] ?? []).entries()) {
      visit(part, { ...inner, path: `${path}.${junctor}[${index}]` })
    }
  }
  if (schema.not !== undefined) visit(schema.not, { ...inner, path: `${path}.not` })
}

function propertyContext(schema: JsonSchema, at: Visit, name: string): Visit {
  const meta = (at.root || schema['x-kubernetes-embedded-resource'] === true) && META.has(name)
  return {
    ...at,
    root: false,
    insideMeta: at.insideMeta || meta,
    noDefaults: meta && at.root ? `in top-level ${name}` : at.noDefaults,
  }
}

/** The type that an extension demands, or how it is missing. */
function demandType(schema: JsonSchema, at: Visit, demand: { type: string; by: string }): boolean {
  const { type = '' } = schema
  if (type === demand.type) return true
  const detail = `must be ${demand.type} if ${demand.by} is specified`
  if (type === '') at.errors.push(required(`${at.path}.type`, detail))
  else at.errors.push(invalid(`${at.path}.type`, type, detail))
  return false
}

function checkMapType(schema: JsonSchema, at: Visit): void {
  const mapType = schema['x-kubernetes-map-type']
  if (mapType === undefined) return
  demandType(schema, at, { type: 'object', by: 'x-kubernetes-map-type' })
  if (mapType !== 'atomic' && mapType !== 'granular') {
    const supported = ['atomic', 'granular']
    at.errors.push(notSupported(`${at.path}.x-kubernetes-map-type`, mapType, supported))
  }
}

function checkListType(schema: JsonSchema, at: Visit): void {
  const { path, errors } = at
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const field = `${path}.x-kubernetes-list-type`
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty'
    errors.push(listType === undefined ? required(field, detail) : invalid(field, listType, detail))
  }
  if (listType === undefined) return
  const typed = demandType(schema, at, { type: 'array', by: 'x-kubernetes-list-type' })
  if (typed && listType === 'set') checkSetItems(schema, at)
  if (!['atomic', 'set', 'map'].includes(listType)) {
    errors.push(notSupported(field, listType, ['atomic', 'set', 'map']))
  }
  if (listType === 'map') checkMapList(schema, at)
  if (schema.items?.nullable && (listType === 'set' || listType === 'map')) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`
    errors.push(forbidden(`${path}.items.nullable`, detail))
  }
}

function checkSetItems(schema: JsonSchema, { path, errors }: Visit): void {
  const { items } = schema
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const listType = items?.['x-kubernetes-list-type']
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    errors.push(invalid(`${path}.items.x-kubernetes-list-type`, listType, detail))
  }
  const mapType = items?.['x-kubernetes-map-type']
  if (items?.type === 'object' && mapType !== 'atomic') {
    errors.push(invalid(`${path}.items.x-kubernetes-map-type`, mapType ?? null, detail))
  }
}

function checkMapList(schema: JsonSchema, at: Visit): void {
  const { path, errors } = at
  const { items } = schema
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const field = `${path}.x-kubernetes-list-map-keys`
  if (keys.length === 0) {
    errors.push(required(field, 'must not be empty if x-kubernetes-list-type is map'))
  }
  if (items === undefined) {
    const detail = 'must have a schema if x-kubernetes-list-type is map'
    errors.push(required(`${path}.items`, detail))
    return
  }
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map"
    errors.push(invalid(`${path}.items.type`, items.type ?? '', detail))
    return
  }
  if (new Set(keys).size < keys.length) {
    errors.push(invalid(field, keys, 'must not contain duplicate entries'))
  }
  for (const key of keys) checkMapKey(items, key, { ...at, path: `${path}.items`, field, keys })
}

interface MapKeyPlace extends Visit {
  readonly field: string
  readonly keys: readonly string[]
}

function checkMapKey(items: JsonSchema, key: string, at: MapKeyPlace): void {
  const { errors } = at
  const property = items.properties?.[key]
  if (property === undefined) {
    errors.push(invalid(at.field, at.keys, 'entries must all be names of item properties'))
    return
  }
  const path = `${at.path}.properties[${key}]`
  if (property.type === 'array' || property.type === 'object') {
    const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
    errors.push(invalid(`${path}.type`, items.type, detail))
  }
  const because = 'this property is in x-kubernetes-list-map-keys, so it'
  if (!items.required?.includes(key) && property.default === undefined) {
    const detail = `${because} must have a default or be a required property`
    errors.push(required(`${path}.default`, detail))
  }
  if (property.nullable) errors.push(forbidden(`${path}.nullable`, `${because} cannot be nullable`))
}

const REASONS = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
]

/** The words of rules; the expressions themselves are the CEL engine's business. */
function checkRuleTexts(rules: readonly ValidationRule[], { path, errors }: Visit): void {
  for (const [index, rule] of rules.entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`
    const problem = messageProblem(rule, at)
    if (problem !== undefined) errors.push(problem)
    if (rule.messageExpression !== undefined && rule.messageExpression.trim() === '') {
      const detail = 'messageExpression must be non-empty if specified'
      errors.push(required(`${at}.messageExpression`, detail))
    }
    if (rule.reason !== undefined && !REASONS.includes(rule.reason)) {
      errors.push(notSupported(`${at}.reason`, rule.reason, REASONS))
    }
    if (rule.fieldPath !== undefined && rule.fieldPath.trim() === '') {
      const detail = 'fieldPath must be non-empty if specified'
      errors.push(invalid(`${at}.fieldPath`, rule.fieldPath, detail))
    }
  }
}

function messageProblem(rule: ValidationRule, at: string): FieldError | undefined {
  const text = (rule.rule ?? '').trim()
  const message = rule.message?.trim()
  if (text === '') return required(`${at}.rule`, 'rule is not specified')
  if (message === '') {
    return invalid(`${at}.message`, rule.message, 'message must be non-empty if specified')
  }
  if (message !== undefined && /[\n\r]/.test(message)) {
    return invalid(`${at}.message`, rule.message, 'message must not contain line breaks')
  }
  if (message === undefined && /[\n\r]/.test(text)) {
    return required(`${at}.message`, 'message must be specified if rule contains line breaks')
  }
  return undefined
}
