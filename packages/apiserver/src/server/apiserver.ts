/** The server as its users see it. */
import {
  type ApiRequest,
  type ApiResponse,
  type Clock,
  type Logger,
  type Random,
  statusError,
  type Transport,
} from '@sortie/machinery'
import { createTransport } from '../inprocess/transport.ts'
import { createCatalog } from '../registry/catalog.ts'
import type { UserInfo } from '../registry/definition.ts'
import { customResource } from '../resources/customresources.ts'
import { BUILT_IN_RESOURCES } from '../resources/index.ts'
import { createStore, type Store } from '../store/index.ts'
import type { Answer } from './answer.ts'
import type { ServerParts } from './parts.ts'
import { route } from './router.ts'

export interface ApiServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Default: objects in memory. */
  readonly store?: Store
  /** What /version says, as `v1.33.0`. */
  readonly version?: string
}

export interface ApiServer {
  /** Answers a request that ends; a watch has to come by `serve` or by a transport. */
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>
  /** Answers any request: a response, or a stream that is yet to be opened. */
  serve(request: ApiRequest, user: UserInfo): Promise<Answer>
  /** In-process: objects go through by reference. */
  transport(user?: UserInfo): Transport
  /** Starts the built-in controllers. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** The user of the in-process transport where none is named: may do everything. */
export const ADMIN: UserInfo = {
  name: 'system:admin',
  groups: ['system:masters', 'system:authenticated'],
}

const DEFAULT_VERSION = 'v1.33.4+sortie'

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { clock, random, log } = options
  const store = options.store ?? createStore({ clock })
  const catalog = createCatalog(BUILT_IN_RESOURCES)
  const parts: ServerParts = {
    store,
    catalog,
    clock,
    random,
    log,
    version: options.version ?? DEFAULT_VERSION,
  }
  store.subscribe('apiextensions.k8s.io/customresourcedefinitions', (changes) => {
    for (const change of changes) {
      const definition = customResource(change.object)
      if (change.type === 'DELETED') catalog.remove(definition.group, definition.plural)
      else catalog.add(definition)
    }
  })
  const serve = (request: ApiRequest, user: UserInfo): Promise<Answer> =>
    route(parts, request, user)
  return {
    serve,
    async handle(request, user) {
      const answer = await serve(request, user)
      if (answer.kind === 'response') return answer.response
      throw statusError('BadRequest', {
        message: 'a stream was asked for where a response was expected',
      })
    },
    transport: (user = ADMIN) => createTransport({ serve, user }),
    start: async () => {},
    stop: () => store.close(),
  }
}
