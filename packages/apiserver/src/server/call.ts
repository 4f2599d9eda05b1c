/** One request for a resource, taken apart. */
import type { ApiRequest } from '@sortie/machinery'
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

export function writeContext(call: Call, options: { readonly dryRun: boolean }): WriteContext {
  const { store, catalog, clock, random, authorizer } = call.parts
  const { user, warnings } = call
  return { store, catalog, clock, random, authorizer, user, warnings, ...options }
}
