/** The parameters that a binding hands to its policy. */
import { isJsonObject, labelSelectorOf, matchesLabels } from '@sortie/machinery'
import type { Catalog } from '../registry/catalog.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import { type Fields, textOf } from '../resources/pods/fields.ts'
import type { Store } from '../store/index.ts'
import type { ParamKind } from './policy.ts'

/** The resource of a kind of parameters; undefined where none is served. */
export function paramResource(
  catalog: Catalog,
  { apiVersion, kind }: ParamKind,
): ResourceDefinition | undefined {
  const [group = '', version = ''] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['', apiVersion]
  const found = catalog.findKind(group, kind)
  return found?.versions.some((one) => one.version === version) === true ? found : undefined
}

export interface ParamQuestion {
  readonly store: Store
  readonly resource: ResourceDefinition
  readonly reference: unknown
  /** Of the write. */
  readonly namespace: string
}

/** Why a binding cannot be put into force. */
export class BindingError extends Error {}

/** One null where the binding names none; nothing where the policy is then not to apply. @throws BindingError */
export function paramsOf({
  store,
  resource,
  reference,
  namespace,
}: ParamQuestion): readonly unknown[] {
  if (!isJsonObject(reference)) return [null]
  const place = placeFor(resource, textOf(reference, 'namespace'), namespace)
  const found = select(store, resource, { reference, namespace: place })
  if (found.length > 0 || reference['parameterNotFoundAction'] !== 'Deny') return found
  throw new BindingError('no params found for policy binding with `Deny` parameterNotFoundAction')
}

function placeFor({ namespaced }: ResourceDefinition, given: string, own: string): string {
  if (!namespaced) {
    if (given === '') return ''
    throw new BindingError(
      'paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    )
  }
  if (given !== '') return given
  if (own !== '') return own
  throw new BindingError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  )
}

function select(
  store: Store,
  { storage }: ResourceDefinition,
  { reference, namespace }: { readonly reference: Fields; readonly namespace: string },
): readonly unknown[] {
  const name = textOf(reference, 'name')
  if (name !== '') {
    const object = store.get(storage, { namespace, name })
    return object === undefined ? [] : [object]
  }
  const selector = labelSelectorOf(objectSelector(reference))
  return store
    .list(storage, namespace)
    .filter(({ metadata }) => matchesLabels(selector, metadata.labels))
}

function objectSelector(reference: Fields): Fields {
  const { selector } = reference
  return isJsonObject(selector) ? selector : {}
}
