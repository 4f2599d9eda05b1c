/** A Node as an aircraft that could take a task. */
import { type AircraftFacts, parseAircraft, TAINTS } from '@sortie/api'
import { type Instant, type KubeObject, parseTime, type Stored } from '@sortie/machinery'
import { fieldOf, objectsOf, textOf } from '../pod/fields.ts'
import type { AircraftNeed } from '../pod/order.ts'

export interface Candidate {
  readonly facts: AircraftFacts
  /** False: cordoned, quarantined, or not ready by its label. */
  readonly available: boolean
}

/** Undefined for a node that is no aircraft, and for one whose labels cannot be read: nothing is flown with it. */
export function readCandidate(node: Stored<KubeObject>): Candidate | undefined {
  const reading = parseAircraft(node)
  if (reading.kind !== 'aircraft') return undefined
  const spec = fieldOf(node, 'spec')
  const isCordoned = fieldOf(spec, 'unschedulable') === true
  const isReady = reading.facts.status === 'ready'
  return { facts: reading.facts, available: isReady && !isCordoned && !isQuarantined(node) }
}

export function isQuarantined(node: Stored<KubeObject>): boolean {
  const taints = objectsOf(fieldOf(fieldOf(node, 'spec'), 'taints'))
  return taints.some((taint) => textOf(taint, 'key') === TAINTS.quarantine)
}

/** True where its labels meet the need and it is neither cordoned nor quarantined nor away. */
export function canTake({ facts, available }: Candidate, need: AircraftNeed): boolean {
  return (
    available &&
    (need.type === '' || facts.type === need.type) &&
    (facts.fuelLevel ?? 0) >= need.minFuelLevel &&
    (facts.hardpointAvailable ?? 0) >= need.requiredHardpoints &&
    need.capabilities.every((name) => facts.capabilities.includes(name))
  )
}

interface Choice {
  readonly fleet: readonly Candidate[]
  /** Aircraft that are needed at the same time; 1 for a task that flies alone. */
  readonly gangSize: number
  readonly need: AircraftNeed
}

/**
 * Whether the aircraft of these names, which failed a task, may be out of the question for it: others could take it. One other is
 * enough for a task that flies alone. A gang's tasks need theirs at the same time: where each of them is left as many as the whole
 * gang needs, there is a place for all (Hall's theorem); with fewer none might ever fly.
 */
export function canRuleOut(names: readonly string[], { fleet, gangSize, need }: Choice): boolean {
  const out = new Set(names)
  const others = fleet.filter((one) => !out.has(one.facts.name) && canTake(one, need))
  return others.length >= gangSize
}

/** Since when a node is not ready; undefined while it is, and where it never said. */
export function notReadySince(node: Stored<KubeObject>): Instant | undefined {
  const conditions = objectsOf(fieldOf(fieldOf(node, 'status'), 'conditions'))
  const ready = conditions.find((condition) => textOf(condition, 'type') === 'Ready')
  if (ready === undefined || textOf(ready, 'status') === 'True') return undefined
  const since = textOf(ready, 'lastTransitionTime')
  return parseTime(since) ?? parseTime(node.metadata.creationTimestamp) ?? 0
}
