/** What all projections share: the fields that every row has, and fields that may be missing. */
import type { Millis, Row } from '@sortie/api'
import { type KubeObject, parseTime, type Stored } from '@sortie/machinery'

/** `T` with undefined allowed where a field may be missing. */
type Loose<T> = {
  readonly [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K]
}

/** Leaves out what is undefined, so that a missing field is missing. */
export function rowOf<T extends object>(fields: Loose<T>): T {
  const row: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) row[name] = value
  return row as T
}

/** The fields of any object's row. */
export function identity({ metadata }: Stored<KubeObject>): Loose<Row> {
  return {
    uid: metadata.uid,
    namespace: metadata.namespace === '' ? undefined : metadata.namespace,
    name: metadata.name,
    created: parseTime(metadata.creationTimestamp) ?? 0,
    deleting: parseTime(metadata.deletionTimestamp),
  }
}

/** RFC 3339 to milliseconds; undefined where there is no time or it cannot be read. */
export function millis(text: string | null | undefined): Millis | undefined {
  return parseTime(text ?? undefined)
}

/** A mark that is either set or missing. */
export function flag(value: boolean | undefined): true | undefined {
  return value === true ? true : undefined
}

/** Text that says something; undefined where it is empty or no text. */
export function said(text: unknown): string | undefined {
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** A list that has something in it; undefined otherwise. */
export function some<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}

/** A count above zero; undefined otherwise. */
export function positive(count: number | undefined): number | undefined {
  return count === undefined || count <= 0 ? undefined : count
}
