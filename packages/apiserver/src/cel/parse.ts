/** The syntax of CEL, read by cel-js; only its tree is used. */
import { Environment, ParseError } from '@marcbachmann/cel-js'
import { type CelCompileError, compileError } from './errors.ts'

/** A vertex of the syntax tree. `args` depends on `op`; offsets are into the source. */
export interface Ast {
  readonly op: string
  readonly args: unknown
  readonly pos: number
  readonly start: number
  readonly end: number
}

const environment = new Environment({
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  unlistedVariablesAreDyn: true,
})

/** @throws CelCompileError for what is not CEL. */
export function parseExpression(source: string): Ast {
  try {
    return environment.parse(source).ast as unknown as Ast
  } catch (error) {
    throw asCompileError(source, error)
  }
}

function asCompileError(source: string, error: unknown): CelCompileError | Error {
  if (!(error instanceof ParseError)) return error as Error
  const at = error.range?.start ?? source.length
  return compileError(source, at, `Syntax error: ${error.summary}`)
}
