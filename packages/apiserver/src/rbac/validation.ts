/** What roles and bindings must look like, in the API server's words. */
import { dnsSubdomainErrors } from '@sortie/machinery'
import { type Fields, listOf, objectOf, textOf } from '../resources/pods/fields.ts'
import { type FieldError, invalid, notSupported, required } from '../schema/fielderror.ts'
import { labelSelectorErrors } from '../schema/labelselector.ts'
import { isFields } from '../schema/types.ts'
import type { ApiObject } from '../store/index.ts'
import { RBAC_GROUP, textsOf } from './model.ts'

/** @param namespaced true for a Role, whose rules cannot name paths */
export function roleErrors(role: ApiObject, namespaced: boolean): readonly FieldError[] {
  const errors = listOf(role, 'rules').flatMap((rule, index) =>
    ruleErrors(rule, `rules[${index}]`, namespaced),
  )
  const { aggregationRule } = role
  if (!isFields(aggregationRule)) return errors
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = listOf(aggregationRule, 'clusterRoleSelectors')
  const problems = selectors.flatMap((one, index) => labelSelectorErrors(one, `${path}[${index}]`))
  if (selectors.length > 0) return [...errors, ...problems]
  const why = 'at least one clusterRoleSelector required if aggregationRule is non-nil'
  return [...errors, required(path, why)]
}

function ruleErrors(rule: Fields, path: string, namespaced: boolean): readonly FieldError[] {
  const errors: FieldError[] = []
  if (textsOf(rule, 'verbs').length === 0) {
    errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'))
  }
  const urls = textsOf(rule, 'nonResourceURLs')
  if (urls.length > 0) return [...errors, ...pathRuleErrors(rule, { path, urls, namespaced })]
  if (textsOf(rule, 'apiGroups').length === 0) {
    const why = 'resource rules must supply at least one api group'
    errors.push(required(`${path}.apiGroups`, why))
  }
  if (textsOf(rule, 'resources').length === 0) {
    const why = 'resource rules must supply at least one resource'
    errors.push(required(`${path}.resources`, why))
  }
  return errors
}

interface PathRule {
  readonly path: string
  readonly urls: readonly string[]
  readonly namespaced: boolean
}

function pathRuleErrors(rule: Fields, { path, urls, namespaced }: PathRule): FieldError[] {
  const field = `${path}.nonResourceURLs`
  const errors: FieldError[] = []
  if (namespaced) {
    errors.push(invalid(field, urls, 'namespaced rules cannot apply to non-resource URLs'))
  }
  const others = ['apiGroups', 'resources', 'resourceNames'] as const
  if (others.some((key) => textsOf(rule, key).length > 0)) {
    const why = 'rules cannot apply to both regular resources and non-resource URLs'
    errors.push(invalid(field, urls, why))
  }
  return errors
}

/** The groups that a binding may leave out. */
export function defaultBinding(binding: ApiObject): ApiObject {
  const roleRef = objectOf(binding, 'roleRef')
  const subjects = listOf(binding, 'subjects')
  const next = subjects.map(defaultSubject)
  const changed = next.some((subject, index) => subject !== subjects[index])
  const refIsWhole = textOf(roleRef, 'apiGroup') !== ''
  if (refIsWhole && !changed) return binding
  return {
    ...binding,
    roleRef: refIsWhole ? roleRef : { ...roleRef, apiGroup: RBAC_GROUP },
    ...(changed ? { subjects: next } : {}),
  }
}

function defaultSubject(subject: Fields): Fields {
  const kind = textOf(subject, 'kind')
  if (textOf(subject, 'apiGroup') !== '' || (kind !== 'User' && kind !== 'Group')) return subject
  return { ...subject, apiGroup: RBAC_GROUP }
}

/** @param namespaced true for a RoleBinding */
export function bindingErrors(binding: ApiObject, namespaced: boolean): readonly FieldError[] {
  const roleRef = objectOf(binding, 'roleRef')
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  const errors: FieldError[] = []
  if (roleRef['apiGroup'] !== RBAC_GROUP) {
    errors.push(notSupported('roleRef.apiGroup', roleRef['apiGroup'], [RBAC_GROUP]))
  }
  if (!kinds.includes(textOf(roleRef, 'kind'))) {
    errors.push(notSupported('roleRef.kind', textOf(roleRef, 'kind'), kinds))
  }
  errors.push(...roleNameErrors(textOf(roleRef, 'name')))
  for (const [index, subject] of listOf(binding, 'subjects').entries()) {
    errors.push(...subjectErrors(subject, `subjects[${index}]`, namespaced))
  }
  return errors
}

function roleNameErrors(name: string): readonly FieldError[] {
  if (name === '') return [required('roleRef.name')]
  if (name === '.' || name === '..') return [invalid('roleRef.name', name, `may not be '${name}'`)]
  return ['/', '%']
    .filter((bad) => name.includes(bad))
    .map((bad) => invalid('roleRef.name', name, `may not contain '${bad}'`))
}

const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group']

function subjectErrors(subject: Fields, path: string, namespaced: boolean): readonly FieldError[] {
  const name = textOf(subject, 'name')
  const kind = textOf(subject, 'kind')
  const apiGroup = textOf(subject, 'apiGroup')
  const errors = name === '' ? [required(`${path}.name`)] : []
  if (!SUBJECT_KINDS.includes(kind)) {
    return [...errors, notSupported(`${path}.kind`, kind, SUBJECT_KINDS)]
  }
  if (kind !== 'ServiceAccount') {
    return apiGroup === RBAC_GROUP
      ? errors
      : [...errors, notSupported(`${path}.apiGroup`, apiGroup, [RBAC_GROUP])]
  }
  if (name !== '') {
    errors.push(...dnsSubdomainErrors(name).map((why) => invalid(`${path}.name`, name, why)))
  }
  if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']))
  if (!namespaced && textOf(subject, 'namespace') === '') {
    errors.push(required(`${path}.namespace`))
  }
  return errors
}
