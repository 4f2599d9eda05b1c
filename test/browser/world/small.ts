/** A small world in which everything that a page tells apart is there once: every phase, every standing, every trouble. */
import { NAMESPACES } from '@sortie/machinery'
import type { Planned } from '../site/site.ts'
import { leases, nodes, stores } from './equipment.ts'
import { condition, eventObject, missionObjects, plan } from './objects.ts'
import { SHOWN } from './shown.ts'
import type { EventSketch, Fields, MissionSketch } from './sketches.ts'

/** A Monday morning. */
export const NOW = Date.UTC(2026, 10, 23, 10, 0, 0)

const waiting = (at: number): readonly Fields[] => [
  condition('PodCreated', 'True', { at, reason: 'Created', message: 'The pod was made.' }),
  condition('PodScheduled', 'False', {
    at: at + 1000,
    reason: 'Unschedulable',
    message: '0/9 aircraft fit: 6 have another type, 2 are busy, 1 is cordoned',
  }),
]

const missions = (now: number): readonly MissionSketch[] => [
  {
    name: SHOWN.mission,
    title: 'Coastal survey of the northern strait',
    type: 'isr',
    priority: 'high',
    phase: 'Running',
    message: 'stage image runs: 2 of 6 tasks succeeded',
    created: 1_500,
    started: 1_490,
    stages: [
      {
        name: 'scan',
        phase: 'Succeeded',
        started: 1_490,
        ended: 900,
        tasks: ['north', 'south', 'harbour', 'reef'].map((name, at) => ({
          name,
          phase: 'Succeeded',
          node: `uav-0${at + 1}`,
          role: 'scout',
        })),
      },
      {
        name: 'relay',
        phase: 'Succeeded',
        started: 1_480,
        ended: 1_000,
        tasks: [{ name: 'uplink', phase: 'Succeeded', node: 'aew-01', type: 'aew', role: 'relay' }],
      },
      {
        name: 'image',
        phase: 'Running',
        dependsOn: ['scan', 'relay'],
        timeout: '30m',
        started: 890,
        gang: true,
        message: '2 of 6 tasks succeeded',
        tasks: [
          { name: 'strait-1', phase: 'Succeeded', node: 'uav-01' },
          {
            name: 'strait-2',
            phase: 'Running',
            node: SHOWN.node,
            weapons: [SHOWN.weapon],
            role: 'imaging',
          },
          { name: 'strait-3', phase: 'Scheduled', node: 'uav-03', weapons: [SHOWN.weapon] },
          {
            name: 'strait-4',
            phase: 'Pending',
            retries: 1,
            retryIn: 40,
            message: 'attempt 1 failed: exit code 3',
            node: 'uav-04',
            conditions: [
              condition('Retrying', 'True', {
                at: now - 20_000,
                reason: 'BackOff',
                message: 'attempt 2 begins in 40s',
              }),
            ],
          },
          {
            name: 'strait-5',
            phase: 'Pending',
            message: 'waits for an aircraft',
            conditions: waiting(now - 600_000),
          },
          { name: 'strait-6', phase: 'Succeeded', node: 'uav-05', retries: 1 },
        ],
      },
      {
        name: 'fuse',
        phase: 'Pending',
        gates: ['commander'],
        tasks: [
          { name: 'merge', phase: 'Pending', type: 'aew' },
          { name: 'check', phase: 'Pending', type: 'aew' },
        ],
      },
      {
        name: 'report',
        phase: 'Pending',
        dependsOn: ['image', 'fuse'],
        tasks: [{ name: 'publish', phase: 'Pending' }],
      },
    ],
  },
  {
    name: SHOWN.failed,
    title: 'Storm watch',
    type: 'patrol',
    priority: 'critical',
    phase: 'Failed',
    message: 'stage eye failed: task core failed 3 times, last with exit code 3',
    created: 5_400,
    started: 5_380,
    ended: 4_100,
    stages: [
      {
        name: 'eye',
        phase: 'Failed',
        started: 5_370,
        ended: 4_110,
        tasks: [
          {
            name: 'core',
            phase: 'Failed',
            node: 'uav-04',
            retries: 2,
            message: 'exit code 3',
            weapons: [SHOWN.weapon],
          },
          { name: 'rim', phase: 'Cancelled', message: 'its stage failed' },
        ],
      },
      {
        name: 'landfall',
        phase: 'Cancelled',
        dependsOn: ['eye'],
        tasks: [{ name: 'track', phase: 'Cancelled' }],
      },
    ],
  },
  {
    name: 'supply-run',
    title: 'Supply run',
    type: 'escort',
    priority: 'medium',
    phase: 'Succeeded',
    created: 9_000,
    started: 8_990,
    ended: 7_800,
    stages: [
      {
        name: 'deliver',
        phase: 'Succeeded',
        started: 8_990,
        ended: 7_810,
        tasks: [1, 2, 3].map((n) => ({ name: `drop-${n}`, phase: 'Succeeded', node: `uav-0${n}` })),
      },
    ],
  },
  {
    name: 'ridge-patrol',
    type: 'patrol',
    priority: 'low',
    phase: 'Pending',
    created: 300,
    stages: [
      {
        name: 'ridge',
        phase: 'Pending',
        gates: ['weather'],
        tasks: [
          { name: 'east', phase: 'Pending' },
          { name: 'west', phase: 'Pending' },
        ],
      },
    ],
  },
  {
    name: 'night-escort',
    type: 'escort',
    priority: 'medium',
    phase: 'Cancelled',
    message: 'cancelled',
    created: 20_000,
    started: 19_900,
    ended: 19_000,
    stages: [
      {
        name: 'convoy',
        phase: 'Cancelled',
        started: 19_900,
        ended: 19_010,
        tasks: [{ name: 'lead', phase: 'Cancelled' }],
      },
    ],
  },
  {
    name: 'harbour-watch',
    namespace: 'training',
    type: 'patrol',
    priority: 'medium',
    phase: 'Running',
    suspended: true,
    drift: true,
    created: 700,
    started: 690,
    stages: [
      {
        name: 'watch',
        phase: 'Running',
        started: 690,
        tasks: [
          { name: 'pier', phase: 'Running', node: 'uav-05' },
          { name: 'gate', phase: 'Pending', conditions: waiting(now - 500_000) },
        ],
      },
    ],
  },
]

const events: readonly EventSketch[] = [
  {
    kind: 'Mission',
    name: SHOWN.mission,
    reason: 'StageStarted',
    message: 'stage image started',
    ago: 890,
  },
  {
    kind: 'Mission',
    name: SHOWN.mission,
    reason: 'StageSucceeded',
    message: 'stage scan succeeded',
    ago: 900,
  },
  {
    kind: 'Mission',
    name: SHOWN.failed,
    reason: 'MissionFailed',
    message: 'stage eye failed: task core failed 3 times',
    warning: true,
    ago: 4_100,
  },
  {
    kind: 'FlightTask',
    name: SHOWN.retried,
    reason: 'TaskRetry',
    message: 'attempt 1 failed: exit code 3; the next begins in 60s',
    warning: true,
    ago: 20,
  },
  {
    kind: 'FlightTask',
    name: SHOWN.task,
    reason: 'PodCreated',
    message: `created pod ${SHOWN.task}-pod`,
    ago: 885,
  },
  {
    kind: 'FlightTask',
    name: SHOWN.waiting,
    reason: 'Unschedulable',
    message: '0/9 aircraft fit: 6 have another type, 2 are busy, 1 is cordoned',
    warning: true,
    count: 12,
    ago: 8,
  },
  {
    kind: 'MissionStage',
    name: SHOWN.stage,
    reason: 'TasksCreated',
    message: '6 tasks were made',
    ago: 889,
  },
  {
    kind: 'Node',
    name: 'tanker-01',
    reason: 'NodeNotReady',
    message: 'container runtime is down',
    warning: true,
    ago: 240,
  },
]

/** @param now milliseconds since 1970 */
export function smallWorld(now: number = NOW): readonly Planned[] {
  const namespaces = ['training', 'sortie-system'].map((name) =>
    plan(NAMESPACES, now - 9 * 86_400_000, { metadata: { name } }),
  )
  return [
    ...namespaces,
    ...nodes(now),
    ...stores(now),
    ...leases(now),
    ...missions(now).flatMap((sketch) => missionObjects(sketch, { now })),
    ...events.map((sketch) => eventObject(sketch, { now })),
  ]
}
