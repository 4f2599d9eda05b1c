/** A Node as an aircraft: what its labels, taints and conditions say, read so that nothing in them can break a decision. */
import { AIRCRAFT, TAINTS } from '@sortie/api'
import {
  type Instant,
  isJsonObject,
  type KubeObject,
  parseTime,
  type Stored,
} from '@sortie/machinery'
import { fieldOf, objectsOf, textMapOf, textOf } from '../pod/fields.ts'
import type { AircraftNeed } from '../pod/order.ts'

export interface AircraftFacts {
  readonly name: string
  readonly type: string
  readonly labels: Readonly<Record<string, string>>
  /** False: cordoned, quarantined, in maintenance or offline by its label. */
  readonly available: boolean
  /** Type of the hardpoint at each mount point, as far as the annotation says. */
  readonly mounts: Readonly<Record<string, string>>
  readonly hardpointTotal: number | undefined
}

/** Undefined for a node that is no aircraft (label `aircraft.mil/type` is missing). */
export function readAircraft(node: Stored<KubeObject>): AircraftFacts | undefined {
  const labels = textMapOf(node.metadata.labels)
  const type = labels[AIRCRAFT.type]
  if (type === undefined || type === '') return undefined
  const spec = fieldOf(node, 'spec')
  const quarantined = objectsOf(fieldOf(spec, 'taints')).some(
    (taint) => textOf(taint, 'key') === TAINTS.quarantine,
  )
  const cordoned = fieldOf(spec, 'unschedulable') === true
  return {
    name: node.metadata.name,
    type,
    labels,
    available: !quarantined && !cordoned && labels[AIRCRAFT.status] === 'ready',
    mounts: readMounts(textMapOf(node.metadata.annotations)[AIRCRAFT.hardpoints]),
    hardpointTotal: readCount(labels[AIRCRAFT.hardpointTotal]),
  }
}

/** A whole number that is not negative, as a label writes it. */
export function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function readMounts(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined || text.length > 65_536) return {}
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? textMapOf(parsed) : {}
  } catch {
    return {}
  }
}

/** True where its labels meet the need, and it is neither cordoned nor quarantined nor away. */
export function canTake(aircraft: AircraftFacts, need: AircraftNeed): boolean {
  const { labels } = aircraft
  return (
    aircraft.available &&
    (need.type === '' || aircraft.type === need.type) &&
    (readCount(labels[AIRCRAFT.fuelLevel]) ?? 0) >= need.minFuelLevel &&
    (readCount(labels[AIRCRAFT.hardpointAvailable]) ?? 0) >= need.requiredHardpoints &&
    need.capabilities.every((name) => labels[AIRCRAFT.capabilityPrefix + name] === 'true')
  )
}

/** Since when a node is not ready; undefined while it is. A node that never said so counts from its creation. */
export function notReadySince(node: Stored<KubeObject>): Instant | undefined {
  const conditions = objectsOf(fieldOf(fieldOf(node, 'status'), 'conditions'))
  const ready = conditions.find((condition) => textOf(condition, 'type') === 'Ready')
  if (ready === undefined || textOf(ready, 'status') === 'True') return undefined
  return (
    parseTime(textOf(ready, 'lastTransitionTime')) ??
    parseTime(node.metadata.creationTimestamp) ??
    0
  )
}
