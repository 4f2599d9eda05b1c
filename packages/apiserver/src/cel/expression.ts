/** Compiling a single expression over declared variables, and evaluating it. */
import { Compiler, type Scope, type Variable } from './compiler.ts'
import { refuseNoText } from './containers.ts'
import { OPERATORS } from './library/arithmetic.ts'
import { AUTHORIZATION } from './library/authorization.ts'
import { KUBERNETES } from './library/kubernetes.ts'
import { LISTS } from './library/lists.ts'
import { STRINGS } from './library/strings.ts'
import { TIME } from './library/time.ts'
import { OverloadTable } from './overloads.ts'
import { type Ast, parseExpression } from './parse.ts'
import { type Frame, fromJson } from './program.ts'
import type { CelType } from './types.ts'

const LIBRARY = new OverloadTable([
  ...OPERATORS,
  ...STRINGS,
  ...TIME,
  ...LISTS,
  ...KUBERNETES,
  ...AUTHORIZATION,
])

/** Most that one evaluation may cost, as the API server has it. */
export const PER_CALL_LIMIT = 1_000_000
/** Most that all rules of one object may cost together. */
export const RUNTIME_BUDGET = 10_000_000

export interface Evaluation {
  readonly value: unknown
  /** What it cost, in cel-go's units. */
  readonly cost: number
}

export interface Program {
  /** Static type of the result. */
  readonly type: CelType
  /** Estimated most that an evaluation costs. */
  readonly maxCost: number
  /** Names of declared variables that the expression mentions. */
  readonly uses: ReadonlySet<string>
  /**
   * Evaluates with JSON values, by the order of `variables`; an undefined one is unset.
   * @throws CelError where evaluation fails, CelCostError past `limit`.
   */
  evaluate(values: readonly unknown[], limit?: number): Evaluation
}

const textOnly = (value: unknown): unknown => {
  refuseNoText(value)
  return value
}

/**
 * @param variables declared names with their types; JSON numbers are converted by these types.
 * @throws CelCompileError for wrong syntax, unknown names and types that do not go together.
 */
export function compileExpression(
  source: string,
  variables: ReadonlyMap<string, CelType>,
): Program {
  const ast = parseExpression(source)
  const scope: Map<string, Variable> = new Map()
  for (const [name, type] of variables) scope.set(name, { slot: scope.size, type })
  const compiler = new Compiler(source, LIBRARY, scope.size)
  const root = compiler.node(ast, scope as Scope)
  const converters = [...variables.values()].map(
    (type) => fromJson(type) ?? (type.kind === 'string' ? textOnly : undefined),
  )
  const slots = compiler.slots
  const evaluate = (values: readonly unknown[], limit = PER_CALL_LIMIT): Evaluation => {
    const frame: Frame = { slots: new Array<unknown>(slots), cost: 0, limit }
    for (let index = 0; index < converters.length; index++) {
      const value = values[index]
      const convert = converters[index]
      frame.slots[index] = convert === undefined || value === undefined ? value : convert(value)
    }
    const value = root.run(frame)
    return { value, cost: Math.ceil(frame.cost) }
  }
  return { type: root.type, maxCost: Math.ceil(root.cost), uses: namesIn(ast, variables), evaluate }
}

function namesIn(ast: Ast, variables: ReadonlyMap<string, CelType>): Set<string> {
  const names = new Set<string>()
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const one of part) visit(one)
    else if (isAst(part)) {
      if (part.op === 'id' && variables.has(part.args as string)) names.add(part.args as string)
      else if (part.op !== 'value') visit(part.args)
    }
  }
  visit(ast)
  return names
}

const isAst = (part: unknown): part is Ast =>
  typeof part === 'object' && part !== null && 'op' in part && 'args' in part
