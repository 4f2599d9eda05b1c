/**
 * Type-checks an expression and turns it into closures, with its estimated cost; one pass over the
 * tree.
 */

import { CONTAINERS } from './containers.ts'
import { CelError, compileError } from './errors.ts'
import { callMacro } from './macros.ts'
import { FREE, type Match, type OverloadTable, valueFits } from './overloads.ts'
import type { Ast } from './parse.ts'
import { type Frame, fromJson, materialise, type Node, sizeOfValue, spend } from './program.ts'
import { BOOL, type CelType, DYN, substitute, typeName } from './types.ts'
import { kindOf, TypeValue, typeText, Uint } from './values.ts'

export interface Variable {
  readonly slot: number
  readonly type: CelType
}

/** What a call names: a function or operator, or a method. */
export interface Called {
  readonly name: string
  readonly member?: boolean
}

export type Scope = ReadonlyMap<string, Variable>

const BINARY: Readonly<Record<string, string>> = {
  '+': '_+_',
  '-': '_-_',
  '*': '_*_',
  '/': '_/_',
  '%': '_%_',
  '<': '_<_',
  '<=': '_<=_',
  '>': '_>_',
  '>=': '_>=_',
}

const TYPE_NAMES = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'list',
  'map',
  'type',
  'null_type',
])

/** Operators that this file does not compile itself, by `op` of the tree. */
export type OperatorCompiler = (compiler: Compiler, ast: Ast, scope: Scope) => Node

export class Compiler {
  readonly source: string
  readonly table: OverloadTable
  #slots: number

  constructor(source: string, table: OverloadTable, firstSlot: number) {
    this.source = source
    this.table = table
    this.#slots = firstSlot
  }

  /** Slots that a frame needs. */
  get slots(): number {
    return this.#slots
  }

  newSlot(): number {
    return this.#slots++
  }

  fail(at: number, message: string): never {
    throw compileError(this.source, at, message)
  }

  /** Where an operator's own sign stands: behind its left operand. */
  signAt(ast: Ast, sign: string): number {
    const [left] = ast.args as readonly [Ast, Ast]
    const at = this.source.indexOf(sign, left.end)
    return at < 0 ? ast.pos : at
  }

  node(ast: Ast, scope: Scope): Node {
    switch (ast.op) {
      case 'value':
        return literal(ast.args)
      case 'id':
        return this.#identifier(ast, scope)
      case 'call':
      case 'rcall':
        return this.#invocation(ast, scope)
      case '!_':
      case '-_':
        return this.call({ name: ast.op }, [this.node(ast.args as Ast, scope)], ast.pos)
      default:
        return this.#operator(ast, scope)
    }
  }

  #operator(ast: Ast, scope: Scope): Node {
    const name = BINARY[ast.op]
    if (name !== undefined) {
      const [left, right] = ast.args as readonly [Ast, Ast]
      const operands = [this.node(left, scope), this.node(right, scope)]
      return this.call({ name }, operands, this.signAt(ast, ast.op))
    }
    const compile = CONTAINERS[ast.op]
    return compile === undefined
      ? this.fail(ast.pos, `unsupported ${ast.op}`)
      : compile(this, ast, scope)
  }

  #identifier(ast: Ast, scope: Scope): Node {
    const name = ast.args as string
    const variable = scope.get(name)
    if (variable !== undefined) return variableNode(variable, name)
    if (TYPE_NAMES.has(name)) return typeNode(name, scope)
    return this.fail(ast.pos, `undeclared reference to '${name}' (in container '')`)
  }

  #invocation(ast: Ast, scope: Scope): Node {
    const macro = callMacro(this, ast, scope)
    if (macro !== undefined) return macro
    if (ast.op === 'call') {
      const [name, args] = ast.args as readonly [string, readonly Ast[]]
      const nodes = args.map((arg) => this.node(arg, scope))
      return this.call({ name }, nodes, ast.start + name.length)
    }
    const [method, receiver, args] = ast.args as readonly [string, Ast, readonly Ast[]]
    const paren = this.source.indexOf('(', receiver.end)
    const space = namespaceOf(receiver, scope)
    if (space !== undefined && this.table.knows(`${space}.${method}`, false)) {
      const nodes = args.map((arg) => this.node(arg, scope))
      return this.call({ name: `${space}.${method}` }, nodes, paren)
    }
    const nodes = [receiver, ...args].map((arg) => this.node(arg, scope))
    return this.call({ name: method, member: true }, nodes, paren)
  }

  /** A call of a function, method or operator by what its arguments are. */
  call(called: Called, args: readonly Node[], at: number): Node {
    const { name, member = false } = called
    const types = args.map((arg) => arg.type)
    const matches = this.table.find(name, member, types)
    if (matches.length === 0) {
      if (!this.table.knows(name, member)) {
        return this.fail(at, `undeclared reference to '${name}' (in container '')`)
      }
      const shown = types.map(typeName)
      const applied = member
        ? `${shown[0]}.(${shown.slice(1).join(', ')})`
        : `(${shown.join(', ')})`
      return this.fail(at, `found no matching overload for '${name}' applied to '${applied}'`)
    }
    return callNode(matches, args)
  }
}

function namespaceOf(receiver: Ast, scope: Scope): string | undefined {
  if (receiver.op !== 'id') return undefined
  const name = receiver.args as string
  return scope.has(name) ? undefined : name
}

export function constant(value: unknown, type: CelType): Node {
  return { type, run: () => value, cost: 0, size: sizeOfValue(value) }
}

/** The estimate takes the name of a type for a path that leads nowhere, and so for as large as `self`. */
function typeNode(name: string, scope: Scope): Node {
  const self = scope.get('self')
  const size = self === undefined ? 1 : sizeOf(self.type)
  return { ...constant(new TypeValue(name), { kind: 'type' }), size }
}

function literal(value: unknown): Node {
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    return constant(new Uint(BigInt(String(value))), { kind: 'uint' })
  }
  return constant(value, { kind: kindOf(value) } as CelType)
}

function variableNode({ slot, type }: Variable, name: string): Node {
  const run = (frame: Frame) => {
    frame.cost++
    const value = frame.slots[slot]
    if (value === undefined) throw new CelError(`no such attribute(s): ${name}`)
    return value
  }
  return { type, run, cost: 1, size: sizeOf(type) }
}

/**
 * Where a schema gives no bound, the size of a scalar: cost estimates take bounds from declared
 * types only.
 */
export function sizeOf(type: CelType): number {
  return 'max' in type && type.max !== undefined ? type.max : 1
}

function elementSize(type: CelType): number {
  if (type.kind !== 'list') return 0
  const { kind } = type.element
  return kind === 'string' || kind === 'bytes' ? sizeOf(type.element) : 0
}

function callNode(matches: readonly Match[], args: readonly Node[]): Node {
  const sizes = args.map((arg) => arg.size)
  const elements = args.map((arg) => elementSize(arg.type))
  const costs = matches.map(({ overload }) => overload.cost(sizes, elements))
  const own = Math.max(...costs)
  const cost = args.reduce((sum, arg) => sum + arg.cost, 1 + own)
  const size = Math.max(...matches.map(({ overload }) => overload.size(sizes, elements)))
  const [only] = matches
  const type =
    matches.length === 1 && only !== undefined
      ? substitute(only.overload.result, only.bindings)
      : resultOf(matches)
  return { type, run: runnerOf(matches, args), cost, size }
}

/** One result type where all candidates agree, else dyn. */
function resultOf(matches: readonly Match[]): CelType {
  const results = matches.map(({ overload, bindings }) => substitute(overload.result, bindings))
  const [first = DYN] = results
  return results.every((result) => typeName(result) === typeName(first)) ? first : DYN
}

type Runner = Node['run']

function runnerOf(matches: readonly Match[], args: readonly Node[]): Runner {
  const loaders = args.map(loaderOf)
  const settled = args.every((arg) => arg.type.kind !== 'dyn' && arg.type.kind !== 'parameter')
  const [only] = matches
  if (matches.length === 1 && only !== undefined && settled) return direct(only, loaders)
  return (frame) => {
    const values = loaders.map((load) => load(frame))
    const match = matches.find(({ overload }) =>
      overload.parameters.every((wanted, index) => valueFits(wanted, values[index])),
    )
    if (match === undefined) throw noOverload(matches[0]?.overload.name ?? '', values)
    spend(frame, 1 + match.overload.cost(values.map(sizeOfValue)))
    return match.overload.run(...values)
  }
}

function loaderOf(arg: Node): Runner {
  const convert = materialise(arg.type)
  return convert === undefined ? arg.run : (frame) => convert(arg.run(frame))
}

function direct({ overload }: Match, loaders: readonly Runner[]): Runner {
  const { cost } = overload
  const run = withoutNulls(overload)
  if (cost === FREE) return directFree(run, loaders)
  const [first, second] = loaders
  if (loaders.length === 1 && first !== undefined) {
    return (frame) => {
      const value = first(frame)
      spend(frame, 1 + cost([sizeOfValue(value)]))
      return run(value)
    }
  }
  if (loaders.length === 2 && first !== undefined && second !== undefined) {
    return (frame) => {
      const left = first(frame)
      const right = second(frame)
      spend(frame, 1 + cost([sizeOfValue(left), sizeOfValue(right)]))
      return run(left, right)
    }
  }
  return (frame) => {
    const values = loaders.map((load) => load(frame))
    spend(frame, 1 + cost(values.map(sizeOfValue)))
    return run(...values)
  }
}

/** Items of a list may be null whatever their type; no function but equality takes those. */
function withoutNulls({ name, parameters, run }: Match['overload']): Match['overload']['run'] {
  const [first, second] = parameters.map(({ kind }) => OPEN_KINDS.has(kind))
  if (parameters.length > 2) {
    return (...values) => {
      if (values.includes(null)) throw noOverload(name, values)
      return run(...values)
    }
  }
  return (a, b) => {
    if ((a === null && first === false) || (b === null && second === false)) {
      throw noOverload(name, parameters.length === 1 ? [a] : [a, b])
    }
    return run(a, b)
  }
}

const OPEN_KINDS: ReadonlySet<string> = new Set(['dyn', 'parameter', 'null'])
/** What no operator is defined on has a failure of its own. */
const UNOPERATED: ReadonlySet<string> = new Set(['null', 'map', 'type'])

function noOverload(name: string, values: readonly unknown[]): CelError {
  if (!/^[_!-]/.test(name)) {
    return new CelError(`no such overload: ${name}(${values.map(typeText).join(', ')})`)
  }
  const isUnoperated = UNOPERATED.has(kindOf(values[0]))
  return new CelError(isUnoperated ? `no such overload: ${name}` : 'no such overload')
}

/** Most operators cost one call whatever their operands: nothing is measured. */
function directFree(run: Match['overload']['run'], loaders: readonly Runner[]): Runner {
  const [first, second] = loaders
  if (loaders.length === 2 && first !== undefined && second !== undefined) {
    return (frame) => {
      spend(frame, 1)
      return run(first(frame), second(frame))
    }
  }
  return (frame) => {
    spend(frame, 1)
    return run(...loaders.map((load) => load(frame)))
  }
}

/** A node that must be bool: operands of `&&`, predicates of macros. */
export function requireBool(compiler: Compiler, node: Node, at: number): Node {
  const { kind } = node.type
  if (kind !== 'bool' && kind !== 'dyn' && kind !== 'parameter') {
    compiler.fail(at, `expected type 'bool' but found '${typeName(node.type)}'`)
  }
  if (kind === 'bool') return node
  const run = (frame: Frame) => {
    const value = node.run(frame)
    if (typeof value !== 'boolean') throw new CelError('no such overload')
    return value
  }
  return { ...node, type: BOOL, run }
}

/** An element of a container as the container's declared type has it. */
export function elementReader(type: CelType): (value: unknown) => unknown {
  return fromJson(type) ?? ((value) => value)
}
