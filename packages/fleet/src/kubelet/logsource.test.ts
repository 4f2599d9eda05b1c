import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod, Stored } from '@sortie/machinery'
import { formatTime } from '@sortie/machinery'
import { TEST_EPOCH, testClock } from '@sortie/testing'
import { createLogServer, type LogStreamRequest } from './logsource.ts'

type State = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state']

function makePod(state: State, phase: 'Running' | 'Succeeded' = 'Running'): Stored<Pod> {
  const status = { name: 'task', ready: true, restartCount: 0, image: 'b', imageID: '' }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: formatTime(TEST_EPOCH),
    },
    spec: {
      nodeName: 'j20-01',
      containers: [
        { name: 'task', command: ['sh', '-c', 'echo one; sleep 2; echo two; sleep 2; echo three'] },
      ],
    },
    status: {
      phase,
      containerStatuses: [{ ...status, ...(state === undefined ? {} : { state }) }],
    },
  }
}

const running = { running: { startedAt: formatTime(TEST_EPOCH) } }
const ended = {
  terminated: {
    exitCode: 0,
    startedAt: formatTime(TEST_EPOCH),
    finishedAt: formatTime(TEST_EPOCH + 4000),
  },
}

/** The pod after the first run of its container has ended, and what the second one does. */
function restarted(state: NonNullable<State>): Stored<Pod> {
  const pod = makePod(state)
  const [status] = pod.status?.containerStatuses ?? []
  assert.ok(status)
  const containerStatuses = [{ ...status, restartCount: 1, lastState: ended }]
  return { ...pod, status: { ...pod.status, containerStatuses } }
}

function serve(first: Stored<Pod>) {
  const clock = testClock()
  const pods = new Map([['default/p', first]])
  const lister = { get: (key: string) => pods.get(key), list: () => pods.values(), size: 1 }
  const server = createLogServer({
    pods: { ...lister, byIndex: () => [] },
    clock,
    rules: [],
    isOurs: () => true,
  })
  const change = (pod: Stored<Pod> | undefined): void => {
    if (pod === undefined) pods.delete('default/p')
    else pods.set('default/p', pod)
    server.changed('default/p')
  }
  const open = (options: Partial<LogStreamRequest> = {}) => {
    const got = { text: '', ended: false }
    const request = { namespace: 'default', pod: 'p', uid: 'u', container: 'task', follow: false }
    const stream = server.open(
      { ...request, previous: false, timestamps: false, ...options },
      {
        onChunk: (chunk) => {
          got.text += new TextDecoder().decode(chunk)
        },
        onEnd: () => {
          got.ended = true
        },
      },
    )
    return { got, stream }
  }
  return { clock, open, change }
}

describe('the log of a container', () => {
  test('has the lines that were written by now', async () => {
    const { clock, open } = serve(makePod(running))
    await clock.advance(2500)
    const { got } = open()
    await clock.advance(0)
    assert.deepEqual(got, { text: 'one\ntwo\n', ended: true })
  })

  test('is empty before the container has started', async () => {
    const { clock, open } = serve(makePod({ waiting: { reason: 'ContainerCreating' } }))
    const { got } = open()
    await clock.advance(0)
    assert.deepEqual(got, { text: '', ended: true })
  })

  test('can be followed to its end', async () => {
    const { clock, open, change } = serve(makePod(running))
    const { got } = open({ follow: true })
    await clock.advance(100)
    assert.deepEqual(got, { text: 'one\n', ended: false })
    await clock.advance(2000)
    assert.deepEqual(got, { text: 'one\ntwo\n', ended: false })
    await clock.advance(1900)
    change(makePod(ended, 'Succeeded'))
    assert.deepEqual(got, { text: 'one\ntwo\nthree\n', ended: true })
    assert.equal(clock.pendingTimers(), 0)
  })

  test('can be followed from before the container has started', async () => {
    const { clock, open, change } = serve(makePod({ waiting: { reason: 'ContainerCreating' } }))
    const { got } = open({ follow: true })
    await clock.advance(0)
    change(makePod(running))
    assert.deepEqual(got, { text: 'one\n', ended: false })
  })

  test('ends for a follower when the pod goes', async () => {
    const { clock, open, change } = serve(makePod(running))
    const { got } = open({ follow: true })
    await clock.advance(0)
    change(undefined)
    assert.equal(got.ended, true)
    assert.equal(clock.pendingTimers(), 0)
  })

  test('sends nothing more to a follower who has left', async () => {
    const { clock, open } = serve(makePod(running))
    const { got, stream } = open({ follow: true })
    await clock.advance(0)
    stream?.close()
    await clock.advance(10_000)
    assert.deepEqual(got, { text: 'one\n', ended: false })
    assert.equal(clock.pendingTimers(), 0)
  })

  test('ends for a follower with the run that was followed, also where the next one begins at once', async () => {
    const again = { running: { startedAt: formatTime(TEST_EPOCH + 4000) } }
    const { clock, open, change } = serve(makePod(running))
    const { got } = open({ follow: true })
    await clock.advance(3000)
    await clock.advance(1500)
    change(restarted(again))
    assert.deepEqual(got, { text: 'one\ntwo\nthree\n', ended: true })
    const next = open({ follow: true })
    await clock.advance(0)
    assert.deepEqual(next.got, { text: 'one\n', ended: false })
  })

  test('ends for a follower where the container waits for its next start', async () => {
    const waiting = { waiting: { reason: 'CrashLoopBackOff' } }
    const { clock, open, change } = serve(makePod(running))
    const { got } = open({ follow: true })
    await clock.advance(4500)
    change(restarted(waiting))
    assert.deepEqual(got, { text: 'one\ntwo\nthree\n', ended: true })
    const late = open({ follow: true })
    await clock.advance(0)
    assert.deepEqual(late.got, got)
  })

  test('can be followed from now on, whatever stood there before', async () => {
    const { clock, open, change } = serve(makePod({ waiting: { reason: 'ContainerCreating' } }))
    const early = open({ follow: true, tailLines: 0 })
    await clock.advance(0)
    change(makePod(running))
    await clock.advance(500)
    const late = open({ follow: true, tailLines: 0 })
    await clock.advance(2000)
    assert.deepEqual([early.got.text, late.got.text], ['one\ntwo\n', 'two\n'])
  })

  const cases: readonly (readonly [string, Partial<LogStreamRequest>, string])[] = [
    ['its last lines', { tailLines: 2 }, 'two\nthree\n'],
    ['no line', { tailLines: 0 }, ''],
    ['so many bytes', { limitBytes: 5 }, 'one\nt'],
    ['the lines since a time', { sinceTime: formatTime(TEST_EPOCH + 3000) }, 'three\n'],
    ['the lines of the last seconds', { sinceSeconds: 7 }, 'three\n'],
    [
      'times before lines',
      { timestamps: true, tailLines: 1 },
      '2026-01-05T08:00:04.000000Z three\n',
    ],
    ['nothing of a run that never was', { previous: true }, ''],
  ]
  for (const [name, options, text] of cases) {
    test(`gives ${name} when asked to`, async () => {
      const { clock, open } = serve(makePod(ended, 'Succeeded'))
      await clock.advance(10_000)
      const { got } = open(options)
      await clock.advance(0)
      assert.deepEqual(got, { text, ended: true })
    })
  }

  test('is not served for another pod of the same name', () => {
    assert.equal(serve(makePod(running)).open({ uid: 'other' }).stream, undefined)
  })
})
