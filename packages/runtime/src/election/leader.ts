/**
 * Leader election by a Lease, in behaviour client-go's. It keeps two processes from doing the same work at the same time; it is
 * no fence: a stalled leader may still write after it has lost the lease, and every write must be safe against that.
 */
import type { Client, ResourceClient } from '@sortie/client'
import {
  type Clock,
  formatMicroTime,
  isAlreadyExists,
  isConflict,
  isNotFound,
  LEASES,
  type Lease,
  type Logger,
  type Random,
  SortieError,
  type Stored,
  sleep,
} from '@sortie/machinery'

export interface LeaderElectionOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly namespace: string
  /** Name of the Lease. */
  readonly name: string
  /** Unique for each process. */
  readonly identity: string
  /** How long others wait after the last renewal before they take over, seconds. Default 15. */
  readonly leaseDurationSeconds?: number
  /** The leader gives up when it could not renew for that long, seconds. Default 10. */
  readonly renewDeadlineSeconds?: number
  /** Time between tries, seconds. Default 2. */
  readonly retryPeriodSeconds?: number
}

export interface LeaderElector {
  /**
   * Waits for the lease, runs `lead` while it is held, releases it at the end.
   * @throws SortieError `LeaseLost` when it could not be renewed: the process must then end.
   */
  run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>
}

export function createLeaderElector(options: LeaderElectionOptions): LeaderElector {
  return new LeaseElector(options)
}

class LeaseElector implements LeaderElector {
  readonly #options: LeaderElectionOptions
  readonly #leases: ResourceClient<Lease>
  readonly #ref: { readonly namespace: string; readonly name: string }
  readonly #durationSeconds: number
  readonly #retryMs: number
  readonly #deadlineMs: number
  /** When the last try that succeeded began: what others have seen of the lease is no older. */
  #renewedAt = 0
  /** What was last seen of the lease, and when by our own clock: the holder's clock is not to be trusted. */
  #observed = { record: '', at: 0 }

  constructor(options: LeaderElectionOptions) {
    this.#options = options
    this.#leases = options.client.resource<Lease>(LEASES)
    this.#ref = { namespace: options.namespace, name: options.name }
    this.#durationSeconds = options.leaseDurationSeconds ?? 15
    this.#retryMs = (options.retryPeriodSeconds ?? 2) * 1000
    this.#deadlineMs = (options.renewDeadlineSeconds ?? 10) * 1000
  }

  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (!(await this.#acquire(signal))) return
    const { log, identity } = this.#options
    log.info('leading', { lease: `${this.#ref.namespace}/${this.#ref.name}`, identity })
    const stop = new AbortController()
    const forward = (): void => stop.abort()
    signal.addEventListener('abort', forward, { once: true })
    if (signal.aborted) stop.abort()
    const renewal = this.#renewUntilLost(stop.signal).finally(forward)
    try {
      await Promise.all([renewal, lead(stop.signal).finally(forward)])
    } finally {
      signal.removeEventListener('abort', forward)
      await this.#release().catch((error: unknown) => {
        log.warn('leader election: lease not released', { error: String(error) })
      })
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options
    while (!signal.aborted) {
      if (await this.#tryHold(this.#deadlineMs)) return true
      // Jitter as client-go's, so that waiting replicas do not ask in step.
      await sleep(clock, this.#retryMs * (1 + random.next() * 1.2), signal)
    }
    return false
  }

  async #renewUntilLost(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      await sleep(clock, this.#retryMs, signal)
      if (signal.aborted) return
      const end = this.#renewedAt + this.#deadlineMs
      const isHeld = await this.#tryHold(end - clock.monotonic())
      if (!isHeld && clock.monotonic() >= end) throw this.#lost()
    }
  }

  #lost(): SortieError {
    const { namespace, name } = this.#ref
    return new SortieError('retryable', `lost the lease ${namespace}/${name}`, {
      code: 'LeaseLost',
    })
  }

  /** One try to take or renew the lease. An answer that does not come in time is none: others do not wait for it either. */
  async #tryHold(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#options
    const startedAt = clock.monotonic()
    const late = new AbortController()
    const timer = clock.setTimer(Math.max(0, timeoutMs), () => late.abort())
    const options = { signal: late.signal }
    try {
      const held = await this.#read(options)
      if (held === undefined) await this.#leases.create(this.#desired(undefined), options)
      else if (this.#isFree(held)) await this.#leases.update(this.#desired(held), options)
      else return false
      this.#renewedAt = startedAt
      return true
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) {
        this.#options.log.warn('leader election: request failed', { error: String(error) })
      }
      return false
    } finally {
      timer.cancel()
    }
  }

  async #read(options: { readonly signal?: AbortSignal } = {}): Promise<Stored<Lease> | undefined> {
    try {
      return await this.#leases.get(this.#ref, options)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  #isFree(held: Stored<Lease>): boolean {
    const holder = held.spec?.holderIdentity ?? ''
    if (holder === '' || holder === this.#options.identity) return true
    const now = this.#options.clock.monotonic()
    const record = JSON.stringify(held.spec)
    if (record !== this.#observed.record) this.#observed = { record, at: now }
    const seconds = held.spec?.leaseDurationSeconds ?? this.#durationSeconds
    return now - this.#observed.at > seconds * 1000
  }

  #desired(held: Stored<Lease> | undefined): Lease {
    const { identity } = this.#options
    const now = formatMicroTime(this.#options.clock.now())
    const ours = held?.spec?.holderIdentity === identity
    const transitions = held?.spec?.leaseTransitions ?? 0
    const version = held === undefined ? {} : { resourceVersion: held.metadata.resourceVersion }
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...this.#ref, ...version },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: this.#durationSeconds,
        acquireTime: ours ? (held?.spec?.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: held === undefined || ours ? transitions : transitions + 1,
      },
    }
  }

  async #release(): Promise<void> {
    const held = await this.#read()
    if (held?.spec?.holderIdentity !== this.#options.identity) return
    const { spec, ...rest } = this.#desired(held)
    const released = { ...spec, holderIdentity: '', leaseDurationSeconds: 1 }
    await this.#leases.update({ ...rest, spec: released })
  }
}
