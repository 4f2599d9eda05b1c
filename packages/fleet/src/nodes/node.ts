/** The Node object of an aircraft, as its kubelet would register it. */
import { AIRCRAFT, EXTENDED_RESOURCES } from '@sortie/api'
import type { Instant, NodeObject } from '@sortie/machinery'
import { formatTime, stableHash } from '@sortie/machinery'
import type { AircraftGroup, FleetSpec } from '../spec/fleetspec.ts'

/** Marks the nodes that this fleet plays, on the Node as a label. */
export const FLEET_LABEL = { key: 'fleet.sortie/simulated', value: 'true' } as const
const KUBELET_VERSION = 'v1.34.0-sortie'

/** One aircraft of the fleet. */
export interface Aircraft {
  readonly name: string
  readonly group: AircraftGroup
  readonly zone: string
  /** Percent. */
  readonly fuelLevel: number
  readonly address: string
}

/** All aircraft in the order of the file. */
export function aircraftOf(fleet: Pick<FleetSpec, 'aircraft'>): readonly Aircraft[] {
  return fleet.aircraft.flatMap((group) =>
    Array.from({ length: group.count }, (_, index) => oneOf(group, index)),
  )
}

function oneOf(group: AircraftGroup, index: number): Aircraft {
  const name = `${group.namePrefix}-${String(index + 1).padStart(2, '0')}`
  const { min, max } = group.fuelLevel
  const share = group.count > 1 ? index / (group.count - 1) : 1
  return {
    name,
    group,
    zone: group.zones[index % group.zones.length] ?? '',
    fuelLevel: Math.round(min + (max - min) * share),
    address: addressOf(name),
  }
}

function addressOf(name: string): string {
  const number = Number.parseInt(stableHash(name), 36)
  return `10.1.${number % 256}.${(Math.floor(number / 256) % 254) + 1}`
}

/** `low` below 30, `high` above 70 percent. */
export function fuelStatusOf(level: number): 'low' | 'medium' | 'high' {
  if (level < 30) return 'low'
  return level > 70 ? 'high' : 'medium'
}

export function buildNode(aircraft: Aircraft, now: Instant): NodeObject {
  const { group, name } = aircraft
  const resources = resourcesOf(group)
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: labelsOf(aircraft), annotations: annotationsOf(group) },
    spec: { providerID: `sortie://${name}` },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: nodeConditions(true, now),
      addresses: [
        { type: 'InternalIP', address: aircraft.address },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: nodeInfo(name),
    },
  }
}

function labelsOf({ group, name, zone, fuelLevel }: Aircraft): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'topology.kubernetes.io/zone': zone,
    [FLEET_LABEL.key]: FLEET_LABEL.value,
    [AIRCRAFT.type]: group.type,
    [AIRCRAFT.status]: 'ready',
    [AIRCRAFT.health]: 'healthy',
    [AIRCRAFT.fuelLevel]: String(fuelLevel),
    [AIRCRAFT.fuelStatus]: fuelStatusOf(fuelLevel),
    [AIRCRAFT.hardpointTotal]: String(group.hardpoints),
    [AIRCRAFT.hardpointAvailable]: String(group.hardpoints),
    [AIRCRAFT.zone]: zone,
  }
  if (group.base !== undefined) labels[AIRCRAFT.base] = group.base
  for (const name of group.capabilities) labels[`${AIRCRAFT.capabilityPrefix}${name}`] = 'true'
  return { ...labels, ...group.labels }
}

function annotationsOf(group: AircraftGroup): Readonly<Record<string, string>> {
  const { compatibleWeapons, hardpointTypes } = group
  return {
    ...(compatibleWeapons === undefined
      ? {}
      : { [AIRCRAFT.compatibleWeapons]: JSON.stringify(compatibleWeapons) }),
    ...(hardpointTypes === undefined
      ? {}
      : { [AIRCRAFT.hardpoints]: JSON.stringify(hardpointTypes) }),
    ...group.annotations,
  }
}

function resourcesOf(group: AircraftGroup): Readonly<Record<string, string>> {
  return {
    cpu: group.cpu,
    memory: group.memory,
    'ephemeral-storage': '100Gi',
    pods: String(group.pods),
    [EXTENDED_RESOURCES.slot]: String(group.slots),
    [EXTENDED_RESOURCES.hardpoint]: String(group.hardpoints),
  }
}

type NodeConditions = NonNullable<NonNullable<NodeObject['status']>['conditions']>

/** The conditions of a kubelet that works, or of one that has stopped to. */
export function nodeConditions(ready: boolean, now: Instant): NodeConditions {
  const time = formatTime(now)
  const pressure = (type: string, reason: string, message: string) => ({
    type,
    status: 'False',
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  })
  return [
    pressure(
      'MemoryPressure',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    pressure('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pressure('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    {
      type: 'Ready',
      status: ready ? 'True' : 'False',
      reason: ready ? 'KubeletReady' : 'KubeletNotReady',
      message: ready ? 'kubelet is posting ready status' : 'simulated outage',
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    },
  ]
}

function nodeInfo(name: string): Readonly<Record<string, string>> {
  const id = stableHash(name)
  return {
    machineID: id,
    systemUUID: id,
    bootID: id,
    kernelVersion: '6.12.0',
    osImage: 'Simulated aircraft',
    containerRuntimeVersion: 'sortie://1.0.0',
    kubeletVersion: KUBELET_VERSION,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: 'amd64',
  }
}
