import type {
  AircraftFacts,
  FlightTaskRow,
  LeaseRow,
  MissionRow,
  NodeRow,
  StageRow,
} from '@sortie/api'
import { expect, it } from 'vitest'
import { type Filter, parseFilter } from '../../filter/grammar.ts'
import { serverTime } from '../../time/now.ts'
import { fleetFields, fleetRows } from '../fleet/columns.ts'
import { missionFields } from '../missions/columns.ts'
import { taskFields } from '../tasks/columns.ts'
import { aircraftCounts, countsOf, groupsOf, problemsOf, stagesForApproval } from './board.ts'

const NOW = 1_000_000_000
const COUNTS = {
  total: 1,
  pending: 0,
  scheduled: 0,
  running: 0,
  succeeded: 1,
  failed: 0,
  cancelled: 0,
}
const mission = (rest: Partial<MissionRow>): MissionRow => ({
  uid: 'm',
  name: 'm',
  namespace: 'd',
  created: NOW - 1_000,
  phase: 'Running',
  priority: 'medium',
  stagesDone: 0,
  stagesTotal: 1,
  tasks: COUNTS,
  ...rest,
})
const task = (rest: Partial<FlightTaskRow>): FlightTaskRow => ({
  uid: 't',
  name: 't',
  created: NOW,
  task: 't',
  index: 1,
  phase: 'Pending',
  retries: 0,
  ...rest,
})
const node = (rest: Partial<NodeRow>, facts: Partial<AircraftFacts> = {}): NodeRow => ({
  uid: 'n',
  name: 'n',
  created: 0,
  ready: true,
  roles: [],
  taints: [],
  allocatable: {},
  problems: [],
  aircraft: { name: 'n', type: 'drone', capabilities: [], hardpoints: {}, ...facts },
  ...rest,
})

const lease = (uid: string, renewed: number): LeaseRow => ({
  uid,
  name: uid,
  created: 0,
  holder: 'a',
  renewed,
})

it('puts parts that nobody leads before failed missions, those before aircraft, retries and waits', () => {
  const problems = problemsOf({
    missions: [mission({}), mission({ uid: 'f', phase: 'Failed', completed: NOW - 5 })],
    tasks: [
      task({ uid: 'w', pod: 'p', created: NOW - 60_000 }),
      task({ uid: 'r', nextRetry: NOW + 5_000 }),
      task({ uid: 'fresh', pod: 'p', created: NOW - 1_000 }),
    ],
    nodes: [node({}), node({ uid: 'x', ready: false })],
    leases: [lease('held', NOW - 1_000), lease('lost', NOW - 60_000)],
    now: NOW,
  })
  expect(problems.map(({ kind, uid }) => `${kind} ${uid}`)).toEqual([
    'controller lost',
    'mission f',
    'node x',
    'retrying r',
    'waiting w',
  ])
})

it('forgets missions that failed more than a day ago', () => {
  const old = mission({ phase: 'Failed', completed: NOW - 25 * 3_600_000 })
  expect(problemsOf({ missions: [old], tasks: [], nodes: [], leases: [], now: NOW })).toEqual([])
})

it('counts over namespaces', () => {
  const row = { uid: '', name: '', created: 0, stages: {}, tasks: {}, retrying: 0 }
  expect(
    countsOf(
      [
        { ...row, missions: { Running: 1 } },
        { ...row, missions: { Running: 2, Failed: 1 } },
      ],
      'missions',
    ),
  ).toEqual({ Running: 3, Failed: 1 })
})

it('counts every aircraft once', () => {
  const fleet = [
    node({}),
    node({}, { missionCurrent: 'x' }),
    node({ cordoned: true }),
    node({}, { status: 'maintenance' }),
    node({ ready: false }, { missionCurrent: 'y' }),
  ]
  expect(aircraftCounts(fleet)).toEqual([{ type: 'drone', total: 5, free: 1, flying: 2, away: 2 }])
})

it('offers only stages that a person alone holds', () => {
  const stage = (uid: string, ...gates: string[]): StageRow => ({
    uid,
    name: uid,
    created: 0,
    mission: 'm',
    stage: uid,
    index: 1,
    stageType: 'parallel',
    dependsOn: [],
    phase: 'Pending',
    tasks: COUNTS,
    gates,
    attempt: 0,
  })
  const offered = stagesForApproval([
    stage('a', 'commander'),
    stage('b', 'dependencies', 'commander'),
    stage('c', 'dependencies'),
    stage('d'),
  ])
  expect(offered.map(({ uid }) => uid)).toEqual(['a'])
})

it('leads from each kind of problem to the list of just these', () => {
  const now = serverTime.value
  const missions = [
    mission({ phase: 'Failed', completed: now - 5_000 }),
    mission({ phase: 'Failed', created: now - 90_000_000 }),
    mission({ phase: 'Succeeded', completed: now - 5_000 }),
    mission({ drift: true }),
  ]
  const tasks = [
    task({ pod: 'p', created: now - 60_000 }),
    task({ pod: 'p', created: now - 40_000 }),
    task({ pod: 'p', created: now - 1_000 }),
    task({ nextRetry: now + 5_000, pod: 'p', created: now - 60_000 }),
    task({ phase: 'Running', pod: 'p', created: now - 60_000 }),
  ]
  const worker = node({ ready: false })
  const { aircraft: _, ...plain } = worker
  const nodes = [node({}), worker, node({ quarantined: true }), node({ cordoned: true }), plain]
  const listed = {
    missions: (text: string) => countOf(missions, parseFilter(text, missionFields)),
    tasks: (text: string) => countOf(tasks, parseFilter(text, taskFields)),
    fleet: (text: string) => countOf(fleetRows(nodes, [], []), parseFilter(text, fleetFields)),
  }
  const groups = groupsOf(problemsOf({ missions, tasks, nodes, leases: [], now }))
  expect(groups.map(({ kind, count }) => `${kind} ${count}`)).toEqual([
    'mission 1',
    'drift 1',
    'node 2',
    'retrying 1',
    'waiting 2',
  ])
  for (const { page, filter, count } of groups) {
    if (page === 'settings') throw new Error('nothing is without a leader')
    expect([page, listed[page](filter)]).toEqual([page, count])
  }
  for (const one of aircraftCounts(nodes)) {
    for (const use of ['free', 'flying', 'away'] as const)
      expect([use, listed.fleet(`type:${one.type} use:${use}`)]).toEqual([use, one[use]])
  }
})

function countOf<R>(rows: readonly R[], filter: Filter<R>): number {
  if (!filter.ok) throw new Error(`${filter.problem.word}: ${filter.problem.why}`)
  return rows.filter(filter.test).length
}
