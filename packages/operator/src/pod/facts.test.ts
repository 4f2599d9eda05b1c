import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@sortie/machinery'
import { at, instant, makePod, type PodOptions } from '../flighttask/fixtures.ts'
import { type PodFacts, readPod } from './index.ts'
import { whatIsRead } from './kept.ts'

/** As the cache keeps it, which must be enough. */
const read = (options: PodOptions): PodFacts => {
  const pod = makePod({ node: 'viper-1', ...options })
  const facts = readPod(whatIsRead(pod))
  assert.deepEqual(facts, readPod(pod))
  return facts
}
const terminated = (exitCode: number, changes: JsonObject = {}): JsonObject => ({
  terminated: { exitCode, startedAt: at(1), finishedAt: at(5), ...changes },
})
const running: JsonObject = { running: { startedAt: at(1) } }
const waiting = (reason: string): JsonObject => ({ waiting: { reason, message: `${reason}!` } })
const containers = (...entries: readonly (readonly [string, JsonObject])[]): JsonObject => ({
  containerStatuses: entries.map(([name, state]) => ({ name, state })),
})

const twoContainers = { containers: [{ name: 'task' }, { name: 'logger' }] }

test('how a pod ended', async (t) => {
  const disruption = {
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }],
  }
  const cases: readonly [
    string,
    PodOptions,
    Partial<Exclude<PodFacts['end'], undefined>> | undefined,
  ][] = [
    ['not while it waits', { state: waiting('ContainerCreating') }, undefined],
    ['not while it runs', { phase: 'Running', state: running }, undefined],
    [
      'well, with exit code 0',
      { phase: 'Running', state: terminated(0) },
      { succeeded: true, at: instant(5) },
    ],
    [
      'badly, with another',
      { phase: 'Running', state: terminated(2) },
      { succeeded: false, disrupted: false },
    ],
    [
      'not while one main container goes on',
      {
        phase: 'Running',
        spec: twoContainers,
        status: containers(['task', terminated(1)], ['logger', running]),
      },
      undefined,
    ],
    [
      'when all main containers have',
      {
        phase: 'Running',
        spec: twoContainers,
        status: containers(['task', terminated(0)], ['logger', terminated(0)]),
      },
      { succeeded: true },
    ],
    [
      'badly when one of them did',
      {
        phase: 'Failed',
        spec: twoContainers,
        status: containers(['task', terminated(0)], ['logger', terminated(9)]),
      },
      { succeeded: false },
    ],
    [
      'not with a failure that OnFailure starts again',
      { phase: 'Running', spec: { restartPolicy: 'OnFailure' }, state: terminated(1) },
      undefined,
    ],
    [
      'with a failure that OnFailure gave up',
      { phase: 'Failed', spec: { restartPolicy: 'OnFailure' }, state: terminated(1) },
      { succeeded: false },
    ],
    ['well, by its phase alone', { phase: 'Succeeded' }, { succeeded: true }],
    ['badly, by its phase alone', { phase: 'Failed' }, { succeeded: false, disrupted: false }],
    [
      'evicted, whatever its containers made of the signal',
      { phase: 'Failed', state: terminated(0), status: { reason: 'Evicted', message: 'disk' } },
      { succeeded: false, disrupted: true },
    ],
    [
      'not admitted for want of a slot',
      { phase: 'Failed', status: { reason: 'OutOfaircraft.mil/slot' } },
      { succeeded: false, disrupted: true },
    ],
    [
      'not admitted for a label that turned',
      { phase: 'Failed', status: { reason: 'NodeAffinity' } },
      { disrupted: true },
    ],
    ['preempted', { phase: 'Failed', status: disruption }, { succeeded: false, disrupted: true }],
    [
      'past its own deadline, which is its own fault',
      { phase: 'Failed', status: { reason: 'DeadlineExceeded' } },
      { succeeded: false, disrupted: false },
    ],
    [
      'with a reason that says nothing, by its containers',
      { phase: 'Failed', state: terminated(4), status: { reason: 'Error' } },
      { succeeded: false, disrupted: false },
    ],
  ]
  for (const [name, options, expected] of cases) {
    await t.test(name, () => {
      const { end } = read(options)
      if (expected === undefined) assert.equal(end, undefined)
      else assert.deepEqual({ ...end, ...expected }, end)
    })
  }
})

test('these reasons of a failed pod blame the aircraft or the cluster, not the task', async (t) => {
  const reasons = [
    'Evicted',
    'Preempting',
    'Preempted',
    'NodeLost',
    'NodeShutdown',
    'Shutdown',
    'Terminated',
    'NodeAffinity',
    'NodePorts',
    'NodeName',
    'UnexpectedAdmissionError',
    'Admission',
    'TaintToleration',
    'UnexpectedPodFailure',
    'OutOfcpu',
  ]
  for (const reason of reasons) {
    await t.test(reason, () => {
      const { end } = read({ phase: 'Failed', status: { reason } })
      assert.ok(end && !end.succeeded)
      assert.equal(end.disrupted, true)
      assert.equal(end.message, `the pod was ended: ${reason}`)
    })
  }
  const target = (type: string, status: string) => ({
    conditions: [{ type, status, reason: 'PreemptionByScheduler', message: 'for a higher one' }],
  })
  await t.test('or its condition DisruptionTarget, in its own words', () => {
    const { end } = read({ phase: 'Failed', status: target('DisruptionTarget', 'True') })
    assert.ok(end && !end.succeeded)
    assert.equal(end.disrupted, true)
    assert.equal(end.message, 'the pod was ended: PreemptionByScheduler: for a higher one')
  })
  for (const [type, status] of [
    ['DisruptionTarget', 'False'],
    ['Ready', 'True'],
  ] as const) {
    await t.test(`not ${type}=${status}`, () => {
      const { end } = read({ phase: 'Failed', status: target(type, status) })
      assert.ok(end && !end.succeeded)
      assert.equal(end.disrupted, false)
    })
  }
  await t.test('a pod that runs has not been ended by any of them', () => {
    assert.equal(read({ phase: 'Running', status: { reason: 'Terminated' } }).end, undefined)
  })
})

test('a pod ended when the last of its main containers did', () => {
  const finished = (seconds: number) => ({
    terminated: { exitCode: 0, startedAt: at(1), finishedAt: at(seconds) },
  })
  const { end } = read({
    phase: 'Succeeded',
    spec: twoContainers,
    status: containers(['task', finished(9)], ['logger', finished(4)]),
  })
  assert.equal(end?.at, instant(9))
  const failed = { phase: 'Failed', status: { reason: 'Evicted' }, state: finished(7) }
  assert.equal(read(failed).end?.at, instant(7), 'of one that was ended, too')
})

test('what a container says of its end or of its waiting is cut', () => {
  const ended = read({ phase: 'Failed', state: terminated(1, { message: 'x'.repeat(600) }) }).end
  assert.ok(ended && !ended.succeeded)
  assert.equal(ended.message, `container task exited with code 1: ${'x'.repeat(512)}`)
  const waiting = { reason: 'ErrImagePull', message: 'y'.repeat(2000) }
  assert.equal(
    read({ phase: 'Pending', state: { waiting } }).blocked?.message,
    `container task: ${'y'.repeat(1024)}`,
  )
  const silent = { waiting: { reason: 'ErrImagePull' } }
  assert.equal(
    read({ phase: 'Pending', state: silent }).blocked?.message,
    'container task: ErrImagePull',
  )
})

test('why it failed is said in words', async (t) => {
  const initial = { initContainerStatuses: [{ name: 'prepare', state: terminated(7) }] }
  const cases: readonly [PodOptions, RegExp][] = [
    [
      { phase: 'Failed', state: terminated(137, { reason: 'OOMKilled' }) },
      /^container task exited with code 137 \(OOMKilled\)$/,
    ],
    [
      { phase: 'Failed', state: terminated(1, { reason: 'Error', message: ' no fuel \n' }) },
      /^container task exited with code 1: no fuel$/,
    ],
    [{ phase: 'Failed', status: initial }, /^init container prepare exited with code 7$/],
    [
      { phase: 'Failed', status: { reason: 'Evicted', message: 'out of disk' } },
      /^the pod was ended: Evicted: out of disk$/,
    ],
    [{ phase: 'Failed' }, /without saying why/],
  ]
  for (const [options, message] of cases) {
    await t.test(String(message), () => {
      const { end } = read(options)
      assert.ok(end && !end.succeeded)
      assert.match(end.message, message)
    })
  }
})

test('whether the main containers ever started', async (t) => {
  const weapons = { 'airforce.airforce.mil/weapons': 'weapon-x=default/x' }
  const sidecar = { initContainerStatuses: [{ name: 'weapon-x', state: running }] }
  const lost = {
    containerStatuses: [
      { name: 'task', state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } },
    ],
  }
  const cases: readonly [string, PodOptions, boolean][] = [
    ['not while waiting', { state: waiting('ContainerCreating') }, false],
    [
      'not when only a weapon runs',
      { phase: 'Pending', annotations: weapons, status: sidecar },
      false,
    ],
    ['running', { phase: 'Running', state: running }, true],
    ['ended', { phase: 'Failed', state: terminated(1) }, true],
    ['by the phase where no container is reported', { phase: 'Running' }, true],
    [
      'between two restarts',
      {
        phase: 'Running',
        status: {
          containerStatuses: [
            { name: 'task', state: waiting('CrashLoopBackOff'), lastState: terminated(1) },
          ],
        },
      },
      true,
    ],
    ['not when the kubelet lost sight of it', { phase: 'Failed', status: lost }, false],
  ]
  for (const [name, options, started] of cases) {
    await t.test(name, () => assert.equal(read(options).started, started))
  }
})

test('waiting reasons that mean that it cannot start', async (t) => {
  const stuck = [
    'ErrImagePull',
    'ImagePullBackOff',
    'InvalidImageName',
    'RegistryUnavailable',
    'ErrImageNeverPull',
    'CreateContainerConfigError',
    'CreateContainerError',
    'RunContainerError',
    'SomethingNew',
  ]
  for (const reason of stuck) {
    await t.test(reason, () =>
      assert.equal(read({ state: waiting(reason) }).blocked?.reason, reason),
    )
  }
  for (const reason of ['ContainerCreating', 'PodInitializing', 'CrashLoopBackOff']) {
    await t.test(`not ${reason}`, () =>
      assert.equal(read({ state: waiting(reason) }).blocked, undefined),
    )
  }
})

test('a weapon that cannot start keeps the task from starting only as a sidecar', () => {
  const annotations = { 'airforce.airforce.mil/weapons': 'weapon-x=default/x' }
  const stuck = { name: 'weapon-x', state: waiting('ImagePullBackOff') }
  assert.equal(
    read({ annotations, status: { initContainerStatuses: [stuck] } }).blocked?.reason,
    'ImagePullBackOff',
  )
  const spec = { containers: [{ name: 'task' }, { name: 'weapon-x' }] }
  assert.equal(
    read({ annotations, spec, status: { containerStatuses: [stuck] } }).blocked,
    undefined,
  )
})

test('when deletion was asked for is the deadline less the grace', () => {
  const metadata = { deletionTimestamp: at(40), deletionGracePeriodSeconds: 30 }
  assert.equal(read({ metadata }).deletedAt, instant(10))
  assert.equal(read({}).deletedAt, undefined)
})

test('a pod of any shape can be read', () => {
  const odd: readonly unknown[] = [
    { metadata: {}, spec: null, status: 7 },
    { metadata: { annotations: 5, name: 3 }, status: { containerStatuses: 'x', conditions: {} } },
    {
      metadata: { annotations: { 'airforce.airforce.mil/attempt': '-1' } },
      status: { containerStatuses: [null, 3, { name: {} }] },
    },
    {
      metadata: { deletionTimestamp: 'soon' },
      spec: { containers: [{ name: '__proto__' }] },
      status: { phase: 'Dancing' },
    },
  ]
  for (const pod of odd) assert.equal(readPod(pod as never).retry, 0)
})

test('a container that is restarted again and again does not move the start of its pod', () => {
  const looping = (restartCount: number): PodFacts =>
    read({
      phase: 'Running',
      status: {
        startTime: at(0),
        conditions: [{ type: 'Initialized', status: 'True', lastTransitionTime: at(1) }],
        containerStatuses: [
          {
            name: 'task',
            restartCount,
            state: { running: { startedAt: at(100 * restartCount) } },
            lastState: terminated(1, { startedAt: at(restartCount === 1 ? 1 : 90) }),
          },
        ],
      },
    })
  for (const restarts of [1, 2, 9]) assert.equal(looping(restarts).startedAt, instant(1))
})

test('of a pod the cache keeps what is read, and nothing of what makes it large', () => {
  const env = [{ name: 'A', value: 'long' }]
  const pod = makePod({
    node: 'viper-1',
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'task', image: 'i:1', env }],
      initContainers: [{ name: 'weapon-a', image: 'w:1', restartPolicy: 'Always' }],
      tolerations: [{ operator: 'Exists' }],
    },
  })
  const annotations = { ...pod.metadata.annotations, 'airforce.airforce.mil/assignment': 'long' }
  const metadata = { ...pod.metadata, annotations, managedFields: [{ manager: 'kubelet' }] }
  const held = { ...pod, metadata, status: { ...pod.status, podIP: '10.1.1.1', qosClass: 'Burst' } }
  const kept = whatIsRead(held)
  assert.deepEqual(kept.metadata, pod.metadata)
  assert.deepEqual(kept.status, pod.status)
  assert.deepEqual(kept.spec, {
    nodeName: 'viper-1',
    restartPolicy: 'Never',
    containers: [{ name: 'task', image: 'i:1' }],
    initContainers: [{ name: 'weapon-a', image: 'w:1' }],
  })
})
