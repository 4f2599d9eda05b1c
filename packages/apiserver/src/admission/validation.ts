/** What policies and bindings must look like, in the API server's words; expressions are checked where they are compiled. */
import { dnsSubdomainErrors, labelKeyErrors } from '@sortie/machinery'
import { textsOf } from '../rbac/model.ts'
import {
  type Fields,
  listOf,
  mapList,
  objectOf,
  textOf,
  withDefaults,
} from '../resources/pods/fields.ts'
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../schema/fielderror.ts'
import { isFields } from '../schema/types.ts'
import type { ApiObject } from '../store/index.ts'

function defaultMatch(match: Fields): Fields {
  const whole = withDefaults(match, {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
  })
  const scoped = (rule: Fields): Fields => withDefaults(rule, { scope: '*' })
  return mapList(mapList(whole, 'resourceRules', scoped), 'excludeResourceRules', scoped)
}

function withMatch(object: ApiObject, key: string, defaults: Fields): ApiObject {
  const { spec } = object
  if (!isFields(spec)) return object
  const whole = withDefaults(spec, defaults)
  const match = whole[key]
  const next = isFields(match) ? defaultMatch(match) : match
  if (whole === spec && next === match) return object
  return { ...object, spec: next === match ? whole : { ...whole, [key]: next } }
}

export const defaultPolicy = (policy: ApiObject): ApiObject =>
  withMatch(policy, 'matchConstraints', { failurePolicy: 'Fail' })

export const defaultBinding = (binding: ApiObject): ApiObject =>
  withMatch(binding, 'matchResources', {})

export function policyErrors(policy: ApiObject): readonly FieldError[] {
  const spec = objectOf(policy, 'spec')
  return [
    ...choiceErrors('spec.failurePolicy', spec['failurePolicy'], ['Fail', 'Ignore']),
    ...paramKindErrors(spec['paramKind']),
    ...constraintErrors(spec['matchConstraints']),
    ...listOf(spec, 'matchConditions').flatMap((condition, index, all) =>
      conditionErrors(condition, index, all),
    ),
    ...listOf(spec, 'variables').flatMap(variableErrors),
    ...emptyErrors(spec),
    ...listOf(spec, 'validations').flatMap(validationErrors),
  ]
}

function choiceErrors(
  field: string,
  given: unknown,
  choices: readonly string[],
): readonly FieldError[] {
  if (given === undefined || choices.includes(String(given))) return []
  return [notSupported(field, given, choices)]
}

function paramKindErrors(kind: unknown): readonly FieldError[] {
  if (!isFields(kind)) return []
  return (['apiVersion', 'kind'] as const)
    .filter((key) => textOf(kind, key) === '')
    .map((key) => required(`spec.paramKind.${key}`))
}

function constraintErrors(constraints: unknown): readonly FieldError[] {
  if (!isFields(constraints)) return [required('spec.matchConstraints')]
  const path = 'spec.matchConstraints'
  if (listOf(constraints, 'resourceRules').length === 0) return [required(`${path}.resourceRules`)]
  return matchErrors(constraints, path)
}

function matchErrors(match: Fields, path: string): readonly FieldError[] {
  return (['resourceRules', 'excludeResourceRules'] as const).flatMap((key) =>
    listOf(match, key).flatMap((rule, index) => ruleErrors(rule, `${path}.${key}[${index}]`)),
  )
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const SCOPES = ['*', 'Cluster', 'Namespaced']

function ruleErrors(rule: Fields, path: string): readonly FieldError[] {
  const operations = textsOf(rule, 'operations')
  const unknown = operations.flatMap((operation, index) =>
    choiceErrors(`${path}.operations[${index}]`, operation, OPERATIONS),
  )
  const missing = (['operations', 'apiGroups', 'apiVersions', 'resources'] as const)
    .filter((key) => textsOf(rule, key).length === 0)
    .map((key) => required(`${path}.${key}`))
  return [...unknown, ...missing, ...choiceErrors(`${path}.scope`, rule['scope'], SCOPES)]
}

function conditionErrors(
  condition: Fields,
  index: number,
  all: readonly Fields[],
): readonly FieldError[] {
  const field = `spec.matchConditions[${index}].name`
  const name = textOf(condition, 'name')
  if (name === '') return [required(field)]
  const first = all.findIndex((other) => other['name'] === name)
  if (first < index) return [duplicate(field, name)]
  return labelKeyErrors(name).map((why) => invalid(field, name, why))
}

const IDENTIFIER = /^[A-Za-z_]\w*$/

function variableErrors(variable: Fields, index: number): readonly FieldError[] {
  const name = textOf(variable, 'name')
  const field = `spec.variables[${index}].name`
  if (name === '') return [required(field, 'name is not specified')]
  return IDENTIFIER.test(name) ? [] : [invalid(field, name, 'must be a valid CEL identifier')]
}

function emptyErrors(spec: Fields): readonly FieldError[] {
  const keys = ['validations', 'auditAnnotations'] as const
  if (keys.some((key) => listOf(spec, key).length > 0)) return []
  const why = 'validations or auditAnnotations must contain at least one item'
  return keys.map((key) => required(`spec.${key}`, why))
}

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']

function validationErrors(validation: Fields, index: number): readonly FieldError[] {
  const path = `spec.validations[${index}]`
  const message = textOf(validation, 'message')
  const errors: FieldError[] = []
  if (message.trim().includes('\n')) {
    errors.push(invalid(`${path}.message`, message, 'must not contain line breaks'))
  }
  const { reason } = validation
  if (reason !== undefined && !REASONS.includes(String(reason))) {
    errors.push(notSupported(`${path}.reason`, reason, REASONS.slice(0, 3)))
  }
  return errors
}

const PARTS = [
  'spec.failurePolicy',
  'spec.paramKind',
  'spec.matchConstraints',
  'spec.matchConditions',
  'spec.variables',
  'spec.validations',
  'spec.auditAnnotations',
]

/** In the order in which the API server looks the fields over. */
export function inFieldOrder(errors: readonly FieldError[]): readonly FieldError[] {
  const rank = ({ field }: FieldError): number => PARTS.findIndex((part) => field.startsWith(part))
  return [...errors].sort((a, b) => rank(a) - rank(b))
}

export function bindingErrors(binding: ApiObject): readonly FieldError[] {
  const spec = objectOf(binding, 'spec')
  const policyName = textOf(spec, 'policyName')
  const named =
    policyName === ''
      ? [required('spec.policyName')]
      : dnsSubdomainErrors(policyName).map((why) => invalid('spec.policyName', policyName, why))
  const match = spec['matchResources']
  return [
    ...named,
    ...paramRefErrors(spec['paramRef']),
    ...(isFields(match) ? matchErrors(match, 'spec.matchResources') : []),
    ...actionErrors(textsOf(spec, 'validationActions')),
  ]
}

function paramRefErrors(reference: unknown): readonly FieldError[] {
  if (!isFields(reference)) return []
  const path = 'spec.paramRef'
  const hasName = textOf(reference, 'name') !== ''
  const hasSelector = isFields(reference['selector'])
  const errors: FieldError[] = []
  if (hasName && hasSelector) {
    const why = 'name and selector are mutually exclusive'
    errors.push(forbidden(`${path}.name`, why), forbidden(`${path}.selector`, why))
  } else if (!hasName && !hasSelector) {
    errors.push(required(path, 'one of name or selector must be specified'))
  }
  const action = reference['parameterNotFoundAction']
  const field = `${path}.parameterNotFoundAction`
  if (action === undefined) return [...errors, required(field)]
  return [...errors, ...choiceErrors(field, action, ['Deny', 'Allow'])]
}

const ACTIONS = ['Audit', 'Deny', 'Warn']

function actionErrors(actions: readonly string[]): readonly FieldError[] {
  const field = 'spec.validationActions'
  if (actions.length === 0) {
    return [required(field, 'at least one validation action is required')]
  }
  const errors = actions.flatMap((action, index): readonly FieldError[] => {
    if (!ACTIONS.includes(action)) return [notSupported(`${field}[${index}]`, action, ACTIONS)]
    if (actions.indexOf(action) < index) return [duplicate(`${field}[${index}]`, action)]
    return []
  })
  if (!actions.includes('Deny') || !actions.includes('Warn')) return errors
  const why =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
  return [...errors, invalid(field, actions, why)]
}
