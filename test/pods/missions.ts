/** Missions, tasks and weapons as their authors write them, of shell scripts. */
import { API_VERSION } from '@sortie/api'

const IMAGE = { repository: 'busybox', tag: '1.36' }

/** A weapon that runs a script. */
export function weapon(name: string, script: string, container: object = {}): object {
  return {
    apiVersion: API_VERSION,
    kind: 'Weapon',
    metadata: { name, namespace: 'default' },
    spec: { image: IMAGE, container: { command: ['sh', '-c', script], ...container } },
  }
}

export interface TaskOptions {
  readonly aircraft?: string
  readonly image?: string
  readonly weapons?: readonly string[]
  readonly podSpec?: object
}

/** A flight task that runs a script. */
export function task(name: string, script: string, options: TaskOptions = {}): object {
  const { aircraft = 'j20', image = 'busybox:1.36', weapons = [], podSpec = {} } = options
  return {
    name,
    aircraft,
    weaponLoadout: weapons.map((carried) => ({ weapon: carried, quantity: 1 })),
    podTemplate: {
      spec: { containers: [{ name: 'task', image, command: ['sh', '-c', script] }], ...podSpec },
    },
  }
}

/** A mission of one parallel stage, `only`: task `a` of it is the FlightTask `NAME-only-a`. */
export function mission(name: string, flightTasks: readonly object[], config: object = {}): object {
  return {
    apiVersion: API_VERSION,
    kind: 'Mission',
    metadata: { name, namespace: 'default' },
    spec: { config, stages: [{ name: 'only', type: 'parallel', flightTasks }] },
  }
}
