/** The rules of config maps and secrets. */
import { isJsonObject } from '@sortie/machinery'
import type { Strategy, Update } from '../registry/definition.ts'
import { badRequest } from '../registry/failures.ts'
import { type FieldError, forbidden, invalid, tooLong } from '../schema/fielderror.ts'
import type { ApiObject } from '../store/index.ts'
import { type Fields, objectOf } from './pods/fields.ts'

const MAX_BYTES = 1_048_576
const KEY = /^[-._a-zA-Z0-9]+$/
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function contentErrors(object: ApiObject, fields: readonly string[]): readonly FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const field of fields) {
    for (const [key, value] of Object.entries(objectOf(object, field))) {
      if (!KEY.test(key)) errors.push(invalid(`${field}[${key}]`, key, KEY_RULE))
      size += Buffer.byteLength(String(value))
    }
  }
  if (fields.length > 1) errors.push(...repeatedKeys(object))
  return size > MAX_BYTES ? [...errors, tooLong('', MAX_BYTES)] : errors
}

/** A key is text or bytes, not both. */
function repeatedKeys(object: ApiObject): readonly FieldError[] {
  const binary = objectOf(object, 'binaryData')
  return Object.keys(objectOf(object, 'data'))
    .filter((key) => Object.hasOwn(binary, key))
    .map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
}

/** An object that is said to be immutable keeps what it holds. */
function immutableErrors({ object, old }: Update, fields: readonly string[]): FieldError[] {
  if (old['immutable'] !== true) return []
  const why = 'field is immutable when `immutable` is set'
  const errors = object['immutable'] === true ? [] : [forbidden('immutable', why)]
  for (const field of fields) {
    if (!sameTexts(objectOf(object, field), objectOf(old, field))) {
      errors.push(forbidden(field, why))
    }
  }
  return errors
}

function sameTexts(a: Fields, b: Fields): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

const MAP_FIELDS = ['data', 'binaryData'] as const

export const CONFIG_MAP_STRATEGY: Strategy = {
  validate: (object) => contentErrors(object, MAP_FIELDS),
  validateUpdate: (update) => immutableErrors(update, MAP_FIELDS),
}

export const SECRET_STRATEGY: Strategy = {
  defaults: defaultSecret,
  validate: (object) => contentErrors(object, ['data']),
  validateUpdate: (update) => {
    const { object, old } = update
    const errors = immutableErrors(update, ['data'])
    if (object['type'] === old['type']) return errors
    return [...errors, invalid('type', object['type'], 'field is immutable')]
  },
}

/** @throws ApiStatusError BadRequest for data that is no base64 */
function defaultSecret(object: ApiObject): ApiObject {
  const { stringData, ...rest } = object
  const data = objectOf(object, 'data')
  for (const [key, value] of Object.entries(data)) {
    if (BASE64.test(String(value))) continue
    const at = /[^A-Za-z0-9+/]/.exec(String(value))?.index ?? String(value).length
    throw badRequest(
      `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte ${at} in ${key}`,
    )
  }
  const next = object['type'] === undefined ? { ...rest, type: 'Opaque' } : rest
  if (!isJsonObject(stringData)) return (object['type'] === undefined ? next : object) as ApiObject
  const encoded = Object.fromEntries(
    Object.entries(stringData).map(([key, text]) => [
      key,
      Buffer.from(String(text)).toString('base64'),
    ]),
  )
  return { ...next, data: { ...data, ...encoded } } as ApiObject
}
