/**
 * Total readers of fields whose type is only promised: a CRD may be older than the code, and a podTemplate is free-form.
 * A value of another type reads as absent, never as an error; own properties only.
 */
import { getOwn, isJsonObject, type JsonObject, parseDuration } from '@sortie/machinery'

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

/** The list, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The objects of a list; what is no object in it is left out. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return listOf(value).filter(isJsonObject)
}

/** The texts of a list; what is no text in it is left out. */
export function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item): item is string => typeof item === 'string')
}

/** The field `key` of what may be an object. */
export function fieldOf(value: unknown, key: string): unknown {
  return isJsonObject(value) ? getOwn(value, key) : undefined
}

/** The text of a field, or undefined where it is missing, empty or of another type. */
export function textOf(value: unknown, key: string): string | undefined {
  const field = fieldOf(value, key)
  return typeof field === 'string' && field !== '' ? field : undefined
}

/** A whole number of at least `least`, or undefined. */
export function wholeOf(value: unknown, key: string, least = 0): number | undefined {
  const field = fieldOf(value, key)
  return typeof field === 'number' && Number.isSafeInteger(field) && field >= least
    ? field
    : undefined
}

/** Milliseconds of a Go duration that is not negative, or undefined where there is none that can be read. */
export function durationOf(value: unknown, key: string): number | undefined {
  const text = textOf(value, key)
  if (text === undefined || text.length > 64) return undefined
  try {
    const millis = parseDuration(text)
    return millis >= 0 ? millis : undefined
  } catch {
    return undefined
  }
}

/** Texts by name; entries of another type are left out. */
export function textMapOf(value: unknown): Readonly<Record<string, string>> {
  const held = objectOf(value)
  // Nearly always there is nothing to leave out, and every look at a pod comes by here.
  if (Object.values(held).every((one) => typeof one === 'string')) {
    return held as Readonly<Record<string, string>>
  }
  const entries = Object.entries(held).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries)
}
