/** Checks a value against a structural schema, in words for people: what the API server would refuse, but for CEL. */
import { durationProblem, isJsonObject, type JsonObject } from '@sortie/machinery'
import { DNS_LABEL, DNS_SUBDOMAIN, DURATION, LABEL_VALUE } from '../kinds/fields.ts'
import type { StructuralSchema } from '../schema/structural.ts'
import { didYouMean, type Path, type Problem, problem, show } from './problem.ts'

const NOUNS = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
} as const

const PATTERN_WORDS: ReadonlyMap<string, string> = new Map([
  [DNS_LABEL, "lower-case letters, digits and '-' are allowed, a letter or digit at both ends"],
  [
    DNS_SUBDOMAIN,
    "lower-case letters, digits, '-' and '.' are allowed, a letter or digit at both ends",
  ],
  [LABEL_VALUE, "letters, digits, '-', '_' and '.' are allowed, a letter or digit at both ends"],
])

const MAX_DEPTH = 64

const PATTERNS = new Map<string, RegExp>()

/** Missions are checked again and again, and compiling would take longer than matching. */
function compiled(pattern: string): RegExp {
  const known = PATTERNS.get(pattern)
  if (known !== undefined) return known
  const made = new RegExp(pattern, 'u')
  PATTERNS.set(pattern, made)
  return made
}

/** Everything in `value` that the schema refuses, unknown fields included, in the order of the value. */
export function checkShape(
  schema: StructuralSchema,
  value: unknown,
  path: Path = [],
): readonly Problem[] {
  const found: Problem[] = []
  walk(schema, value, { path, found })
  return found
}

interface Walk {
  readonly path: Path
  readonly found: Problem[]
}

function walk(schema: StructuralSchema, value: unknown, at: Walk): void {
  if (value === null && schema.nullable === true) return
  if (at.path.length > MAX_DEPTH) {
    at.found.push(problem(at.path, 'TooLarge', `is nested more than ${MAX_DEPTH} levels deep`))
    return
  }
  const wrong = typeProblem(schema, value)
  if (wrong !== undefined) {
    at.found.push(problem(at.path, 'Type', wrong))
    return
  }
  if (typeof value === 'string') checkText(schema, value, at)
  else if (typeof value === 'number') checkNumber(schema, value, at)
  else if (Array.isArray(value)) checkList(schema, value, at)
  else if (isJsonObject(value)) checkObject(schema, value, at)
}

function typeProblem(schema: StructuralSchema, value: unknown): string | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    const fits = typeof value === 'string' || Number.isSafeInteger(value)
    return fits ? undefined : `${show(value)} is neither a whole number nor a text`
  }
  const { type } = schema
  if (type === undefined || hasType(type, value)) return undefined
  return `${show(value)} is not ${NOUNS[type]}`
}

function hasType(type: NonNullable<StructuralSchema['type']>, value: unknown): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'integer':
      return Number.isSafeInteger(value)
    case 'number':
      return Number.isFinite(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isJsonObject(value)
  }
}

function checkText(schema: StructuralSchema, value: string, at: Walk): void {
  const say = (code: 'NotAllowed' | 'Bounds' | 'Pattern' | 'Duration', message: string): void => {
    at.found.push(problem(at.path, code, message))
  }
  if (schema.enum !== undefined) {
    const choices = schema.enum.filter((choice) => typeof choice === 'string')
    if (!choices.includes(value)) {
      say(
        'NotAllowed',
        `${show(value)} is none of ${choices.join(', ')}${didYouMean(value, choices)}`,
      )
    }
    return
  }
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  const length = value.length > maxLength ? [...value].length : value.length
  if (length < minLength) say('Bounds', 'is empty; a text is needed')
  else if (length > maxLength) {
    say('Bounds', `${show(value)} has ${length} characters; at most ${maxLength} are allowed`)
  } else if (schema.pattern === DURATION) checkDuration(schema, value, say)
  else if (schema.pattern !== undefined && !compiled(schema.pattern).test(value)) {
    const words = PATTERN_WORDS.get(schema.pattern) ?? `it must match ${schema.pattern}`
    say('Pattern', `${show(value)} is not valid here; ${words}`)
  }
}

function checkDuration(
  schema: StructuralSchema,
  value: string,
  say: (code: 'Duration', message: string) => void,
): void {
  const wrong = durationProblem(value)
  const rules = schema['x-kubernetes-validations'] ?? []
  if (wrong !== undefined) say('Duration', `${show(value)} is no duration: ${wrong}`)
  else if (!compiled(DURATION).test(value)) {
    say(
      'Duration',
      `${show(value)} is not valid here; write it with a unit and without a sign, as in '30m'`,
    )
  } else if (rules.length > 0 && !/[1-9]/.test(value)) {
    say('Duration', `${show(value)} ${rules[0]?.message ?? 'is too short'}`)
  }
}

function checkNumber(schema: StructuralSchema, value: number, at: Walk): void {
  const { minimum, maximum } = schema
  if (minimum !== undefined && value < minimum) {
    at.found.push(problem(at.path, 'Bounds', `${value} is less than ${minimum}`))
  } else if (maximum !== undefined && value > maximum) {
    at.found.push(problem(at.path, 'Bounds', `${value} is more than ${maximum}`))
  }
}

function checkList(schema: StructuralSchema, value: readonly unknown[], at: Walk): void {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  if (value.length < minItems) {
    at.found.push(
      problem(at.path, 'Bounds', `has ${value.length} items; at least ${minItems} are needed`),
    )
  } else if (value.length > maxItems) {
    at.found.push(
      problem(at.path, 'Bounds', `has ${value.length} items; at most ${maxItems} are allowed`),
    )
    return
  }
  checkRepetition(schema, value, at)
  const { items } = schema
  if (items === undefined) return
  value.forEach((item, index) => {
    walk(items, item, { ...at, path: [...at.path, index] })
  })
}

function checkRepetition(schema: StructuralSchema, value: readonly unknown[], at: Walk): void {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'map' && type !== 'set') return
  const [key] = type === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : []
  const seen = new Map<unknown, number>()
  value.forEach((item, index) => {
    const identity = key === undefined ? item : isJsonObject(item) ? item[key] : undefined
    if (identity === undefined) return
    const first = seen.get(identity)
    if (first === undefined) seen.set(identity, index)
    else {
      const path = key === undefined ? [...at.path, index] : [...at.path, index, key]
      at.found.push(
        problem(
          path,
          'Duplicate',
          `${show(identity)} is there already, as item ${first + 1} of the list`,
        ),
      )
    }
  })
}

function checkObject(schema: StructuralSchema, value: JsonObject, at: Walk): void {
  const properties = schema.properties ?? {}
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name) || value[name] === undefined || value[name] === null) {
      const type = properties[name]?.type
      const needed = type === undefined ? 'a value' : NOUNS[type]
      at.found.push(problem([...at.path, name], 'Required', `is missing; ${needed} is needed`))
    }
  }
  checkSize(schema, value, at)
  for (const [name, child] of Object.entries(value)) {
    const field = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties
    if (field !== undefined) {
      // The API server drops a null before it validates.
      if (child !== undefined && child !== null)
        walk(field, child, { ...at, path: [...at.path, name] })
    } else if (schema['x-kubernetes-preserve-unknown-fields'] !== true) {
      const hint = didYouMean(name, Object.keys(properties))
      at.found.push(problem([...at.path, name], 'UnknownField', `there is no such field${hint}`))
    }
  }
}

function checkSize(schema: StructuralSchema, value: JsonObject, at: Walk): void {
  const { maxProperties } = schema
  const size = Object.keys(value).length
  if (maxProperties !== undefined && size > maxProperties) {
    at.found.push(
      problem(at.path, 'Bounds', `has ${size} entries; at most ${maxProperties} are allowed`),
    )
  }
}
