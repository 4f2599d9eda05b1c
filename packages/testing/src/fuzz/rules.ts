/** Rules of a small grammar of CEL, for schemas that can have them. */
import fc from 'fast-check'
import type { FuzzRule, FuzzSchema } from './schema.ts'

type Rules = fc.Arbitrary<FuzzRule>

const NUMBER_RULES = [
  'self < 4',
  'self != 2',
  'self >= 0',
  'self % 2 == 0',
  'self in [0, 1, 2, 3]',
  'self == oldSelf',
  'self >= oldSelf',
  '10 / self > 2',
]
const TEXT_RULES = [
  "self != 'b'",
  'self.size() < 3',
  "self.startsWith('a')",
  "self.matches('^[a-c]*$')",
  "!self.contains(' ')",
  "self in ['a', 'b', 'ab']",
  'self == oldSelf',
  'self.size() >= oldSelf.size()',
  'self.lowerAscii() == self',
  "self.split('b').size() < 3",
]
const LIST_RULES = [
  'self.size() < 3',
  'size(self) != 1',
  'self.size() >= oldSelf.size()',
  'self == oldSelf',
]

/** Rules over the value itself. */
function ownRules(schema: FuzzSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return ["type(self) == int ? self > 0 : self != 'b'"]
  }
  switch (schema.type) {
    case 'integer':
      return NUMBER_RULES
    case 'number':
      return ['self < 4.0', 'self != 1.5', 'self >= oldSelf']
    case 'boolean':
      return ['self', 'self == oldSelf', '!self || true']
    case 'string':
      return schema.format === undefined ? TEXT_RULES : formatRules(schema.format)
    case 'array':
      return [...LIST_RULES, ...itemRules(schema.items ?? {})]
    case 'object':
      return schema.additionalProperties === undefined ? [] : mapRules
    default:
      return []
  }
}

function formatRules(format: string): readonly string[] {
  if (format === 'date-time')
    return ["self > timestamp('2026-01-01T00:00:00Z')", 'self.getFullYear() == 2026']
  if (format === 'duration') return ["self < duration('1h')", 'self.getSeconds() > 5']
  if (format === 'byte' || format === 'date') return ['self == oldSelf']
  return TEXT_RULES
}

function itemRules(items: FuzzSchema): readonly string[] {
  if (items.type === 'string' && items.format === undefined) {
    return [
      "self.all(x, x != 'b')",
      "self.exists(x, x == 'a')",
      'self.isSorted()',
      "self.map(x, x + 'z').size() < 3",
    ]
  }
  if (items.type === 'integer')
    return ['self.all(x, x < 3)', 'self.sum() < 6', 'self.filter(x, x > 1).size() < 2']
  if (items.properties?.['name'] !== undefined) {
    return [
      "self.all(x, x.name != 'b')",
      "self.exists_one(x, x.name == 'a')",
      'self.all(x, !oldSelf.exists(y, y.name == x.name) || x.name.size() > 0)',
    ]
  }
  return []
}

const mapRules = [
  "self.all(k, k != 'b')",
  "'a' in self || self.size() == 0",
  'self.size() <= oldSelf.size() + 1',
  "self.exists(k, k in ['a', 'c'])",
]

/** Whether it is true of the schema or of one within it. */
function holds(schema: FuzzSchema, test: (one: FuzzSchema) => boolean): boolean {
  const { properties = {}, items, additionalProperties: additional } = schema
  const below = [...Object.values(properties), items, additional]
  return test(schema) || below.some((one) => typeof one === 'object' && holds(one, test))
}

/**
 * Rules do not see the fields that a schema does not name, and comparing two objects that have some fails in words of its own. Nor is
 * what has a null equal to what an optional oldSelf holds.
 */
const hides = (schema: FuzzSchema): boolean =>
  schema.nullable === true ||
  schema['x-kubernetes-embedded-resource'] === true ||
  schema['x-kubernetes-preserve-unknown-fields'] === true

/** Rules over the fields of an object. */
function fieldRules(schema: FuzzSchema): readonly string[] {
  const rules: string[] = []
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = `self.${name}`
    rules.push(`has(${at})`)
    // An optional oldSelf has a field that is null, which self has not.
    if (field.nullable !== true) rules.push(`!has(oldSelf.${name}) || has(${at})`)
    if (!isTyped(field)) continue
    if (field.nullable === true) continue
    if (name === 'metadata' || holds(field, hides)) continue
    // Times and durations that an optional oldSelf holds are never equal to others there.
    if (!holds(field, (one) => one.format !== undefined)) {
      rules.push(`!has(${at}) || !has(oldSelf.${name}) || ${at} == oldSelf.${name}`)
    }
    for (const own of ownRules(field).filter((rule) => !rule.includes('oldSelf'))) {
      rules.push(`!has(${at}) || ${own.replaceAll(/\bself\b/g, at)}`)
    }
  }
  return rules
}

const isTyped = (schema: FuzzSchema): boolean =>
  schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true

const REASONS = [
  'FieldValueInvalid',
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueDuplicate',
]

function decorated(rule: string, schema: FuzzSchema): Rules {
  const hasTimes = holds(schema, (one) => one.format !== undefined)
  const names = Object.keys(schema.properties ?? {})
  return fc
    .record(
      {
        message: fc.constantFrom('no good', 'must be so'),
        reason: fc.constantFrom(...REASONS),
        messageExpression: fc.constantFrom("'said by ' + 'expression'", "' '"),
        fieldPath: fc.constantFrom(
          ...(names.length === 0 ? ['.a'] : names.map((one) => `.${one}`)),
        ),
        optionalOldSelf: fc.constant(!hasTimes),
      },
      { requiredKeys: [] },
    )
    .map(({ fieldPath, optionalOldSelf, ...more }) => ({
      rule:
        optionalOldSelf === true && rule.includes('oldSelf')
          ? `!oldSelf.hasValue() || (${rule.replaceAll('oldSelf', 'oldSelf.value()')})`
          : rule,
      ...more,
      ...(names.length > 0 && fieldPath !== undefined ? { fieldPath } : {}),
      ...(optionalOldSelf === true && rule.includes('oldSelf') ? { optionalOldSelf: true } : {}),
    }))
}

/** The schema, sometimes with a rule or two. */
export function rulesFor(schema: FuzzSchema): fc.Arbitrary<FuzzSchema> {
  const own = ownRules(schema).filter(
    (rule) => !rule.endsWith('== oldSelf') || !holds(schema, hides),
  )
  const texts = [...own, ...fieldRules(schema)]
  if (texts.length === 0 || !isTyped(schema)) return fc.constant(schema)
  const rule: Rules = fc.constantFrom(...texts).chain((text) => decorated(text, schema))
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(schema) },
    {
      weight: 1,
      arbitrary: fc
        .array(rule, { minLength: 1, maxLength: 2 })
        .map((rules) => ({ ...schema, 'x-kubernetes-validations': rules })),
    },
  )
}
