import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerStatus, Pod } from '@sortie/machinery'
import { advance, nextDue, type PodRun, resumeRun } from './podrun.ts'
import { restoreRun } from './restore.ts'
import { writeScript } from './script.ts'

const START = 1_000_000
const START_TIME = '1970-01-01T00:16:40Z'
const POD: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: 'u' },
  spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'sortie/flight:1' }] },
}

for (const reason of ['ContainerCreating', 'ImagePullBackOff', 'CrashLoopBackOff']) {
  test(`a pod that waits with ${reason} when its fleet restarts goes on to its end`, () => {
    const containerStatuses = [
      { name: 'main', state: { waiting: { reason } } },
    ] as ContainerStatus[]
    const pod: Pod = {
      ...POD,
      status: { phase: 'Pending', startTime: START_TIME, containerStatuses },
    }
    const script = writeScript(pod, [{ match: {}, pull: { min: 500, max: 500 } }])
    const restored = restoreRun(pod, script, START)
    assert.ok(restored)
    const resumed = resumeRun(restored, START)
    assert.notEqual(nextDue(resumed), undefined)
    assert.equal(advance(resumed, START + 60_000).outcome?.phase, 'Succeeded')
  })
}

/** Taken up so many milliseconds after it was asked to go, with a grace of 30 s; its container ignores SIGTERM. */
function resumeDeleting(state: ContainerStatus['state'], late: number): PodRun {
  const pod: Pod = {
    ...POD,
    metadata: {
      ...POD.metadata,
      deletionTimestamp: '1970-01-01T00:17:10Z',
      deletionGracePeriodSeconds: 30,
      annotations: { 'fleet.sortie/termination': 'ignore', 'fleet.sortie/duration': 'forever' },
    },
    status: {
      phase: 'Running',
      startTime: START_TIME,
      containerStatuses: [{ name: 'main', state }] as ContainerStatus[],
    },
  }
  const restored = restoreRun(pod, writeScript(pod, []), START + late)
  assert.ok(restored)
  return resumeRun(restored, START + late)
}
const RUNNING = { running: { startedAt: START_TIME } }

test('a pod that is being deleted when its fleet restarts has what is left of its grace', () => {
  assert.equal(nextDue(resumeDeleting(RUNNING, 20_000)), START + 30_000)
})

test('a pod whose grace is over when its fleet restarts is killed at once', () => {
  const { outcome, containers } = resumeDeleting(RUNNING, 45_000)
  assert.deepEqual(outcome, { phase: 'Failed', at: START + 45_000 })
  assert.equal(containers[0]?.ending?.exitCode, 137)
})

test('a pod that is being deleted when its fleet restarts starts nothing again', () => {
  const { outcome } = resumeDeleting({ waiting: { reason: 'CrashLoopBackOff' } }, 1_000)
  assert.equal(outcome?.phase, 'Failed')
})
