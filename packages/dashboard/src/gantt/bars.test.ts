import type { FlightTaskRow, PodRow, StageRow } from '@sortie/api'
import { expect, it } from 'vitest'
import { barsOf, criticalPath, linesOf, segmentsOf, wholeSpan } from './bars.ts'

const COUNTS = {
  total: 1,
  pending: 0,
  scheduled: 0,
  running: 0,
  succeeded: 1,
  failed: 0,
  cancelled: 0,
}

function stage(name: string, times: readonly [number?, number?], ...dependsOn: string[]): StageRow {
  const [started, completed] = times
  return {
    uid: `s-${name}`,
    name: `m-${name}`,
    created: 0,
    mission: 'm',
    stage: name,
    index: name.charCodeAt(0),
    stageType: 'parallel',
    dependsOn,
    phase: completed === undefined ? 'Running' : 'Succeeded',
    tasks: COUNTS,
    gates: [],
    attempt: 0,
    ...(started === undefined ? {} : { started }),
    ...(completed === undefined ? {} : { completed }),
  }
}

function task(name: string, stageName: string, times: readonly [number, number?]): FlightTaskRow {
  const [started, completed] = times
  return {
    uid: `t-${name}`,
    name,
    created: 0,
    task: name,
    index: name.charCodeAt(0),
    stageRef: `m-${stageName}`,
    stage: stageName,
    phase: completed === undefined ? 'Running' : 'Succeeded',
    retries: 0,
    started,
    ...(completed === undefined ? {} : { completed }),
  }
}

function pod(
  times: Partial<Pick<PodRow, 'scheduled' | 'started' | 'finished'>>,
  rest: Partial<PodRow> = {},
): PodRow {
  return {
    uid: 'p',
    name: 'p',
    created: 10,
    attempt: 0,
    phase: 'Running',
    containers: [],
    ...times,
    ...rest,
  }
}

it('cuts an attempt into queued, scheduled and running', () => {
  expect(segmentsOf(pod({ scheduled: 20, started: 25, finished: 90 }))).toEqual([
    { kind: 'queued', from: 10, to: 20 },
    { kind: 'scheduled', from: 20, to: 25 },
    { kind: 'running', from: 25, to: 90 },
  ])
})

it('leaves what lasts without an end', () => {
  expect(segmentsOf(pod({}))).toEqual([{ kind: 'queued', from: 10 }])
  expect(segmentsOf(pod({ scheduled: 20, started: 25 })).at(-1)).toEqual({
    kind: 'running',
    from: 25,
  })
})

it('ends the wait of a pod that failed before it ran', () => {
  expect(segmentsOf(pod({ scheduled: 20, finished: 50 }))).toEqual([
    { kind: 'queued', from: 10, to: 20 },
    { kind: 'scheduled', from: 20, to: 50 },
  ])
})

it('goes back over whichever stage ended last', () => {
  const stages = [
    stage('a', [0, 10]),
    stage('b', [0, 40]),
    stage('c', [40, 60], 'a', 'b'),
    stage('d', [10, 30], 'a'),
  ]
  const tasks = [task('x', 'b', [1, 39]), task('y', 'b', [1, 5]), task('z', 'c', [41, 60])]
  expect([...criticalPath(stages, tasks)].sort()).toEqual(['s-b', 's-c', 't-x', 't-z'])
})

it('shows a bar per attempt in order, and the tasks of folded stages not at all', () => {
  const input = {
    stages: [stage('a', [0, 100]), stage('b', [100])],
    tasks: [task('x', 'a', [10, 90]), task('y', 'b', [110])],
    pods: [
      pod({}, { uid: '2', created: 50, flightTask: 'x', attempt: 1 }),
      pod({}, { uid: '1', flightTask: 'x' }),
    ],
    folded: new Set(['s-b']),
  }
  const lines = linesOf(input)
  expect(lines.map((line) => line.uid)).toEqual(['s-a', 't-x', 's-b'])
  const [, first] = lines
  expect(first?.kind === 'task' && barsOf(first).map((bar) => bar.uid)).toEqual(['1', '2'])
  expect(wholeSpan(lines, 200)).toEqual({ from: 0, to: 200 })
})
