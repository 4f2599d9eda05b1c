/**
 * The scheduling cycle: watches fill the cluster state and the queue, a turn takes what is to be looked at, decides on a
 * snapshot, and binds. Nothing polls: a turn begins because something happened, once for all that happened at the time.
 */
import { type FlightTask, type MissionStage, matchAircraft } from '@sortie/api'
import type { Client, Informer } from '@sortie/client'
import type { Clock, KubeObject, Logger, NodeObject, Pod, Stored, Timer } from '@sortie/machinery'
import { deepEqual, isDeleting, notReadyCondition } from '@sortie/machinery'
import type { EventRecorder } from '@sortie/runtime'
import { assign } from './assign/assign.ts'
import type { Decision } from './assign/decision.ts'
import type { Binder, BindOutcome } from './bind.ts'
import { exclusionFrom } from './filter/exclusion.ts'
import { couldEverTake, createStaticVerdicts } from './filter/filters.ts'
import { isGated, unsupported } from './filter/podchecks.ts'
import { podSetOf } from './filter/topology.ts'
import { createGate, type Gate } from './gang/gate.ts'
import { createKeeper, type Keeper } from './gang/keeper.ts'
import { endedCount, hasTaskEnded, queueOrder } from './gang/records.ts'
import { createWaitingQueue, type WaitingQueue } from './queue.ts'
import { createReporter, type Reporter } from './report.ts'
import { type ClusterState, createClusterState } from './snapshot/clusterstate.ts'
import { freeOf, type NodeInfo } from './snapshot/nodeinfo.ts'
import { hasEnded, type PodInfo, podInfo } from './snapshot/podinfo.ts'

export interface CycleSources {
  readonly nodes: Informer<NodeObject>
  readonly pods: Informer<Pod>
  readonly tasks: Informer<FlightTask>
  readonly stages: Informer<MissionStage>
}

export interface CycleOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: EventRecorder
  readonly binder: Binder
  readonly sources: CycleSources
  readonly schedulerName: string
  readonly batchSize: number
  /** Of a pod that no aircraft could ever take. */
  readonly reportDelayMs: number
  /** Of a pod that some aircraft could take once it is free. */
  readonly queueReportDelayMs: number
  /** How long a gang waits before aircraft are kept for it. */
  readonly gangPatienceMs: number
}

export interface Cycle {
  stop(): void
}

interface Outlook {
  /** Some aircraft could take the pod once it is free. */
  readonly hasHope: boolean
  /** The smallest change that would place it, as a sentence after a space; empty where there is none. */
  readonly advice: string
}

/** How long a pod is left alone after a binding of it failed; doubles to the longest. */
const BACKOFF_MS = { first: 1_000, most: 10_000 }
/** Bindings that may wait for their turn before the next decisions are made: later ones know more. */
const BIND_BACKLOG = 256

/** Starts at once; the informers must have synced. */
export function createCycle(options: CycleOptions): Cycle {
  const cycle = new SchedulingCycle(options)
  cycle.connect()
  return cycle
}

class SchedulingCycle implements Cycle {
  readonly #options: CycleOptions
  readonly #state: ClusterState = createClusterState()
  readonly #verdicts = createStaticVerdicts()
  readonly #queue: WaitingQueue
  readonly #gate: Gate
  readonly #keeper: Keeper
  readonly #reporter: Reporter
  readonly #failures = new Map<string, number>()
  readonly #timers = new Set<Timer>()
  readonly #disconnect: (() => void)[] = []
  #turn: Timer | undefined
  #stopped = false

  constructor(options: CycleOptions) {
    this.#options = options
    const { client, clock, log, recorder, sources, reportDelayMs } = options
    this.#queue = createWaitingQueue(() => this.#wake())
    this.#gate = createGate({ ...sources, nodeOf: (uid) => this.#state.nodeOf(uid) }, this.#queue)
    this.#keeper = createKeeper({
      clock,
      queue: this.#queue,
      snapshot: this.#state,
      verdicts: this.#verdicts,
      patienceMs: options.gangPatienceMs,
      givenBack: (node) => this.#wakeForNode(node),
    })
    this.#reporter = createReporter({
      client,
      clock,
      log,
      recorder,
      podOf: (uid) => this.#waiting(uid),
      delayMs: reportDelayMs,
    })
  }

  connect(): void {
    const { nodes, pods, tasks, stages } = this.#options.sources
    this.#disconnect.push(
      nodes.addHandler({
        onAdd: (node) => this.#onNode(undefined, node),
        onUpdate: (before, node) => this.#onNode(before, node),
        onDelete: (node) => {
          this.#state.removeNode(node.metadata.name)
          this.#keeper.fleetChanged()
          this.#queue.wakeInteracting()
        },
      }),
      pods.addHandler({
        onAdd: (pod) => this.#onPod(pod),
        onUpdate: (before, pod) => {
          this.#onPod(pod)
          if (haveOtherLabels(before, pod)) this.#queue.wakeInteracting()
        },
        onDelete: (pod) => this.#onPodGone(pod),
      }),
      tasks.addHandler({
        onAdd: (task) => this.#gate.taskChanged(task),
        onUpdate: (before, task) => {
          if (isTaskDifferent(before, task)) this.#gate.taskChanged(task)
        },
        onDelete: (task) => this.#gate.taskChanged(task),
      }),
      stages.addHandler({
        onAdd: (stage) => this.#queue.wakeGang(stage.metadata.uid),
        onUpdate: (before, stage) => {
          if (before.spec !== stage.spec) this.#gate.stageChanged(stage)
          if (hasEndedMore(before, stage)) this.#queue.wakeGang(stage.metadata.uid)
        },
      }),
    )
  }

  stop(): void {
    this.#stopped = true
    this.#turn?.cancel()
    for (const timer of this.#timers) timer.cancel()
    for (const disconnect of this.#disconnect) disconnect()
    this.#reporter.stop()
  }

  #onNode(before: Stored<NodeObject> | undefined, node: Stored<NodeObject>): void {
    this.#state.setNode(node)
    if (before !== undefined && !isNodeDifferent(before, node)) return
    this.#keeper.fleetChanged()
    this.#wakeForNode(node.metadata.name)
    // Zones and the like are made of all nodes: the change may open another one.
    this.#queue.wakeInteracting()
  }

  #onPod(pod: Stored<Pod>): void {
    const { uid } = pod.metadata
    const held = this.#state.nodeOf(uid)
    this.#state.setPod(pod)
    if (!this.#isOurs(pod)) this.#giveUp(pod)
    // One whose binding is under way keeps its place: where it is refused the pod waits again.
    else if (this.#state.nodeOf(uid) === undefined) this.#enqueue(pod)
    if (held === this.#state.nodeOf(uid)) return
    // It may also be on another node than the one assumed: two schedulers at once.
    if (held !== undefined) this.#hasLeft(pod, held)
    else this.#queue.wakeInteracting()
  }

  /** Undefined too while the pod is being bound: there is nothing to say of it then. */
  #waiting(uid: string): Stored<Pod> | undefined {
    return this.#state.nodeOf(uid) === undefined ? this.#queue.get(uid)?.info.pod : undefined
  }

  #enqueue(pod: Stored<Pod>): void {
    this.#queue.set({ info: podInfo(pod), order: queueOrder(pod, this.#options.sources.tasks) })
  }

  #onPodGone(pod: Stored<Pod>): void {
    const { uid } = pod.metadata
    const held = this.#state.nodeOf(uid)
    this.#state.removePod(uid)
    this.#dequeue(uid)
    if (held === undefined) this.#gate.podLeft(pod)
    else this.#hasLeft(pod, held)
  }

  #isOurs(pod: Stored<Pod>): boolean {
    const { spec } = pod
    return (
      spec.schedulerName === this.#options.schedulerName &&
      (spec.nodeName ?? '') === '' &&
      !isDeleting(pod as Pod) &&
      !hasEnded(pod) &&
      !isGated(pod as Pod)
    )
  }

  /** It is not to be placed any more. Where it has no place either its gang has lost it, and is to say so. */
  #giveUp(pod: Stored<Pod>): void {
    const { uid } = pod.metadata
    const hasWaited = this.#queue.get(uid) !== undefined
    this.#dequeue(uid)
    if (hasWaited && this.#state.nodeOf(uid) === undefined) this.#gate.podLeft(pod)
  }

  #dequeue(uid: string): void {
    this.#failures.delete(uid)
    this.#queue.remove(uid)
    this.#keeper.podLeft()
    this.#reporter.forget(uid)
  }

  /** A pod has given up its place on a node. */
  #hasLeft(pod: Stored<Pod>, node: string): void {
    this.#gate.podLeft(pod)
    this.#wakeForPlace(podInfo(pod), node)
  }

  /** Looks again at those who could have the place that a pod had, and at those whom it kept away. */
  #wakeForPlace(pod: PodInfo, node: string): void {
    this.#wakeForNode(node)
    const excluded = pod.antiAffinity.map((term) => podSetOf(term, pod))
    if (excluded.length > 0) this.#queue.wakeWhere((one) => excluded.some(({ has }) => has(one)))
    this.#queue.wakeInteracting()
  }

  #wakeForNode(name: string): void {
    const node = this.#state.get(name)
    if (node === undefined || this.#queue.size === this.#queue.active) return
    const context = { snapshot: this.#state, verdicts: this.#verdicts }
    this.#queue.wakeFor(node, roomOf(node), {
      fits: (pod, info) => couldEverTake(pod, info, context),
      isExcluded: exclusionFrom(node, this.#state),
    })
  }

  #wake(): void {
    if (this.#turn !== undefined || this.#stopped) return
    this.#turn = this.#options.clock.setTimer(0, () => {
      this.#turn = undefined
      this.#run()
    })
  }

  /** One turn. When too many bindings wait, it is put off until they are through. */
  #run(): void {
    const { binder, batchSize } = this.#options
    if (this.#stopped || this.#queue.active === 0) return
    if (binder.pending > BIND_BACKLOG) {
      void binder.idle().then(() => this.#wake())
      return
    }
    const reserving = this.#keeper.begin()
    const batch = this.#gate.admit(this.#queue.take(batchSize))
    const decisions = assign(batch, this.#state, { verdicts: this.#verdicts, reserving })
    const hopes = new Map<string, Outlook>()
    for (const decision of decisions) this.#carryOut(decision, hopes)
    this.#keeper.end(decisions)
    if (this.#queue.active > 0) this.#wake()
  }

  #carryOut(decision: Decision, hopes: Map<string, Outlook>): void {
    const { info } = decision.pod
    if (decision.kind === 'wait') {
      const { reportDelayMs, queueReportDelayMs } = this.#options
      const { hasHope, advice } = this.#outlookOf(info, hopes)
      const delay = hasHope ? queueReportDelayMs : reportDelayMs
      this.#reporter.report(info.uid, decision.message + advice, delay)
      return
    }
    const { node, trace } = decision
    this.#state.assume(info, node)
    this.#queue.hold(info.uid)
    this.#options.binder.bind({ pod: info, node, trace }, (outcome) =>
      this.#settle(info, node, outcome),
    )
  }

  /** What a waiting pod may hope for. Pods of one signature stand and fall together. */
  #outlookOf(pod: PodInfo, known: Map<string, Outlook>): Outlook {
    const outlook = known.get(pod.signature) ?? this.#lookOut(pod)
    known.set(pod.signature, outlook)
    return outlook
  }

  #lookOut(pod: PodInfo): Outlook {
    if (unsupported(pod.pod) !== undefined) return { hasHope: false, advice: '' }
    const context = { snapshot: this.#state, verdicts: this.#verdicts }
    for (const node of this.#state.nodes()) {
      if (couldEverTake(pod, node, context)) return { hasHope: true, advice: '' }
    }
    const { relaxations } = matchAircraft(pod.pod.spec, this.#state.nodes())
    const [nearest] = relaxations
    return { hasHope: false, advice: nearest === undefined ? '' : ` ${nearest.text}.` }
  }

  #settle(pod: PodInfo, node: string, outcome: BindOutcome): void {
    if (this.#stopped) return
    if (outcome === 'bound') {
      this.#failures.delete(pod.uid)
      this.#reporter.forget(pod.uid)
      return
    }
    this.#state.forget(pod.uid)
    if (outcome === 'refused') this.#retryLater(pod)
    this.#wakeForPlace(pod, node)
  }

  #retryLater(info: PodInfo): void {
    const { uid, key } = info
    const failures = this.#failures.get(uid) ?? 0
    this.#failures.set(uid, failures + 1)
    const delay = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** failures)
    const timer = this.#options.clock.setTimer(delay, () => {
      this.#timers.delete(timer)
      const pod = this.#options.sources.pods.get(key)
      // It may have changed while it was being bound.
      if (pod?.metadata.uid === uid && this.#queue.get(uid) !== undefined) this.#enqueue(pod)
      this.#queue.wake(uid)
      // Another pod of its task may be the one to go by now.
      this.#gate.podLeft(info.pod)
    })
    this.#timers.add(timer)
  }
}

/** How many more pods a node may take: its free slots where it is an aircraft, else its free places for pods. */
function roomOf(node: NodeInfo): number {
  const slots = freeOf(node, 'aircraft.mil/slot')
  return Math.max(
    1,
    node.allocatable['aircraft.mil/slot'] === undefined ? freeOf(node, 'pods') : slots,
  )
}

function haveOtherLabels(before: Stored<KubeObject>, after: Stored<KubeObject>): boolean {
  return !deepEqual(before.metadata.labels, after.metadata.labels)
}

/** Heartbeats and images change nothing for the scheduler. */
function isNodeDifferent(before: Stored<NodeObject>, node: Stored<NodeObject>): boolean {
  return (
    haveOtherLabels(before, node) ||
    !deepEqual(before.spec, node.spec) ||
    isReady(before) !== isReady(node) ||
    !deepEqual(before.status?.allocatable, node.status?.allocatable)
  )
}

function isReady(node: Stored<NodeObject>): boolean {
  return notReadyCondition(node) === undefined
}

/** What a stage has on record of its tasks' ends decides how many its gang still has. */
function hasEndedMore(before: Stored<MissionStage>, stage: Stored<MissionStage>): boolean {
  const [was, is] = [before, stage].map(({ status }) => endedCount(status?.counts))
  return was !== is || before.status?.observedAttempt !== stage.status?.observedAttempt
}

/** What of a task decides whether and with whom its pods are placed. */
function isTaskDifferent(before: Stored<FlightTask>, task: Stored<FlightTask>): boolean {
  return (
    before.spec !== task.spec ||
    before.status?.retryCount !== task.status?.retryCount ||
    before.status?.podRef?.uid !== task.status?.podRef?.uid ||
    hasTaskEnded(before as FlightTask) !== hasTaskEnded(task as FlightTask) ||
    before.metadata.deletionTimestamp !== task.metadata.deletionTimestamp
  )
}
