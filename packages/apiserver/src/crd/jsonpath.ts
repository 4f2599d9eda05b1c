/** The part of kubectl's JSONPath that printer columns, selectable fields and scale paths use. */
import { isFields } from '../schema/index.ts'

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
  | { readonly kind: 'descend'; readonly name: string }
  | { readonly kind: 'filter'; readonly filter: Filter }

interface Filter {
  readonly left: readonly Step[]
  readonly operator: string
  /** A literal, or a path from the item. */
  readonly right: Operand | undefined
}

type Operand = { readonly literal: unknown } | { readonly path: readonly Step[] }

/** Finds the values at a path of an object; none where a step leads nowhere. */
export type JsonPath = (object: unknown) => unknown[]

export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
}

/**
 * Compiles `.status.phase`, `.spec.a[0].b`, `.metadata.annotations.x\.y`, `['x']`, `[*]`, `[-1]`,
 * `[0:2]`, `..name` and
 * `[?(@.type=="Ready")].status`. Enclosing braces are allowed.
 * @throws JsonPathError where the path is none of these.
 */
export function compileJsonPath(path: string): JsonPath {
  const steps = new PathParser(bare(path)).parse()
  return (object) => evaluate(steps, object)
}

function bare(path: string): string {
  const text = path.trim()
  return text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1).trim() : text
}

class PathParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.startsWith('$') ? text.slice(1) : text
  }

  parse(): Step[] {
    const steps: Step[] = []
    while (this.#at < this.#text.length) {
      const step = this.#step()
      if (step !== undefined) steps.push(step)
    }
    return steps
  }

  #step(): Step | undefined {
    const next = this.#text[this.#at]
    if (next === '[') return this.#bracket()
    if (next !== '.') this.#fail(`unexpected ${JSON.stringify(next)}`)
    this.#at++
    if (this.#text[this.#at] === '.') {
      this.#at++
      return { kind: 'descend', name: this.#name() }
    }
    const following = this.#text[this.#at]
    if (following === undefined || following === '[') return undefined
    const name = this.#name()
    return name === '*' ? { kind: 'all' } : { kind: 'field', name }
  }

  /** A name up to the next `.` or `[`; a backslash takes the next character as it is. */
  #name(): string {
    let name = ''
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? ''
      if (char === '.' || char === '[') break
      if (/[\s(){}"'\]=<>!?]/.test(char)) this.#fail(`unexpected ${JSON.stringify(char)}`)
      if (char === '\\') this.#at++
      name += this.#text[this.#at] ?? ''
      this.#at++
    }
    if (name === '') this.#fail('a name is missing')
    return name
  }

  #bracket(): Step {
    const end = this.#closing(this.#at)
    const inside = this.#text.slice(this.#at + 1, end).trim()
    this.#at = end + 1
    const quoted = /^(['"])(.*)\1$/s.exec(inside)
    if (quoted !== null) return { kind: 'field', name: unescaped(quoted[2] ?? '') }
    if (inside === '*') return { kind: 'all' }
    if (/^-?\d+$/.test(inside)) return { kind: 'index', index: Number(inside) }
    const slice = /^(-?\d*):(-?\d*)$/.exec(inside)
    if (slice !== null) return { kind: 'slice', from: bound(slice[1]), to: bound(slice[2]) }
    const filter = /^\?\((.*)\)$/s.exec(inside)
    if (filter === null) this.#fail(`invalid array index ${inside}`)
    return { kind: 'filter', filter: parseFilter((filter as RegExpExecArray)[1] ?? '') }
  }

  /** Where the bracket that opens at `start` closes; brackets inside quotes do not count. */
  #closing(start: number): number {
    let depth = 0
    let quote = ''
    for (let at = start; at < this.#text.length; at++) {
      const char = this.#text[at] ?? ''
      if (quote !== '') {
        if (char === '\\') at++
        else if (char === quote) quote = ''
      } else if (char === '"' || char === "'") quote = char
      else if (char === '[') depth++
      else if (char === ']' && --depth === 0) return at
    }
    return this.#fail('unterminated array')
  }

  #fail(reason: string): never {
    throw new JsonPathError(`${reason} in JSONPath ${JSON.stringify(this.#text)}`)
  }
}

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1')
const bound = (text: string | undefined): number | undefined => (text ? Number(text) : undefined)

const COMPARISON = /^(@[^=<>!]*?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s

function parseFilter(text: string): Filter {
  const trimmed = text.trim()
  const parts = COMPARISON.exec(trimmed)
  if (parts === null) {
    return { left: itemPath(trimmed), operator: 'exists', right: undefined }
  }
  const [, left = '', operator = '', right = ''] = parts
  return { left: itemPath(left), operator, right: operand(right.trim()) }
}

function itemPath(text: string): Step[] {
  if (!text.startsWith('@')) {
    throw new JsonPathError(`a filter must start with @, not ${JSON.stringify(text)}`)
  }
  return new PathParser(text.slice(1).trim()).parse()
}

function operand(text: string): Operand {
  if (text.startsWith('@')) return { path: itemPath(text) }
  const quoted = /^(['"])(.*)\1$/s.exec(text)
  if (quoted !== null) return { literal: unescaped(quoted[2] ?? '') }
  if (text === 'true' || text === 'false') return { literal: text === 'true' }
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return { literal: Number(text) }
  throw new JsonPathError(`unrecognised operand ${text}`)
}

function evaluate(steps: readonly Step[], object: unknown): unknown[] {
  let values: unknown[] = [object]
  for (const step of steps) {
    const next: unknown[] = []
    for (const value of values) take(step, value, next)
    if (next.length === 0) return next
    values = next
  }
  return values
}

function take(step: Step, value: unknown, found: unknown[]): void {
  switch (step.kind) {
    case 'field':
      if (isFields(value) && Object.hasOwn(value, step.name)) found.push(value[step.name])
      return
    case 'index':
      if (Array.isArray(value)) {
        const item = value.at(step.index)
        if (item !== undefined) found.push(item)
      }
      return
    case 'slice':
      if (Array.isArray(value)) found.push(...value.slice(step.from, step.to))
      return
    case 'all':
      found.push(...partsOf(value))
      return
    case 'descend':
      descend(step.name, value, found)
      return
    case 'filter':
      for (const item of partsOf(value)) if (matches(step.filter, item)) found.push(item)
  }
}

function partsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isFields(value) ? Object.values(value) : []
}

function descend(name: string, value: unknown, found: unknown[]): void {
  if (isFields(value) && Object.hasOwn(value, name)) found.push(value[name])
  for (const part of partsOf(value)) descend(name, part, found)
}

function matches(filter: Filter, item: unknown): boolean {
  const [left] = evaluate(filter.left, item)
  const { right } = filter
  if (right === undefined) return left !== undefined
  if (left === undefined) return false
  const [other] = 'path' in right ? evaluate(right.path, item) : [right.literal]
  return compare(left, filter.operator, other)
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  if (operator === '==') return left === right
  if (operator === '!=') return left !== right
  if (typeof left !== typeof right) return false
  if (typeof left !== 'number' && typeof left !== 'string') return false
  const [a, b] = [left, right as typeof left]
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}
