/** The reference page of the kinds, in Markdown. */
import type { KindDefinition } from '../crd.ts'
import { rootSchema } from '../crd.ts'
import type { StructuralSchema } from './structural.ts'

/** The page for all kinds: one table per object of each kind's schema. */
export function referencePage(kinds: readonly KindDefinition[]): string {
  const sections = kinds.map((kind) => kindSection(kind))
  const list = kinds.map(({ resource, shortName }) => {
    const anchor = resource.kind.toLowerCase()
    return `| [${resource.kind}](#${anchor}) | \`${resource.plural}\` | \`${shortName}\` |`
  })
  return [
    '# API reference',
    '',
    'Group `airforce.airforce.mil`, version `v1alpha1`. All kinds live in a namespace and have a `status` subresource.',
    'This page is generated from the schema (`npm run generate`); `kubectl explain` shows the same texts.',
    '',
    '| Kind | Plural | Short name |',
    '| --- | --- | --- |',
    ...list,
    '',
    ...sections,
  ].join('\n')
}

function kindSection(kind: KindDefinition): string {
  const { properties = {} } = rootSchema(kind.resource.kind)
  const parts = ['spec', 'status'].flatMap((name) => {
    const schema = properties[name]
    return schema === undefined ? [] : tables(schema, `${kind.resource.kind}.${name}`)
  })
  return [`## ${kind.resource.kind}`, '', kind.doc, '', columnLine(kind), '', ...parts].join('\n')
}

function columnLine(kind: KindDefinition): string {
  const names = kind.columns.map((column) =>
    (column.priority ?? 0) > 0 ? `${column.name} (wide)` : column.name,
  )
  return `\`kubectl get ${kind.shortName}\` shows: ${names.join(', ')}.`
}

/** One table per object, the outer ones first, so that a reader goes down step by step. */
function tables(schema: StructuralSchema, path: string): readonly string[] {
  const fields = Object.entries(schema.properties ?? {})
  const required = new Set(schema.required)
  const rows = fields.map(([name, field]) => row(name, field, required.has(name)))
  const own =
    fields.length === 0
      ? []
      : [
          `### \`${path}\``,
          '',
          ...rules(schema),
          '| Field | Type | What it is |',
          '| --- | --- | --- |',
          ...rows,
          '',
        ]
  return [...own, ...fields.flatMap(([name, field]) => inner(field, `${path}.${name}`))]
}

function inner(field: StructuralSchema, path: string): readonly string[] {
  if (field.items !== undefined) return inner(field.items, `${path}[]`)
  if (field.additionalProperties !== undefined)
    return inner(field.additionalProperties, `${path}{}`)
  return field.properties === undefined ? [] : tables(field, path)
}

function rules(schema: StructuralSchema): readonly string[] {
  const messages = (schema['x-kubernetes-validations'] ?? []).map((rule) => `- ${rule.message}`)
  return messages.length === 0 ? [] : ['Rules:', '', ...messages, '']
}

function row(name: string, field: StructuralSchema, required: boolean): string {
  const facts = [field.description ?? '', ...limits(field)].filter((fact) => fact !== '')
  const mark = required ? ' **required**' : ''
  return `| \`${name}\`${mark} | ${typeName(field)} | ${escapeCell(facts.join(' '))} |`
}

/** Inside of backticks Markdown takes `<` as it is, and an escaped one would be shown as `&lt;`. */
function escapeCell(text: string): string {
  const parts = text.replaceAll('|', '\\|').split('`')
  return parts
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;')))
    .join('`')
}

function typeName(field: StructuralSchema): string {
  if (field['x-kubernetes-int-or-string'] === true) return 'integer or string'
  if (field.items !== undefined) return listName(field, field.items)
  if (field.additionalProperties !== undefined)
    return `map of ${typeName(field.additionalProperties)}`
  if (field.enum !== undefined) return 'enum'
  if (field.format === 'date-time') return 'time'
  return field.type ?? 'any'
}

function listName(field: StructuralSchema, items: StructuralSchema): string {
  const keys = field['x-kubernetes-list-map-keys']
  const key = keys === undefined ? '' : ` by ${keys.join(', ')}`
  const kind = field['x-kubernetes-list-type'] === 'set' ? 'set' : 'list'
  return `${kind} of ${typeName(items)}${key}`
}

function limits(field: StructuralSchema): readonly string[] {
  const found: string[] = []
  if (field.enum !== undefined)
    found.push(`One of ${field.enum.map((value) => `\`${value}\``).join(', ')}.`)
  if (field.default !== undefined && !isEmptyObject(field.default)) {
    found.push(`Default \`${JSON.stringify(field.default)}\`.`)
  }
  if (field.minimum !== undefined && field.maximum !== undefined && field.maximum < 2 ** 31 - 1) {
    found.push(`From ${field.minimum} to ${field.maximum}.`)
  }
  if (field.maxItems !== undefined) found.push(`At most ${field.maxItems} items.`)
  if (field.maxProperties !== undefined) found.push(`At most ${field.maxProperties} entries.`)
  const messages = (field['x-kubernetes-validations'] ?? []).map((rule) => rule.message)
  return field.properties === undefined
    ? [...found, ...messages.map((text) => `Rule: ${text}.`)]
    : found
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
