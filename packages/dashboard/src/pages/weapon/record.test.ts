import type { PodRow } from '@sortie/api'
import { expect, it } from 'vitest'
import { recordOf } from './record.ts'

let made = 0
function pod(
  phase: PodRow['phase'],
  image: string,
  [exitCode, finished]: readonly [number?, number?] = [],
): PodRow {
  const weapon = {
    name: 'weapon-lidar',
    role: 'sidecar',
    image,
    state: 'terminated',
    restarts: 0,
  } as const
  const uid = `p-${made++}`
  return {
    ...{ uid, name: uid, created: 0, attempt: 0, phase },
    ...(finished === undefined ? {} : { finished }),
    containers: [{ ...weapon, ...(exitCode === undefined ? {} : { exitCode }) }],
  }
}

it('counts attempts, failures and those by the weapon itself, version by version', () => {
  const pods = [
    pod('Succeeded', 'lidar:1', [0]),
    pod('Failed', 'lidar:1', [0, 40]),
    pod('Failed', 'lidar:2', [3, 50]),
    pod('Failed', 'lidar:2', [0, 60]),
    pod('Running', 'lidar:2'),
  ]
  expect(recordOf('lidar', pods)).toEqual([
    { image: 'lidar:2', attempts: 3, failed: 2, byWeapon: 1, last: 60 },
    { image: 'lidar:1', attempts: 2, failed: 1, byWeapon: 0, last: 40 },
  ])
  expect(recordOf('radar', pods)).toEqual([])
})
