/** An embedded API server and a dashboard server before it, in this process, with the built page; and a browser to look at it. */
import { API_VERSION } from '@sortie/api'
import type { LogSource } from '@sortie/apiserver'
import type { Client } from '@sortie/client'
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
  type KubeObject,
  type ResourceType,
  seededRandom,
  silentLogger,
  systemClock,
  type Transport,
} from '@sortie/machinery'
import type { ControlPlane } from '@sortie/testing'
import type { Browser } from 'playwright-core'
import { type Backend, embeddedBackend, realBackend } from './backend.ts'
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
  /** A real control plane in place of the embedded API server; stopped with the site. */
  readonly plane?: ControlPlane
  readonly logs?: LogSource
  /** The time that stands still; the machine's where it is missing. */
  readonly now?: number
}

export interface Site {
  readonly clock: HeldClock
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

export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const page = builtPage()
  const clock = heldClock()
  if (options.now !== undefined) clock.hold(options.now)
  const backend = await (options.plane === undefined
    ? embeddedBackend(clock, options.logs)
    : realBackend(options.plane, clock))
  const chromium = await launchChromium()
  return new RunningSite({ options, clock, backend, page, chromium }).open()
}

interface SiteParts {
  readonly options: SiteOptions
  readonly clock: HeldClock
  readonly backend: Backend
  readonly page: string
  readonly chromium: Browser
}

class RunningSite implements Site {
  readonly clock: HeldClock
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
    this.client = parts.backend.client
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
      ...(mode === 'strict' ? {} : { hub: this.#between('hub', this.#parts.backend.transport()) }),
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
    return this.#between(token ?? 'own', this.#parts.backend.transport(token))
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
    await this.#parts.backend.stop()
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
