/** Which pods ran, for which attempt of which task: seen by a watch that outlives what is done to the API server. */
import { type Client, createInformer, type Informer } from '@sortie/client'
import {
  PODS,
  type Pod,
  type Stored,
  silentLogger,
  systemClock,
  systemRandom,
} from '@sortie/machinery'

export interface Flights {
  /** `task #attempt` of a mission, each with the uids of the pods that ran for it. */
  of(mission: string): ReadonlyMap<string, ReadonlySet<string>>
  /** The mission's pods that run now. */
  running(mission: string): readonly Stored<Pod>[]
  stop(): Promise<void>
}

/** Resolves when the watch stands. */
export async function watchFlights(client: Client): Promise<Flights> {
  const seen = new Map<string, Map<string, Set<string>>>()
  const informer: Informer<Pod> = createInformer<Pod>({
    client,
    type: PODS,
    namespace: 'default',
    clock: systemClock(),
    random: systemRandom(),
    log: silentLogger,
  })
  const look = (pod: Stored<Pod>): void => {
    if (!hasRun(pod)) return
    const { labels = {}, annotations = {}, uid } = pod.metadata
    const mission = labels['mission'] ?? ''
    const attempt = `${labels['flighttask']} #${annotations['airforce.airforce.mil/attempt']}`
    const attempts = seen.get(mission) ?? new Map<string, Set<string>>()
    seen.set(mission, attempts)
    attempts.set(attempt, (attempts.get(attempt) ?? new Set()).add(uid))
  }
  informer.addHandler({ onAdd: look, onUpdate: (_, pod) => look(pod), onDelete: look })
  informer.start()
  await informer.whenSynced()
  return {
    of: (mission) => seen.get(mission) ?? new Map(),
    running: (mission) =>
      [...informer.list()].filter(
        ({ metadata, status }) =>
          metadata.labels?.['mission'] === mission && status?.phase === 'Running',
      ),
    stop: () => informer.stop(),
  }
}

/** A pod that ended without a container that ran (refused by its node, evicted before it began) has not run. */
function hasRun({ status }: Stored<Pod>): boolean {
  if (status?.phase === 'Running') return true
  const states = status?.containerStatuses ?? []
  return states.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined)
}
