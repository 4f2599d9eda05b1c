/** Invariants of what must go in time: missions whose time to live is over, and pods on aircraft that are lost. */
import { parseTime } from '@sortie/machinery'
import { type Invariant, seenAs, type Witness } from '../invariant.ts'
import { hasEnded, isFlying, type MissionEntry, type NodeEntry, type PodEntry } from '../model.ts'

/** A controller has this long to notice that a time is over. */
const NOTICE_MS = 10_000

/** Of api.md, `ttlSecondsAfterFinished`: the mission is deleted that long after it ended. */
export const expiredMissionsGo: Invariant = {
  number: 14,
  name: 'a mission goes once its time to live is over',
  onCommit(seen, witness) {
    const mission = seenAs(seen, 'Mission')
    if (mission === undefined || seen.from === seen.to || !hasEnded(mission.entry)) return
    const { entry } = mission
    const { spec, status } = entry.object
    const seconds = spec.ttlSecondsAfterFinished
    if (seconds === undefined) return
    const allowed = seconds * 1000 + NOTICE_MS
    witness.at(witness.due(witness.now(), allowed, ['operator']), () => {
      const { metadata, spec: after, status: now } = entry.object
      const isGone = entry.deletedAt !== undefined || metadata.deletionTimestamp !== undefined
      const isSameEnd = hasEnded(entry) && now?.completionTime === status?.completionTime
      if (isGone || !isSameEnd || after.ttlSecondsAfterFinished !== seconds) return
      witness.report(`ended more than ${seconds} s ago`, entry)
    })
  },
}

/** What is wrong where the operator deletes this mission at this time of the wall clock; undefined where nothing is. */
export function earlyExpiry({ object }: MissionEntry, wallTime: number): string | undefined {
  const { spec, status } = object
  const endedAt = parseTime(status?.completionTime)
  if (spec.ttlSecondsAfterFinished === undefined) return 'it has no time to live'
  if (endedAt === undefined) return 'it has not ended'
  const left = endedAt + spec.ttlSecondsAfterFinished * 1000 - wallTime
  return left > 0 ? `${left} ms early` : undefined
}

/** Of behaviour.md, "Failure, level by level", 5. */
const NOTICED_WITHIN_MS = 40_000

/** A pod on a lost aircraft that nobody has given up: its task goes on, and its deletion was not asked for. */
function isRelied(pod: PodEntry, { model }: Witness): boolean {
  const task = model.taskOf(pod)
  if (task === undefined || task.deletedAt !== undefined || hasEnded(task)) return false
  return isFlying(pod) && pod.deletingAt === undefined
}

export const lostAircraftNoticed: Invariant = {
  number: 14,
  name: 'a task whose aircraft is lost gives its pod up within 40 s',
  onCommit(seen, witness) {
    const node = seenAs(seen, 'Node')
    if (node === undefined) return
    const { entry } = node
    const since = entry.deletedAt ?? entry.notReadySince
    if (since !== witness.now()) return
    witness.at(witness.due(since, NOTICED_WITHIN_MS, ['operator']), () => {
      if (isLostSince(entry, since, witness)) expectGivenUp(entry, since, witness)
    })
  },
}

function isLostSince(node: NodeEntry, since: number, { model }: Witness): boolean {
  const present = model.nodeNamed(node.object.metadata.name)
  return present === undefined || (present === node && node.notReadySince === since)
}

function expectGivenUp({ object }: NodeEntry, since: number, witness: Witness): void {
  const { name } = object.metadata
  for (const pod of witness.model.pods.values()) {
    if (pod.object.spec.nodeName !== name || (pod.boundAt ?? since) > since) continue
    if (isRelied(pod, witness)) {
      witness.report(`${name} was lost ${witness.now() - since} ms ago`, pod)
    }
  }
}
