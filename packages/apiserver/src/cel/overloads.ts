/** Functions and operators by signature, and which of them a call means. */
import { accepts, type Bindings, type CelType, parseType } from './types.ts'
import { kindOf } from './values.ts'

type Handler = (...args: never[]) => unknown

/**
 * Sizes of the arguments (most elements of each) to a cost or to the size of the result. An estimate knows as well how long the texts
 * are that a list has, 0 where it has none.
 */
export type SizeRule = (sizes: readonly number[], elements?: readonly number[]) => number

export interface Overload {
  readonly name: string
  /** True for `receiver.name(...)`; the receiver is the first parameter. */
  readonly member: boolean
  readonly parameters: readonly CelType[]
  readonly result: CelType
  readonly run: (...args: readonly unknown[]) => unknown
  /** Cost beyond the call itself; grows with sizes. */
  readonly cost: SizeRule
  readonly size: SizeRule
}

export interface OverloadRules {
  readonly cost?: SizeRule
  readonly size?: SizeRule
}

/** The rule of functions that cost no more than the call. */
export const FREE: SizeRule = () => 0
/** Without a rule of its own a result is as large as its largest argument. */
/** Stands for a size that nothing bounds: what walks through such a value costs too much by any measure. */
export const UNKNOWN_SIZE = 2 ** 40

const LARGEST: SizeRule = (sizes) => Math.max(1, ...sizes)

/**
 * Declares a function: `string.indexOf(string, int): int` for a method, `size(string): int` for a
 * function,
 * `sets::contains(...)` for one in a namespace, `_+_(int, int): int` for an operator. The handler's
 * parameters must be what the signature says.
 */
export function define(signature: string, run: Handler, rules: OverloadRules = {}): Overload {
  const match = /^(?:(\w+)::|(.+)\.)?([\w+\-*/%<>=!@]+)\((.*)\)\s*:\s*(.+)$/.exec(signature)
  if (match === null) throw new Error(`signature ${signature}`)
  const [, space, receiver, bare = '', inside = '', result = ''] = match
  const name = space === undefined ? bare : `${space}.${bare}`
  const parameters = splitParameters(inside)
  if (receiver !== undefined) parameters.unshift(receiver)
  return {
    name,
    member: receiver !== undefined,
    parameters: parameters.map(parseType),
    result: parseType(result),
    run: run as Overload['run'],
    cost: rules.cost ?? FREE,
    size: rules.size ?? LARGEST,
  }
}

function splitParameters(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const char of text) {
    if (char === ',' && depth === 0) {
      parts.push(part)
      part = ''
      continue
    }
    if (char === '<') depth++
    else if (char === '>') depth--
    part += char
  }
  if (part.trim() !== '') parts.push(part)
  return parts
}

export interface Match {
  readonly overload: Overload
  readonly bindings: Bindings
}

export class OverloadTable {
  readonly #byKey = new Map<string, Overload[]>()

  constructor(overloads: readonly Overload[]) {
    for (const overload of overloads) {
      const key = keyOf(overload.name, overload.member, overload.parameters.length)
      const list = this.#byKey.get(key)
      if (list === undefined) this.#byKey.set(key, [overload])
      else list.push(overload)
    }
  }

  /** Every overload that the static types allow; several only where a type is dyn. */
  find(name: string, member: boolean, types: readonly CelType[]): Match[] {
    const matches: Match[] = []
    for (const overload of this.#byKey.get(keyOf(name, member, types.length)) ?? []) {
      const bindings: Bindings = new Map()
      const fits = overload.parameters.every((wanted, index) => {
        const actual = types[index]
        return actual !== undefined && accepts(wanted, actual, bindings)
      })
      if (fits) matches.push({ overload, bindings })
    }
    return matches
  }

  /** True where some function has this name, whatever its arguments. */
  knows(name: string, member: boolean): boolean {
    const prefix = `${member ? '.' : ''}${name}/`
    for (const key of this.#byKey.keys()) if (key.startsWith(prefix)) return true
    return false
  }
}

const keyOf = (name: string, member: boolean, count: number): string =>
  `${member ? '.' : ''}${name}/${count}`

/** Whether a value may be given for a parameter: what static types could not tell. */
export function valueFits(wanted: CelType, value: unknown): boolean {
  const { kind } = wanted
  if (kind === 'dyn' || kind === 'parameter') return true
  const actual = kindOf(value)
  return actual === kind || (kind === 'object' && actual === 'map')
}
