/** One request for a resource, taken apart. */
import type { ApiRequest } from '@sortie/machinery'
import type { ReviewedWrite } from '../admission/write.ts'
import type { ServedResource } from '../registry/catalog.ts'
import type { UserInfo, Verb, WriteContext } from '../registry/definition.ts'
import type { Accepted } from '../request/accept.ts'
import type { ResourcePath } from '../request/path.ts'
import type { Query } from '../request/query.ts'
import type { Place } from '../store/index.ts'
import type { ServerParts } from './parts.ts'
import type { Presenter } from './present.ts'

export interface Call extends ServedResource {
  readonly parts: ServerParts
  readonly request: ApiRequest
  readonly path: ResourcePath
  readonly query: Query
  readonly verb: Verb
  readonly user: UserInfo
  readonly accepted: Accepted
  readonly presenter: Presenter
  /** Warnings for the client, collected while the request is worked on. */
  readonly warnings: string[]
}

/** The object that the path names. */
export function placeOfCall({ path, definition }: Call): Place {
  return { namespace: definition.namespaced ? path.namespace : '', name: path.name }
}

/** Clients' writes are held against the policies; what the server does by itself is not. */
export function writeContext(call: Call, options: { readonly dryRun: boolean }): WriteContext {
  const { store, catalog, clock, random, authorizer } = call.parts
  const { user, warnings } = call
  const context = { store, catalog, clock, random, authorizer, user, warnings, ...options }
  if (!call.parts.admission.isActive) return context
  return { ...context, review: (write) => reviewWrite(call, write, options.dryRun) }
}

function reviewWrite(call: Call, write: ReviewedWrite, dryRun: boolean): void {
  const { path, user, warnings, version } = call
  const isNamespace = path.group === '' && path.plural === 'namespaces'
  const name = path.name === '' ? newName(write) : path.name
  const namespace = isNamespace ? name : path.namespace
  const spoken = { version: version.version, namespace, name, user, dryRun }
  call.parts.admission.review({ ...write, ...spoken }, warnings)
}

/** A request for a new object says its name in the object; a generated one it does not know. */
function newName({ operation, object }: ReviewedWrite): string {
  if (operation !== 'CREATE' || object === undefined) return ''
  const { name = '', generateName = '' } = object.metadata
  return generateName === '' ? name : ''
}
