/**
 * Value validation: types, bounds, patterns, enums and junctors, worded as kube-openapi words them.
 */
import { isUnchanged, jsonEquals } from './equality.ts'
import {
  type FieldError,
  invalid,
  notSupported,
  quoted,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from './fielderror.ts'
import type { NumberChecks, SchemaNode, StringChecks } from './node.ts'
import { childText, type FieldPath, pathText } from './path.ts'
import { type Fields, isFields } from './types.ts'

/** One validation: where it stands and what it has found. */
export interface ValueWalk {
  readonly path: FieldPath
  readonly errors: FieldError[]
  /** What is stored at this place; undefined where nothing corresponds, or where the object is new. */
  old?: unknown
}

/**
 * Adds what is wrong with a value. What was wrong already, and has not changed, is let pass, so that a schema may be tightened
 * (CRD validation ratcheting).
 */
export function validateValue(node: SchemaNode, value: unknown, at: ValueWalk): void {
  const { errors, old } = at
  const before = errors.length
  checkValue(node, value, at)
  if (errors.length > before && old !== undefined && isUnchanged(node.schema, value, old)) {
    errors.length = before
  }
}

interface Below {
  readonly step: FieldPath[number]
  readonly value: unknown
  /** What corresponds to it in the stored object. */
  readonly old: unknown
}

function validateBelow(node: SchemaNode, { step, value, old }: Below, at: ValueWalk): void {
  const outer = at.old
  at.path.push(step)
  at.old = old
  validateValue(node, value, at)
  at.old = outer
  at.path.pop()
}

function checkValue(node: SchemaNode, value: unknown, at: ValueWalk): void {
  if (value === null || value === undefined) {
    if (!node.nullable && node.typeWords !== '') wrongType(node.typeWords, 'null', at)
    if (node.enumeration !== undefined) checkEnum(node, null, at)
    return
  }
  const type = jsonTypeOf(value)
  checkType(node, type, at)
  if (node.logical) checkJunctors(node, value, at)
  switch (type) {
    case 'string':
      if (node.strings !== undefined) checkString(node.strings, value as string, at)
      break
    case 'integer':
    case 'number':
      checkNumber(node, value as number, at)
      break
    case 'array':
      checkList(node, value as readonly unknown[], at)
      break
    case 'object':
      checkFields(node, value as Fields, at)
      break
    default:
  }
  if (node.enumeration !== undefined) checkEnum(node, value, at)
}

type JsonType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'

function jsonTypeOf(value: unknown): JsonType {
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as JsonType
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return Array.isArray(value) ? 'array' : 'object'
}

/** The format that a number has by itself. */
const OWN_FORMATS: Readonly<Partial<Record<JsonType, string>>> = {
  integer: 'int64',
  number: 'float64',
}

/** A format stands in for the type: of the type nothing more is said then, and a list passes for a text. */
function checkType(node: SchemaNode, actual: JsonType, at: ValueWalk): void {
  const { type, format, intOrString, typeWords } = node
  const fits =
    actual === type ||
    (actual === 'integer' && type === 'number') ||
    (intOrString && (actual === 'integer' || actual === 'string'))
  if (fits) return
  if (format !== '') {
    const isText = actual === 'string' || actual === 'array'
    const isNumeric = type === 'integer' || type === 'number' || intOrString
    if (isText && !isNumeric) return
    const own = OWN_FORMATS[actual] ?? ''
    if (!isText && own !== format) {
      wrongType(format, own, at)
      return
    }
  }
  if (typeWords !== '') wrongType(typeWords, actual, at)
}

function wrongType(words: string, actual: string, at: ValueWalk): void {
  const field = pathText(at.path)
  const detail = `${field} in body must be of type ${words}: ${quoted(actual)}`
  at.errors.push(typeInvalid(field, actual, detail))
}

function fail(at: ValueWalk, value: unknown, rest: string): void {
  const field = pathText(at.path)
  at.errors.push(invalid(field, value, `${field} in body ${rest}`))
}

function checkEnum(node: SchemaNode, value: unknown, at: ValueWalk): void {
  if (node.enumStrings?.has(value) === true) return
  const allowed = node.enumeration ?? []
  if (node.enumStrings === undefined && allowed.some((one) => jsonEquals(one, value))) return
  at.errors.push(notSupported(pathText(at.path), value, allowed))
}

/**
 * Length in code points, which is how Kubernetes counts; a walk only where surrogates may make a
 * difference.
 */
export function runeCount(text: string): number {
  let count = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < text.length) {
      count--
      index++
    }
  }
  return count
}

/** Of length and pattern only the first that fails is told. */
function checkString(checks: StringChecks, value: string, at: ValueWalk): void {
  const { minLength, maxLength, pattern, format } = checks
  if (maxLength !== undefined && value.length > maxLength && runeCount(value) > maxLength) {
    at.errors.push(tooLong(pathText(at.path), maxLength))
  } else if (
    minLength !== undefined &&
    (value.length < minLength || runeCount(value) < minLength)
  ) {
    fail(at, value, `should be at least ${minLength} chars long`)
  } else if (pattern !== undefined && !pattern.test(value)) {
    fail(at, value, `should match '${checks.patternSource}'`)
  }
  if (format !== undefined && !format(value)) {
    const field = pathText(at.path)
    const detail = `${field} in body must be of type ${checks.formatName}: ${quoted(value)}`
    at.errors.push(typeInvalid(field, value, detail))
  }
}

function checkNumber(node: SchemaNode, value: number, at: ValueWalk): void {
  if (node.type === 'integer' && !isInRange(value, node.format)) {
    at.errors.push(outOfRange(node, at))
  }
  if (node.numbers !== undefined) checkBounds(node.numbers, value, at)
}

const INT32 = 2 ** 31

function isInRange(value: number, format: string): boolean {
  if (!Number.isInteger(value)) return false
  return format !== 'int32' || (value < INT32 && value >= -INT32)
}

/** The API server says it of no field. */
function outOfRange({ format }: SchemaNode, at: ValueWalk): FieldError {
  const words = format === '' ? '(default format)' : `with format ${format}`
  const detail = `Checked value must be of type integer ${words} in ${pathText(at.path)}`
  return invalid('<nil>', '', detail)
}

function checkBounds(checks: NumberChecks, value: number, at: ValueWalk): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = checks
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    fail(at, value, `should be a multiple of ${multipleOf}`)
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    fail(at, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`)
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    fail(at, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`)
  }
}

/** With room for the error of binary fractions: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, of: number): boolean {
  const quotient = value / of
  return Math.abs(quotient - Math.round(quotient)) < 1e-9
}

function checkList(node: SchemaNode, list: readonly unknown[], at: ValueWalk): void {
  const { items } = node
  // The counts of an object are of its keys.
  const { minCount, maxCount } = node.type === 'array' ? node : UNCOUNTED
  if (items !== undefined) {
    const oldItem = at.old === undefined ? uncorrelated : correlation(node, at.old)
    for (let index = 0; index < list.length; index++) {
      const item = list[index]
      if (typeof item === 'string' && isPlainText(items, item)) continue
      validateBelow(items, { step: index, value: item, old: oldItem(item) }, at)
    }
  }
  if (minCount !== undefined && list.length < minCount) {
    fail(at, list.length, `should have at least ${minCount} items`)
  }
  if (maxCount !== undefined && list.length > maxCount) {
    at.errors.push(tooMany(pathText(at.path), list.length, maxCount))
  }
}

const UNCOUNTED = { minCount: undefined, maxCount: undefined } as const

const uncorrelated = (): undefined => undefined

/** Items of old and new lists belong together only where the list is a map: by its keys. */
function correlation({ schema }: SchemaNode, old: unknown): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return uncorrelated
  const identity = (item: unknown): string =>
    isFields(item) ? JSON.stringify(keys.map((key) => item[key])) : ''
  const byKeys = new Map<string, unknown>()
  for (const item of old) if (!byKeys.has(identity(item))) byKeys.set(identity(item), item)
  return (item) => (isFields(item) ? byKeys.get(identity(item)) : undefined)
}

function checkFields(node: SchemaNode, value: Fields, at: ValueWalk): void {
  checkCount(node, value, at)
  const { fields, additional } = node
  const old = isFields(at.old) ? at.old : undefined
  if (fields.size > 0 || additional !== undefined) {
    for (const key in value) {
      const field = fields.get(key)
      const child = field ?? additional
      if (child === undefined) continue
      const part = value[key]
      if (typeof part === 'string' && isPlainText(child, part)) continue
      const before = old !== undefined && Object.hasOwn(old, key) ? old[key] : undefined
      // The library names keys of a map that is the whole value with a dot.
      const step = field === undefined && at.path.length === 0 ? `.${key}` : key
      validateBelow(child, { step, value: part, old: before }, at)
    }
  }
  for (const name of node.required) {
    if (value[name] === undefined || !Object.hasOwn(value, name)) {
      at.errors.push(required(childText(at.path, name)))
    }
  }
}

/** The common case, decided without a path: text of which nothing is asked but its length. */
function isPlainText(node: SchemaNode, text: string): boolean {
  return node.textLimit !== undefined && text.length <= node.textLimit
}

function checkCount({ type, minCount, maxCount }: SchemaNode, value: Fields, at: ValueWalk): void {
  // The counts of a list are of its items.
  if (type === 'array') return
  if (minCount === undefined && maxCount === undefined) return
  const count = Object.keys(value).length
  if (minCount !== undefined && count < minCount) {
    fail(at, count, `should have at least ${minCount} properties`)
  }
  if (maxCount !== undefined && count > maxCount) {
    at.errors.push(tooMany(pathText(at.path), count, maxCount))
  }
}

/**
 * An error of a junctor belongs to no field: the server prints `<nil>` and names the path in the
 * text.
 */
function junctorError(at: ValueWalk, rest: string): void {
  at.errors.push(invalid('<nil>', '', `${quoted(pathText(at.path))} ${rest}`))
}

function errorsOf(node: SchemaNode, value: unknown, at: ValueWalk): FieldError[] {
  const errors: FieldError[] = []
  checkValue(node, value, { path: at.path, errors, old: at.old })
  return errors
}

function checkJunctors(node: SchemaNode, value: unknown, at: ValueWalk): void {
  if (node.anyOf.length > 0 && !isIntOrStringPattern(node)) checkAnyOf(node, value, at)
  if (node.oneOf.length > 0) checkOneOf(node, value, at)
  if (node.allOf.length > 0) checkAllOf(node, value, at)
  if (node.not !== undefined && errorsOf(node.not, value, at).length === 0) {
    junctorError(at, 'must not validate the schema (not)')
  }
}

/** `anyOf: [{type: integer}, {type: string}]`, which only repeats x-kubernetes-int-or-string. */
function isIntOrStringPattern(node: SchemaNode): boolean {
  return node.intOrString && node.anyOf.length === 2 && node.anyOf[0]?.type === 'integer'
}

/** The errors of the alternative that came nearest: the one with the fewest. */
function nearest(failures: readonly FieldError[][]): readonly FieldError[] {
  return failures.reduce((best, one) => (one.length < best.length ? one : best), failures[0] ?? [])
}

function checkAnyOf(node: SchemaNode, value: unknown, at: ValueWalk): void {
  const failures: FieldError[][] = []
  for (const alternative of node.anyOf) {
    const errors = errorsOf(alternative, value, at)
    if (errors.length === 0) return
    failures.push(errors)
  }
  junctorError(at, 'must validate at least one schema (anyOf)')
  at.errors.push(...nearest(failures))
}

function checkOneOf(node: SchemaNode, value: unknown, at: ValueWalk): void {
  const outcomes = node.oneOf.map((alternative) => errorsOf(alternative, value, at))
  const valid = outcomes.filter((errors) => errors.length === 0).length
  if (valid === 1) return
  const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
  junctorError(at, `must validate one and only one schema (oneOf). ${found}`)
  if (valid === 0) at.errors.push(...nearest(outcomes))
}

function checkAllOf(node: SchemaNode, value: unknown, at: ValueWalk): void {
  const outcomes = node.allOf.map((part) => errorsOf(part, value, at))
  const valid = outcomes.filter((errors) => errors.length === 0).length
  if (valid === node.allOf.length) return
  for (const errors of outcomes) at.errors.push(...errors)
  const none = valid === 0 ? '. None validated' : ''
  junctorError(at, `must validate all the schemas (allOf)${none}`)
}
