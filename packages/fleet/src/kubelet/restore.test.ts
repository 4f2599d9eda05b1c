import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerStatus, Pod } from '@sortie/machinery'
import { advance, nextDue, resumeRun } from './podrun.ts'
import { restoreRun } from './restore.ts'
import { writeScript } from './script.ts'

const START = 1_000_000
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
    const startTime = '1970-01-01T00:16:40Z'
    const pod: Pod = { ...POD, status: { phase: 'Pending', startTime, containerStatuses } }
    const script = writeScript(pod, [{ match: {}, pull: { min: 500, max: 500 } }])
    const restored = restoreRun(pod, script, START)
    assert.ok(restored)
    const resumed = resumeRun(restored, START)
    assert.notEqual(nextDue(resumed), undefined)
    assert.equal(advance(resumed, START + 60_000).outcome?.phase, 'Succeeded')
  })
}
