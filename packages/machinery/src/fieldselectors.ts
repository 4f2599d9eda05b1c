import { getPath, type JsonPath } from './equality.ts'
import { type ApiStatusError, statusError } from './errors.ts'

/** One term of a field selector, as in `status.phase!=Running`. */
export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/**
 * The fields that a kind may be selected by: their names where each is the field's path, or names
 * with the path of each, as in `{ source: 'source.component' }`.
 */
export type SupportedFields = readonly string[] | Readonly<Record<string, string>>

/**
 * Parses `a.b=c,d!=e` (`==` too; `\,`, `\=` and `\\` stand for themselves within a value).
 * @throws ApiStatusError BadRequest, in the API server's words.
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text))
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): readonly string[] {
  const terms: string[] = []
  let start = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++
    else if (text[index] === ',') {
      terms.push(text.slice(start, index))
      start = index + 1
    }
  }
  terms.push(text.slice(start))
  return terms
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const match = /^((?:[^\\=!]|\\.|!(?!=))*)(!=|==|=)(.*)$/su.exec(term)
  if (match === null) {
    throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
  }
  const [, field = '', operator, value = ''] = match
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) }
}

function unescapeValue(value: string): string {
  if (!/[\\,=]/.test(value)) return value
  let text = ''
  for (let index = 0; index < value.length; index++) {
    const char = value.charAt(index)
    if (char === '=' || char === ',') {
      throw badRequest(`invalid field selector: unescaped '${char}' in value '${value}'`)
    }
    if (char !== '\\') {
      text += char
      continue
    }
    const escaped = value.charAt(++index)
    if (!['\\', ',', '='].includes(escaped)) {
      throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`)
    }
    text += escaped
  }
  return text
}

/** Parses nothing, formats: the inverse of `parseFieldSelector`. */
export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements
    .map(({ field, operator, value }) => field + operator + value.replace(/[\\,=]/g, '\\$&'))
    .join(',')
}

/**
 * A test of objects. A field that an object does not have counts as the empty text; numbers and
 * booleans compare as their text.
 * @throws ApiStatusError BadRequest `field label not supported: x` for a field that is not in
 *   `supported`.
 */
export function compileFieldSelector(
  requirements: readonly FieldRequirement[],
  supported: SupportedFields,
): (object: unknown) => boolean {
  const terms = requirements.map((wanted) => ({ ...wanted, path: pathOf(wanted.field, supported) }))
  return (object) => terms.every((term) => matches(object, term))
}

/** Whether the object is selected; for many objects compile the selector once instead. */
export function matchesFields(
  requirements: readonly FieldRequirement[],
  object: unknown,
  supported: SupportedFields,
): boolean {
  return compileFieldSelector(requirements, supported)(object)
}

function matches(object: unknown, term: FieldRequirement & { readonly path: JsonPath }): boolean {
  const found = getPath(object, term.path)
  const text = found === undefined || found === null ? '' : String(found)
  return (text === term.value) === (term.operator === '=')
}

function pathOf(field: string, supported: SupportedFields): JsonPath {
  const path = isList(supported) ? supported.find((name) => name === field) : own(supported, field)
  if (path === undefined) throw badRequest(`field label not supported: ${field}`)
  return path.split('.')
}

function isList(supported: SupportedFields): supported is readonly string[] {
  return Array.isArray(supported)
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function badRequest(message: string): ApiStatusError {
  return statusError('BadRequest', { message })
}
