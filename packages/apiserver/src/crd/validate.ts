/**
 * The rules of a CustomResourceDefinition's spec outside of its schemas, in the API server's words.
 */
import {
  type FieldError,
  type Fields,
  forbidden,
  invalid,
  isFields,
  type JsonSchema,
  labelProblem,
  notSupported,
  required,
} from '../schema/index.ts'
import { compileJsonPath } from './jsonpath.ts'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

function subdomainProblem(text: string): string | undefined {
  if (text.length > 253) return 'must be no more than 253 characters'
  const pattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
  return pattern.test(text) ? undefined : SUBDOMAIN
}

/** Errors of the spec of a CRD with this name; schemas are checked apart. */
export function checkSpec(name: string, spec: Fields): FieldError[] {
  const errors: FieldError[] = []
  checkNameMatches(name, spec, errors)
  checkGroup(textOf(spec['group']), errors)
  checkScope(spec['scope'], errors)
  checkNames(fieldsOf(spec['names']), errors)
  checkVersions(listOf(spec['versions']).map(fieldsOf), errors)
  checkConversion(fieldsOf(spec['conversion']), errors)
  if (spec['preserveUnknownFields'] === true) {
    const detail =
      'must be false in order to use defaults in the schema, or with apiextensions.k8s.io/v1: set x-kubernetes-preserve-unknown-fields: true in the schema instead'
    errors.push(invalid('spec.preserveUnknownFields', true, detail))
  }
  return errors
}

function checkNameMatches(name: string, spec: Fields, errors: FieldError[]): void {
  const wanted = `${textOf(fieldsOf(spec['names'])['plural'])}.${textOf(spec['group'])}`
  if (name !== wanted) {
    errors.push(invalid('metadata.name', name, `must be spec.names.plural+"."+spec.group`))
  }
}

function checkGroup(group: string, errors: FieldError[]): void {
  if (group === '') {
    errors.push(required('spec.group'))
    return
  }
  const problem = subdomainProblem(group)
  if (problem !== undefined) errors.push(invalid('spec.group', group, problem))
  else if (!group.includes('.')) {
    errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'))
  }
}

function checkScope(scope: unknown, errors: FieldError[]): void {
  if (scope === undefined || scope === '') errors.push(required('spec.scope'))
  else if (scope !== 'Cluster' && scope !== 'Namespaced') {
    errors.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']))
  }
}

function checkNames(names: Fields, errors: FieldError[]): void {
  for (const field of ['plural', 'singular', 'kind', 'listKind']) {
    const value = textOf(names[field])
    const path = `spec.names.${field}`
    if (value === '') {
      errors.push(required(path))
      continue
    }
    const mixed = field === 'kind' || field === 'listKind'
    const problem = labelProblem(mixed ? value.toLowerCase() : value)
    if (problem === undefined) continue
    const lead = mixed ? 'may have mixed case, but should otherwise match: ' : ''
    errors.push(invalid(path, value, `${lead}${problem}`))
  }
  for (const field of ['shortNames', 'categories']) {
    for (const [index, value] of listOf(names[field]).entries()) {
      const problem = labelProblem(textOf(value))
      if (problem !== undefined)
        errors.push(invalid(`spec.names.${field}[${index}]`, value, problem))
    }
  }
  if (names['kind'] === names['listKind'] && textOf(names['kind']) !== '') {
    errors.push(
      invalid('spec.names.listKind', names['listKind'], 'kind and listKind may not be the same'),
    )
  }
}

function checkVersions(versions: readonly Fields[], errors: FieldError[]): void {
  const names = versions.map((version) => textOf(version['name']))
  for (const [index, version] of versions.entries()) {
    checkVersion(version, `spec.versions[${index}]`, errors)
  }
  if (new Set(names).size < names.length) {
    errors.push(invalid('spec.versions', versions, 'must contain unique version names'))
  }
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    const detail = 'must have exactly one version marked as storage version'
    errors.push(invalid('spec.versions', versions, detail))
  }
}

function checkVersion(version: Fields, path: string, errors: FieldError[]): void {
  const name = textOf(version['name'])
  const problem = labelProblem(name)
  if (problem !== undefined) errors.push(invalid(`${path}.name`, name, problem))
  const schema = fieldsOf(version['schema'])['openAPIV3Schema']
  if (!isFields(schema)) {
    errors.push(required(`${path}.schema.openAPIV3Schema`, 'schemas are required'))
  }
  if (textOf(version['deprecationWarning']) !== '' && version['deprecated'] !== true) {
    const detail = 'can only be set for deprecated versions'
    errors.push(invalid(`${path}.deprecationWarning`, version['deprecationWarning'], detail))
  }
  for (const [index, column] of listOf(version['additionalPrinterColumns']).entries()) {
    checkColumn(fieldsOf(column), `${path}.additionalPrinterColumns[${index}]`, errors)
  }
  checkScale(fieldsOf(version['subresources'])['scale'], `${path}.subresources.scale`, errors)
  checkSelectable(version, path, errors)
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string']
const COLUMN_FORMATS = [
  'binary',
  'byte',
  'date',
  'date-time',
  'double',
  'float',
  'int32',
  'int64',
  'password',
]

function checkColumn(column: Fields, path: string, errors: FieldError[]): void {
  if (textOf(column['name']) === '') errors.push(required(`${path}.name`))
  const type = textOf(column['type'])
  if (type === '') errors.push(required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(',')}`))
  else if (!COLUMN_TYPES.includes(type)) {
    errors.push(invalid(`${path}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`))
  }
  const format = textOf(column['format'])
  if (format !== '' && !COLUMN_FORMATS.includes(format)) {
    errors.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`))
  }
  checkPath(textOf(column['jsonPath']), `${path}.jsonPath`, errors)
}

function checkPath(text: string, path: string, errors: FieldError[]): boolean {
  if (text === '') {
    errors.push(required(path))
    return false
  }
  if (!text.startsWith('.')) {
    errors.push(invalid(path, text, 'must be a simple json path starting with .'))
    return false
  }
  try {
    compileJsonPath(text)
    return true
  } catch (error) {
    errors.push(invalid(path, text, (error as Error).message))
    return false
  }
}

const SCALE_PATHS = [
  ['specReplicasPath', '.spec.', 'should be a json path under .spec'],
  ['statusReplicasPath', '.status.', 'should be a json path under .status'],
] as const

function checkScale(scale: unknown, path: string, errors: FieldError[]): void {
  if (!isFields(scale)) return
  for (const [field, under, detail] of SCALE_PATHS) {
    const value = textOf(scale[field])
    if (checkPath(value, `${path}.${field}`, errors) && !value.startsWith(under)) {
      errors.push(invalid(`${path}.${field}`, value, detail))
    }
  }
  const selector = textOf(scale['labelSelectorPath'])
  if (selector !== '' && !/^\.(spec|status)\./.test(selector)) {
    const detail = 'should be a json path under either .spec or .status'
    errors.push(invalid(`${path}.labelSelectorPath`, selector, detail))
  }
}

const MOST_SELECTABLE = 8

function checkSelectable(version: Fields, path: string, errors: FieldError[]): void {
  const fields = listOf(version['selectableFields']).map(fieldsOf)
  const schema = fieldsOf(version['schema'])['openAPIV3Schema'] as JsonSchema | undefined
  if (fields.length > MOST_SELECTABLE) {
    const detail = `must have at most ${MOST_SELECTABLE} items`
    errors.push({
      type: 'FieldValueTooMany',
      field: `${path}.selectableFields`,
      detail,
      badValue: fields.length,
    })
  }
  const seen = new Set<string>()
  for (const [index, field] of fields.entries()) {
    const at = `${path}.selectableFields[${index}].jsonPath`
    const text = textOf(field['jsonPath'])
    if (!checkPath(text, at, errors)) continue
    if (seen.has(text))
      errors.push({ type: 'FieldValueDuplicate', field: at, detail: '', badValue: text })
    seen.add(text)
    const problem = selectableProblem(text, schema)
    if (problem !== undefined) errors.push(invalid(at, text, problem))
  }
}

function selectableProblem(text: string, schema: JsonSchema | undefined): string | undefined {
  if (/[[\]]/.test(text)) return 'is an invalid path: array notation is not allowed'
  const steps = text.slice(1).split('.')
  if (steps[0] === 'metadata') return 'must not point to fields in metadata'
  let at = schema
  for (const step of steps) at = at?.properties?.[step]
  if (at === undefined) return 'is an invalid path: does not refer to a valid field'
  if (at.type === 'string' || at.type === 'boolean' || at.type === 'integer') return undefined
  return 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
}

function checkConversion(conversion: Fields, errors: FieldError[]): void {
  const strategy = conversion['strategy']
  if (strategy === 'None') {
    if (conversion['webhook'] !== undefined) {
      const detail = 'should not be set when strategy is not set to Webhook'
      errors.push(forbidden('spec.conversion.webhookClientConfig', detail))
    }
    return
  }
  if (strategy === 'Webhook') {
    const detail = 'conversion by webhook is not supported by the embedded API server'
    errors.push(invalid('spec.conversion.strategy', strategy, detail))
  } else errors.push(notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook']))
}
