/** Failures of CEL: of an expression when it is compiled, of a value when it is evaluated. */

/** An expression that does not compile; the message is laid out as cel-go lays it out. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError'
}

/**
 * An evaluation that failed: `no such key: x`, `division by zero`, ... `&&` and `||` may absorb it.
 */
export class CelError extends Error {
  override readonly name: string = 'CelError'
}

/** The evaluation used up its budget. Never absorbed. */
export class CelCostError extends CelError {
  override readonly name = 'CelCostError'
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/**
 * `ERROR: <input>:1:6: ...` with the line and a caret under the place. `at` is an offset in UTF-16
 * units.
 */
export function compileError(source: string, at: number, message: string): CelCompileError {
  const before = source.slice(0, at)
  const line = before.split('\n').length
  const lineStart = before.lastIndexOf('\n') + 1
  const column = at - lineStart
  const lineText = source.slice(lineStart).split('\n')[0] ?? ''
  const caret = `${'.'.repeat(column)}^`
  return new CelCompileError(
    `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${lineText}\n | ${caret}`,
  )
}
