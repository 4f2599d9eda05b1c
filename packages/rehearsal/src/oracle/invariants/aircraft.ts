/** Invariants of aircraft and gangs. */
import type { MissionStage } from '@sortie/api'
import { type Invariant, seenAs, type Witness } from '../invariant.ts'
import { type Entry, hasEnded, isFlying, isPlaced, type PodEntry } from '../model.ts'

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
    const node = [...witness.model.nodes.values()].find(
      ({ object, deletedAt }) => object.metadata.name === name && deletedAt === undefined,
    )
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
