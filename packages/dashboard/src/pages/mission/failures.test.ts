import type { FlightTaskRow, PodRow } from '@sortie/api'
import { expect, it } from 'vitest'
import { failuresOf } from './failures.ts'

const task = (name: string, rest: Partial<FlightTaskRow> = {}): FlightTaskRow => ({
  uid: `t-${name}`,
  name,
  created: 0,
  task: name,
  index: 1,
  phase: 'Running',
  retries: 0,
  ...rest,
})
const pod = (of: string, attempt: number, rest: Partial<PodRow> = {}): PodRow => ({
  uid: `p-${of}-${attempt}`,
  name: `${of}-${attempt}`,
  created: attempt,
  flightTask: of,
  attempt,
  phase: 'Failed',
  finished: 100 + attempt,
  node: 'uav-1',
  containers: [],
  ...rest,
})
const told = (tasks: readonly FlightTaskRow[], pods: readonly PodRow[]) =>
  failuresOf(tasks, pods).map(({ uid, sequel, why }) => [uid, sequel, why])

it('tells what became of each attempt that failed, the latest first', () => {
  const tasks = [
    task('a', { phase: 'Failed', retries: 1 }),
    task('b', { phase: 'Pending', nextRetry: 9 }),
    task('c'),
  ]
  const pods = [
    pod('a', 0, { reason: 'Error' }),
    pod('a', 1, { reason: 'Evicted', message: 'out of memory', finished: 300 }),
    pod('b', 0, { finished: 200 }),
    pod('c', 0, { phase: 'Running' }),
    pod('gone', 0),
  ]
  expect(told(tasks, pods)).toEqual([
    ['p-a-1', 'last', 'Evicted · out of memory'],
    ['p-b-0', 'waits', ''],
    ['p-a-0', 'again', 'Error'],
  ])
  expect(told([task('c')], [pod('c', 0)])).toEqual([['p-c-0', 'open', '']])
})

it('names the container that ended with an error', () => {
  const container = {
    name: 'task',
    role: 'task',
    image: 'i',
    state: 'terminated',
    restarts: 0,
  } as const
  const failed = pod('a', 0, { containers: [{ ...container, exitCode: 3 }] })
  expect(failuresOf([task('a', { phase: 'Failed' })], [failed])).toMatchObject([
    { why: '', exit: { container: 'task', code: 3 } },
  ])
})

it('counts attempts that failed by the task’s own record when their pods are gone', () => {
  const again = task('a', { retries: 2 })
  expect(told([again], [pod('a', 1), pod('a', 2, { phase: 'Running' })])).toEqual([
    ['p-a-1', 'again', ''],
    ['t-a/0', 'again', ''],
  ])
  const waiting = task('b', { phase: 'Pending', retries: 2, nextRetry: 9, message: 'exit code 3' })
  expect(told([waiting], [])).toEqual([
    ['t-b/1', 'waits', 'exit code 3'],
    ['t-b/0', 'again', ''],
  ])
  const failed = task('c', { phase: 'Failed', retries: 1, completed: 7, message: 'the last one' })
  expect(told([failed], [])).toEqual([
    ['t-c', 'last', 'the last one'],
    ['t-c/0', 'again', ''],
  ])
  expect(told([task('d', { phase: 'Succeeded' })], [])).toEqual([])
})

it('remembers a task that failed when its pods are gone', () => {
  const failed = task('a', { phase: 'Failed', completed: 7, message: 'no aircraft in time' })
  expect(told([failed], [])).toEqual([['t-a', 'last', 'no aircraft in time']])
})
