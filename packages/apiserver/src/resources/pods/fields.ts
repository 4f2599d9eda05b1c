/** Small steps on JSON objects that keep what they do not change. */
import { isJsonObject } from '@sortie/machinery'

export type Fields = Readonly<Record<string, unknown>>

/** `fields` with those of `defaults` that it lacks; itself where it lacks none. */
export function withDefaults(fields: Fields, defaults: Fields): Fields {
  let next: Record<string, unknown> | undefined
  for (const key in defaults) {
    if (fields[key] !== undefined && fields[key] !== null) continue
    next ??= { ...fields }
    next[key] = defaults[key]
  }
  return next ?? fields
}

/** `fields` with each object of the list under `key` changed; itself where none changes. */
export function mapList(fields: Fields, key: string, change: (item: Fields) => Fields): Fields {
  const list = fields[key]
  if (!Array.isArray(list)) return fields
  let changed = false
  const next = list.map((item: unknown) => {
    if (!isJsonObject(item)) return item
    const after = change(item)
    changed ||= after !== item
    return after
  })
  return changed ? { ...fields, [key]: next } : fields
}

/** The objects of the list under `key`; none where it is no list. */
export function listOf(fields: Fields, key: string): readonly Fields[] {
  const list = fields[key]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** The object under `key`; an empty one where there is none. */
export function objectOf(fields: Fields, key: string): Fields {
  const value = fields[key]
  return isJsonObject(value) ? value : {}
}

/** The text under `key`; empty where there is none. */
export function textOf(fields: Fields, key: string): string {
  const value = fields[key]
  return typeof value === 'string' ? value : ''
}

/** The texts of the list under `key`; none where it is no list. */
export function textsOf(fields: Fields, key: string): readonly string[] {
  const list = fields[key]
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
}
