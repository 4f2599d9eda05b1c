/** Objects as JSON: text made once per object, since objects never change; lines of watches once per event. */

const texts = new WeakMap<object, string>()

/** The JSON text of an immutable object. */
export function encodeObject(object: object): string {
  const known = texts.get(object)
  if (known !== undefined) return known
  const text = JSON.stringify(object)
  texts.set(object, text)
  return text
}

/** Lists whose items do not say what they are. */
const plainLists = new WeakSet<object>()

/** Has the items of a list leave without apiVersion and kind, as those of built-in kinds do. The objects keep theirs. */
export function markPlain<T extends object>(list: T): T {
  plainLists.add(list)
  return list
}

/** The JSON text of a response's body; a list is joined from its items' texts. */
export function encodeBody(body: unknown): string {
  if (typeof body === 'string') return body
  if (typeof body !== 'object' || body === null) return JSON.stringify(body ?? null)
  const { items, ...rest } = body as { readonly items?: unknown }
  if (!Array.isArray(items)) return encodeObject(body)
  const head = JSON.stringify(rest)
  const encode = plainLists.has(body) ? plainEncoder(items[0]) : encodeObject
  const list = items.map((item) => encode(item as object)).join(',')
  return `${head.slice(0, -1)}${head.length > 2 ? ',' : ''}"items":[${list}]}`
}

type Typed = { readonly apiVersion?: unknown; readonly kind?: unknown }

/** The text of an item without its type: most texts begin with it, and are made anyway. */
function plainEncoder(sample: Typed | undefined): (item: object) => string {
  const { apiVersion, kind } = sample ?? {}
  const start = `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},`
  return (item) => {
    const text = encodeObject(item)
    if (text.startsWith(start)) return `{${text.slice(start.length)}`
    const { apiVersion: _, kind: __, ...rest } = item as Typed
    return JSON.stringify(rest)
  }
}

/** Enough for the events of a busy turn: each watcher takes the same ones. */
const REMEMBERED_LINES = 512

export interface LineEncoder {
  /** One event of a watch as a line; the same Buffer for every watcher that takes it soon. */
  line(type: string, object: object): Buffer
}

export function createLineEncoder(): LineEncoder {
  const recent = new Map<object, { readonly type: string; readonly line: Buffer }>()
  return {
    line(type, object) {
      const known = recent.get(object)
      if (known?.type === type) return known.line
      const line = Buffer.from(`{"type":"${type}","object":${encodeObject(object)}}\n`)
      recent.set(object, { type, line })
      if (recent.size > REMEMBERED_LINES) recent.delete(firstKey(recent))
      return line
    },
  }
}

function firstKey(map: ReadonlyMap<object, unknown>): object {
  const { value } = map.keys().next()
  return value ?? map
}
