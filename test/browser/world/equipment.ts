/** What the small world's missions are flown with: aircraft, weapons, templates, and who leads. */
import { MISSION_TEMPLATES, WEAPON_LOADOUTS, WEAPONS } from '@sortie/api'
import { formatMicroTime, LEASES, NODES } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import type { Planned } from '../site/site.ts'
import { plan } from './objects.ts'
import { SHOWN } from './shown.ts'
import type { Fields } from './sketches.ts'

export const nodes = (now: number): readonly Planned[] => {
  const aircraft = [
    makeAircraft('uav-01', {
      type: 'uav',
      zone: 'north',
      fuel: 92,
      capabilities: ['isr', 'night'],
    }),
    makeAircraft('uav-02', {
      type: 'uav',
      zone: 'north',
      fuel: 64,
      status: 'busy',
      capabilities: ['isr'],
      labels: { 'aircraft.mil/mission.current': SHOWN.task, 'aircraft.mil/mission.count': '14' },
    }),
    makeAircraft('uav-03', {
      type: 'uav',
      zone: 'north',
      fuel: 71,
      status: 'busy',
      labels: { 'aircraft.mil/mission.current': 'coastal-survey-image-strait-3' },
    }),
    makeAircraft('uav-04', { type: 'uav', zone: 'south', fuel: 22 }),
    makeAircraft('uav-05', {
      type: 'uav',
      zone: 'south',
      fuel: 55,
      status: 'busy',
      labels: { 'aircraft.mil/mission.current': 'harbour-watch-watch-pier' },
    }),
    makeAircraft('uav-06', { type: 'uav', zone: 'south', fuel: 88, status: 'maintenance' }),
    makeAircraft('aew-01', {
      type: 'aew',
      zone: 'east',
      fuel: 97,
      hardpoints: 2,
      capabilities: ['awacs'],
    }),
    makeAircraft('aew-02', {
      type: 'aew',
      zone: 'east',
      fuel: 40,
      hardpoints: 2,
      status: 'offline',
    }),
  ].map((node) => plan(NODES, now - 86_400_000, node as unknown as Fields))
  const away = makeAircraft('tanker-01', { type: 'tanker', zone: 'east', fuel: 80, hardpoints: 1 })
  const notReady = {
    type: 'Ready',
    status: 'False',
    reason: 'KubeletNotReady',
    message: 'container runtime is down',
  }
  const cordoned = makeAircraft('tanker-02', {
    type: 'tanker',
    zone: 'east',
    fuel: 75,
    hardpoints: 1,
  })
  const invalid = makeAircraft('odd-01', {
    type: 'uav',
    labels: { 'aircraft.mil/fuel.level': 'plenty' },
  })
  return [
    ...aircraft,
    plan(NODES, now - 86_400_000, { ...away, status: { ...away.status, conditions: [notReady] } }),
    plan(NODES, now - 86_400_000, { ...cordoned, spec: { unschedulable: true } }),
    plan(NODES, now - 86_400_000, invalid as unknown as Fields),
    plan(NODES, now - 9 * 86_400_000, {
      metadata: { name: 'control-1', labels: { 'node-role.kubernetes.io/control-plane': '' } },
      status: {
        allocatable: { cpu: '4', memory: '16Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
        nodeInfo: {},
      },
    }),
  ]
}

const weapon = (
  now: number,
  name: string,
  more: { readonly spec?: Fields; readonly status?: Fields } = {},
): Planned =>
  plan(WEAPONS, now - 5 * 86_400_000, {
    metadata: { name, namespace: 'default' },
    spec: {
      weaponType: 'sensor',
      category: 'imaging',
      image: { repository: `registry.example/weapons/${name}`, tag: '1.2' },
      version: { current: '1.2.0' },
      resources: { hardpoints: 1 },
      ...more.spec,
    },
    status: { phase: 'Available', usage: { totalDeployed: 0 }, ...more.status },
  })

export const stores = (now: number): readonly Planned[] => [
  weapon(now, SHOWN.weapon, {
    spec: { weaponName: 'LIDAR pod', compatibility: { aircraftTypes: ['uav'] } },
    status: { phase: 'Updating', usage: { totalDeployed: 2, successRate: '0.95' } },
  }),
  weapon(now, 'camera-wide', { spec: { weaponName: 'Wide camera' } }),
  weapon(now, 'jammer', {
    spec: {
      weaponType: 'electronic',
      compatibility: { aircraftTypes: ['aew'] },
      resources: { hardpoints: 2 },
    },
    status: { phase: 'Deprecated' },
  }),
  plan(WEAPON_LOADOUTS, now - 86_400_000, {
    metadata: { name: 'survey-kit', namespace: 'default' },
    spec: {
      aircraftTypes: ['uav'],
      weapons: [
        { weapon: SHOWN.weapon, quantity: 1 },
        { weapon: 'camera-wide', quantity: 2 },
      ],
    },
  }),
  plan(MISSION_TEMPLATES, now - 86_400_000, {
    metadata: { name: 'sweep', namespace: 'default' },
    spec: {
      description: 'Sweeps an area with a few aircraft',
      parameters: [{ name: 'aircraft', default: 'uav' }],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder of a template's parameter
      stages: [{ name: 'sweep', flightTasks: [{ name: 'lane', aircraft: '${params.aircraft}' }] }],
    },
  }),
]

export const leases = (now: number): readonly Planned[] =>
  ['sortie-operator', 'sortie-scheduler'].map((name) =>
    plan(LEASES, now - 3_600_000, {
      metadata: { name, namespace: 'sortie-system' },
      spec: {
        holderIdentity: `${name}-7c9`,
        leaseDurationSeconds: 15,
        renewTime: formatMicroTime(now - 2_000),
      },
    }),
  )
