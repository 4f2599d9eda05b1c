/** Renews the nodes' Leases, as kubelets do: spread over the interval, one write per node and interval. */
import type { Client } from '@sortie/client'
import type { Clock, Lease, Logger, Stored, Timer } from '@sortie/machinery'
import { formatMicroTime, isAlreadyExists, isConflict, isNotFound, LEASES } from '@sortie/machinery'
import type { Runnable } from '@sortie/runtime'

const NAMESPACE = 'kube-node-lease'
/** A node is given up four intervals after its last renewal. */
const INTERVALS_PER_LEASE = 4
/** Renewals are gathered into turns of at least that long. */
const MIN_TURN_MS = 200

export interface HeartbeatOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly intervalMs: number
  readonly names: readonly string[]
  /** Nodes that play dead renew nothing. */
  isAlive(name: string): boolean
}

export function createHeartbeat(options: HeartbeatOptions): Runnable {
  const { clock, intervalMs, names } = options
  const leases = new Map<string, Stored<Lease>>()
  const turnMs = Math.max(MIN_TURN_MS, intervalMs / Math.max(1, names.length))
  const turns = Math.max(1, Math.round(intervalMs / turnMs))
  let turn = 0
  const renewTurn = (): Promise<unknown> => {
    const due = names.filter((name, index) => index % turns === turn && options.isAlive(name))
    turn = (turn + 1) % turns
    return Promise.all(due.map((name) => renew(options, leases, name)))
  }
  return {
    name: 'fleet-heartbeat',
    start: (signal) =>
      new Promise((resolve) => {
        let timer: Timer
        let writing: Promise<unknown> = Promise.resolve()
        const tick = (): void => {
          timer = clock.setTimer(intervalMs / turns, tick)
          writing = renewTurn()
        }
        const stop = (): void => {
          timer.cancel()
          void writing.then(() => resolve())
        }
        timer = clock.setTimer(0, tick)
        signal.addEventListener('abort', stop, { once: true })
        if (signal.aborted) stop()
      }),
  }
}

async function renew(
  options: HeartbeatOptions,
  leases: Map<string, Stored<Lease>>,
  name: string,
): Promise<void> {
  try {
    leases.set(name, await write(options, leases.get(name), name))
  } catch (error) {
    leases.delete(name)
    if (isConflict(error) || isNotFound(error)) return
    options.log.debug('node lease not renewed', { node: name, error: String(error) })
  }
}

async function write(
  options: HeartbeatOptions,
  held: Stored<Lease> | undefined,
  name: string,
): Promise<Stored<Lease>> {
  const resource = options.client.resource<Lease>(LEASES)
  const renewTime = formatMicroTime(options.clock.now())
  if (held !== undefined) return resource.update({ ...held, spec: { ...held.spec, renewTime } })
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: Math.ceil((options.intervalMs * INTERVALS_PER_LEASE) / 1000),
      renewTime,
    },
  }
  try {
    return await resource.create(lease)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const found = await resource.get({ namespace: NAMESPACE, name })
    return resource.update({ ...found, spec: { ...found.spec, ...lease.spec } })
  }
}
