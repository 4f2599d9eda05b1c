/**
 * Macros: has, the comprehensions with one and two variables, cel.bind, and the functions of
 * optionals.
 */
import {
  type Compiler,
  constant,
  elementReader,
  requireBool,
  type Scope,
  sizeOf,
} from './compiler.ts'
import { fieldReader, rangeOf } from './containers.ts'
import { CelCostError, CelError } from './errors.ts'
import { UNKNOWN_SIZE } from './overloads.ts'
import type { Ast } from './parse.ts'
import { type Frame, type Node, spend } from './program.ts'
import { BOOL, type CelType, DYN, INT, join, listOf, mapOf, optionalOf, typeName } from './types.ts'
import { isMapValue, mapGet, Optional, storedKey } from './values.ts'

interface Use {
  readonly compiler: Compiler
  readonly ast: Ast
  readonly scope: Scope
  readonly args: readonly Ast[]
}

interface MethodUse extends Use {
  readonly receiver: Ast
}

/** The node of a macro, or undefined where the call is an ordinary one. */
export function callMacro(compiler: Compiler, ast: Ast, scope: Scope): Node | undefined {
  if (ast.op === 'call') {
    const [name, args] = ast.args as readonly [string, readonly Ast[]]
    return name === 'has' && args.length === 1 ? has({ compiler, ast, scope, args }) : undefined
  }
  const [method, receiver, args] = ast.args as readonly [string, Ast, readonly Ast[]]
  const use: MethodUse = { compiler, ast, scope, args, receiver }
  const namespaced = namespacedMacro(method, use)
  if (namespaced !== undefined) return namespaced
  return METHODS[`${method}/${args.length}`]?.(use)
}

function namespacedMacro(method: string, use: MethodUse): Node | undefined {
  const { receiver, scope } = use
  if (receiver.op !== 'id' || scope.has(receiver.args as string)) return undefined
  const space = receiver.args
  if (space === 'cel' && method === 'bind' && use.args.length === 3) return bind(use)
  return space === 'optional' ? optionalMaker(method, use) : undefined
}

function has({ compiler, ast, scope, args }: Use): Node {
  const [target] = args
  if (target === undefined || (target.op !== '.' && target.op !== '.?')) {
    return compiler.fail(ast.pos, 'invalid argument to has() macro')
  }
  const [operandAst, field] = target.args as readonly [Ast, string]
  const operand = compiler.node(operandAst, scope)
  // What the macro becomes stands where its arguments begin.
  const at = compiler.source.indexOf('(', ast.pos)
  const { read } = fieldReader(compiler, operand.type, { field, at })
  const run = (frame: Frame) => {
    frame.cost++
    const value = operand.run(frame)
    if (!(value instanceof Optional)) return read(value) !== undefined
    return value.present && read(value.value) !== undefined
  }
  return { type: BOOL, run, cost: operand.cost + 1, size: 1 }
}

function variableName(use: Use, index: number): string {
  const ast = use.args[index]
  if (ast?.op === 'id') return ast.args as string
  return use.compiler.fail(ast?.pos ?? use.ast.pos, 'argument must be a simple name')
}

/** One variable: items of a list, keys of a map. Two: index and item, or key and value. */
interface Loop {
  readonly range: Node
  readonly scope: Scope
  /** The last variable's static type. */
  readonly itemType: CelType
  readonly keyType: CelType
  readonly two: boolean
  /** Sets the variables for one position. */
  readonly enter: (frame: Frame, at: { container: unknown; index: number; item: unknown }) => void
}

function loopOf(use: MethodUse, two: boolean): Loop {
  const { compiler } = use
  const range = compiler.node(use.receiver, use.scope)
  const { kind } = range.type
  if (!['list', 'map', 'dyn', 'parameter'].includes(kind)) {
    const shown = typeName(range.type)
    compiler.fail(
      use.receiver.pos,
      `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    )
  }
  const { keyType, itemType } = loopTypes(range.type, two)
  const itemSlot = compiler.newSlot()
  const keySlot = two ? compiler.newSlot() : itemSlot
  const scope = new Map(use.scope)
  if (two) scope.set(variableName(use, 0), { slot: keySlot, type: keyType })
  scope.set(variableName(use, two ? 1 : 0), { slot: itemSlot, type: itemType })
  const convert = elementReader(itemType)
  const enter: Loop['enter'] = (frame, { container, index, item }) => {
    const map = two && isMapValue(container)
    if (two) frame.slots[keySlot] = map ? item : BigInt(index)
    frame.slots[itemSlot] = convert(map ? mapGet(container, item) : item)
  }
  return { range, scope, itemType, keyType, two, enter }
}

function loopTypes(type: CelType, two: boolean): { keyType: CelType; itemType: CelType } {
  if (type.kind === 'list') return { keyType: INT, itemType: type.element }
  if (type.kind === 'map') return { keyType: type.key, itemType: two ? type.value : type.key }
  return { keyType: DYN, itemType: DYN }
}

/** Walks a loop; `visit` returns true to stop early. */
function walk(loop: Loop, frame: Frame, visit: (item: unknown) => boolean | undefined): void {
  const container = loop.range.run(frame)
  const items = rangeOf(container)
  for (let index = 0; index < items.length; index++) {
    spend(frame, 2)
    loop.enter(frame, { container, index, item: items[index] })
    if (visit(items[index]) === true) return
  }
}

/** Cost of a comprehension in cel-go's units: each turn costs its step and the loop's own three. */
function loopCost(loop: Loop, step: number): number {
  return loop.range.cost + 1 + loop.range.size * (step + 3)
}

function predicateOf(use: MethodUse, loop: Loop, index: number): Node {
  const ast = use.args[index] as Ast
  return requireBool(use.compiler, use.compiler.node(ast, loop.scope), ast.pos)
}

/** `all` and `exists`: an error of one item does not matter where another decides. */
function quantifier(decisive: boolean, two: boolean): (use: MethodUse) => Node {
  return (use) => {
    const loop = loopOf(use, two)
    const predicate = predicateOf(use, loop, two ? 2 : 1)
    const run = (frame: Frame) => {
      let result = !decisive
      let failure: CelError | undefined
      walk(loop, frame, () => {
        try {
          if (predicate.run(frame) !== decisive) return false
        } catch (error) {
          if (error instanceof CelCostError || !(error instanceof CelError)) throw error
          failure ??= error
          return false
        }
        result = decisive
        return true
      })
      if (result !== decisive && failure !== undefined) throw failure
      return result
    }
    return { type: BOOL, run, cost: loopCost(loop, predicate.cost), size: 1 }
  }
}

function existsOne(two: boolean): (use: MethodUse) => Node {
  return (use) => {
    const loop = loopOf(use, two)
    const predicate = predicateOf(use, loop, two ? 2 : 1)
    const run = (frame: Frame) => {
      let count = 0
      walk(loop, frame, () => {
        if (predicate.run(frame)) count++
        return false
      })
      return count === 1
    }
    return { type: BOOL, run, cost: loopCost(loop, predicate.cost + 2), size: 1 }
  }
}

/** List building costs a new list of one at each turn. */
const APPEND = 12

function filter(use: MethodUse): Node {
  const loop = loopOf(use, false)
  const predicate = predicateOf(use, loop, 1)
  const convert = elementReader(loop.itemType)
  const run = (frame: Frame) => {
    const kept: unknown[] = []
    walk(loop, frame, (item) => {
      if (predicate.run(frame)) kept.push(convert(item))
      return false
    })
    return kept
  }
  const cost = loopCost(loop, predicate.cost + APPEND)
  return { type: listOf(loop.itemType), run, cost, size: loop.range.size }
}

/** map and transformList: with or without a condition before the transform. */
function mapping(two: boolean, filtered: boolean): (use: MethodUse) => Node {
  return (use) => {
    const loop = loopOf(use, two)
    const first = two ? 2 : 1
    const condition = filtered ? predicateOf(use, loop, first) : constant(true, BOOL)
    const transform = use.compiler.node(use.args[filtered ? first + 1 : first] as Ast, loop.scope)
    const run = (frame: Frame) => {
      const results: unknown[] = []
      walk(loop, frame, () => {
        if (condition.run(frame)) results.push(transform.run(frame))
        return false
      })
      return results
    }
    const cost = loopCost(loop, condition.cost + transform.cost + APPEND)
    return { type: listOf(transform.type), run, cost, size: loop.range.size }
  }
}

function transformMap(filtered: boolean): (use: MethodUse) => Node {
  return (use) => {
    const loop = loopOf(use, true)
    const condition = filtered ? predicateOf(use, loop, 2) : constant(true, BOOL)
    const transform = use.compiler.node(use.args[filtered ? 3 : 2] as Ast, loop.scope)
    const run = (frame: Frame) => {
      const results = new Map<unknown, unknown>()
      let index = 0n
      walk(loop, frame, (item) => {
        const key = loop.keyType === INT ? index++ : storedKey(item)
        if (condition.run(frame)) results.set(key, transform.run(frame))
        return false
      })
      return results
    }
    const cost = loopCost(loop, condition.cost + transform.cost + 30)
    return { type: mapOf(loop.keyType, transform.type), run, cost, size: loop.range.size }
  }
}

/** `cel.bind(x, value, expression)`. */
function bind(use: MethodUse): Node {
  const { compiler, scope, args } = use
  const value = compiler.node(args[1] as Ast, scope)
  return within(use, { name: variableName(use, 0), value, body: args[2] as Ast })
}

function within(use: Use, inner: { name: string; value: Node; body: Ast }): Node {
  const slot = use.compiler.newSlot()
  const scope = new Map(use.scope).set(inner.name, { slot, type: inner.value.type })
  const body = use.compiler.node(inner.body, scope)
  const run = (frame: Frame) => {
    frame.slots[slot] = inner.value.run(frame)
    return body.run(frame)
  }
  return { type: body.type, run, cost: inner.value.cost + body.cost + 1, size: body.size }
}

function optionalMaker(method: string, use: MethodUse): Node | undefined {
  const { compiler, args, scope } = use
  if (method === 'none' && args.length === 0) {
    return constant(Optional.none, optionalOf({ kind: 'parameter', name: '_' }))
  }
  if (args.length !== 1 || (method !== 'of' && method !== 'ofNonZeroValue')) return undefined
  const value = compiler.node(args[0] as Ast, scope)
  const run = (frame: Frame) => {
    const result = value.run(frame)
    return method === 'ofNonZeroValue' && isZero(result) ? Optional.none : Optional.of(result)
  }
  return { type: optionalOf(value.type), run, cost: value.cost + 1, size: value.size }
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isMapValue(value)) return Object.keys(value).length === 0
  return value === 0n || value === 0 || value === '' || value === false || value === null
}

function optionalReceiver(use: MethodUse): { node: Node; value: CelType } | undefined {
  const node = use.compiler.node(use.receiver, use.scope)
  if (node.type.kind === 'optional') return { node, value: node.type.value }
  return node.type.kind === 'dyn' ? { node, value: DYN } : undefined
}

function asOptional(value: unknown): Optional {
  if (value instanceof Optional) return value
  throw new CelError('no such overload')
}

function orValue(use: MethodUse): Node | undefined {
  const receiver = optionalReceiver(use)
  if (receiver === undefined) return undefined
  const { node } = receiver
  const other = use.compiler.node(use.args[0] as Ast, use.scope)
  const chained = Array.isArray(use.ast.args) && use.ast.args[0] === 'or'
  const run = (frame: Frame) => {
    const value = asOptional(node.run(frame))
    if (!value.present) return other.run(frame)
    return chained ? value : value.value
  }
  const otherType = chained && other.type.kind === 'optional' ? other.type.value : other.type
  const type = join(receiver.value, otherType) ?? DYN
  const cost = node.cost + other.cost + 1
  const size = Math.max(node.size, other.size)
  return { type: chained ? optionalOf(type) : type, run, cost, size }
}

function optionalGetter(name: 'value' | 'hasValue'): (use: MethodUse) => Node | undefined {
  return (use) => {
    const receiver = optionalReceiver(use)
    if (receiver === undefined) return undefined
    const { node } = receiver
    const type = name === 'value' ? receiver.value : BOOL
    // An old value comes as JSON; of what is converted only bytes have to be, to be equal to others.
    const convert = type.kind === 'bytes' ? elementReader(type) : undefined
    const run = (frame: Frame) => {
      const value = asOptional(node.run(frame))
      if (name !== 'value') return value.present
      return convert === undefined ? value.value : convert(value.value)
    }
    // The bounds of a schema end at what an optional holds.
    const size = 'max' in type ? UNKNOWN_SIZE : sizeOf(type)
    return { type, run, cost: node.cost + 1, size }
  }
}

function optionalMap(flat: boolean): (use: MethodUse) => Node | undefined {
  return (use) => {
    const receiver = optionalReceiver(use)
    if (receiver === undefined) return undefined
    const value: Node = {
      ...receiver.node,
      type: receiver.value,
      run: (frame) => asOptional(receiver.node.run(frame)).value,
    }
    const body = within(use, { name: variableName(use, 0), value, body: use.args[1] as Ast })
    const run = (frame: Frame) => {
      if (!asOptional(receiver.node.run(frame)).present) return Optional.none
      const result = body.run(frame)
      return flat ? asOptional(result) : Optional.of(result)
    }
    const type = flat ? body.type : optionalOf(body.type)
    return { type, run, cost: receiver.node.cost + body.cost, size: body.size }
  }
}

const METHODS: Readonly<Record<string, (use: MethodUse) => Node | undefined>> = {
  'all/2': quantifier(false, false),
  'exists/2': quantifier(true, false),
  'exists_one/2': existsOne(false),
  'existsOne/2': existsOne(false),
  'filter/2': filter,
  'map/2': mapping(false, false),
  'map/3': mapping(false, true),
  'all/3': quantifier(false, true),
  'exists/3': quantifier(true, true),
  'existsOne/3': existsOne(true),
  'transformList/3': mapping(true, false),
  'transformList/4': mapping(true, true),
  'transformMap/3': transformMap(false),
  'transformMap/4': transformMap(true),
  'orValue/1': orValue,
  'or/1': orValue,
  'value/0': optionalGetter('value'),
  'hasValue/0': optionalGetter('hasValue'),
  'optMap/2': optionalMap(false),
  'optFlatMap/2': optionalMap(true),
}
