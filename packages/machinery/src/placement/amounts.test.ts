import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Container, PodSpec } from '../core.ts'
import { addAmounts, podRequests, subtractAmounts } from './amounts.ts'

const main = (cpu: string): Container => ({ name: 'c', resources: { requests: { cpu } } })
const sidecar = (cpu: string): Container => ({ ...main(cpu), restartPolicy: 'Always' })

describe('what a pod takes of its node', () => {
  const cases: Readonly<Record<string, readonly [spec: PodSpec, cpu: number]>> = {
    'is the sum of its containers': [{ containers: [main('1'), main('500m')] }, 1500],
    'is the largest init container where that is more': [
      { containers: [main('1')], initContainers: [main('3'), main('2')] },
      3000,
    ],
    'counts sidecars beside the containers': [
      { containers: [main('1')], initContainers: [sidecar('1')] },
      2000,
    ],
    'counts sidecars beside the init containers after them': [
      { containers: [main('1')], initContainers: [sidecar('1'), main('3')] },
      4000,
    ],
    'counts no sidecar beside the init containers before it': [
      { containers: [main('1')], initContainers: [main('3'), sidecar('1')] },
      3000,
    ],
    'counts a sidecar while it starts': [
      { containers: [main('0')], initContainers: [sidecar('1'), sidecar('2')] },
      3000,
    ],
    'is what the pod as a whole asks for, whatever its containers do': [
      { containers: [main('1'), main('2')], resources: { requests: { cpu: '2' } } },
      2000,
    ],
    'is the limit of the whole where no container says anything': [
      { containers: [{ name: 'c' }], resources: { limits: { cpu: '2' } } },
      2000,
    ],
    'is what its containers ask for where the whole is only limited': [
      { containers: [main('1')], resources: { limits: { cpu: '2' } } },
      1000,
    ],
    'counts the overhead beside the whole': [
      {
        containers: [main('1')],
        resources: { requests: { cpu: '2' } },
        overhead: { cpu: '100m' },
      },
      2100,
    ],
    'counts the overhead once': [
      { containers: [main('1')], initContainers: [main('2')], overhead: { cpu: '100m' } },
      2100,
    ],
  }
  for (const [name, [spec, cpu]] of Object.entries(cases)) {
    test(name, () => assert.equal(podRequests(spec)['cpu'], cpu))
  }

  test('is one place for a pod, whatever it runs', () => {
    assert.deepEqual(podRequests({ containers: [{ name: 'c' }] }), { pods: 1 })
  })

  test('is what containers ask for of all but CPU, memory and huge pages', () => {
    const requests = { 'aircraft.mil/slot': '1', memory: '1Gi', 'hugepages-2Mi': '2Mi' }
    const whole = { 'aircraft.mil/slot': '5', memory: '2Gi', 'hugepages-2Mi': '4Mi' }
    assert.deepEqual(
      podRequests({
        containers: [{ name: 'c', resources: { requests } }],
        resources: { requests: whole },
      }),
      { 'aircraft.mil/slot': 1, memory: 2 ** 31, 'hugepages-2Mi': 2 ** 22, pods: 1 },
    )
  })

  test('is its limits where it makes no requests', () => {
    const limits = { memory: '1Gi', 'aircraft.mil/slot': '1' }
    const requests = { memory: '512Mi' }
    assert.deepEqual(
      podRequests({ containers: [{ name: 'c', resources: { limits, requests } }] }),
      {
        memory: 2 ** 29,
        'aircraft.mil/slot': 1,
        pods: 1,
      },
    )
  })
})

test('amounts are added and taken away resource by resource, one that is not there counting as none', () => {
  const node: Record<string, number> = { cpu: 4000, pods: 10 }
  addAmounts(node, { cpu: 500, memory: 64 })
  assert.deepEqual(node, { cpu: 4500, pods: 10, memory: 64 })
  subtractAmounts(node, { cpu: 1500, memory: 64, 'aircraft.mil/slot': 1 })
  assert.deepEqual(node, { cpu: 3000, pods: 10, memory: 0, 'aircraft.mil/slot': -1 })
})
