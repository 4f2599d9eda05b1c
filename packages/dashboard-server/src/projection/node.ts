/** Node, and what metrics.k8s.io says of one, to rows. */
import {
  type AircraftReading,
  EXTENDED_RESOURCES,
  type NodeRow,
  parseAircraft,
  TAINTS,
  type UsageRow,
} from '@sortie/api'
import {
  type KubeObject,
  type NodeObject,
  quantityMilliValue,
  quantityValue,
  type Stored,
  tryParseQuantity,
} from '@sortie/machinery'
import { flag, identity, millis, rowOf, said, some } from './row.ts'

const ROLE_PREFIX = 'node-role.kubernetes.io/'
const LATITUDE = 'aircraft.mil/location.latitude'
const LONGITUDE = 'aircraft.mil/location.longitude'

export function nodeRow(node: Stored<NodeObject>): NodeRow {
  const { metadata, spec, status } = node
  const reading = parseAircraft(node)
  const taints = spec?.taints ?? []
  return rowOf<NodeRow>({
    ...identity(node),
    ...aircraftOf(reading),
    ready:
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ===
      true,
    cordoned: flag(spec?.unschedulable),
    quarantined: flag(taints.some(({ key }) => key === TAINTS.quarantine)),
    roles: rolesOf(metadata.labels ?? {}),
    taints: taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`),
    allocatable: allocatableOf(status?.allocatable ?? {}),
    problems: problemsOf(node),
    kubeletVersion: said(status?.nodeInfo?.['kubeletVersion']),
    latitude: coordinate(node, LATITUDE),
    longitude: coordinate(node, LONGITUDE),
  })
}

function aircraftOf(reading: AircraftReading): Pick<NodeRow, 'aircraft' | 'invalid'> {
  if (reading.kind === 'aircraft') return { aircraft: reading.facts }
  if (reading.kind === 'none') return {}
  const problems = reading.problems.map(({ path, message }) => `${path.at(-1)} ${message}`)
  return { ...(some(problems) === undefined ? {} : { invalid: problems }) }
}

function rolesOf(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(labels)
    .filter((label) => label.startsWith(ROLE_PREFIX) && label.length > ROLE_PREFIX.length)
    .map((label) => label.slice(ROLE_PREFIX.length))
    .sort()
}

function allocatableOf(resources: Readonly<Record<string, string>>): NodeRow['allocatable'] {
  return rowOf<NodeRow['allocatable']>({
    cpu: cores(resources['cpu']),
    memory: whole(resources['memory']),
    pods: whole(resources['pods']),
    slots: whole(resources[EXTENDED_RESOURCES.slot]),
    hardpoints: whole(resources[EXTENDED_RESOURCES.hardpoint]),
  })
}

/** Ready that is not True, and every other condition that is: a healthy node has none. */
function problemsOf({ status }: Stored<NodeObject>): readonly string[] {
  return (status?.conditions ?? []).flatMap(({ type, status: is, reason, message }) => {
    const healthy = type === 'Ready' ? is === 'True' : is !== 'True'
    if (healthy) return []
    return [`${type === 'Ready' ? `Not ready` : type}: ${said(message) ?? said(reason) ?? is}`]
  })
}

function coordinate({ metadata }: Stored<NodeObject>, key: string): number | undefined {
  const text = metadata.annotations?.[key] ?? metadata.labels?.[key]
  const number = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}

function whole(written: string | undefined): number | undefined {
  if (written === undefined || tryParseQuantity(written) === undefined) return undefined
  return quantityValue(written)
}

function cores(written: string | undefined): number | undefined {
  if (written === undefined || tryParseQuantity(written) === undefined) return undefined
  return quantityMilliValue(written) / 1000
}

/** A metrics.k8s.io/v1beta1 NodeMetrics. */
export interface NodeMetrics extends KubeObject {
  readonly timestamp?: string
  readonly usage?: Readonly<Record<string, string>>
}

/** Undefined where the server gives no name: then it is about nothing. */
export function usageRow({ metadata, timestamp, usage }: NodeMetrics): UsageRow | undefined {
  const { name } = metadata
  if (name === undefined || name === '') return undefined
  const measured = millis(timestamp) ?? millis(metadata.creationTimestamp) ?? 0
  return {
    // Metrics have no uid of their own: the node's name is what tells them apart.
    uid: `usage/${name}`,
    name,
    created: measured,
    cpu: nanocores(usage?.['cpu']),
    memory: whole(usage?.['memory']) ?? 0,
    measured,
  }
}

/** A metrics server says CPU in nanocores, which thousandths would round up to nothing less than one. */
function nanocores(written: string | undefined): number {
  const quantity = written === undefined ? undefined : tryParseQuantity(written)
  return quantity === undefined ? 0 : Number(quantity.nanos) / 1e9
}
