/** The values that a policy's expressions see. */
import { type AskAccess, AuthorizerValue, CheckValue } from '../cel/index.ts'
import { serviceAccountGroups, serviceAccountUser } from '../rbac/serviceaccounts.ts'
import type { UserInfo } from '../registry/definition.ts'
import type { Authorizer } from '../server/authorization.ts'
import type { ApiObject, Store, StoredObject } from '../store/index.ts'
import type { SharedValues } from './evaluation.ts'
import type { AdmittedWrite } from './write.ts'

export interface ValueParts {
  readonly store: Store
  readonly authorizer: Authorizer
}

/** In the order of the environment's variables. */
export function sharedValues(
  { store, authorizer }: ValueParts,
  write: AdmittedWrite,
): SharedValues {
  const ask = askerFor(authorizer, write.user)
  const asAccount = (namespace: string, name: string): AskAccess =>
    askerFor(authorizer, {
      name: serviceAccountUser({ namespace, name }),
      groups: serviceAccountGroups(namespace),
    })
  const { definition, subresource, namespace, name } = write
  return [
    shown(write, write.object),
    shown(write, write.old),
    requestOf(write),
    namespaceOf(store, write),
    new AuthorizerValue(ask, asAccount),
    new CheckValue('resourceCheck', ask, {
      group: definition.group,
      resource: definition.plural,
      subresource,
      namespace,
      name,
    }),
  ]
}

function askerFor(authorizer: Authorizer, user: UserInfo): AskAccess {
  return ({ path, ...asked }) =>
    authorizer.authorize({
      user,
      ...asked,
      version: '*',
      ...(path === undefined ? {} : { path }),
    })
}

/** The object in the version that the client speaks. */
function shown({ definition, version }: AdmittedWrite, object: ApiObject | undefined): unknown {
  if (object === undefined) return null
  const served = definition.versions.find((one) => one.version === version)
  return served?.fromStorage?.(object as StoredObject) ?? object
}

function requestOf(write: AdmittedWrite): object {
  const { definition, version, subresource, operation, namespace, name, dryRun } = write
  const { group, plural } = definition
  const kind = write.kind ?? { group, version, kind: definition.kind }
  const resource = { group, version, resource: plural }
  return {
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    ...(subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: userOf(write.user),
    dryRun,
    options: null,
  }
}

function userOf({ name, uid, groups, extra }: UserInfo): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  }
}

/** Null for what stands in no namespace; a namespace stands in itself. */
function namespaceOf(store: Store, { definition, namespace, object }: AdmittedWrite): unknown {
  if (namespace === '') return null
  const isNamespace = definition.group === '' && definition.plural === 'namespaces'
  const found = store.get('namespaces', { namespace: '', name: namespace })
  const subject = isNamespace ? (object ?? found) : found
  if (subject === undefined) return null
  const { uid, ...metadata } = subject.metadata
  return { ...subject, metadata: { ...metadata, UID: uid } }
}
