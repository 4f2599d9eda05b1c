/** Which writes a policy and its bindings are about. */
import { isJsonObject, labelSelectorOf, matchesLabels } from '@sortie/machinery'
import { textsOf } from '../rbac/model.ts'
import { type Fields, listOf, textOf } from '../resources/pods/fields.ts'
import type { ApiObject, Store } from '../store/index.ts'
import type { AdmittedWrite } from './write.ts'

const ALL = '*'

/** @param constraints MatchResources: matchConstraints of a policy, matchResources of a binding */
export function matchesWrite(constraints: Fields, write: AdmittedWrite, store: Store): boolean {
  const rules = listOf(constraints, 'resourceRules')
  if (rules.length > 0 && !rules.some((rule) => matchesRule(rule, constraints, write))) return false
  const excluded = listOf(constraints, 'excludeResourceRules')
  if (excluded.some((rule) => matchesRule(rule, constraints, write))) return false
  return (
    matchesNamespace(constraints['namespaceSelector'], write, store) &&
    matchesObjects(constraints['objectSelector'], write)
  )
}

function matchesRule(rule: Fields, constraints: Fields, write: AdmittedWrite): boolean {
  const names = textsOf(rule, 'resourceNames')
  return (
    has(textsOf(rule, 'operations'), write.operation) &&
    has(textsOf(rule, 'apiGroups'), write.definition.group) &&
    matchesVersion(textsOf(rule, 'apiVersions'), constraints, write) &&
    textsOf(rule, 'resources').some((resource) => matchesResource(resource, write)) &&
    matchesScope(textOf(rule, 'scope'), write) &&
    (names.length === 0 || names.includes(write.name))
  )
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes(ALL) || list.includes(wanted)
}

/** By default another version of the same resource is as good. */
function matchesVersion(
  versions: readonly string[],
  constraints: Fields,
  { definition, version }: AdmittedWrite,
): boolean {
  if (has(versions, version)) return true
  if (constraints['matchPolicy'] === 'Exact') return false
  return definition.versions.some((one) => versions.includes(one.version))
}

function matchesResource(pattern: string, { definition, subresource }: AdmittedWrite): boolean {
  const [resource = '', sub = ''] = pattern.split('/')
  return (
    (resource === ALL || resource === definition.plural) && (sub === ALL || sub === subresource)
  )
}

function matchesScope(scope: string, { definition }: AdmittedWrite): boolean {
  if (scope === '' || scope === ALL) return true
  return (scope === 'Namespaced') === definition.namespaced
}

/** What stands in no namespace matches whatever the selector; a namespace goes by its own labels. */
function matchesNamespace(selector: unknown, write: AdmittedWrite, store: Store): boolean {
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return true
  const { definition, namespace, object, old } = write
  if (definition.group === '' && definition.plural === 'namespaces') {
    return selects(selector, object ?? old)
  }
  if (namespace === '') return true
  return selects(selector, store.get('namespaces', { namespace: '', name: namespace }))
}

function matchesObjects(selector: unknown, { object, old }: AdmittedWrite): boolean {
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return true
  return [object, old].some((one) => one !== undefined && selects(selector, one))
}

function selects(selector: Fields, object: ApiObject | undefined): boolean {
  return matchesLabels(labelSelectorOf(selector), object?.metadata.labels)
}
