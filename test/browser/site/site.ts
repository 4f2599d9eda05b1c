/** An embedded API server and a dashboard server before it, in this process, with the built page; and a browser to look at it. */
import { API_VERSION, customResourceDefinitions } from '@sortie/api'
import { type ApiServer, createApiServer, type LogSource, type UserInfo } from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import {
  createDashboardServer,
  type DashboardMode,
  type DashboardServer,
  folderAssets,
} from '@sortie/dashboard-server'
import {
  type ApiRequest,
  ApiStatusError,
  type Clock,
  CUSTOM_RESOURCE_DEFINITIONS,
  failureStatus,
  type KubeObject,
  type ResourceType,
  seededRandom,
  silentLogger,
  systemClock,
  type Transport,
} from '@sortie/machinery'
import type { Browser } from 'playwright-core'
import { launchChromium, type Visit, type VisitOptions, visit } from './chromium.ts'
import { builtPage } from './page.ts'
import { startWire, type Wire } from './wire.ts'

/** The machine's clock, which can be held at an instant while its timers go on. */
export interface HeldClock extends Clock {
  hold(at: number): void
  release(): void
}

export function heldClock(): HeldClock {
  const real = systemClock({ unref: true })
  let held: number | undefined
  return {
    ...real,
    now: () => held ?? real.now(),
    hold(at) {
      held = at
    },
    release() {
      held = undefined
    },
  }
}

/** What goes wrong on the way to the API server. */
export interface Fault {
  /** An answer of its, or that there is none. */
  readonly error?: Error
  /** Milliseconds before each answer. */
  readonly slow?: number
}

/** An object to be, with the time at which it came to be. */
export interface Planned {
  readonly type: ResourceType
  readonly object: KubeObject & { readonly status?: unknown }
  readonly at: number
  /** Its controlling owner, which was planted before it. */
  readonly owner?: { readonly kind: string; readonly name: string }
}

export interface SiteOptions {
  readonly mode?: DashboardMode
  readonly logs?: LogSource
  /** The time that stands still; the machine's where it is missing. */
  readonly now?: number
}

export interface Site {
  readonly clock: HeldClock
  readonly server: ApiServer
  /** May do everything. */
  readonly client: Client
  readonly origin: string
  readonly chromium: Browser
  /** Requests of the dashboard server to the API server: `watch token path`. */
  readonly upstream: string[]
  fault: Fault | undefined
  /** Between browser and dashboard server. */
  readonly wire: Wire
  /** Ends all watches, as an API server does that restarts. */
  cutWatches(error?: Error): void
  plant(planned: readonly Planned[]): Promise<void>
  /** Signed in where the mode is embedded; before the sign-in page elsewhere. */
  visit(options?: VisitOptions): Promise<Visit>
  stopDashboard(): Promise<void>
  /** On the port that it had. */
  startDashboard(): Promise<void>
  stop(): Promise<void>
}

/** `token-admin` may do everything; any other `token-NAME` is a person of that name, who has what roles give. */
function userOf(token: string | undefined): UserInfo | undefined {
  const name = /^token-([a-z0-9]+)$/.exec(token ?? 'token-admin')?.[1]
  if (name === undefined) return undefined
  const groups = name === 'admin' ? ['system:masters'] : []
  return { name, groups: [...groups, 'system:authenticated'] }
}

export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const page = builtPage()
  const clock = heldClock()
  if (options.now !== undefined) clock.hold(options.now)
  const [random, log] = [seededRandom(1), silentLogger]
  const { logs } = options
  const server = createApiServer({
    clock,
    random,
    log,
    ...(logs === undefined ? {} : { logSource: logs }),
  })
  await server.start()
  const client = createClient(server.transport(), { clock, random, fieldManager: 'test' })
  for (const definition of customResourceDefinitions()) {
    await client.resource(CUSTOM_RESOURCE_DEFINITIONS).create(definition)
  }
  const chromium = await launchChromium()
  return new RunningSite({ options, clock, server, client, page, chromium }).open()
}

interface SiteParts {
  readonly options: SiteOptions
  readonly clock: HeldClock
  readonly server: ApiServer
  readonly client: Client
  readonly page: string
  readonly chromium: Browser
}

class RunningSite implements Site {
  readonly clock: HeldClock
  readonly server: ApiServer
  readonly client: Client
  readonly chromium: Browser
  readonly upstream: string[] = []
  fault: Fault | undefined
  origin = ''
  wire!: Wire
  readonly #parts: SiteParts
  readonly #cuts = new Set<(error?: Error) => void>()
  #dashboard: DashboardServer | undefined
  #port = 0

  constructor(parts: SiteParts) {
    this.#parts = parts
    this.clock = parts.clock
    this.server = parts.server
    this.client = parts.client
    this.chromium = parts.chromium
  }

  async open(): Promise<this> {
    this.wire = await startWire(() => this.#port)
    this.origin = `http://127.0.0.1:${this.wire.port}`
    await this.startDashboard()
    return this
  }

  async startDashboard(): Promise<void> {
    const { clock, options, page } = this.#parts
    const mode = options.mode ?? 'embedded'
    this.#dashboard = createDashboardServer({
      clock,
      random: seededRandom(2),
      log: silentLogger,
      mode,
      connect: (token) => this.#connect(token),
      ...(mode === 'strict' ? {} : { hub: this.#between('hub', this.server.transport()) }),
      assets: folderAssets(page),
      allowedHosts: [`127.0.0.1:${this.wire.port}`],
      server: 'https://api.test:6443',
      simulated: mode === 'embedded',
    })
    this.#port = (await this.#dashboard.listen({ port: this.#port })).port
  }

  async stopDashboard(): Promise<void> {
    await this.#dashboard?.close()
    this.#dashboard = undefined
  }

  #connect(token: string | undefined): Transport {
    const user = userOf(token)
    return this.#between(
      token ?? 'own',
      user === undefined ? refusing() : this.server.transport(user),
    )
  }

  #between(name: string, transport: Transport): Transport {
    const meet = async (request: ApiRequest): Promise<void> => {
      const { fault, clock } = this
      const { slow } = fault ?? {}
      if (slow !== undefined) await new Promise<void>((done) => clock.setTimer(slow, done))
      if (fault?.error !== undefined && !request.path.endsWith('selfsubjectreviews'))
        throw fault.error
    }
    return {
      request: async (request) => {
        this.upstream.push(`${request.method} ${name} ${request.path}`)
        try {
          await meet(request)
        } catch (error) {
          if (!(error instanceof ApiStatusError)) throw error
          return { status: error.code, headers: {}, body: error.status }
        }
        return transport.request(request)
      },
      watch: async (request, sink) => {
        this.upstream.push(`watch ${name} ${request.path}`)
        await meet(request)
        return cuttable(this.#cuts, transport, { request, sink })
      },
      stream: (request, sink) => transport.stream(request, sink),
      close: () => transport.close(),
    }
  }

  cutWatches(error?: Error): void {
    for (const cut of [...this.#cuts]) cut(error)
  }

  async plant(planned: readonly Planned[]): Promise<void> {
    const { clock, client } = this
    const uids = new Map<string, string>()
    for (const { type, object, at, owner } of planned) {
      clock.hold(at)
      const { status, ...rest } = related(object, owner, uids)
      const isNode = object.kind === 'Node'
      const made = await client.resource(type).create((isNode ? object : rest) as KubeObject)
      uids.set(keyOf(made.kind, made.metadata), made.metadata.uid)
      if (status === undefined || isNode) continue
      const { name, namespace } = made.metadata
      const ref = namespace === undefined ? { name } : { namespace, name }
      await client
        .resource(type)
        .patch(ref, { type: 'merge', body: { status } }, { subresource: 'status' })
    }
    const { now } = this.#parts.options
    if (now === undefined) clock.release()
    else clock.hold(now)
  }

  async visit(options: VisitOptions = {}): Promise<Visit> {
    const { now } = this.#parts.options
    const one = await visit(this.chromium, this.origin, {
      ...(now === undefined ? {} : { now }),
      ...options,
    })
    if (this.#parts.options.mode === undefined || this.#parts.options.mode === 'embedded') {
      await one.open(new URL(this.#dashboard?.launchUrl() ?? this.origin).pathname)
    } else await one.page.goto(this.origin)
    return one
  }

  async stop(): Promise<void> {
    await this.chromium.close()
    this.wire.close()
    await this.stopDashboard()
    await this.server.stop()
  }
}

const keyOf = (kind: string, { namespace = '', name }: { namespace?: string; name: string }) =>
  `${kind}/${namespace}/${name}`

/** With the uids that the server gave to what it belongs to, or tells of. */
function related(
  object: Planned['object'],
  owner: Planned['owner'],
  uids: ReadonlyMap<string, string>,
): Planned['object'] {
  const { namespace, name } = object.metadata
  if ('involvedObject' in object) {
    const told = object.involvedObject as { kind: string; namespace?: string; name: string }
    const involvedObject = { ...told, uid: uids.get(keyOf(told.kind, told)) ?? '' }
    return { ...object, involvedObject } as Planned['object']
  }
  if (owner === undefined) return object
  const uid = uids.get(keyOf(owner.kind, { ...(namespace && { namespace }), name: owner.name }))
  if (uid === undefined) throw new Error(`the owner of ${name} was not planted before it`)
  const apiVersion = API_VERSION
  const ownerReferences = [{ apiVersion, ...owner, uid, controller: true }]
  return { ...object, metadata: { ...object.metadata, ownerReferences } }
}

function cuttable(
  cuts: Set<(error?: Error) => void>,
  transport: Transport,
  {
    request,
    sink,
  }: { readonly request: ApiRequest; readonly sink: Parameters<Transport['watch']>[1] },
): ReturnType<Transport['watch']> {
  let over = false
  const onEnd = (error?: Error): void => {
    if (over) return
    over = true
    cuts.delete(cut)
    sink.onEnd(error)
  }
  let close = (): void => {}
  const cut = (error?: Error): void => {
    close()
    onEnd(error)
  }
  return transport.watch(request, { ...sink, onEnd }).then((stream) => {
    close = () => stream.close()
    cuts.add(cut)
    return {
      close() {
        cuts.delete(cut)
        stream.close()
      },
    }
  })
}

/** What an API server says to a token that it does not know. */
function refusing(): Transport {
  const status = failureStatus('Unauthorized', { message: 'Unauthorized' })
  const refuse = async (): Promise<never> => {
    throw new ApiStatusError(status)
  }
  return {
    request: async () => ({ status: 401, headers: {}, body: status }),
    watch: refuse,
    stream: refuse,
    close: async () => {},
  }
}
