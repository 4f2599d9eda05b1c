/** Invariants of aircraft and gangs. */
import type { MissionStage } from '@sortie/api'
import { parseTime } from '@sortie/machinery'
import { type Invariant, seenAs, type Witness } from '../invariant.ts'
import {
  type Entry,
  hasEnded,
  isFlying,
  isNewlyBound,
  isPlaced,
  type NodeEntry,
  type PodEntry,
  type TaskEntry,
} from '../model.ts'

const RESOURCES = ['aircraft.mil/slot', 'aircraft.mil/hardpoint'] as const

function requested(pod: PodEntry, resource: string): number {
  const { containers } = pod.object.spec
  return containers.reduce((sum, { resources }) => {
    const said = resources?.requests?.[resource] ?? resources?.limits?.[resource] ?? '0'
    return sum + Number(said)
  }, 0)
}

function isRunning(pod: PodEntry): boolean {
  return isPlaced(pod) && pod.object.status?.phase === 'Running'
}

export const aircraftNotOverbooked: Invariant = {
  number: 8,
  name: 'no aircraft has more live pods than slots, nor more hardpoints taken than it has',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod === undefined || !isPlaced(pod.entry)) return
    // A kubelet may turn away what two schedulers sent it; what it lets run must fit.
    const counts = witness.undisturbed ? isPlaced : isRunning
    const name = pod.entry.object.spec.nodeName ?? ''
    const node = witness.model.nodeNamed(name)
    if (node === undefined || !counts(pod.entry)) return
    const there = [...witness.model.pods.values()].filter(
      (one) => one.object.spec.nodeName === name && counts(one),
    )
    for (const resource of RESOURCES) {
      const taken = there.reduce((sum, one) => sum + requested(one, resource), 0)
      const has = Number(node.object.status?.allocatable?.[resource] ?? '0')
      if (taken > has) witness.report(`${taken} of ${has} ${resource} are taken`, node, ...there)
    }
  },
}

/** How long apart the pods of a gang may be bound. */
const GANG_SKEW_MS = 5_000

export const gangsWhole: Invariant = {
  number: 9,
  name: 'a gang is bound whole or not at all',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod === undefined || pod.entry.boundAt !== witness.now()) return
    const task = witness.model.taskOf(pod.entry)
    const stage = task === undefined ? undefined : witness.model.stageOf(task)
    if (stage?.object.spec.config?.synchronization?.waitForAll !== true) return
    witness.at(witness.due(witness.now(), GANG_SKEW_MS), () => checkGang(stage, witness))
  },
}

function checkGang(stage: Entry<MissionStage>, witness: Witness): void {
  const { model } = witness
  if (stage.deletedAt !== undefined || hasEnded(stage)) return
  const tasks = model.tasksOf(stage).filter((task) => task.deletedAt === undefined)
  const left = tasks.filter(
    (task) => !hasEnded(task) && model.podsOf(task).every((pod) => pod.boundAt === undefined),
  )
  const flying = tasks.filter((task) => model.podsOf(task).some(isFlying))
  const [first] = left
  if (first !== undefined && flying.length > 0) {
    witness.report(`${flying.length} of a gang fly, ${left.length} never did`, stage, first)
  }
}

/** Of architecture.md, "The scheduler": it honours taints and nodes that take nothing. */
export const readyAircraftOnly: Invariant = {
  number: 8,
  name: 'an aircraft that is not ready, cordoned or in quarantine takes no pods',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod === undefined || !isNewlyBound(pod.entry, seen.commit)) return
    if (witness.model.taskOf(pod.entry) === undefined) return
    const node = witness.model.nodeNamed(pod.entry.object.spec.nodeName)
    if (node?.closedAt === undefined || !witness.mustKnow('scheduler', node.closedAt)) return
    witness.report('a pod was bound to it', node, pod.entry)
  },
}

const QUARANTINE = 'aircraft.mil/quarantine'

const LONGEST_QUARANTINE_MS = 11 * 60_000

/** Of behaviour.md, "Failure, level by level", 5: it is taken off after ten minutes. */
export const quarantinesEnd: Invariant = {
  number: 8,
  name: 'a quarantine ends',
  atRest({ model, isClockTrue, wallTime, report }) {
    if (!isClockTrue) return
    const begunBefore = wallTime() - LONGEST_QUARANTINE_MS
    for (const node of model.nodes.values()) {
      const taints = node.object.spec?.taints ?? []
      const isOver = taints.some(
        ({ key, timeAdded }) =>
          key === QUARANTINE && (parseTime(timeAdded) ?? Infinity) < begunBefore,
      )
      if (node.deletedAt === undefined && isOver) report('is in quarantine still', node)
    }
  },
}

/** Of behaviour.md, "Failure, level by level", 2: the next pod avoids the aircraft that failed it while another could take it. */
export const failedAircraftAvoided: Invariant = {
  number: 5,
  name: 'an aircraft that failed a task does not get it again while there is another',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod === undefined || !isNewlyBound(pod.entry, seen.commit)) return
    const task = witness.model.taskOf(pod.entry)
    const excluded = task === undefined ? [] : failedOn(task, witness)
    const { nodeName = '', nodeSelector } = pod.entry.object.spec
    if (task === undefined || !excluded.includes(nodeName)) return
    // One that was evicted while it ran is a failure too, but need not be avoided.
    const failed = nodesOfFailed(task, witness)
    // What the pod must avoid is said when it is made, by what could fly it then.
    const isOther = ({ object, deletedAt, closedAt, ...node }: NodeEntry): boolean => {
      const { name, labels = {} } = object.metadata
      if (deletedAt !== undefined || closedAt !== undefined || failed.includes(name)) return false
      const { createdAt } = pod.entry
      const wasThere = node.createdAt < createdAt && (node.openedAt ?? 0) < createdAt
      return wasThere && matches(labels, nodeSelector)
    }
    // What else a task asks of an aircraft is not judged here.
    const { requiredHardpoints, ...asked } = task.object.spec.aircraftRequirement ?? {}
    const isPlain =
      Object.keys(asked).every((key) => key === 'type') && requiredHardpoints === undefined
    const others = [...witness.model.nodes.values()].filter(isOther)
    const [other] = others
    if (!isPlain || !witness.undisturbed || other === undefined) return
    if (others.length < needsAtOnce(task, witness)) return
    witness.report(`${nodeName} failed it before, ${other.object.metadata.name} did not`, pod.entry)
  },
}

/** Where a stage waits for all of its tasks, one that avoids an aircraft must leave the others theirs: up to one for each. */
function needsAtOnce(task: TaskEntry, { model }: Witness): number {
  const stage = model.stageOf(task)
  if (stage?.object.spec.config?.synchronization?.waitForAll !== true) return 1
  const { flightTasks = [] } = stage.object.spec
  return flightTasks.reduce((sum, { count = 1 }) => sum + count, 0)
}

/** Aircraft on which a pod of the task failed by itself. */
function failedOn(task: TaskEntry, { model }: Witness): readonly string[] {
  const isOwnFault = ({ object: { status } }: PodEntry): boolean =>
    status?.phase === 'Failed' && status.reason === undefined
  return model
    .podsOf(task)
    .filter(isOwnFault)
    .map(({ object }) => object.spec.nodeName ?? '')
}

/** Aircraft on which a pod of the task failed, whatever the cause. */
function nodesOfFailed(task: TaskEntry, { model }: Witness): readonly string[] {
  return model
    .podsOf(task)
    .filter(({ object: { status } }) => status?.phase === 'Failed')
    .map(({ object }) => object.spec.nodeName ?? '')
}

function matches(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}
