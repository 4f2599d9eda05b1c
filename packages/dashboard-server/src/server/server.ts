/** The dashboard's server: the page, its data and its stream on one port. */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { STREAM_CLOSE } from '@sortie/api'
import { type Clock, SortieError } from '@sortie/machinery'
import { hostCheck } from '../http/checks.ts'
import { createLaunchCodes } from '../session/launch.ts'
import { createRateLimits } from '../session/limits.ts'
import { createPrincipals } from '../session/principals.ts'
import { createSessions, type Session } from '../session/sessions.ts'
import { createStreamServer, type StreamServer } from '../stream/stream.ts'
import type { DashboardServer, DashboardServerOptions, Listening } from './options.ts'
import { checkUpgrade, handleRequest, type Site } from './router.ts'

const LOOPBACK = '127.0.0.1'
const LOCAL_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const
const HEAD_TIMEOUT_MILLIS = 10_000
const REQUEST_TIMEOUT_MILLIS = 30_000
const CLOSE_GRACE_MILLIS = 2_000
const SIGN_INS_PER_MINUTE = 60
/** Addresses whose sign-ins are counted apart. */
const MOST_ADDRESSES = 1_000

export function createDashboardServer(given: DashboardServerOptions): DashboardServer {
  const signIn = given.signIn ?? (given.mode === 'embedded' ? 'launch' : 'token')
  const options = { ...given, signIn }
  const { clock, random, log, mode, hub } = options
  const stream = createStreamServer({ clock, random, mode })
  const sessions = createSessions({
    clock,
    log,
    onEnd: ({ principal }) => stream.end(principal, STREAM_CLOSE.signedOut, 'signed out'),
  })
  const principals = createPrincipals({
    clock,
    random,
    log,
    mode,
    hub,
    namespace: options.namespace ?? 'default',
    connect: (token) => options.connect(token),
    onGone: (owner) => stream.forget(owner),
  })
  const launches = createLaunchCodes(clock)
  const signIns = createRateLimits(clock, {
    most: SIGN_INS_PER_MINUTE,
    windowMillis: 60_000,
    mostKeys: MOST_ADDRESSES,
  })
  let http: Server | undefined
  let listening: Listening | undefined

  return {
    async listen({ port, host = LOOPBACK }) {
      const server = createServer(SETTINGS)
      await listenOn(server, port, host)
      http = server
      const taken = (server.address() as AddressInfo).port
      const site: Site = {
        options,
        log,
        isAllowedHost: hostCheck([...localHosts(host, taken), ...(options.allowedHosts ?? [])]),
        cookie: { port: taken, secure: options.secure === true },
        sessions,
        principals,
        launches,
        signIns,
      }
      server.on('request', (request, response) => void handleRequest(site, { request, response }))
      server.on('upgrade', (request, socket, head) =>
        upgrade({ site, stream }, { request, socket, head }),
      )
      listening = { port: taken, url: `http://${host === '0.0.0.0' ? LOOPBACK : host}:${taken}` }
      return listening
    },
    launchUrl() {
      if (listening === undefined || signIn !== 'launch') {
        const message = 'a launch link needs a server that listens and lets people in by links'
        throw new SortieError('bug', message, { code: 'NoLaunch' })
      }
      return `${listening.url}/launch/${launches.create()}`
    },
    async close() {
      // Before the sessions: nobody is signed out by it, and what pages show stays.
      await stream.close()
      sessions.close()
      await principals.close()
      if (http !== undefined) await closeServer(http, clock)
    },
  }
}

const SETTINGS = {
  headersTimeout: HEAD_TIMEOUT_MILLIS,
  requestTimeout: REQUEST_TIMEOUT_MILLIS,
  maxHeaderSize: 32 * 1024,
  noDelay: true,
}

/** Names of this machine, where nobody else can reach it; by its port, as browsers say it. */
function localHosts(host: string, port: number): readonly string[] {
  const isLocal = (LOCAL_NAMES as readonly string[]).includes(host) || host === '::1'
  return isLocal ? LOCAL_NAMES.map((name) => `${name}:${port}`) : []
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function closeServer(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(CLOSE_GRACE_MILLIS, () => server.closeAllConnections())
    server.close(() => {
      timer.cancel()
      resolve()
    })
    server.closeIdleConnections()
  })
}

interface Incoming {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

function upgrade(
  { site, stream }: { readonly site: Site; readonly stream: StreamServer },
  incoming: Incoming,
): void {
  const found = checkUpgrade(site, incoming)
  if (!isSession(found)) {
    const line = `HTTP/1.1 ${found.status} ${STATUS_CODES[found.status] ?? ''}`
    incoming.socket.on('error', () => {})
    incoming.socket.end(`${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
    return
  }
  found.touch()
  stream.accept(incoming, found.principal, found.hold())
}

function isSession(found: object): found is Session {
  return 'principal' in found
}
