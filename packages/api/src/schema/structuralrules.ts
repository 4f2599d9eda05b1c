/** The rules that apiextensions.k8s.io/v1 has for structural schemas, and our own: every field says what it is. */
import type { StructuralSchema } from './structural.ts'

const SCALARS = ['string', 'integer', 'number', 'boolean']

/** What the API server would refuse about a schema, as `path: reason`; empty where nothing is. */
export function structuralViolations(schema: StructuralSchema, path = ''): readonly string[] {
  const at = (reason: string): string => `${path === '' ? '<root>' : path}: ${reason}`
  return [
    ...typeViolations(schema).map(at),
    ...listViolations(schema).map(at),
    ...enumViolations(schema).map(at),
    ...requiredViolations(schema).map(at),
    ...ruleViolations(schema).map(at),
    ...children(schema).flatMap(([name, child]) => structuralViolations(child, `${path}${name}`)),
  ]
}

/** Paths of the fields without a description. */
export function undocumentedFields(schema: StructuralSchema, path = ''): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    field.description === undefined ? [`${path}.${name}`] : [],
  )
  return [
    ...own,
    ...children(schema).flatMap(([name, child]) => undocumentedFields(child, `${path}${name}`)),
  ]
}

function children(schema: StructuralSchema): readonly (readonly [string, StructuralSchema])[] {
  const found: (readonly [string, StructuralSchema])[] = Object.entries(
    schema.properties ?? {},
  ).map(([name, child]) => [`.${name}`, child])
  if (schema.items !== undefined) found.push(['[]', schema.items])
  if (schema.additionalProperties !== undefined) found.push(['{}', schema.additionalProperties])
  return found
}

function typeViolations(schema: StructuralSchema): readonly string[] {
  const found: string[] = []
  const free =
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true
  if (schema.type === undefined && !free) found.push('no type')
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) {
    found.push('properties and additionalProperties together')
  }
  if (schema.properties !== undefined && schema.type !== 'object') {
    found.push('properties on what is no object')
  }
  if ((schema.type === 'array') !== (schema.items !== undefined))
    found.push('array and items apart')
  return found
}

function listViolations(schema: StructuralSchema): readonly string[] {
  const type = schema['x-kubernetes-list-type']
  if (schema.type !== 'array') return type === undefined ? [] : ['list type on what is no list']
  if (type === 'set' && !SCALARS.includes(schema.items?.type ?? '')) return ['set of non-scalars']
  if (type !== 'map') return type === undefined ? ['no list type'] : []
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const missing = keys.filter((key) => {
    const field = schema.items?.properties?.[key]
    const present = schema.items?.required?.includes(key) === true || field?.default !== undefined
    return field === undefined || !SCALARS.includes(field.type ?? '') || !present
  })
  return keys.length === 0
    ? ['map list without keys']
    : missing.map((key) => `key ${key} can be missing`)
}

function enumViolations(schema: StructuralSchema): readonly string[] {
  if (schema.enum === undefined) return []
  const found: string[] = []
  if (schema.nullable === true && !schema.enum.includes(null))
    found.push('nullable enum without null')
  if (schema.default !== undefined && !schema.enum.includes(schema.default)) {
    found.push('default is none of the enum')
  }
  return found
}

function requiredViolations(schema: StructuralSchema): readonly string[] {
  return (schema.required ?? [])
    .filter((name) => schema.properties?.[name] === undefined)
    .map((name) => `required ${name} is no property`)
}

function ruleViolations(schema: StructuralSchema): readonly string[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule) =>
    /[\r\n]/.test(rule.message) || rule.message === '' ? ['message of a rule is no line'] : [],
  )
}
