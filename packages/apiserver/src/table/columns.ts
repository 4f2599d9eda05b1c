/** Building blocks of columns. */
import {
  getPath,
  type Instant,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  parseTime,
} from '@sortie/machinery'
import { humanDuration } from './humanduration.ts'
import type { TableColumn } from './table.ts'

type Cell = TableColumn['cell']

export interface ColumnOptions {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly priority?: number
}

export function column(name: string, cell: Cell, options: ColumnOptions = {}): TableColumn {
  const { type = 'string', format = '', description = '', priority = 0 } = options
  return { name, type, format, description, priority, cell }
}

/** A column that only `-o wide` shows. */
export function wideColumn(name: string, cell: Cell, options: ColumnOptions = {}): TableColumn {
  return column(name, cell, { ...options, priority: 1 })
}

export const nameColumn: TableColumn = column('Name', (object) => object.metadata.name ?? '', {
  format: 'name',
  description:
    'Name must be unique within a namespace. It is set when the object is created and does not change.',
})

export const ageColumn: TableColumn = column(
  'Age',
  (object, now) => since(object.metadata.creationTimestamp, now),
  { description: 'How long ago the object was created.' },
)

export const createdColumn: TableColumn = column(
  'Created At',
  (object) => object.metadata.creationTimestamp ?? '',
  { type: 'date', description: 'When the object was created.' },
)

/** How long ago a time was, as kubectl shows it. */
export function since(time: unknown, now: Instant): string {
  const instant = typeof time === 'string' ? parseTime(time) : undefined
  return instant === undefined ? '<unknown>' : humanDuration(now - instant)
}

export const NONE = '<none>'

/** The value at `a.b.c`. */
export function at(object: unknown, path: string): JsonValue | undefined {
  return getPath(object, path.split('.')) as JsonValue | undefined
}

/** The text at a path; empty where there is none. */
export function textAt(object: unknown, path: string): string {
  const value = at(object, path)
  return typeof value === 'string' ? value : ''
}

/** The text at a path, or `<none>`. */
export function textOrNone(object: unknown, path: string): string {
  return textAt(object, path) || NONE
}

/** The objects of the list at a path. */
export function listAt(object: unknown, path: string): readonly JsonObject[] {
  const value = at(object, path)
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** How many entries the object or list at a path has. */
export function countAt(object: unknown, path: string): number {
  const value = at(object, path)
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}

/** A cell with the text at a path. */
export function cellOf(path: string): Cell {
  const steps = path.split('.')
  return (object: KubeObject) => {
    const value = getPath(object, steps)
    return typeof value === 'string' ? value : ''
  }
}
