/** What a policy says of a write. */
import { CelError, PER_CALL_LIMIT, type Program, RUNTIME_BUDGET } from '../cel/index.ts'
import type { CompiledPolicy, CompiledValidation, CompiledVariable } from './policy.ts'

/** Why a write is refused. */
export interface Denial {
  readonly message: string
  /** A reason of meta/v1 Status. */
  readonly reason: string
}

/** The values of the variables that every expression sees, in the environment's order. */
export type SharedValues = readonly unknown[]

export interface EvaluationInput {
  readonly shared: SharedValues
  /** Null where the binding names none. */
  readonly params: unknown
}

interface Run {
  /** What all expressions of a policy may still cost together. */
  budget: number
}

/** The refusals of one policy with one value of its parameters; none where it does not apply or all is well. */
export function evaluatePolicy(policy: CompiledPolicy, input: EvaluationInput): readonly Denial[] {
  const run: Run = { budget: RUNTIME_BUDGET }
  const base =
    policy.paramKind === undefined ? input.shared : [...input.shared, input.params ?? null]
  const applies = evaluateConditions(policy, base, run)
  if (applies !== true) return applies === false ? [] : failures(policy, applies)
  const values = [...base]
  if (policy.variables.length > 0) values.push(lazyVariables(policy.variables, base, run))
  return policy.validations.flatMap((validation) =>
    evaluateValidation(policy, validation, { values, run }),
  )
}

/** A failure to evaluate, as the policy has it. */
function failures({ ignoresFailures }: CompiledPolicy, message: string): readonly Denial[] {
  return ignoresFailures ? [] : [{ message, reason: 'Invalid' }]
}

/** Whether all hold; an error where one cannot be told and no other is false. */
function evaluateConditions(
  { conditions }: CompiledPolicy,
  values: readonly unknown[],
  run: Run,
): boolean | string {
  const errors: string[] = []
  for (const { program, text } of conditions) {
    const result = attempt(program, { values, run })
    if (result.error !== undefined) errors.push(errorText(text, result.error))
    else if (result.value !== true) return false
  }
  if (errors.length === 0) return true
  return errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`
}

interface Attempt {
  readonly values: readonly unknown[]
  readonly run: Run
}

interface Result {
  readonly value?: unknown
  readonly error?: string
}

function attempt(program: Program, { values, run }: Attempt): Result {
  if (run.budget < 0) return { error: OUT_OF_BUDGET }
  try {
    const { value, cost } = program.evaluate(values, Math.min(PER_CALL_LIMIT, run.budget))
    run.budget -= cost
    return { value }
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return { error: error.message }
  }
}

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run'

function errorText(text: string, error: string): string {
  return error === OUT_OF_BUDGET ? error : `expression '${text}' resulted in error: ${error}`
}

/** Each is evaluated when it is first asked for, and once. */
function lazyVariables(
  variables: readonly CompiledVariable[],
  base: readonly unknown[],
  run: Run,
): object {
  const holder = {}
  for (const { name, program } of variables) {
    let result: Result | undefined
    const get = (): unknown => {
      result ??= attempt(program, { values: [...base, holder], run })
      if (result.error === undefined) return result.value
      throw new CelError(`composited variable "${name}" fails to evaluate: ${result.error}`)
    }
    Object.defineProperty(holder, name, { get, enumerable: true })
  }
  return holder
}

function evaluateValidation(
  policy: CompiledPolicy,
  validation: CompiledValidation,
  at: Attempt,
): readonly Denial[] {
  const { program, text, reason } = validation
  const result = attempt(program, at)
  if (result.error !== undefined) return failures(policy, errorText(text, result.error))
  return result.value === true ? [] : [{ message: messageOf(validation, at), reason }]
}

const MESSAGE_LIMIT = 5 * 1024

function messageOf({ message, messageExpression, text }: CompiledValidation, at: Attempt): string {
  const written = message === '' ? `failed expression: ${text.trim()}` : message
  if (messageExpression === undefined) return written
  const { value } = attempt(messageExpression, at)
  const said = typeof value === 'string' ? value.trim() : ''
  return said === '' || said.includes('\n') || said.length > MESSAGE_LIMIT ? written : said
}
