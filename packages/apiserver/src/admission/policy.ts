/** A policy with its expressions compiled. */
import {
  CelCompileError,
  type CelType,
  compileExpression,
  type Program,
  typeName,
} from '../cel/index.ts'
import { type Fields, listOf, objectOf, textOf } from '../resources/pods/fields.ts'
import { type FieldError, invalid, required } from '../schema/fielderror.ts'
import { isFields } from '../schema/types.ts'
import type { ApiObject } from '../store/index.ts'
import { declaredVariables, type Surroundings } from './environment.ts'

export interface CompiledExpression {
  readonly text: string
  readonly program: Program
}

export interface CompiledVariable extends CompiledExpression {
  readonly name: string
}

export interface CompiledValidation extends CompiledExpression {
  readonly message: string
  readonly messageExpression: Program | undefined
  /** A reason of meta/v1 Status; `Invalid` where the policy names none. */
  readonly reason: string
}

export interface ParamKind {
  readonly apiVersion: string
  readonly kind: string
}

export interface CompiledPolicy {
  readonly name: string
  readonly constraints: Fields
  /** True where a failure to evaluate is no refusal. */
  readonly ignoresFailures: boolean
  readonly paramKind: ParamKind | undefined
  readonly conditions: readonly CompiledExpression[]
  readonly variables: readonly CompiledVariable[]
  readonly validations: readonly CompiledValidation[]
}

export interface Compilation {
  /** Undefined where there are errors. */
  readonly policy: CompiledPolicy | undefined
  readonly errors: readonly FieldError[]
}

const known = new WeakMap<object, Compilation>()

/** Compiles a policy, once for each spec. */
export function compilePolicy(policy: ApiObject): Compilation {
  const { spec } = policy
  if (!isFields(spec)) return { policy: undefined, errors: [] }
  const found = known.get(spec)
  if (found !== undefined) return found
  const made = compile(policy.metadata.name ?? '', spec)
  known.set(spec, made)
  return made
}

function compile(name: string, spec: Fields): Compilation {
  const errors: FieldError[] = []
  const kind = spec['paramKind']
  const paramKind = isFields(kind)
    ? { apiVersion: textOf(kind, 'apiVersion'), kind: textOf(kind, 'kind') }
    : undefined
  const hasParams = paramKind !== undefined
  const conditions = compileConditions(spec, { hasParams }, errors)
  const { variables, types } = compileVariables(spec, hasParams, errors)
  const surroundings = { hasParams, ...(types.size === 0 ? {} : { variables: types }) }
  const validations = compileValidations(spec, surroundings, errors)
  checkAnnotations(spec, surroundings, errors)
  const policy = {
    name,
    constraints: objectOf(spec, 'matchConstraints'),
    ignoresFailures: spec['failurePolicy'] === 'Ignore',
    paramKind,
    conditions,
    variables,
    validations,
  }
  return { policy: errors.length === 0 ? policy : undefined, errors }
}

interface Wanted {
  readonly field: string
  readonly surroundings: Surroundings
  /** Names of the types that it may have; all where there are none. */
  readonly types?: readonly string[]
}

/** Compiles one expression; notes what is wrong with it. */
function compileOne(
  text: string,
  { field, surroundings, types }: Wanted,
  errors: FieldError[],
): Program | undefined {
  if (text.trim() === '') {
    errors.push(required(field, 'expression is not specified'))
    return undefined
  }
  try {
    const program = compileExpression(text, declaredVariables(surroundings))
    const shown = typeName(program.type)
    if (types === undefined || types.includes(shown)) return program
    const wanted = types.length === 1 ? types[0] : `one of [${types.join(' ')}]`
    errors.push(invalid(field, text, `must evaluate to ${wanted} but got ${shown}`))
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error
    errors.push(invalid(field, text, `compilation failed: ${error.message}`))
  }
  return undefined
}

function compileConditions(
  spec: Fields,
  surroundings: Surroundings,
  errors: FieldError[],
): readonly CompiledExpression[] {
  return listOf(spec, 'matchConditions').flatMap((condition, index) => {
    const field = `spec.matchConditions[${index}].expression`
    const text = textOf(condition, 'expression')
    const program = compileOne(text, { field, surroundings, types: ['bool'] }, errors)
    return program === undefined ? [] : [{ text, program }]
  })
}

function compileVariables(spec: Fields, hasParams: boolean, errors: FieldError[]) {
  const types = new Map<string, CelType>()
  const variables = listOf(spec, 'variables').flatMap((variable, index): CompiledVariable[] => {
    const field = `spec.variables[${index}].expression`
    const name = textOf(variable, 'name')
    const text = textOf(variable, 'expression')
    const program = compileOne(
      text,
      { field, surroundings: { hasParams, variables: new Map(types) } },
      errors,
    )
    if (program === undefined) return []
    types.set(name, program.type)
    return [{ name, text, program }]
  })
  return { variables, types }
}

function compileValidations(
  spec: Fields,
  surroundings: Surroundings,
  errors: FieldError[],
): readonly CompiledValidation[] {
  return listOf(spec, 'validations').flatMap((validation, index) => {
    const path = `spec.validations[${index}]`
    const text = textOf(validation, 'expression')
    const field = `${path}.expression`
    const program = compileOne(text, { field, surroundings, types: ['bool'] }, errors)
    const expression = textOf(validation, 'messageExpression')
    const message = { field: `${path}.messageExpression`, surroundings, types: ['string'] }
    const messageExpression =
      expression === '' ? undefined : compileOne(expression, message, errors)
    if (program === undefined) return []
    return [
      {
        text,
        program,
        message: textOf(validation, 'message').trim(),
        messageExpression,
        reason: textOf(validation, 'reason') || 'Invalid',
      },
    ]
  })
}

/** Nobody reads an audit log here: the notes for it are checked, and not made. */
function checkAnnotations(spec: Fields, surroundings: Surroundings, errors: FieldError[]): void {
  for (const [index, annotation] of listOf(spec, 'auditAnnotations').entries()) {
    const field = `spec.auditAnnotations[${index}].valueExpression`
    const types = ['string', 'null_type']
    compileOne(textOf(annotation, 'valueExpression'), { field, surroundings, types }, errors)
  }
}
