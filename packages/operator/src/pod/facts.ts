/** What an existing pod tells about its task: has it run, has it ended and how, can it start at all. */
import { ANNOTATIONS } from '@sortie/api'
import {
  type ContainerStatus,
  type Instant,
  type KubeObject,
  type PodCondition,
  parseTime,
  type Stored,
  soonest,
} from '@sortie/machinery'
import { fieldOf, objectOf, objectsOf, textMapOf, textOf, wholeOf } from './fields.ts'
import { REPLACE_ANNOTATION, weaponsOfPod } from './metadata.ts'

/** How the main containers ended. */
export type PodEnd =
  | { readonly succeeded: true; readonly at: Instant | undefined }
  | {
      readonly succeeded: false
      readonly at: Instant | undefined
      /** For people: `container task exited with code 1`. */
      readonly message: string
      /** True where the pod went away through no fault of its own: evicted, preempted, not admitted. */
      readonly disrupted: boolean
    }

export interface Waiting {
  readonly reason: string
  readonly message: string
}

export interface PodFacts {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly retry: number
  readonly node: string | undefined
  readonly assignedAt: Instant | undefined
  /** When the first main container started; undefined where none has. */
  readonly startedAt: Instant | undefined
  readonly started: boolean
  readonly end: PodEnd | undefined
  /** True once no container of the pod runs any more, as far as its phase says. */
  readonly finished: boolean
  /** When the deletion was asked for. */
  readonly deletedAt: Instant | undefined
  readonly createdAt: Instant | undefined
  /** Why a container that must start cannot: its image or its configuration. */
  readonly blocked: Waiting | undefined
  readonly scheduled: PodCondition | undefined
  /** A weapon's ordinary container is still running. */
  readonly companionRunning: boolean
  /** Why a controller of ours wants it replaced. */
  readonly replace: string | undefined
  /** Aircraft that have failed its task are out of the question for it, not merely avoided. */
  readonly rulesOut: boolean
}

/** Waiting reasons of a container on its way, or between two restarts; every other one means that it cannot start. */
const PASSING_REASONS: ReadonlySet<string> = new Set([
  'ContainerCreating',
  'PodInitializing',
  'CrashLoopBackOff',
])

/** Reasons of a failed pod that blame the aircraft or the cluster, by their names in the kubelet and in the controllers. */
const DISRUPTIONS: ReadonlySet<string> = new Set([
  'Evicted',
  'Preempting',
  'Preempted',
  'NodeLost',
  'NodeShutdown',
  'Shutdown',
  'Terminated',
  'NodeAffinity',
  'NodePorts',
  'NodeName',
  'UnexpectedAdmissionError',
  'Admission',
  'TaintToleration',
  'UnexpectedPodFailure',
])

const known = new WeakMap<object, PodFacts>()

/** What there is to know of a pod; worked out once for as long as the object lives, since nobody changes it. */
export function readPod(pod: Stored<KubeObject>): PodFacts {
  const held = known.get(pod)
  if (held !== undefined) return held
  const facts = describePod(pod)
  known.set(pod, facts)
  return facts
}

function describePod(pod: Stored<KubeObject>): PodFacts {
  const { metadata } = pod
  const status = fieldOf(pod, 'status')
  const weapons = weaponsOfPod(metadata.annotations)
  const mains = mainNames(pod, weapons)
  const statuses = statusesOf(status, 'containerStatuses')
  const started = mains.map((name) => startOf(statuses.get(name)))
  const conditions = objectsOf(fieldOf(status, 'conditions')) as unknown as readonly PodCondition[]
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
  const hasStarted = started.some((start) => start !== undefined)
  const phase = textOf(status, 'phase')
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    retry: readRetry(metadata.annotations),
    node: textOf(fieldOf(pod, 'spec'), 'nodeName'),
    assignedAt:
      scheduled?.status === 'True' ? parseTime(textOf(scheduled, 'lastTransitionTime')) : undefined,
    startedAt:
      soonest(...started.filter((time) => time !== 0)) ??
      (hasStarted ? firstStart(status, conditions) : undefined),
    started: hasStarted || phase === 'Succeeded' || (phase === 'Running' && statuses.size === 0),
    end: endOf({ status, statuses, mains, spec: fieldOf(pod, 'spec'), conditions }),
    finished: phase === 'Succeeded' || phase === 'Failed',
    deletedAt: deletionOf(metadata),
    createdAt: parseTime(textOf(metadata, 'creationTimestamp')),
    blocked: blockedBy(status, weapons),
    scheduled,
    companionRunning: [...weapons.keys()].some((name) => isRunning(statuses.get(name))),
    replace: textMapOf(metadata.annotations)[REPLACE_ANNOTATION],
    rulesOut: rulesOutNodes(pod),
  }
}

function rulesOutNodes(pod: KubeObject): boolean {
  if (textMapOf(pod.metadata.annotations)[ANNOTATIONS.excludedNodes] === undefined) return false
  const nodeAffinity = fieldOf(fieldOf(fieldOf(pod, 'spec'), 'affinity'), 'nodeAffinity')
  const required = fieldOf(nodeAffinity, 'requiredDuringSchedulingIgnoredDuringExecution')
  return objectsOf(fieldOf(required, 'nodeSelectorTerms')).some((term) =>
    objectsOf(term.matchFields).some((field) => field.operator === 'NotIn'),
  )
}

/** The main containers could start once the others were through; the kubelet had taken the pod in before. */
function firstStart(status: unknown, conditions: readonly PodCondition[]): Instant | undefined {
  const initialized = conditions.find(
    ({ type, status: is }) => type === 'Initialized' && is === 'True',
  )
  return (
    parseTime(textOf(initialized, 'lastTransitionTime')) ?? parseTime(textOf(status, 'startTime'))
  )
}

function readRetry(annotations: unknown): number {
  const text = textMapOf(annotations)[ANNOTATIONS.attempt]
  const retry = Number(text)
  return text !== undefined && Number.isSafeInteger(retry) && retry >= 0 ? retry : 0
}

function deletionOf(metadata: unknown): Instant | undefined {
  const end = parseTime(textOf(metadata, 'deletionTimestamp'))
  if (end === undefined) return undefined
  return end - (wholeOf(metadata, 'deletionGracePeriodSeconds') ?? 0) * 1000
}

/** The containers that decide the task's end: all but the weapons'. */
function mainNames(pod: KubeObject, weapons: ReadonlyMap<string, string>): readonly string[] {
  return objectsOf(fieldOf(fieldOf(pod, 'spec'), 'containers'))
    .map((container) => textOf(container, 'name') ?? '')
    .filter((name) => !weapons.has(name))
}

type Statuses = ReadonlyMap<string, ContainerStatus>

function statusesOf(status: unknown, list: string): Statuses {
  const found = new Map<string, ContainerStatus>()
  for (const entry of objectsOf(fieldOf(status, list))) {
    found.set(textOf(entry, 'name') ?? '', entry as unknown as ContainerStatus)
  }
  return found
}

/** When a container first started; 0 where it did and nobody knows when. */
function startOf(status: ContainerStatus | undefined): Instant | undefined {
  const state = objectOf(fieldOf(status, 'state'))
  const last = fieldOf(fieldOf(status, 'lastState'), 'terminated')
  const held = last ?? state.running ?? state.terminated
  // Only the run before the present one is kept: after two restarts nobody knows when the first began.
  if ((wholeOf(status, 'restartCount') ?? 0) > 1) return 0
  if (held === undefined || held === null) return undefined
  if (textOf(held, 'reason') === 'ContainerStatusUnknown') return undefined
  return parseTime(textOf(held, 'startedAt')) ?? 0
}

function isRunning(status: ContainerStatus | undefined): boolean {
  return fieldOf(fieldOf(status, 'state'), 'running') !== undefined
}

interface EndInput {
  readonly status: unknown
  readonly statuses: Statuses
  readonly mains: readonly string[]
  readonly spec: unknown
  readonly conditions: readonly PodCondition[]
}

/**
 * The end by the main containers alone: a weapon that goes on, or that failed, changes nothing. A pod that the kubelet ended
 * (evicted, shut down, past its deadline) failed, whatever its containers made of the signal.
 */
function endOf(input: EndInput): PodEnd | undefined {
  const { status, statuses, mains } = input
  const phase = textOf(status, 'phase')
  const ends = mains.map((name) => fieldOf(fieldOf(statuses.get(name), 'state'), 'terminated'))
  const at = latest(ends.map((end) => parseTime(textOf(end, 'finishedAt'))))
  if (phase === 'Succeeded') return { succeeded: true, at }
  if (phase === 'Failed' && isKilled(input)) {
    return { succeeded: false, at, message: killMessage(input), disrupted: isDisruption(input) }
  }
  if (mains.length === 0 || ends.some((end) => end === undefined || end === null)) {
    if (phase !== 'Failed') return undefined
    return { succeeded: false, at, message: failureMessage(input), disrupted: false }
  }
  const failed = ends.findIndex((end) => fieldOf(end, 'exitCode') !== 0)
  if (failed < 0) return { succeeded: true, at }
  // Under OnFailure a container that failed is started again: the pod goes on.
  if (phase !== 'Failed' && textOf(input.spec, 'restartPolicy') === 'OnFailure') return undefined
  return {
    succeeded: false,
    at,
    message: exitMessage(mains[failed] ?? '', ends[failed]),
    disrupted: false,
  }
}

function isKilled(input: EndInput): boolean {
  return isDisruption(input) || textOf(input.status, 'reason') === 'DeadlineExceeded'
}

function disruptionTarget(conditions: readonly PodCondition[]): PodCondition | undefined {
  return conditions.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True')
}

function isDisruption({ status, conditions }: EndInput): boolean {
  const reason = textOf(status, 'reason') ?? ''
  if (disruptionTarget(conditions) !== undefined) return true
  return DISRUPTIONS.has(reason) || reason.startsWith('OutOf')
}

function killMessage({ status, conditions }: EndInput): string {
  const target = disruptionTarget(conditions)
  const reason = textOf(status, 'reason') ?? textOf(target, 'reason') ?? 'Disrupted'
  const message = textOf(status, 'message') ?? textOf(target, 'message')
  return message === undefined
    ? `the pod was ended: ${reason}`
    : `the pod was ended: ${reason}: ${message}`
}

function failureMessage({ status }: EndInput): string {
  for (const [name, entry] of statusesOf(status, 'initContainerStatuses')) {
    const end = fieldOf(fieldOf(entry, 'state'), 'terminated')
    if (end !== undefined && fieldOf(end, 'exitCode') !== 0) return `init ${exitMessage(name, end)}`
  }
  return textOf(status, 'message') ?? 'the pod failed without saying why'
}

function exitMessage(name: string, end: unknown): string {
  const code = fieldOf(end, 'exitCode')
  const reason = textOf(end, 'reason')
  const why = reason === undefined || reason === 'Error' ? '' : ` (${reason})`
  const said = textOf(end, 'message')?.trim().slice(0, 512)
  return `container ${name} exited with code ${typeof code === 'number' ? code : '?'}${why}${said ? `: ${said}` : ''}`
}

function latest(times: readonly (Instant | undefined)[]): Instant | undefined {
  const known = times.filter((time): time is Instant => time !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** Why a container cannot start. A weapon's own trouble does not count, except where it keeps the task from starting. */
function blockedBy(status: unknown, weapons: ReadonlyMap<string, string>): Waiting | undefined {
  const init = objectsOf(fieldOf(status, 'initContainerStatuses'))
  const main = objectsOf(fieldOf(status, 'containerStatuses')).filter(
    (entry) => !weapons.has(textOf(entry, 'name') ?? ''),
  )
  for (const entry of [...init, ...main]) {
    const waiting = fieldOf(fieldOf(entry, 'state'), 'waiting')
    const reason = textOf(waiting, 'reason')
    if (reason === undefined || PASSING_REASONS.has(reason)) continue
    const name = textOf(entry, 'name') ?? ''
    const message = (textOf(waiting, 'message') ?? '').slice(0, 1024)
    return { reason, message: `container ${name}: ${message === '' ? reason : message}` }
  }
  return undefined
}
