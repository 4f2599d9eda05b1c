/** Pods as kubectl shows them. */
import { type Instant, type JsonObject, type KubeObject, parseTime } from '@sortie/machinery'
import {
  ageColumn,
  at,
  column,
  listAt,
  NONE,
  nameColumn,
  textAt,
  textOrNone,
  wideColumn,
} from './columns.ts'
import { humanDuration } from './humanduration.ts'
import type { TableKind, TableRowCondition } from './table.ts'

/** What the columns of a pod say, but for names and times. */
export interface PodSummary {
  readonly ready: number
  readonly total: number
  /** The STATUS column: the phase, or what is more telling. */
  readonly status: string
  readonly restarts: number
  readonly lastRestart: Instant | undefined
}

/** Judges a pod by its phase, its containers and its deletion, as `kubectl get pods` does. */
export function summarizePod(pod: KubeObject): PodSummary {
  const phase = textAt(pod, 'status.phase')
  const sidecars = new Set(
    listAt(pod, 'spec.initContainers')
      .filter(isSidecar)
      .map((container) => container['name']),
  )
  const init = summarizeInit(pod, sidecars)
  const waits = init.status !== undefined && !hasCondition(pod, 'Initialized')
  const main = waits ? undefined : summarizeMain(pod)
  const status = main?.status ?? init.status ?? plainStatus(pod, phase)
  const counted = main === undefined ? init.all : addRestarts(init.sidecars, main.restarts)
  return {
    ready: init.ready + (main?.ready ?? 0),
    total: listAt(pod, 'spec.containers').length + sidecars.size,
    status: deletedStatus(pod, phase) ?? status,
    restarts: counted.count,
    lastRestart: counted.last,
  }
}

function isSidecar(container: JsonObject): boolean {
  return container['restartPolicy'] === 'Always'
}

function plainStatus(pod: KubeObject, phase: string): string {
  const gated = listAt(pod, 'status.conditions').some(
    (condition) =>
      condition['type'] === 'PodScheduled' && condition['reason'] === 'SchedulingGated',
  )
  return gated ? 'SchedulingGated' : textAt(pod, 'status.reason') || phase
}

function deletedStatus(pod: KubeObject, phase: string): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined
  if (textAt(pod, 'status.reason') === 'NodeLost') return 'Unknown'
  return phase === 'Succeeded' || phase === 'Failed' ? undefined : 'Terminating'
}

interface Restarts {
  readonly count: number
  readonly last: Instant | undefined
}

const NO_RESTARTS: Restarts = { count: 0, last: undefined }

function restartsOf(container: JsonObject): Restarts {
  const count = container['restartCount']
  const finished = parseTime(textAt(container, 'lastState.terminated.finishedAt'))
  return { count: typeof count === 'number' ? count : 0, last: finished }
}

function addRestarts(a: Restarts, b: Restarts): Restarts {
  const last = a.last === undefined || (b.last !== undefined && b.last > a.last) ? b.last : a.last
  return { count: a.count + b.count, last }
}

interface InitSummary {
  /** Set while the init containers are not through. */
  readonly status: string | undefined
  /** Sidecars that are ready. */
  readonly ready: number
  readonly all: Restarts
  readonly sidecars: Restarts
}

function summarizeInit(pod: KubeObject, sidecars: ReadonlySet<unknown>): InitSummary {
  const total = listAt(pod, 'spec.initContainers').length
  let [all, ofSidecars, ready] = [NO_RESTARTS, NO_RESTARTS, 0]
  for (const [index, container] of listAt(pod, 'status.initContainerStatuses').entries()) {
    const isSide = sidecars.has(container['name'])
    all = addRestarts(all, restartsOf(container))
    if (isSide) ofSidecars = addRestarts(ofSidecars, restartsOf(container))
    if (at(container, 'state.terminated.exitCode') === 0) continue
    if (!isSide || container['started'] !== true) {
      const status = `Init:${initReason(container) ?? `${index}/${total}`}`
      return { status, ready, all, sidecars: ofSidecars }
    }
    if (container['ready'] === true) ready++
  }
  return { status: undefined, ready, all, sidecars: ofSidecars }
}

function initReason(container: JsonObject): string | undefined {
  if (at(container, 'state.terminated') !== undefined) return endReason(container)
  const waiting = textAt(container, 'state.waiting.reason')
  return waiting === '' || waiting === 'PodInitializing' ? undefined : waiting
}

/** Why a container ended, where it did. */
function endReason(container: JsonObject): string | undefined {
  const terminated = at(container, 'state.terminated')
  if (terminated === undefined || terminated === null) return undefined
  const { reason, signal, exitCode } = terminated as JsonObject
  if (typeof reason === 'string' && reason !== '') return reason
  return typeof signal === 'number' && signal !== 0
    ? `Signal:${signal}`
    : `ExitCode:${exitCode ?? 0}`
}

interface MainSummary {
  readonly status: string | undefined
  readonly ready: number
  readonly restarts: Restarts
}

/**
 * The first container that has something to say gives the status; the later ones are looked at
 * before it.
 */
function summarizeMain(pod: KubeObject): MainSummary {
  let [restarts, ready, status] = [NO_RESTARTS, 0, undefined as string | undefined]
  for (const container of listAt(pod, 'status.containerStatuses').toReversed()) {
    restarts = addRestarts(restarts, restartsOf(container))
    const reason = textAt(container, 'state.waiting.reason') || endReason(container)
    if (reason !== undefined) status = reason
    else if (container['ready'] === true && at(container, 'state.running') !== undefined) ready++
  }
  // A pod of which one part is done and another runs is running.
  if (status === 'Completed' && ready > 0) {
    status = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady'
  }
  return { status, ready, restarts }
}

function hasCondition(pod: KubeObject, type: string): boolean {
  return listAt(pod, 'status.conditions').some(
    (condition) => condition['type'] === type && condition['status'] === 'True',
  )
}

function restartsText({ restarts, lastRestart }: PodSummary, now: Instant): string {
  if (restarts === 0 || lastRestart === undefined) return String(restarts)
  return `${restarts} (${humanDuration(now - lastRestart)} ago)`
}

function readinessGates(pod: KubeObject): string {
  const gates = listAt(pod, 'spec.readinessGates')
  if (gates.length === 0) return NONE
  const met = gates.filter((gate) => hasCondition(pod, textAt(gate, 'conditionType')))
  return `${met.length}/${gates.length}`
}

/** One summary per object, though three columns want it. */
const SUMMARIES = new WeakMap<KubeObject, PodSummary>()

function summaryOf(pod: KubeObject): PodSummary {
  const known = SUMMARIES.get(pod)
  if (known !== undefined) return known
  const summary = summarizePod(pod)
  SUMMARIES.set(pod, summary)
  return summary
}

function rowConditions(pod: KubeObject): readonly TableRowCondition[] | undefined {
  const phase = textAt(pod, 'status.phase')
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined
  const outcome = phase === 'Succeeded' ? 'completed successfully' : 'failed'
  const message = `The pod has ${outcome}.`
  return [{ type: 'Completed', status: 'True', reason: phase, message }]
}

export const podKind: TableKind = {
  columns: [
    nameColumn,
    column('Ready', (pod) => `${summaryOf(pod).ready}/${summaryOf(pod).total}`, {
      description: 'How many of the containers are ready.',
    }),
    column('Status', (pod) => summaryOf(pod).status, {
      description: 'The phase of the pod, or why it is not going on.',
    }),
    column('Restarts', (pod, now) => restartsText(summaryOf(pod), now), {
      description: 'How often its containers were restarted, and when last.',
    }),
    ageColumn,
    wideColumn(
      'IP',
      (pod) => textAt(listAt(pod, 'status.podIPs')[0], 'ip') || textOrNone(pod, 'status.podIP'),
    ),
    wideColumn('Node', (pod) => textOrNone(pod, 'spec.nodeName')),
    wideColumn('Nominated Node', (pod) => textOrNone(pod, 'status.nominatedNodeName')),
    wideColumn('Readiness Gates', readinessGates),
  ],
  rowConditions,
}
