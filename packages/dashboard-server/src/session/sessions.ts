/** Who is signed in: a random name in a cookie stands for credentials that never leave the server. */
import { type Clock, type Logger, randomToken, type Timer } from '@sortie/machinery'
import { createRateLimit, type RateLimit } from './limits.ts'
import type { Principal } from './principals.ts'

/** A session ends after so long without a request and without an open stream. */
export const IDLE_MILLIS = 30 * 60_000
const WRITES_PER_MINUTE = 20
/** Trials change nothing, but each costs the API server as much as a write. */
const TRIALS_PER_MINUTE = 60
const MINUTE = 60_000

export interface Session {
  /** For logs: tells sessions apart, and is of no use to anybody else. */
  readonly label: string
  readonly principal: Principal
  readonly writes: RateLimit
  readonly trials: RateLimit
  /** The session is in use; streams that are open keep it. */
  touch(): void
  /** A stream of it is open until the function returned is called. */
  hold(): () => void
  /** Signs out. */
  end(): void
}

export interface Sessions {
  /** @returns the secret that the cookie carries */
  open(principal: Principal): { readonly secret: string; readonly session: Session }
  find(secret: string | undefined): Session | undefined
  readonly size: number
  close(): void
}

export interface SessionsOptions {
  readonly clock: Clock
  readonly log: Logger
  /** It is over: by its person, by time, or because the API server no longer takes the token. */
  onEnd(session: Session): void
}

export function createSessions(options: SessionsOptions): Sessions {
  const sessions = new Map<string, Session>()
  return {
    open(principal) {
      const secret = randomToken()
      const session = createSession(options, principal, () => sessions.delete(secret))
      sessions.set(secret, session)
      options.log.info('signed in', { user: principal.user.name, session: session.label })
      return { secret, session }
    },
    find: (secret) => (secret === undefined ? undefined : sessions.get(secret)),
    get size() {
      return sessions.size
    },
    close() {
      for (const session of [...sessions.values()]) session.end()
    },
  }
}

function createSession(
  { clock, log, onEnd }: SessionsOptions,
  principal: Principal,
  forget: () => void,
): Session {
  const label = randomToken().slice(0, 8)
  let seen = clock.monotonic()
  let streams = 0
  let over = false
  const watchIdle = (): void => {
    const left = streams > 0 ? IDLE_MILLIS : seen + IDLE_MILLIS - clock.monotonic()
    if (left <= 0) session.end()
    else timer = clock.setTimer(left, watchIdle)
  }
  let timer: Timer = clock.setTimer(IDLE_MILLIS, watchIdle)
  const session: Session = {
    label,
    principal,
    writes: createRateLimit(clock, { most: WRITES_PER_MINUTE, windowMillis: MINUTE }),
    trials: createRateLimit(clock, { most: TRIALS_PER_MINUTE, windowMillis: MINUTE }),
    touch() {
      seen = clock.monotonic()
    },
    hold() {
      streams++
      return () => {
        streams--
        session.touch()
      }
    },
    end() {
      if (over) return
      over = true
      timer.cancel()
      forget()
      log.info('signed out', { user: principal.user.name, session: label })
      onEnd(session)
      principal.release()
    },
  }
  return session
}
