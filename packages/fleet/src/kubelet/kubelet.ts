/** The kubelets of all simulated aircraft in one: takes pods in, plays them out, and says so in their status. */
import type { Client, Informer } from '@sortie/client'
import type { Clock, Instant, Logger, NodeObject, Pod, PodStatus, Stored } from '@sortie/machinery'
import { deepEqual, isConflict, isDeleting, isInvalid, isNotFound, PODS } from '@sortie/machinery'
import type { ReconcileResult } from '@sortie/runtime'
import type { Aircraft } from '../nodes/node.ts'
import type { FleetSpec } from '../spec/fleetspec.ts'
import { createNodeBooks, refuse } from './admission.ts'
import {
  advance,
  changeScript,
  nextDue,
  type PodRun,
  refuseRun,
  resumeRun,
  startRun,
  stopRun,
} from './podrun.ts'
import { statusOf } from './podstatus.ts'
import { restoreRun } from './restore.ts'
import { writeScript } from './script.ts'

export interface KubeletDeps {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly pods: Informer<Pod>
  readonly rules: FleetSpec['rules']
  readonly aircraft: ReadonlyMap<string, Aircraft>
  /** The Node as the API has it, or as it will be. */
  nodeOf(name: string): NodeObject | undefined
  /** False while the aircraft plays dead: its pods stand still. */
  isAlive(name: string): boolean
  /** A pod's state was written, or the pod is gone. */
  onChange?(key: string): void
  /** A pod has ended on its aircraft after so many milliseconds. */
  onLanding?(pod: Stored<Pod>, flightMs: number): void
}

export interface Kubelet {
  /** One pass for one pod. */
  reconcile(key: string): Promise<ReconcileResult>
  /** Ends a pod from the side of its node, as an eviction does. False where it does not run. */
  evict(key: string, options: { readonly reason: string; readonly message: string }): boolean
  /** Pods that are held at the moment. */
  readonly size: number
}

interface Held {
  readonly uid: string
  pod: Stored<Pod>
  run: PodRun
  /** What the last status that was written says. */
  reported?: PodRun
  status?: PodStatus
  /** Its end was reported; it is kept until the cache knows, so that a stale one can't start it again. */
  landed?: boolean
}

/** A state that passes within so many milliseconds is not written. */
const BRIEF_MS = 50
const DEFAULT_GRACE_SECONDS = 30

export function createKubelet(deps: KubeletDeps): Kubelet {
  const books = createNodeBooks()
  const held = new Map<string, Held>()
  const { clock } = deps

  const drop = (key: string): void => {
    const entry = held.get(key)
    if (entry === undefined) return
    books.release(entry.uid)
    held.delete(key)
  }
  const takeIn = (key: string, pod: Stored<Pod>, node: string): Held => {
    const entry = { uid: pod.metadata.uid, pod, ...beginRun(deps, books, { pod, node }) }
    if (entry.run.outcome === undefined) books.take(pod, node)
    held.set(key, entry)
    return entry
  }
  const reconcile = async (key: string): Promise<ReconcileResult> => {
    const pod = deps.pods.get(key)
    const node = pod?.spec.nodeName ?? ''
    if (pod === undefined || held.get(key)?.uid !== pod.metadata.uid) drop(key)
    deps.onChange?.(key)
    if (pod === undefined || !deps.aircraft.has(node) || !deps.isAlive(node)) return undefined
    const known = held.get(key)
    if (hasEnded(pod) && (known === undefined || known.landed === true)) {
      drop(key)
      return removeIfDeleting(deps, pod)
    }
    const entry = known ?? takeIn(key, pod, node)
    move(entry, pod, { now: clock.now(), rules: deps.rules })
    if (entry.run.outcome !== undefined) books.release(entry.uid)
    return report(deps, key, { entry, drop })
  }
  return {
    reconcile,
    evict(key, options) {
      const entry = held.get(key)
      if (entry === undefined || entry.run.outcome !== undefined) return false
      entry.run = stopRun(advance(entry.run, clock.now()), clock.now(), { graceMs: 0, ...options })
      return true
    },
    get size() {
      return held.size
    },
  }
}

function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Admits a pod, turns it away, or takes it up where an earlier process left it. */
function beginRun(
  deps: KubeletDeps,
  books: ReturnType<typeof createNodeBooks>,
  { pod, node }: { readonly pod: Stored<Pod>; readonly node: string },
): Pick<Held, 'run' | 'reported'> {
  const now = deps.clock.now()
  const script = writeScript(pod, deps.rules)
  const restored = restoreRun(pod, script, now)
  if (restored !== undefined) return { run: resumeRun(restored, now), reported: restored }
  const object = deps.nodeOf(node)
  const refusal = object === undefined ? undefined : refuse(pod, object, books.usedOn(node))
  if (refusal === undefined) return { run: startRun(script, now) }
  return { run: refuseRun(script, { phase: 'Failed', at: now, ...refusal }) }
}

/** Brings a run to where it must stand now, by what the pod asks and by what has fallen due. */
function move(
  entry: Held,
  pod: Stored<Pod>,
  { now, rules }: { readonly now: Instant; readonly rules: FleetSpec['rules'] },
): void {
  let run = advance(entry.run, now)
  if (pod.spec !== entry.pod.spec && imagesOf(pod) !== imagesOf(entry.pod)) {
    run = changeScript(run, writeScript(pod, rules), now)
  }
  if (isDeleting(pod) && (run.stop === undefined || pod !== entry.pod)) {
    const seconds = pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS
    run = stopRun(run, now, { graceMs: seconds * 1000 })
  }
  entry.pod = pod
  entry.run = run
}

function imagesOf({ spec }: Pod): string {
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  return containers.map(({ image }) => image).join('\n')
}

interface Report {
  readonly entry: Held
  drop(key: string): void
}

/** Writes the status where it differs from what was written last, and removes a pod that was deleted and has ended. */
async function report(
  deps: KubeletDeps,
  key: string,
  { entry, drop }: Report,
): Promise<ReconcileResult> {
  const { run } = entry
  const due = nextDue(run)
  const now = deps.clock.now()
  if (run !== entry.reported && (due === undefined || due - now >= BRIEF_MS)) {
    const status = statusOf(run, { pod: entry.pod, hostIP: hostOf(deps, entry.pod), now })
    if (!deepEqual(status, entry.status) && !(await writeStatus(deps, entry, status))) drop(key)
    entry.status = status
    entry.reported = run
  }
  if (run.outcome === undefined) return { requeueAt: nextDue(entry.run) }
  if (entry.landed !== true) deps.onLanding?.(entry.pod, run.outcome.at - run.startedAt)
  entry.landed = true
  return removeIfDeleting(deps, deps.pods.get(key) ?? entry.pod)
}

function hostOf(deps: KubeletDeps, pod: Pod): string {
  return deps.aircraft.get(pod.spec.nodeName ?? '')?.address ?? ''
}

/** False where the pod is gone, another has its name, or somebody else has said that its containers ended: no container runs again. */
async function writeStatus(deps: KubeletDeps, entry: Held, status: PodStatus): Promise<boolean> {
  const { namespace = '', name, uid } = entry.pod.metadata
  const body = { metadata: { uid }, status }
  try {
    await deps.client
      .resource<Pod>(PODS)
      .patch(
        { namespace, name },
        { type: 'merge', body },
        { subresource: 'status', answer: 'metadata' },
      )
    return true
  } catch (error) {
    if (isNotFound(error) || isConflict(error) || isInvalid(error)) return false
    throw error
  }
}

/** What was asked to go and has ended goes: the last thing that a kubelet does for a pod. */
async function removeIfDeleting(deps: KubeletDeps, pod: Stored<Pod>): Promise<undefined> {
  if (!isDeleting(pod)) return
  const { namespace = '', name, uid } = pod.metadata
  try {
    await deps.client
      .resource<Pod>(PODS)
      .delete({ namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
