/** For tests: a dashboard server before an embedded API server, both on one virtual clock, with real sockets between. */
import { setImmediate } from 'node:timers'
import {
  type ApiRequest,
  ApiStatusError,
  type Clock,
  failureStatus,
  type KubeObject,
  type LogFields,
  type Logger,
  type ResourceType,
  type Transport,
  TransportError,
  type VirtualClock,
  type WatchSink,
} from '@sortie/machinery'
import {
  type RequestRecord,
  recordRequests,
  startTestCluster,
  type TestCluster,
} from '@sortie/testing'
import type { AssetSource } from '../assets/folder.ts'
import type { DashboardMode, DashboardServer, DashboardServerOptions } from '../server/options.ts'
import { createDashboardServer } from '../server/server.ts'
import { Browser } from './browser.ts'

export const NO_PAGE: AssetSource = { find: async () => undefined, page: async () => undefined }

type UserInfo = NonNullable<Parameters<TestCluster['server']['transport']>[0]>

/** `token-admin` may do everything; any other `token-NAME` is a person of that name, who has what roles give. */
function userOf(token: string | undefined): UserInfo | undefined {
  const name = /^token-([a-z0-9]+)$/.exec(token ?? 'token-admin')?.[1]
  if (name === undefined) return undefined
  const groups = name === 'admin' ? ['system:masters'] : []
  return { name, groups: [...groups, 'system:authenticated'] }
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

export interface Site {
  readonly cluster: TestCluster
  readonly clock: VirtualClock
  readonly server: DashboardServer
  readonly port: number
  readonly url: string
  /** By `hub`, or by the token that the request came with; `own` without one. */
  readonly requests: Map<string, RequestRecord[]>
  readonly log: readonly LogLine[]
  /** What goes wrong between the dashboard and the API server: an answer of its, or that there is none. */
  fault: ((path: string) => Error | undefined) | undefined
  /** The line to the API server is dead: nothing passes any more, not even an end. */
  isMute: boolean
  /** Ends all watches that are open, as an API server does that restarts. */
  cutWatches(error?: Error): void
  /** A browser that nobody has signed in with. */
  browser(): Browser
  /** A browser that is signed in. */
  signIn(token: string): Promise<Browser>
  launch(): Promise<Browser>
  create(type: ResourceType, object: KubeObject): Promise<void>
  stop(): Promise<void>
}

export interface SiteOptions extends Partial<Omit<DashboardServerOptions, 'mode'>> {
  readonly mode?: DashboardMode
}

export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const cluster = await startTestCluster()
  const { clock, random } = cluster
  const mode = options.mode ?? 'embedded'
  const requests = new Map<string, RequestRecord[]>()
  const log: LogLine[] = []
  const cuts = new Set<(error?: Error) => void>()
  const between = (name: string, transport: Transport): Transport => {
    const recorded = recordRequests(faulty(transport, () => site, cuts))
    const known = requests.get(name)
    if (known === undefined) requests.set(name, recorded.requests)
    // Requests of a later transport of the same person go to the same record.
    else recorded.requests.push = (...more) => known.push(...more)
    return recorded.transport
  }
  const connect = (token?: string): Transport => {
    const user = userOf(token)
    return between(token ?? 'own', user === undefined ? refusing() : cluster.server.transport(user))
  }
  const server = createDashboardServer({
    clock,
    random,
    log: recordLog(log),
    mode,
    connect,
    ...(mode === 'strict' ? {} : { hub: between('hub', cluster.server.transport()) }),
    assets: NO_PAGE,
    server: 'https://api.test:6443',
    ...options,
  })
  const { port, url } = await server.listen({ port: 0 })
  const site: Site = {
    cluster,
    clock,
    server,
    port,
    url,
    requests,
    log,
    fault: undefined,
    isMute: false,
    cutWatches(error) {
      for (const cut of [...cuts]) cut(error)
    },
    browser: () => new Browser(url),
    async signIn(token) {
      const browser = site.browser()
      await browser.signIn(token)
      return browser
    },
    async launch() {
      const browser = site.browser()
      await browser.get(new URL(server.launchUrl()).pathname)
      return browser
    },
    async create(type, object) {
      await cluster.client.resource(type).create(object)
    },
    async stop() {
      await server.close()
      await cluster.stop()
    },
  }
  return site
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

function faulty(
  transport: Transport,
  line: () => Pick<Site, 'fault' | 'isMute' | 'clock'>,
  cuts: Set<(error?: Error) => void>,
): Transport {
  return {
    async request(request) {
      if (line().isMute) return silence(request, line().clock)
      const error = line().fault?.(request.path)
      if (error instanceof ApiStatusError) {
        return { status: error.code, headers: {}, body: error.status }
      }
      if (error !== undefined) throw error
      return transport.request(request)
    },
    async watch(request, sink) {
      if (line().isMute) return silence({ ...request, timeoutMs: Infinity }, line().clock)
      const error = line().fault?.(request.path)
      if (error !== undefined) throw error
      let over = false
      const onEnd = (error?: Error): void => {
        if (over || line().isMute) return
        over = true
        cuts.delete(cut)
        sink.onEnd(error)
      }
      const heard: WatchSink = {
        onEvent: (event) => line().isMute || sink.onEvent(event),
        onActivity: () => line().isMute || sink.onActivity?.(),
        onEnd,
      }
      const stream = await transport.watch(request, heard)
      const cut = (error?: Error): void => {
        stream.close()
        onEnd(error)
      }
      cuts.add(cut)
      return {
        close() {
          cuts.delete(cut)
          stream.close()
        },
      }
    },
    stream: (request, sink) => transport.stream(request, sink),
    close: () => transport.close(),
  }
}

/** No answer; a request gives up after its time, and who gives up before is told so. */
function silence({ signal, path, timeoutMs = 30_000 }: ApiRequest, clock: Clock): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new TransportError(`${path}: no answer`))
    if (Number.isFinite(timeoutMs)) clock.setTimer(timeoutMs, fail)
    signal?.addEventListener('abort', fail)
  })
}

function recordLog(lines: LogLine[], bound: LogFields = {}): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...bound, ...fields } })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => recordLog(lines, { ...bound, ...fields }),
  }
}

/** Lets sockets and promises have their turns until the condition holds. @throws Error when it does not within 5 s */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const end = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not come about`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
