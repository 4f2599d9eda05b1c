import type { PodRow } from '@sortie/api'
import { expect, it } from 'vitest'
import { attemptsOf, orderContainers } from './attempts.ts'

const pod = (rest: Partial<PodRow>): PodRow => ({
  uid: 'p',
  name: 'p',
  created: 0,
  attempt: 0,
  phase: 'Pending',
  containers: [],
  ...rest,
})

it('tells waiting, starting and running apart, newest attempt first', () => {
  const pods = [
    pod({ uid: 'a', scheduled: 10, started: 15, finished: 40 }),
    pod({ uid: 'b', created: 100, attempt: 1, scheduled: 130 }),
  ]
  const told = attemptsOf(pods, 200).map(({ pod: { uid }, queued, placed, ran }) => [
    uid,
    queued,
    placed,
    ran,
  ])
  expect(told).toEqual([
    ['b', 30, 70, undefined],
    ['a', 10, 5, 25],
  ])
})

it('counts the wait of a pod without an aircraft up to now, and no further than its end', () => {
  expect(attemptsOf([pod({})], 50)[0]?.queued).toBe(50)
  expect(attemptsOf([pod({ finished: 20 })], 50)[0]?.queued).toBe(20)
})

it("shows the task's container before its sidecars", () => {
  const of = (name: string, role: 'task' | 'init' | 'sidecar') => ({
    name,
    role,
    image: '',
    state: 'running' as const,
    restarts: 0,
  })
  const ordered = orderContainers([
    of('prepare', 'init'),
    of('weapon-a', 'sidecar'),
    of('main', 'task'),
  ])
  expect(ordered.map(({ name }) => name)).toEqual(['main', 'weapon-a', 'prepare'])
})
