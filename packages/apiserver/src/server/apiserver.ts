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
import { createAdmission } from '../admission/admission.ts'
import { createAccountTokens, ISSUER } from '../authentication/accounttokens.ts'
import { createTokenAuthenticator, type TokenTable } from '../authentication/tokentable.ts'
import { controllerContext } from '../controllers/controller.ts'
import { createDefinitionController, followDefinitions } from '../controllers/customresources.ts'
import { createExpiryController } from '../controllers/expiry.ts'
import { createGarbageCollector } from '../controllers/garbage.ts'
import { createNamespaceController } from '../controllers/namespaces.ts'
import { createTransport } from '../inprocess/transport.ts'
import { createAggregationController } from '../rbac/aggregation.ts'
import { createRbacAuthorizer } from '../rbac/authorizer.ts'
import { ensureDefaultRoles } from '../rbac/defaults.ts'
import { createCatalog } from '../registry/catalog.ts'
import { createObject } from '../registry/create.ts'
import type { UserInfo } from '../registry/definition.ts'
import { untracked } from '../registry/fieldtracker.ts'
import { BUILT_IN_RESOURCES } from '../resources/index.ts'
import { INITIAL_NAMESPACES, NAMESPACE_RESOURCE } from '../resources/namespaces.ts'
import { createStore, type Store } from '../store/index.ts'
import type { Answer } from './answer.ts'
import type { Authorizer } from './authorization.ts'
import type { LogSource } from './logs.ts'
import type { ServerParts } from './parts.ts'
import { route } from './router.ts'
import { ADMIN } from './users.ts'

export interface ApiServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Default: objects in memory. */
  readonly store?: Store
  /** What /version says, as `v1.33.0`. */
  readonly version?: string
  /** Default: by the roles and bindings in the store; members of `system:masters` may do everything. */
  readonly authorizer?: Authorizer
  /** For TokenReview; `serveHttp` has its own. */
  readonly tokens?: TokenTable
  /** Serves pods/log for kubelets that are played in this process. */
  readonly logSource?: LogSource
  /** Keeps managedFields; default true. Without, writes are cheaper and server-side apply forgets who owns what. */
  readonly tracksFields?: boolean
}

export interface ApiServer {
  readonly clock: Clock
  readonly log: Logger
  /** Answers a request that ends; a watch has to come by `serve` or by a transport. */
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>
  /** Answers any request: a response, or a stream that is yet to be opened. */
  serve(request: ApiRequest, user: UserInfo): Promise<Answer>
  /** Whose bearer token this is; undefined for one that is not known, or no longer good. */
  userOfToken(token: string): UserInfo | undefined
  /** In-process: objects go through by reference. */
  transport(user?: UserInfo): Transport
  /** Starts the built-in controllers. */
  start(): Promise<void>
  stop(): Promise<void>
}

const DEFAULT_VERSION = 'v1.33.4+sortie'

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { clock, random, log } = options
  const store = options.store ?? createStore({ clock })
  const catalog = createCatalog(BUILT_IN_RESOURCES)
  const authorizer = options.authorizer ?? createRbacAuthorizer(store)
  const parts: ServerParts = {
    store,
    catalog,
    clock,
    random,
    log,
    version: options.version ?? DEFAULT_VERSION,
    authorizer,
    admission: createAdmission({ store, catalog, authorizer }),
    tracksFields: options.tracksFields ?? true,
    accountTokens: createAccountTokens({ store, clock, random }),
    ...(options.logSource === undefined ? {} : { logSource: options.logSource }),
    ...(options.tokens === undefined
      ? {}
      : { authenticator: createTokenAuthenticator(options.tokens) }),
  }
  followDefinitions(parts)
  ensureNamespaces(parts)
  ensureDefaultRoles(parts)
  const controllers = [
    createNamespaceController(parts),
    createDefinitionController(parts),
    createGarbageCollector(parts),
    createExpiryController(parts),
    createAggregationController(parts),
  ]
  const serve = (request: ApiRequest, user: UserInfo): Promise<Answer> =>
    route(parts, request, user)
  return {
    clock,
    log,
    serve,
    async handle(request, user) {
      const answer = await serve(request, user)
      if (answer.kind === 'response') return answer.response
      throw statusError('BadRequest', {
        message: 'a stream was asked for where a response was expected',
      })
    },
    userOfToken: (token) => userOfToken(parts, token),
    transport: (user = ADMIN) => createTransport({ serve, user }),
    async start() {
      for (const controller of controllers) controller.start()
    },
    async stop() {
      for (const controller of controllers) controller.stop()
      await store.close()
    },
  }
}

function userOfToken({ authenticator, accountTokens }: ServerParts, token: string) {
  const known = authenticator?.userOf(token)
  if (known !== undefined) return known
  const verified = accountTokens.verify(token)
  return verified?.audiences.includes(ISSUER) === true ? verified.user : undefined
}

/** The namespaces that every cluster has. */
function ensureNamespaces(parts: ServerParts): void {
  for (const name of INITIAL_NAMESPACES) {
    if (parts.store.get('namespaces', { namespace: '', name }) !== undefined) continue
    const object = { kind: 'Namespace', apiVersion: 'v1', metadata: { name } }
    const request = { definition: NAMESPACE_RESOURCE, object, namespace: '', tracker: untracked }
    createObject(request, controllerContext(parts))
  }
}
