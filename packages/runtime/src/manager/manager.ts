/** The host of a process's controllers: shares their informers, elects a leader, starts and stops everything in order. */
import { type Client, createInformer, type Informer, type InformerOptions } from '@sortie/client'
import type { Clock, KubeObject, Logger, Random, ResourceType } from '@sortie/machinery'
import { aborted } from '../controller/controller.ts'
import { createLeaderElector, type LeaderElectionOptions } from '../election/leader.ts'
import type { Runnable } from './runnable.ts'

export interface InformerSelection {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface ManagerOptions {
  readonly name: string
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Without it the process acts at once and alone. */
  readonly leaderElection?: Omit<LeaderElectionOptions, 'client' | 'clock' | 'random' | 'log'>
}

export interface InformerSource {
  /**
   * The process's one informer for this type and selection; it is started and stopped by the manager.
   * @param transform what of an object is kept, as who asks first says
   */
  informer<T extends KubeObject>(
    type: ResourceType,
    selection?: InformerSelection,
    transform?: InformerOptions<T>['transform'],
  ): Informer<T>
}

export interface Manager extends Runnable, InformerSource {
  /** Adds something that runs while this process leads, once every informer holds what the server holds. Before start only. */
  add(runnable: Runnable): void
  /**
   * Adds what is made here in the same way, but it waits for no informers than those that it asks for as it is made: after a restart
   * what needs a few objects acts while thousands of others are still read.
   */
  addOn(make: (informers: InformerSource) => Runnable): void
  /** True once every informer holds what the server holds. */
  isReady(): boolean
  isLeader(): boolean
}

export function createManager(options: ManagerOptions): Manager {
  const informers = new Map<string, Informer<KubeObject>>()
  const parts: Part[] = []
  const { client, clock, random } = options
  const log = options.log.with({ manager: options.name })
  let leading = false

  const lead = async (signal: AbortSignal): Promise<void> => {
    leading = true
    try {
      await runAll(parts.map(warmed), signal)
    } finally {
      leading = false
    }
  }
  const informer: InformerSource['informer'] = <T extends KubeObject>(
    type: ResourceType,
    selection: InformerSelection = {},
    transform?: InformerOptions<T>['transform'],
  ) => {
    const key = JSON.stringify([type.group, type.plural, selection])
    const held = informers.get(key)
    if (held !== undefined) return held as unknown as Informer<T>
    const kept = transform === undefined ? {} : { transform }
    const created = createInformer<T>({ client, type, ...selection, ...kept, clock, random, log })
    informers.set(key, created as unknown as Informer<KubeObject>)
    return created
  }
  return {
    name: options.name,
    isLeader: () => leading,
    isReady: () => [...informers.values()].every((held) => held.hasSynced()),
    informer,
    add: (runnable) => void parts.push({ runnable, needs: () => informers.values() }),
    addOn(make) {
      const asked = new Set<Syncing>()
      const recording: InformerSource['informer'] = (...request) => {
        const answer = informer(...request)
        asked.add(answer)
        return answer
      }
      parts.push({ runnable: make({ informer: recording }), needs: () => asked })
    },
    async start(signal) {
      for (const held of informers.values()) held.start()
      try {
        if (options.leaderElection === undefined) await lead(signal)
        else {
          const elector = createLeaderElector({
            ...options.leaderElection,
            client,
            clock,
            random,
            log,
          })
          await elector.run(signal, lead)
        }
      } finally {
        await Promise.all([...informers.values()].map((held) => held.stop()))
      }
    },
  }
}

type Syncing = Pick<Informer<KubeObject>, 'whenSynced'>

interface Part {
  readonly runnable: Runnable
  /** Informers that must be full before it begins. */
  readonly needs: () => Iterable<Syncing>
}

function warmed({ runnable, needs }: Part): Runnable {
  return {
    name: runnable.name,
    async start(signal) {
      const full = Promise.all(Array.from(needs(), (informer) => informer.whenSynced(signal)))
      await Promise.race([full, aborted(signal)])
      if (!signal.aborted) await runnable.start(signal)
    },
  }
}

/** Runs all until the signal is aborted; the first that fails ends the others and is thrown. */
export async function runAll(runnables: readonly Runnable[], signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const forward = (): void => stop.abort()
  signal.addEventListener('abort', forward, { once: true })
  if (signal.aborted) stop.abort()
  const failures: unknown[] = []
  await Promise.all([
    aborted(stop.signal),
    ...runnables.map(async (runnable) => {
      try {
        await runnable.start(stop.signal)
      } catch (error) {
        failures.push(error)
        stop.abort()
      }
    }),
  ])
  signal.removeEventListener('abort', forward)
  if (failures.length > 0) throw failures[0]
}
