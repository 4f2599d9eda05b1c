/** Reading a CustomResourceDefinition: defaults, validation, and schemas compiled per version. */
import type { KubeObject } from '@sortie/machinery'
import { checkSchemaRules, ruleChecker } from '../cel/index.ts'
import {
  checkStructural,
  compileSchema,
  type FieldError,
  type Fields,
  isFields,
  type JsonSchema,
  jsonEquals,
} from '../schema/index.ts'
import type {
  CrdDefinition,
  CrdNames,
  CrdVersion,
  ParsedCrd,
  PrinterColumn,
  SelectableField,
} from './definition.ts'
import { compileJsonPath } from './jsonpath.ts'
import { checkSpec } from './validate.ts'

/**
 * Defaults and validates a CRD and compiles its versions. What only the whole server can know
 * (names that clash,
 * conditions, storedVersions) is the caller's.
 */
export function parseCrd(object: KubeObject): ParsedCrd {
  const defaulted = withDefaults(object)
  const spec = specOf(defaulted)
  const errors = checkSpec(defaulted.metadata.name ?? '', spec)
  if (errors.length > 0) return { object: defaulted, errors }
  const schemaErrors = checkSchemas(spec)
  if (schemaErrors.length > 0) return { object: defaulted, errors: schemaErrors }
  return { object: defaulted, errors, definition: definitionOf(spec) }
}

const specOf = (object: KubeObject): Fields => {
  const { spec } = object as unknown as { readonly spec?: unknown }
  return isFields(spec) ? spec : {}
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** singular, listKind and conversion get their defaults; the rest is as it was written. */
function withDefaults(object: KubeObject): KubeObject {
  const spec = specOf(object)
  const names = fieldsOf(spec['names'])
  const kind = textOf(names['kind'])
  const filled = {
    ...names,
    singular: textOf(names['singular']) || kind.toLowerCase(),
    listKind: textOf(names['listKind']) || (kind === '' ? '' : `${kind}List`),
  }
  const conversion = spec['conversion'] ?? { strategy: 'None' }
  return { ...object, spec: { ...spec, names: filled, conversion } } as KubeObject
}

function schemaOf(version: Fields): JsonSchema | undefined {
  const schema = fieldsOf(version['schema'])['openAPIV3Schema']
  return isFields(schema) ? (schema as JsonSchema) : undefined
}

/**
 * The server reports on the one schema of all versions at the top, and on different ones in their
 * places.
 */
function checkSchemas(spec: Fields): FieldError[] {
  const versions = listOf(spec['versions']).map(fieldsOf)
  const [first, ...others] = versions.map(schemaOf)
  if (first !== undefined && others.every((schema) => jsonEquals(schema, first))) {
    return schemaErrors(first, 'spec.validation.openAPIV3Schema')
  }
  return versions.flatMap((version, index) => {
    const schema = schemaOf(version)
    const path = `spec.versions[${index}].schema.openAPIV3Schema`
    return schema === undefined ? [] : schemaErrors(schema, path)
  })
}

function schemaErrors(schema: JsonSchema, path: string): FieldError[] {
  const structural = checkStructural(schema, path)
  return structural.length > 0 ? structural : checkSchemaRules(schema, path)
}

function definitionOf(spec: Fields): CrdDefinition {
  const names = namesOf(fieldsOf(spec['names']))
  const group = textOf(spec['group'])
  const versions = listOf(spec['versions']).map((version) =>
    versionOf(fieldsOf(version), { group, kind: names.kind }),
  )
  return {
    name: `${names.plural}.${group}`,
    group,
    namespaced: spec['scope'] === 'Namespaced',
    names,
    versions,
    storageVersion: versions.find((version) => version.storage)?.name ?? '',
  }
}

function namesOf(names: Fields): CrdNames {
  return {
    plural: textOf(names['plural']),
    singular: textOf(names['singular']),
    kind: textOf(names['kind']),
    listKind: textOf(names['listKind']),
    shortNames: listOf(names['shortNames']).map(textOf),
    categories: listOf(names['categories']).map(textOf),
  }
}

function versionOf(version: Fields, at: { group: string; kind: string }): CrdVersion {
  const name = textOf(version['name'])
  const schema = schemaOf(version) ?? { type: 'object' }
  const subresources = fieldsOf(version['subresources'])
  const scale = subresources['scale']
  const deprecated = version['deprecated'] === true
  const warning =
    textOf(version['deprecationWarning']) || `${at.group}/${name} ${at.kind} is deprecated`
  return {
    name,
    served: version['served'] === true,
    storage: version['storage'] === true,
    deprecated,
    ...(deprecated ? { deprecationWarning: warning } : {}),
    schema,
    compiled: compileSchema(schema, { rules: ruleChecker }),
    status: isFields(subresources['status']),
    ...(isFields(scale) ? { scale: scale as unknown as NonNullable<CrdVersion['scale']> } : {}),
    columns: columnsOf(listOf(version['additionalPrinterColumns'])),
    selectableFields: listOf(version['selectableFields']).map(selectableOf),
  }
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
  read: compileJsonPath('.metadata.creationTimestamp'),
}

function columnsOf(written: readonly unknown[]): PrinterColumn[] {
  if (written.length === 0) return [AGE]
  return written.map((value) => {
    const column = value as Omit<PrinterColumn, 'read' | 'priority'> & {
      readonly priority?: number
    }
    return { ...column, priority: column.priority ?? 0, read: compileJsonPath(column.jsonPath) }
  })
}

function selectableOf(value: unknown): SelectableField {
  const jsonPath = textOf(fieldsOf(value)['jsonPath'])
  return { field: jsonPath.replace(/^\./, ''), jsonPath, read: compileJsonPath(jsonPath) }
}
