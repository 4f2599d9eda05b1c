/** Selection, indexing, literals, equality, membership and the logical operators. */
import {
  type Compiler,
  elementReader,
  type OperatorCompiler,
  requireBool,
  type Scope,
  sizeOf,
} from './compiler.ts'
import { CelCostError, CelError } from './errors.ts'
import type { Ast } from './parse.ts'
import { type Frame, fromJson, materialise, type Node, sizeOfValue, spend } from './program.ts'
import {
  accepts,
  BOOL,
  type CelType,
  DYN,
  join,
  listOf,
  mapOf,
  type ObjectType,
  optionalOf,
  typeName,
} from './types.ts'
import {
  equals,
  isMapValue,
  kindOf,
  mapGet,
  mapKeys,
  Optional,
  storedKey,
  Uint,
  unorderedEquals,
} from './values.ts'

type Runner = Node['run']

/** Reads one field or key; undefined where there is none. */
export type Reader = (container: unknown) => unknown

function noSuchKey(key: unknown): CelError {
  return new CelError(`no such key: ${key instanceof Uint ? key.value : String(key)}`)
}

/** The type of `.field` of a value of this type, and how it is read. */
export function fieldReader(
  compiler: Compiler,
  type: CelType,
  place: { readonly field: string; readonly at: number },
): { readonly type: CelType; readonly read: Reader } {
  const { field, at } = place
  switch (type.kind) {
    case 'object':
      return objectField(compiler, type, place)
    case 'map':
      return { type: type.value, read: keyReader(field, type.value) }
    case 'optional':
      return fieldReader(compiler, type.value, place)
    case 'dyn':
    case 'parameter':
      return { type: DYN, read: keyReader(field, DYN) }
    default:
      return compiler.fail(at, `type '${typeName(type)}' does not support field selection`)
  }
}

function objectField(
  compiler: Compiler,
  type: ObjectType,
  place: { readonly field: string; readonly at: number },
): { readonly type: CelType; readonly read: Reader } {
  const declared = type.fields.get(place.field)
  if (declared === undefined) return compiler.fail(place.at, `undefined field '${place.field}'`)
  const read = keyReader(declared.property, declared.type)
  // A field that is null counts as one that is not there; a key of a map does not.
  return { type: declared.type, read: (container) => read(container) ?? undefined }
}

function keyReader(key: string, type: CelType): Reader {
  const convert = fromJson(type)
  return (container) => {
    if (!isMapValue(container)) throw new CelError('no such overload')
    const value = mapGet(container, key)
    return value === undefined || convert === undefined ? value : convert(value)
  }
}

function dotAt(compiler: Compiler, ast: Ast): number {
  const [operand] = ast.args as readonly [Ast, string]
  const at = compiler.source.indexOf('.', operand.end)
  return at < 0 ? ast.pos : at
}

/** A variable may have a name with a dot, and comes before a field of the one before the dot. */
function qualifiedName(ast: Ast): string | undefined {
  const [operand, field] = ast.args as readonly [Ast, string]
  return operand.op === 'id' ? `${String(operand.args)}.${field}` : undefined
}

function select(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const [operandAst, field] = ast.args as readonly [Ast, string]
  const qualified = qualifiedName(ast)
  if (qualified !== undefined && scope.has(qualified)) {
    return compiler.node({ ...ast, op: 'id', args: qualified }, scope)
  }
  if (operandAst.op === 'id' && operandAst.args === 'google' && !scope.has('google')) {
    return compiler.fail(ast.pos, `undeclared reference to 'google' (in container '')`)
  }
  const operand = compiler.node(operandAst, scope)
  const { type, read } = fieldReader(compiler, operand.type, { field, at: dotAt(compiler, ast) })
  const cost = operand.cost + 1
  if (operand.type.kind === 'optional') {
    const run = (frame: Frame) => optionalRead(operand.run(frame), read)
    return { type: optionalOf(type), run, cost, size: sizeOf(type) }
  }
  const isText = type.kind === 'string'
  const run = (frame: Frame) => {
    frame.cost++
    const value = read(operand.run(frame))
    if (value === undefined) throw noSuchKey(field)
    if (isText && typeof value === 'object') refuseNoText(value)
    return value
  }
  return { type, run, cost, size: sizeOf(type) }
}

/** A schema of text with a format takes lists, but no rule does. @throws CelError */
export function refuseNoText(value: unknown): void {
  if (Array.isArray(value)) throw new CelError('invalid data, expected string, got []interface {}')
}

function optionalRead(value: unknown, read: Reader): Optional {
  if (value instanceof Optional) {
    if (!value.present) return Optional.none
    return optionalRead(value.value, read)
  }
  const found = value === null ? undefined : read(value)
  return found === undefined ? Optional.none : Optional.of(found)
}

function optionalSelect(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const [operandAst, field] = ast.args as readonly [Ast, string]
  const operand = compiler.node(operandAst, scope)
  const { type, read } = fieldReader(compiler, operand.type, { field, at: dotAt(compiler, ast) })
  const run = (frame: Frame) => {
    frame.cost++
    return optionalRead(operand.run(frame), read)
  }
  return { type: optionalOf(type), run, cost: operand.cost + 1, size: sizeOf(type) }
}

/** The type of an element by index or key. */
function elementType(
  compiler: Compiler,
  container: CelType,
  at: { index: CelType; pos: number },
): CelType {
  const { index, pos } = at
  if (container.kind === 'dyn' || container.kind === 'parameter') return DYN
  if (container.kind === 'optional') return elementType(compiler, container.value, at)
  if (container.kind === 'list' && ['int', 'uint', 'double', 'dyn'].includes(index.kind)) {
    return container.element
  }
  if (container.kind === 'map' && accepts(container.key, index, new Map())) return container.value
  const shown = `(${typeName(container)}, ${typeName(index)})`
  return compiler.fail(pos, `found no matching overload for '_[_]' applied to '${shown}'`)
}

function elementAt(container: unknown, index: unknown): unknown {
  if (Array.isArray(container)) {
    const at = storedKey(index)
    if (typeof at !== 'bigint') throw new CelError('no such overload')
    return at < 0n ? undefined : container[Number(at)]
  }
  if (isMapValue(container)) return mapGet(container, index)
  throw new CelError('no such overload')
}

interface Indexing {
  readonly type: CelType
  readonly operand: Node
  readonly index: Node
  readonly read: (container: unknown, index: unknown) => unknown
}

function indexing(compiler: Compiler, ast: Ast, scope: Scope): Indexing {
  const [operandAst, indexAst] = ast.args as readonly [Ast, Ast]
  const operand = compiler.node(operandAst, scope)
  const index = compiler.node(indexAst, scope)
  const pos = compiler.signAt(ast, '[')
  const type = elementType(compiler, operand.type, { index: index.type, pos })
  const convert = elementReader(type)
  const read = (container: unknown, at: unknown) => {
    const value = elementAt(container, at)
    return value === undefined ? undefined : convert(value)
  }
  return { type, operand, index, read }
}

function subscript(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const { type, operand, index, read } = indexing(compiler, ast, scope)
  const cost = operand.cost + index.cost + 1
  if (operand.type.kind === 'optional') return optionalSubscript(compiler, ast, scope)
  const run = (frame: Frame) => {
    frame.cost++
    const container = operand.run(frame)
    const at = index.run(frame)
    const value = read(container, at)
    if (value !== undefined) return value
    throw Array.isArray(container)
      ? new CelError(`index out of bounds: ${String(at)}`)
      : noSuchKey(at)
  }
  return { type, run, cost, size: sizeOf(type) }
}

function optionalSubscript(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const { type, operand, index, read } = indexing(compiler, ast, scope)
  const run = (frame: Frame) => {
    frame.cost++
    const at = index.run(frame)
    return optionalRead(operand.run(frame), (container) => read(container, at))
  }
  return { type: optionalOf(type), run, cost: operand.cost + index.cost + 1, size: sizeOf(type) }
}

function listLiteral(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const items = (ast.args as readonly Ast[]).map((item) => compiler.node(item, scope))
  const cost = items.reduce((sum, item) => sum + item.cost, 10)
  const element = commonType(items) ?? DYN
  const run = (frame: Frame) => {
    frame.cost += 10
    return items.map((item) => item.run(frame))
  }
  const type = items.length === 0 ? listOf({ kind: 'parameter', name: '_' }) : listOf(element)
  return { type, run, cost, size: items.length }
}

function commonType(nodes: readonly Node[]): CelType | undefined {
  let type: CelType | undefined
  for (const node of nodes) type = type === undefined ? node.type : (join(type, node.type) ?? DYN)
  return type
}

function mapLiteral(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const entries = (ast.args as readonly (readonly [Ast, Ast])[]).map(
    ([key, value]) => [compiler.node(key, scope), compiler.node(value, scope)] as const,
  )
  const cost = entries.reduce((sum, [key, value]) => sum + key.cost + value.cost, 30)
  const key = commonType(entries.map(([k]) => k)) ?? DYN
  const value = commonType(entries.map(([, v]) => v)) ?? DYN
  const run = (frame: Frame) => {
    frame.cost += 30
    return new Map(entries.map(([k, v]) => [storedKey(k.run(frame)), v.run(frame)]))
  }
  return { type: mapOf(key, value), run, cost, size: entries.length }
}

/** Equality needs types that could be equal; null goes with everything. */
function comparable(a: CelType, b: CelType): boolean {
  if (a.kind === 'null' || b.kind === 'null') return true
  const numeric = ['int', 'uint', 'double']
  if (numeric.includes(a.kind) && numeric.includes(b.kind)) return true
  return accepts(a, b, new Map()) || accepts(b, a, new Map())
}

function equality(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const [left, right] = (ast.args as readonly [Ast, Ast]).map((arg) =>
    compiler.node(arg, scope),
  ) as [Node, Node]
  if (!comparable(left.type, right.type)) {
    const shown = `(${typeName(left.type)}, ${typeName(right.type)})`
    const at = compiler.signAt(ast, ast.op)
    return compiler.fail(at, `found no matching overload for '_${ast.op}_' applied to '${shown}'`)
  }
  const negated = ast.op === '!='
  const same = unorderedLists(left.type, right.type) ? unorderedEither : equals
  const [loadLeft, loadRight] = [loader(left), loader(right)]
  const run = (frame: Frame) => {
    const a = loadLeft(frame)
    const b = loadRight(frame)
    spend(frame, 1 + Math.min(sizeOfValue(a), sizeOfValue(b)) * 0.1)
    return same(a, b) !== negated
  }
  const cost = left.cost + right.cost + 1 + Math.min(left.size, right.size) * 0.1
  return { type: BOOL, run, cost, size: 1 }
}

const unorderedLists = (a: CelType, b: CelType): boolean =>
  (a.kind === 'list' && a.unordered !== undefined) ||
  (b.kind === 'list' && b.unordered !== undefined)

function unorderedEither(a: unknown, b: unknown): boolean {
  return Array.isArray(a) && Array.isArray(b) ? unorderedEquals(a, b) : equals(a, b)
}

function loader(node: Node): Runner {
  const convert = materialise(node.type)
  return convert === undefined ? node.run : (frame) => convert(node.run(frame))
}

function membership(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const [item, container] = (ast.args as readonly [Ast, Ast]).map((arg) =>
    compiler.node(arg, scope),
  ) as [Node, Node]
  if (!isMember(item.type, container.type)) {
    const shown = `(${typeName(item.type)}, ${typeName(container.type)})`
    const at = compiler.signAt(ast, 'in')
    return compiler.fail(at, `found no matching overload for '@in' applied to '${shown}'`)
  }
  const load = loader(container)
  const run = (frame: Frame) => {
    const value = item.run(frame)
    const within = load(frame)
    spend(frame, 1)
    if (Array.isArray(within)) {
      spend(frame, within.length)
      return within.some((other) => equals(other, value))
    }
    if (isMapValue(within)) return mapGet(within, value) !== undefined
    throw new CelError('no such overload')
  }
  const cost = item.cost + container.cost + 1 + (container.type.kind === 'map' ? 0 : container.size)
  return { type: BOOL, run, cost, size: 1 }
}

function isMember(item: CelType, container: CelType): boolean {
  if (container.kind === 'dyn' || container.kind === 'parameter') return true
  if (container.kind === 'list') return comparable(container.element, item)
  return container.kind === 'map' && comparable(container.key, item)
}

/** Runs one side of `&&` or `||`, keeping its error: the other side may make it not matter. */
function attempt(run: Runner, frame: Frame): unknown {
  try {
    return run(frame)
  } catch (error) {
    if (error instanceof CelCostError || !(error instanceof CelError)) throw error
    return error
  }
}

function logical(decisive: boolean): OperatorCompiler {
  return (compiler, ast, scope) => {
    const [leftAst, rightAst] = ast.args as readonly [Ast, Ast]
    const left = requireBool(compiler, compiler.node(leftAst, scope), leftAst.pos)
    const right = requireBool(compiler, compiler.node(rightAst, scope), rightAst.pos)
    const run = (frame: Frame) => {
      const first = attempt(left.run, frame)
      if (first === decisive) return decisive
      const second = right.run(frame)
      if (second === decisive || !(first instanceof CelError)) return second
      throw first
    }
    return { type: BOOL, run, cost: left.cost + right.cost, size: 1 }
  }
}

function ternary(compiler: Compiler, ast: Ast, scope: Scope): Node {
  const [conditionAst, thenAst, elseAst] = ast.args as readonly [Ast, Ast, Ast]
  const condition = requireBool(compiler, compiler.node(conditionAst, scope), conditionAst.pos)
  const then = compiler.node(thenAst, scope)
  const otherwise = compiler.node(elseAst, scope)
  const type = join(then.type, otherwise.type)
  if (type === undefined) {
    const shown = `(bool, ${typeName(then.type)}, ${typeName(otherwise.type)})`
    return compiler.fail(
      compiler.signAt(ast, '?'),
      `found no matching overload for '_?_:_' applied to '${shown}'`,
    )
  }
  const run = (frame: Frame) => (condition.run(frame) ? then.run(frame) : otherwise.run(frame))
  const cost = condition.cost + Math.max(then.cost, otherwise.cost)
  return { type, run, cost, size: Math.max(then.size, otherwise.size) }
}

/** What a comprehension walks: the items of a list, the keys of a map. */
export function rangeOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isMapValue(value)) return mapKeys(value)
  throw new CelError(`no such overload: range over ${kindOf(value)}`)
}

export const CONTAINERS: Readonly<Record<string, OperatorCompiler>> = {
  '.': select,
  '.?': optionalSelect,
  '[]': subscript,
  '[?]': optionalSubscript,
  list: listLiteral,
  map: mapLiteral,
  '==': equality,
  '!=': equality,
  in: membership,
  '&&': logical(false),
  '||': logical(true),
  '?:': ternary,
}
