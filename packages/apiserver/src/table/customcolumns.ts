/** Columns of custom resources: a CRD's additionalPrinterColumns. */
import { type Instant, type JsonValue, parseTime } from '@sortie/machinery'
import { ageColumn, column, nameColumn } from './columns.ts'
import { humanDuration } from './humanduration.ts'
import type { TableColumn } from './table.ts'

/** apiextensions/v1 CustomResourceColumnDefinition, with its JSONPath compiled. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly description?: string
  readonly priority?: number
  /** What the JSONPath finds in an object; only the first value is shown. */
  readonly find: (object: unknown) => readonly unknown[]
}

/** The columns of a custom resource; with no definitions of its own it shows name and age. */
export function customColumns(definitions: readonly PrinterColumn[] = []): readonly TableColumn[] {
  if (definitions.length === 0) return [nameColumn, { ...ageColumn, type: 'date' }]
  return [nameColumn, ...definitions.map(customColumn)]
}

function customColumn(definition: PrinterColumn): TableColumn {
  const { name, type, format = '', description = '', priority = 0, find } = definition
  const cell: TableColumn['cell'] = (object, now) => cellValue(type, find(object)[0], now)
  return column(name, cell, {
    type,
    format,
    description: description || defaultDescription(name),
    priority,
  })
}

function defaultDescription(name: string): string {
  return `Custom resource definition column (${name})`
}

/** Null where there is nothing to show, or something of another type than the column's. */
function cellValue(type: PrinterColumn['type'], value: unknown, now: Instant): JsonValue {
  if (value === undefined || value === null) return null
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      return typeof value === 'string' ? dateText(value, now) : null
    default:
      return typeof value === 'string' ? value : JSON.stringify(value)
  }
}

function dateText(value: string, now: Instant): string {
  const instant = parseTime(value)
  return instant === undefined ? '<invalid>' : humanDuration(now - instant)
}
