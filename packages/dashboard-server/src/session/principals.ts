/** People by their credentials: those who sign in twice with one token share its connections, its watches and its rights. */
import { createHash } from 'node:crypto'
import { type Client, createClient, NO_RETRY } from '@sortie/client'
import {
  type ApiStatusError,
  type Clock,
  type Logger,
  NAMESPACES,
  type NamespaceObject,
  type Random,
  statusError,
  type Transport,
} from '@sortie/machinery'
import { type AccessGate, createAccessGate, openGate } from '../access/gate.ts'
import { type UserIdentity, whoAmI } from '../access/reviews.ts'
import type { DashboardMode } from '../server/options.ts'
import { createPulse, type Pulse } from '../source/pulse.ts'
import type { StreamUser } from '../stream/connection.ts'

export interface Principal extends StreamUser {
  readonly user: UserIdentity
  readonly client: Client
  readonly gate: AccessGate
  /** Namespaces that the person may list; undefined where none may be listed. */
  namespaces(): Promise<readonly string[] | undefined>
  /** Gives it back, once per sign-in; the last one closes its connections. */
  release(): void
}

export interface Principals {
  /**
   * Signs in by a token, or by the credentials that the server itself was given.
   * @throws ApiStatusError Unauthorized where the API server does not take the token; TransportError
   */
  signIn(token: string | undefined): Promise<Principal>
  close(): Promise<void>
}

export interface PrincipalsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly mode: DashboardMode
  /** To the API server by this token, or by the server's own credentials. */
  connect(token?: string): Transport
  /** Hub and embedded: what everybody's rows are watched by. */
  readonly hub: Transport | undefined
  /** Asked about where namespaces may not be listed. */
  readonly namespace: string
  /** Nobody is signed in with the credentials of this owner any more. */
  onGone(owner: string): void
}

interface Held {
  readonly principal: Omit<Principal, 'release'>
  users: number
}

export function createPrincipals(options: PrincipalsOptions): Principals {
  const held = new Map<string, Held>()
  /** Who comes back by the same token shares nothing with what may still be ending. */
  let admissions = 0
  const hubPulse = options.hub && createPulse(options.hub, options.clock)
  const drop = (key: string, found: Held): void => {
    found.users--
    if (found.users > 0 || held.get(key) !== found) return
    held.delete(key)
    const { isOwn, owner } = found.principal.watcher
    if (isOwn) options.onGone(owner)
    void found.principal.transport.close()
  }
  const take = (key: string, taken: Held): Principal => {
    taken.users++
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      drop(key, taken)
    }
    return { ...taken.principal, release }
  }
  return {
    async signIn(token) {
      const key = token === undefined ? 'own' : createHash('sha256').update(token).digest('hex')
      const known = held.get(key)
      if (known !== undefined) return verified(take(key, known))
      const principal = await admit({ ...options, hubPulse }, `${key}#${++admissions}`, token)
      // Somebody may have come in by the same token while this one was asked for.
      let found = held.get(key)
      if (found === undefined) {
        found = { principal, users: 0 }
        held.set(key, found)
      } else void principal.transport.close()
      return take(key, found)
    },
    async close() {
      const all = [...held.values()]
      held.clear()
      await Promise.all(all.map(({ principal }) => principal.transport.close()))
    },
  }
}

/** That somebody is signed in by a token does not say that the API server still takes it. @throws as `signIn` */
async function verified(principal: Principal): Promise<Principal> {
  try {
    await identify(principal.client)
    return principal
  } catch (error) {
    principal.release()
    throw error
  }
}

async function admit(
  options: PrincipalsOptions & { readonly hubPulse: Pulse | undefined },
  owner: string,
  token: string | undefined,
): Promise<Omit<Principal, 'release'>> {
  const { clock, random, log, mode, hub, hubPulse } = options
  const transport = options.connect(token)
  const client = createClient(transport, { clock, random, retry: NO_RETRY })
  try {
    const user = await identify(client)
    const namespaces = (): Promise<readonly string[] | undefined> => namespacesOf(client)
    const isOwn = mode === 'strict' || hub === undefined
    return {
      user,
      client,
      transport,
      namespaces,
      watcher: {
        owner: isOwn ? owner : 'hub',
        context: {
          transport: isOwn ? transport : hub,
          pulse: (isOwn ? undefined : hubPulse) ?? createPulse(transport, clock),
          clock,
          random,
          log,
        },
        isOwn,
      },
      gate:
        mode === 'embedded'
          ? openGate()
          : createAccessGate({
              client,
              clock,
              log,
              namespaces: async () => (await namespaces()) ?? [options.namespace],
            }),
    }
  } catch (error) {
    void transport.close()
    throw error
  }
}

/** @throws ApiStatusError Unauthorized for a token that means nobody */
async function identify(client: Client): Promise<UserIdentity> {
  const user = await whoAmI(client)
  if (user.name === '' || user.name === 'system:anonymous') throw notSignedIn()
  return user
}

function notSignedIn(): ApiStatusError {
  return statusError('Unauthorized', { message: 'the API server does not know this token' })
}

async function namespacesOf(client: Client): Promise<readonly string[] | undefined> {
  try {
    const { items } = await client.resource<NamespaceObject>(NAMESPACES).listAll()
    return items.map(({ metadata }) => metadata.name)
  } catch {
    return undefined
  }
}
