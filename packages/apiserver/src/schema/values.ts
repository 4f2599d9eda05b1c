/**
 * Value validation: types, bounds, patterns, enums and junctors, worded as kube-openapi words them.
 */
import { jsonEquals } from './equality.ts'
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
import type { Fields } from './types.ts'

/** One validation: where it stands and what it has found. */
export interface ValueWalk {
  readonly path: FieldPath
  readonly errors: FieldError[]
}

export function validateValue(node: SchemaNode, value: unknown, at: ValueWalk): void {
  if (value === null || value === undefined) {
    if (!node.nullable && node.typeWords !== '') wrongType(node, 'null', at)
    if (node.enumeration !== undefined) checkEnum(node, null, at)
    return
  }
  switch (typeof value) {
    case 'string':
      if (node.type !== 'string' && !node.intOrString && node.type !== '')
        wrongType(node, 'string', at)
      if (node.logical) checkJunctors(node, value, at)
      if (node.strings !== undefined) checkString(node.strings, value, at)
      break
    case 'number':
      checkNumber(node, value, at)
      break
    case 'boolean':
      if (node.type !== 'boolean' && node.typeWords !== '') wrongType(node, 'boolean', at)
      if (node.logical) checkJunctors(node, value, at)
      break
    default:
      checkContainer(node, value as Fields | readonly unknown[], at)
  }
  if (node.enumeration !== undefined) checkEnum(node, value, at)
}

function wrongType(node: SchemaNode, actual: string, at: ValueWalk): void {
  const field = pathText(at.path)
  const detail = `${field} in body must be of type ${node.typeWords}: ${quoted(actual)}`
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
  const integral = Number.isInteger(value)
  const fits = node.type === 'number' || (integral && (node.type === 'integer' || node.intOrString))
  if (!fits && node.typeWords !== '') {
    wrongType(node, integral ? 'integer' : 'number', at)
    if (node.type === 'integer') at.errors.push(notIntegral(pathText(at.path)))
  }
  if (node.logical) checkJunctors(node, value, at)
  if (node.numbers !== undefined) checkBounds(node.numbers, value, at)
}

/** The API server says it a second time, of no field. */
const notIntegral = (field: string): FieldError =>
  invalid('<nil>', '', `Checked value must be of type integer (default format) in ${field}`)

const INT32 = 2 ** 31

function checkBounds(checks: NumberChecks, value: number, at: ValueWalk): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = checks
  if (checks.int32 && (value >= INT32 || value < -INT32)) {
    fail(at, value, 'must be of type integer with format int32')
  }
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

function checkContainer(node: SchemaNode, value: Fields | readonly unknown[], at: ValueWalk): void {
  const list = Array.isArray(value)
  const actual = list ? 'array' : 'object'
  if (node.type !== actual && node.typeWords !== '') wrongType(node, actual, at)
  if (node.logical) checkJunctors(node, value, at)
  if (list) checkList(node, value, at)
  else checkFields(node, value as Fields, at)
}

function checkList(node: SchemaNode, list: readonly unknown[], at: ValueWalk): void {
  const { items, minCount, maxCount } = node
  if (items !== undefined) {
    for (let index = 0; index < list.length; index++) {
      const item = list[index]
      if (typeof item === 'string' && isPlainText(items, item)) continue
      at.path.push(index)
      validateValue(items, item, at)
      at.path.pop()
    }
  }
  if (minCount !== undefined && list.length < minCount) {
    fail(at, list.length, `should have at least ${minCount} items`)
  }
  if (maxCount !== undefined && list.length > maxCount) {
    at.errors.push(tooMany(pathText(at.path), list.length, maxCount))
  }
}

function checkFields(node: SchemaNode, value: Fields, at: ValueWalk): void {
  if (!withinCount(node, value, at)) return
  const { fields, additional } = node
  if (fields.size > 0 || additional !== undefined) {
    for (const key in value) {
      const child = fields.get(key) ?? additional
      if (child === undefined) continue
      const part = value[key]
      if (typeof part === 'string' && isPlainText(child, part)) continue
      at.path.push(key)
      validateValue(child, part, at)
      at.path.pop()
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

function withinCount(node: SchemaNode, value: Fields, at: ValueWalk): boolean {
  const { minCount, maxCount } = node
  if (minCount === undefined && maxCount === undefined) return true
  const count = Object.keys(value).length
  if (minCount !== undefined && count < minCount) {
    fail(at, count, `should have at least ${minCount} properties`)
    return false
  }
  if (maxCount !== undefined && count > maxCount) {
    at.errors.push(tooMany(pathText(at.path), count, maxCount))
    return false
  }
  return true
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
  validateValue(node, value, { path: at.path, errors })
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
