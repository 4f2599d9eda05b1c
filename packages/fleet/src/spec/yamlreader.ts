/** Reads a YAML document by description, and says where something is wrong by line and column. */
import { closest } from '@sortie/machinery'
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml'

export interface Problem {
  readonly line: number
  readonly column: number
  /** Path of the field: `aircraft[0].count`; empty for the document. */
  readonly field: string
  readonly message: string
}

export interface ReadContext {
  readonly lines: LineCounter
  readonly problems: Problem[]
}

/** Where a value is: its node, and the path of its field. */
export interface Place {
  readonly node: Node | null
  readonly field: string
}

/** Returns the value, or notes a problem and returns undefined. */
export type Read<T> = (context: ReadContext, place: Place) => T | undefined

export function note(context: ReadContext, { node, field }: Place, message: string): undefined {
  const { line, col } = context.lines.linePos(node?.range?.[0] ?? 0)
  context.problems.push({ line: Math.max(1, line), column: Math.max(1, col), field, message })
}

/** Reads the only document of a text; problems are those of the syntax first. */
export function readYaml<T>(
  source: string,
  read: Read<T>,
): { readonly value: T | undefined; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const context: ReadContext = { lines, problems: [] }
  const documents = parseAllDocuments(source.replace(/^\uFEFF/, ''), { lineCounter: lines })
  const list = 'empty' in documents ? [] : documents
  const [document] = list
  for (const error of list.flatMap(({ errors }) => errors)) {
    const { line, col } = lines.linePos(error.pos[0])
    const message = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? ''
    context.problems.push({ line, column: col, field: '', message })
  }
  if (context.problems.length > 0) return { value: undefined, problems: context.problems }
  const place = { node: document?.contents ?? null, field: '' }
  if (place.node === null) note(context, place, 'the file is empty')
  else if (list.length > 1)
    note(context, { ...place, node: list[1]?.contents ?? null }, 'one document only')
  const value = context.problems.length > 0 ? undefined : read(context, place)
  return { value, problems: context.problems }
}

function scalarOf({ node }: Place): unknown {
  return isScalar(node) ? node.value : undefined
}

function show({ node }: Place): string {
  if (node === null) return 'nothing'
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  return JSON.stringify(scalarOf({ node, field: '' })).slice(0, 60)
}

export interface TextRule {
  /** What is wrong with the text, as a clause; undefined where it is right. */
  problem(text: string): string | undefined
}

/** A text; numbers are taken as they are written. */
export function text(rule?: TextRule): Read<string> {
  return (context, place) => {
    const value = scalarOf(place)
    if (typeof value !== 'string' && typeof value !== 'number') {
      return note(context, place, `must be a text, not ${show(place)}`)
    }
    const written = typeof value === 'number' ? sourceOf(place, value) : value
    const problem = rule?.problem(written)
    return problem === undefined ? written : note(context, place, problem)
  }
}

function sourceOf({ node }: Place, value: number): string {
  return (isScalar(node) ? node.source : undefined) ?? String(value)
}

export function oneOf<T extends string>(...choices: readonly T[]): Read<T> {
  return (context, place) => {
    const value = scalarOf(place)
    const found = choices.find((choice) => choice === value)
    return found ?? note(context, place, `must be one of ${choices.join(', ')}, not ${show(place)}`)
  }
}

export function boolean(): Read<boolean> {
  return (context, place) => {
    const value = scalarOf(place)
    return typeof value === 'boolean'
      ? value
      : note(context, place, `must be true or false, not ${show(place)}`)
  }
}

export interface NumberRule {
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

export function number({ min, max, whole }: NumberRule): Read<number> {
  const kind = whole ? 'a whole number' : 'a number'
  return (context, place) => {
    const value = scalarOf(place)
    const fits = typeof value === 'number' && value >= min && value <= max
    if (fits && (!whole || Number.isInteger(value))) return value
    return note(context, place, `must be ${kind} from ${min} to ${max}, not ${show(place)}`)
  }
}

export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (context, place) => {
    if (!isSeq(place.node)) return note(context, place, `must be a list, not ${show(place)}`)
    const items: T[] = []
    for (const [index, item] of place.node.items.entries()) {
      const node = isNode(item) ? item : null
      const value = read(context, { node, field: `${place.field}[${index}]` })
      if (value !== undefined) items.push(value)
    }
    return items
  }
}

interface Entry extends Place {
  readonly key: string
  readonly keyPlace: Place
}

function entriesOf(context: ReadContext, place: Place): readonly Entry[] | undefined {
  if (!isMap(place.node)) return note(context, place, `must be a map, not ${show(place)}`)
  return place.node.items.map(({ key, value }: Pair): Entry => {
    const name = String(isScalar(key) ? key.value : key)
    const field = place.field === '' ? name : `${place.field}.${name}`
    const keyPlace = { node: isNode(key) ? key : place.node, field }
    const node = isNode(value) && !(isScalar(value) && value.value === null) ? value : null
    return { key: name, keyPlace, node, field }
  })
}

export function mapOf<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (context, place) => {
    const entries: [string, T][] = []
    for (const entry of entriesOf(context, place) ?? []) {
      const value = read(context, entry)
      if (value !== undefined) entries.push([entry.key, value])
    }
    return Object.fromEntries(entries)
  }
}

type Fields = Readonly<Record<string, Read<unknown>>>
type Values<F extends Fields> = { readonly [K in keyof F]?: F[K] extends Read<infer T> ? T : never }

/** A map with known fields, all of them optional here. */
export function object<F extends Fields>(fields: F): Read<Values<F>> {
  return (context, place) => {
    const entries = entriesOf(context, place)
    if (entries === undefined) return undefined
    const values: Record<string, unknown> = {}
    for (const entry of entries) {
      const read = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined
      if (read === undefined) noteUnknown(context, entry, Object.keys(fields))
      else {
        const value = read(context, entry.node === null ? { ...entry.keyPlace, node: null } : entry)
        if (value !== undefined) values[entry.key] = value
      }
    }
    // Each value was read by the reader of its own field.
    return values as Values<F>
  }
}

function noteUnknown(
  context: ReadContext,
  { key, keyPlace }: Entry,
  known: readonly string[],
): void {
  const near = closest(key, known)
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`
  note(context, keyPlace, `unknown field ${JSON.stringify(key)}: ${hint}`)
}

/** Reads what `read` reads and makes something else of it. */
export function mapped<T, U>(
  read: Read<T>,
  make: (value: T, problem: (message: string) => undefined) => U | undefined,
): Read<U> {
  return (context, place) => {
    const value = read(context, place)
    return value === undefined ? undefined : make(value, (message) => note(context, place, message))
  }
}
