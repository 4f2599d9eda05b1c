/** Field errors with the API server's own wording (apimachinery's util/validation/field). */
import { isFields } from './types.ts'

export type FieldErrorType =
  | 'FieldValueInvalid'
  | 'FieldValueRequired'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueForbidden'
  | 'FieldValueTypeInvalid'
  | 'InternalError'

export interface FieldError {
  readonly type: FieldErrorType
  /** Path as in `spec.stages[0].name`; `<nil>` where the error belongs to no field. */
  readonly field: string
  readonly detail: string
  /** The value at fault; absent where the message does not show one. */
  readonly badValue?: unknown
}

const HEADS: Readonly<Record<FieldErrorType, string>> = {
  FieldValueInvalid: 'Invalid value',
  FieldValueRequired: 'Required value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotFound: 'Not found',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueForbidden: 'Forbidden',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
}

const VALUELESS: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'InternalError',
])

/** The message without the field: what the server puts into `status.details.causes[].message`. */
export function fieldErrorBody(error: FieldError): string {
  let text = HEADS[error.type]
  if (!VALUELESS.has(error.type) && 'badValue' in error) text += `: ${shownValue(error.badValue)}`
  return error.detail === '' ? text : `${text}: ${error.detail}`
}

/** The whole message: `spec.replicas: Invalid value: -1: should be greater than 0`. */
export function fieldErrorMessage(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`
}

/** Several errors as one sentence, as the server joins them after `is invalid: `. */
export function fieldErrorsMessage(errors: readonly FieldError[]): string {
  const messages = [...new Set(errors.map(fieldErrorMessage))]
  return messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
}

function shownValue(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof GoText) return value.text
  if (isFields(value) || Array.isArray(value)) return sortedJson(value)
  return typeof value === 'string' ? quoted(value) : goSyntax(value)
}

/** Objects are shown as Go's JSON: keys in order. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  if (!isFields(value)) return goJson(value)
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${goJson(key)}:${sortedJson(value[key])}`).join(',')}}`
}

/** JSON as Go's encoder writes it: fit to stand in a page. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return `\\u${code.padStart(4, '0')}`
  })
}

/** A Go string literal, as `%q` prints it. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16)}` : `\\u${code.toString(16)}`
  })
}

/** A value whose text in Go syntax is already known. */
export class GoText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A JSON value as Go's `%v` prints it: messages about patches show them so. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (value instanceof GoText) return value.text
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (!isFields(value)) return String(value)
  const keys = Object.keys(value).sort()
  return `map[${keys.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`
}

/** A JSON value as Go's `%#v` prints it: the server shows objects and lists so. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (typeof value === 'string') return quoted(value)
  if (value instanceof GoText) return value.text
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (isFields(value)) {
    const parts = Object.keys(value).sort()
    const shown = parts.map((key) => `${quoted(key)}:${goSyntax(value[key])}`)
    return `map[string]interface {}{${shown.join(', ')}}`
  }
  return String(value)
}

export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  detail,
})

export const forbidden = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  detail,
})

export const invalid = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  detail,
  badValue,
})

export const typeInvalid = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: 'FieldValueTypeInvalid',
  field,
  detail,
  badValue,
})

export const duplicate = (field: string, badValue: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  detail: '',
  badValue,
})

export const tooLong = (field: string, limit: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  detail: `may not be more than ${limit} ${limit === 1 ? 'byte' : 'bytes'}`,
})

export const tooMany = (field: string, actual: number, limit: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  detail: `must have at most ${limit} items`,
  badValue: actual,
})

export function notSupported(
  field: string,
  badValue: unknown,
  supported: readonly unknown[],
): FieldError {
  const names = supported.map((one) => quoted(typeof one === 'string' ? one : JSON.stringify(one)))
  const detail = names.length === 0 ? '' : `supported values: ${names.join(', ')}`
  return { type: 'FieldValueNotSupported', field, detail, badValue }
}
