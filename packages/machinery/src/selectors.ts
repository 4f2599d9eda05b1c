import type { LabelSelector } from './core.ts'
import { type ApiStatusError, statusError } from './errors.ts'
import { lexSelector, type Token } from './selectorlexer.ts'
import { labelKeyErrors, labelValueErrors } from './validation.ts'

export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'

export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  /** Sorted and without repetition. */
  readonly values: readonly string[]
}

/** A parsed selector: all requirements must hold. None at all matches everything. */
export interface LabelRequirements {
  readonly requirements: readonly LabelRequirement[]
  /** The selector of an absent LabelSelector, which selects nothing. */
  readonly matchesNothing?: boolean
}

export const everyLabels: LabelRequirements = { requirements: [] }
export const noLabels: LabelRequirements = { requirements: [], matchesNothing: true }

/**
 * Parses kubectl's syntax: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
 * @throws ApiStatusError BadRequest, in the API server's words.
 */
export function parseLabelSelector(text: string): LabelRequirements {
  if (text.trim() === '') return everyLabels
  const parser: Parser = { tokens: lexSelector(text), position: 0 }
  const requirements: LabelRequirement[] = []
  for (;;) {
    const token = peek(parser)
    if (token.kind === 'end') break
    if (token.kind !== 'word' && token.text !== '!') {
      throw badSelector(`found '${token.text}', expected: !, identifier, or 'end of string'`)
    }
    requirements.push(parseRequirement(parser))
    if (!hasMore(parser)) break
  }
  return { requirements: sortByKey(requirements) }
}

/** After a requirement: true where a comma and another one follow. */
function hasMore(parser: Parser): boolean {
  const token = next(parser)
  if (token.kind === 'end') return false
  if (token.text !== ',') {
    throw badSelector(`found '${token.text}', expected: ',' or 'end of string'`)
  }
  const following = peek(parser)
  if (following.kind !== 'word' && following.text !== '!') {
    throw badSelector(`found '${following.text}', expected: identifier after ','`)
  }
  return true
}

const OBJECT_OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist']

/**
 * The requirements of a meta/v1 LabelSelector: absent selects nothing, empty selects everything.
 * @throws ApiStatusError BadRequest for an unknown operator or an invalid key or value.
 */
export function labelSelectorOf(selector: LabelSelector | undefined): LabelRequirements {
  if (selector === undefined) return noLabels
  const requirements: LabelRequirement[] = []
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push(requirement(key, 'In', [value]))
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (!OBJECT_OPERATORS.includes(operator)) {
      throw badRequest(`"${operator}" is not a valid label selector operator`)
    }
    requirements.push(requirement(key, operator, values ?? []))
  }
  return { requirements: sortByKey(requirements) }
}

type Labels = Readonly<Record<string, string>>

/** Whether an object with these labels is selected. */
export function matchesLabels(selector: LabelRequirements, labels: Labels | undefined): boolean {
  if (selector.matchesNothing === true) return false
  for (const wanted of selector.requirements) {
    if (!holds(wanted, labels)) return false
  }
  return true
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return value !== undefined && isInOrder(operator, value, values[0] ?? '')
  }
}

function isInOrder(operator: 'Gt' | 'Lt', value: string, limit: string): boolean {
  if (!isInteger(value) || !isInteger(limit)) return false
  return operator === 'Gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit)
}

function isInteger(text: string): boolean {
  return /^-?\d{1,19}$/.test(text)
}

/** The selector in kubectl's syntax, in canonical form: `a=b,c in (d,e),!f`. */
export function formatLabelSelector(selector: LabelRequirements): string {
  return selector.requirements.map(formatRequirement).join(',')
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const list = values.join(',')
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${list}` : `${key} in (${list})`
    case 'NotIn':
      return values.length === 1 ? `${key}!=${list}` : `${key} notin (${list})`
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
    case 'Gt':
      return `${key}>${list}`
    default:
      return `${key}<${list}`
  }
}

interface Parser {
  readonly tokens: readonly Token[]
  position: number
}

const END: Token = { kind: 'end', text: '' }

function peek(parser: Parser): Token {
  return parser.tokens[parser.position] ?? END
}

function next(parser: Parser): Token {
  return parser.tokens[parser.position++] ?? END
}

function parseRequirement(parser: Parser): LabelRequirement {
  const negated = peek(parser).text === '!'
  if (negated) parser.position++
  const key = next(parser)
  if (key.kind !== 'word') throw badSelector(`found '${key.text}', expected: identifier`)
  checkKey(key.text)
  if (negated) return requirement(key.text, 'DoesNotExist', [])
  const following = peek(parser)
  if (following.kind === 'end' || following.text === ',') return requirement(key.text, 'Exists', [])
  const operator = parseOperator(next(parser))
  const values = operator.list ? parseValues(parser) : [parseExactValue(parser)]
  return requirement(key.text, operator.name, values)
}

interface WrittenOperator {
  readonly name: LabelOperator
  readonly list: boolean
}

const OPERATORS: ReadonlyMap<string, WrittenOperator> = new Map([
  ['in', { name: 'In', list: true }],
  ['notin', { name: 'NotIn', list: true }],
  ['=', { name: 'In', list: false }],
  ['==', { name: 'In', list: false }],
  ['!=', { name: 'NotIn', list: false }],
  ['>', { name: 'Gt', list: false }],
  ['<', { name: 'Lt', list: false }],
])

function parseOperator(token: Token): WrittenOperator {
  const operator = OPERATORS.get(token.text)
  if (operator !== undefined) return operator
  throw badSelector(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`)
}

/** The value after `=`: nothing at all is the empty value. */
function parseExactValue(parser: Parser): string {
  const token = peek(parser)
  if (token.kind === 'end' || token.text === ',') return ''
  parser.position++
  if (token.kind !== 'word') throw badSelector(`found '${token.text}', expected: identifier`)
  return token.text
}

/** `(a,b)`; an empty place between commas is the empty value. */
function parseValues(parser: Parser): readonly string[] {
  const open = next(parser)
  if (open.text !== '(') throw badSelector(`found '${open.text}' expected: '('`)
  if (peek(parser).text === ')') {
    parser.position++
    return []
  }
  const values: string[] = []
  for (;;) {
    const token = peek(parser)
    values.push(token.kind === 'word' ? next(parser).text : '')
    if (token.kind !== 'word' && token.text !== ',' && token.text !== ')') {
      throw badSelector(`found '${token.text}', expected: ',', ')' or identifier`)
    }
    const end = next(parser)
    if (end.text === ')') return values
    if (end.text !== ',') throw badSelector(`found '${end.text}', expected: ',' or ')'`)
  }
}

function requirement(
  key: string,
  operator: LabelOperator,
  given: readonly string[],
): LabelRequirement {
  checkKey(key)
  const values = [...new Set(given)].sort()
  const needsList = operator === 'In' || operator === 'NotIn'
  if (needsList && values.length === 0) {
    const rule = "for 'in', 'notin' operators, values set can't be empty"
    throw badSelector(`values: Invalid value: []string{}: ${rule}`)
  }
  if (!needsList && given.length > 0 && (operator === 'Exists' || operator === 'DoesNotExist')) {
    const list = values.map((value) => JSON.stringify(value)).join(', ')
    const rule = 'values set must be empty for exists and does not exist'
    throw badSelector(`values: Invalid value: []string{${list}}: ${rule}`)
  }
  checkValues(key, operator, values)
  return { key, operator, values }
}

function checkKey(key: string): void {
  const errors = labelKeyErrors(key)
  if (errors.length === 0) return
  throw badSelector(`key: Invalid value: ${JSON.stringify(key)}: ${errors.join('; ')}`)
}

function checkValues(key: string, operator: LabelOperator, values: readonly string[]): void {
  for (const [index, value] of values.entries()) {
    const shown = JSON.stringify(value)
    if ((operator === 'Gt' || operator === 'Lt') && !isInteger(value)) {
      const rule = "for 'Gt', 'Lt' operators, the value must be an integer"
      throw badSelector(`values[${index}]: Invalid value: ${shown}: ${rule}`)
    }
    const errors = labelValueErrors(value)
    if (errors.length === 0) continue
    throw badSelector(`values[${index}][${key}]: Invalid value: ${shown}: ${errors.join('; ')}`)
  }
}

function sortByKey(requirements: LabelRequirement[]): readonly LabelRequirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}

function badSelector(problem: string): ApiStatusError {
  return badRequest(`unable to parse requirement: ${problem}`)
}

function badRequest(message: string): ApiStatusError {
  return statusError('BadRequest', { message })
}
