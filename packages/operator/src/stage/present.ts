/** An object type without the keys whose value is undefined. */
type Present<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> }

/**
 * A copy without the fields that are undefined: JSON knows no such value, and comparing must not
 * see one.
 */
export function present<T extends object>(fields: T): Present<T> {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) kept[key] = value
  return kept as Present<T>
}
