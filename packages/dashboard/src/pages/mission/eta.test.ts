import type { FlightTaskRow, StageRow } from '@sortie/api'
import { expect, it } from 'vitest'
import { missionRow, NO_TASKS } from '../../testing/rows.ts'
import { expectedEnd, type Outlook } from './eta.ts'

const NOW = 1_000_000
const stage = (name: string, rest: Partial<StageRow> = {}): StageRow => ({
  uid: `s-${name}`,
  name: `m-${name}`,
  created: 0,
  mission: 'm',
  stage: name,
  index: 1,
  stageType: 'parallel',
  dependsOn: [],
  phase: 'Running',
  tasks: NO_TASKS,
  gates: [],
  attempt: 0,
  ...rest,
})
const task = (of: string, name: string, rest: Partial<FlightTaskRow> = {}): FlightTaskRow => ({
  uid: `t-${of}-${name}`,
  name: `m-${of}-${name}`,
  created: 0,
  stageRef: `m-${of}`,
  task: name,
  index: 1,
  phase: 'Pending',
  retries: 0,
  ...rest,
})
const took = (of: string, name: string, millis: number) =>
  task(of, name, { phase: 'Succeeded', started: 0, completed: millis })
const runs = (of: string, name: string, since: number) =>
  task(of, name, { phase: 'Running', started: NOW - since })

function left(outlook: Partial<Outlook>): unknown {
  const mission = missionRow('m', { phase: 'Running' })
  const found = expectedEnd({ mission, stages: [], tasks: [], now: NOW, ...outlook })
  return found?.known === true ? found.at - NOW : found?.why
}

it('does not guess', () => {
  expect(left({ stages: [stage('a')], tasks: [runs('a', '1', 5)] })).toBe('noneEnded')
  const tasks = [took('a', '1', 100)]
  const held = stage('b', { phase: 'Pending', gates: ['dependencies', 'commander'] })
  expect(left({ stages: [stage('a'), held], tasks })).toBe('gate')
  const suspended = missionRow('m', { phase: 'Running', suspended: true })
  expect(left({ mission: suspended, stages: [stage('a')], tasks })).toBe('suspended')
  expect(left({ mission: missionRow('m', { phase: 'Failed' }), tasks })).toBe(undefined)
})

it('takes half of the tasks that succeeded for the usual, those of the same stage before others', () => {
  const tasks = [took('a', '1', 100), took('a', '2', 200), took('a', '3', 900), runs('a', '4', 50)]
  expect(left({ stages: [stage('a')], tasks })).toBe(150)
  const other = [...tasks.slice(0, 3), took('b', '1', 40), runs('b', '2', 10)]
  expect(left({ stages: [stage('b')], tasks: other })).toBe(30)
  expect(left({ stages: [stage('a')], tasks: [...tasks.slice(0, 3), runs('a', '4', 5_000)] })).toBe(
    0,
  )
})

it('shares the work of a parallel stage among as many tasks as run, and adds up a sequential one', () => {
  const tasks = [
    took('a', '1', 100),
    runs('a', '2', 0),
    runs('a', '3', 0),
    task('a', '4'),
    task('a', '5'),
  ]
  expect(left({ stages: [stage('a')], tasks })).toBe(200)
  expect(left({ stages: [stage('a', { stageType: 'sequential' })], tasks })).toBe(400)
  const retried = [took('a', '1', 100), task('a', '2', { nextRetry: NOW + 30 })]
  expect(left({ stages: [stage('a')], tasks: retried })).toBe(130)
})

it('lets stages follow each other as they depend on each other, also those that have no tasks yet', () => {
  const coming = { phase: 'Pending', tasks: { ...NO_TASKS, total: 3 } } as const
  const stages = [
    stage('a'),
    stage('b', { ...coming, dependsOn: ['a'], gates: ['dependencies'] }),
    stage('c', { ...coming, dependsOn: ['b'], stageType: 'sequential' }),
    stage('d', { ...coming, dependsOn: ['a'] }),
  ]
  expect(left({ stages, tasks: [took('a', '1', 100), runs('a', '2', 60)] })).toBe(40 + 100 + 300)
})
