/** Nodes as tests want them: an aircraft that is ready, full, and free, unless told otherwise. */
import type { NodeObject } from '@sortie/machinery'

export interface AircraftOptions {
  readonly type?: string
  readonly zone?: string
  readonly fuel?: number
  readonly hardpoints?: number
  readonly slots?: number
  readonly capabilities?: readonly string[]
  readonly status?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** An aircraft: a Node with `aircraft.mil/*` labels, the extended resources and a Ready condition. */
export function makeAircraft(name: string, options: AircraftOptions = {}): NodeObject {
  const hardpoints = String(options.hardpoints ?? 6)
  const resources = {
    cpu: '8',
    memory: '32Gi',
    pods: '110',
    'ephemeral-storage': '100Gi',
    'aircraft.mil/slot': String(options.slots ?? 1),
    'aircraft.mil/hardpoint': hardpoints,
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'aircraft.mil/type': options.type ?? 'j20',
        'aircraft.mil/status': options.status ?? 'ready',
        'aircraft.mil/fuel.level': String(options.fuel ?? 90),
        'aircraft.mil/hardpoint.total': hardpoints,
        'aircraft.mil/hardpoint.available': hardpoints,
        'aircraft.mil/location.zone': options.zone ?? 'east',
        ...Object.fromEntries(
          (options.capabilities ?? []).map((name) => [`aircraft.mil/capability.${name}`, 'true']),
        ),
        ...options.labels,
      },
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    },
  }
}
