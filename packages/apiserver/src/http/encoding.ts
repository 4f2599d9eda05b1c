/** Objects as JSON text: made once per object, since objects never change. */

const texts = new WeakMap<object, string>()

/** The JSON text of an immutable object. */
export function encodeObject(object: object): string {
  const known = texts.get(object)
  if (known !== undefined) return known
  const text = JSON.stringify(object)
  texts.set(object, text)
  return text
}

/** The JSON text of a response's body; a list is joined from its items' texts. */
export function encodeBody(body: unknown): string {
  if (typeof body === 'string') return body
  if (typeof body !== 'object' || body === null) return JSON.stringify(body ?? null)
  const { items, ...rest } = body as { readonly items?: unknown }
  if (!Array.isArray(items)) return encodeObject(body)
  const head = JSON.stringify(rest)
  const list = items.map((item) => encodeObject(item as object)).join(',')
  return `${head.slice(0, -1)}${head.length > 2 ? ',' : ''}"items":[${list}]}`
}
