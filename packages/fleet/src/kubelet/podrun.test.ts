import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Container, Pod } from '@sortie/machinery'
import type { FleetSpec } from '../spec/fleetspec.ts'
import { advance, changeScript, nextDue, type PodRun, startRun, stopRun } from './podrun.ts'
import { statusOf } from './podstatus.ts'
import { writeScript } from './script.ts'

const START = Date.parse('2026-01-01T00:00:00Z')

function makePod(spec: Partial<Pod['spec']>, annotations: Record<string, string> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'uid-p', annotations },
    spec: {
      restartPolicy: 'Never',
      nodeName: 'j20-01',
      containers: [sh('task', 'sleep 2')],
      ...spec,
    },
  }
}

function sh(name: string, script: string, more: Partial<Container> = {}): Container {
  return { name, image: 'busybox:1.36', command: ['sh', '-c', script], ...more }
}

/** One line for each change: `+ms phase container=state…`. */
function describeRun(run: PodRun, pod: Pod, now: number): string {
  const status = statusOf(run, { pod, hostIP: '10.0.0.1', now })
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const containers = all.map(({ name, state, restartCount }) => {
    const restarts = restartCount > 0 ? `*${restartCount}` : ''
    if (state?.running !== undefined) return `${name}${restarts}=running`
    if (state?.terminated !== undefined) return `${name}${restarts}=${state.terminated.exitCode}`
    return `${name}${restarts}=${state?.waiting?.reason}`
  })
  const reason = status.reason === undefined ? '' : `(${status.reason})`
  return `+${now - START} ${status.phase}${reason} ${containers.join(' ')}`
}

interface Play {
  readonly rules?: FleetSpec['rules']
  readonly until?: number
  /** What is done to the run from outside, and when. */
  readonly at?: Readonly<Record<number, (run: PodRun, now: number) => PodRun>>
}

function play(pod: Pod, { rules = [], until = 60_000, at = {} }: Play = {}): string[] {
  let run = startRun(writeScript(pod, rules), START)
  const lines = [describeRun(run, pod, START)]
  const acts = Object.entries(at).map(([ms, act]) => ({ now: START + Number(ms), act }))
  for (;;) {
    const due = nextDue(run) ?? Number.POSITIVE_INFINITY
    const act = acts[0]
    const now = Math.min(due, act?.now ?? Number.POSITIVE_INFINITY)
    if (now > START + until) return lines
    if (act !== undefined && act.now <= due) {
      acts.shift()
      run = act.act(run, now)
    } else run = advance(run, now)
    const line = describeRun(run, pod, now)
    if (line.replace(/^\S+ /, '') !== lines.at(-1)?.replace(/^\S+ /, '')) lines.push(line)
  }
}

const stopWithin = (graceMs: number) => (run: PodRun, now: number) => stopRun(run, now, { graceMs })

describe('a pod plays out', () => {
  test('as Running and then Succeeded, when its command sleeps and ends', () => {
    assert.deepEqual(play(makePod({})), ['+0 Running task=running', '+2000 Succeeded task=0'])
  })

  test('as Failed, with the exit code of its command', () => {
    const pod = makePod({ containers: [sh('task', 'sleep 1; exit 3')] })
    assert.deepEqual(play(pod), ['+0 Running task=running', '+1000 Failed task=3'])
  })

  test('with its sidecars, which start before the task and end with it', () => {
    const pod = makePod({
      initContainers: [{ name: 'weapon-a', image: 'pod', restartPolicy: 'Always' }],
    })
    assert.deepEqual(play(pod), [
      '+0 Running weapon-a=running task=running',
      '+2000 Succeeded weapon-a=143 task=0',
    ])
  })

  test('with init containers one after another', () => {
    const pod = makePod({
      initContainers: [sh('one', 'sleep 1'), sh('none', 'true'), sh('two', 'sleep 2')],
    })
    assert.deepEqual(play(pod), [
      '+0 Pending one=running none=PodInitializing two=PodInitializing task=PodInitializing',
      '+1000 Pending one=0 none=0 two=running task=PodInitializing',
      '+3000 Running one=0 none=0 two=0 task=running',
      '+5000 Succeeded one=0 none=0 two=0 task=0',
    ])
  })

  test('as Failed when an init container fails and nothing may be restarted', () => {
    const pod = makePod({ initContainers: [sh('check', 'sleep 1; exit 1')] })
    assert.deepEqual(play(pod), [
      '+0 Pending check=running task=PodInitializing',
      '+1000 Failed check=1 task=PodInitializing',
    ])
  })

  test('restarted on failure at once, and then with growing delays', () => {
    const pod = makePod({ restartPolicy: 'OnFailure', containers: [sh('task', 'sleep 1; exit 1')] })
    assert.deepEqual(play(pod, { until: 25_000 }), [
      '+0 Running task=running',
      '+1000 Running task*1=running',
      '+2000 Running task*2=CrashLoopBackOff',
      '+12000 Running task*2=running',
      '+13000 Running task*3=CrashLoopBackOff',
    ])
  })

  test('restarted at once after ten minutes of running, and then with delays that grow anew', () => {
    const crashing = (seconds: number) =>
      makePod({ restartPolicy: 'OnFailure', containers: [sh('task', `sleep ${seconds}; exit 1`)] })
    const runs = (seconds: number) => (run: PodRun, now: number) =>
      changeScript(run, writeScript(crashing(seconds), []), now)
    const at = { 5000: runs(601), 600000: runs(1), 630000: runs(599) }
    assert.deepEqual(play(crashing(1), { at, until: 1_260_000 }), [
      '+0 Running task=running',
      '+1000 Running task*1=running',
      '+2000 Running task*2=CrashLoopBackOff',
      '+12000 Running task*2=running',
      '+613000 Running task*3=running',
      '+614000 Running task*4=CrashLoopBackOff',
      '+624000 Running task*4=running',
      '+625000 Running task*5=CrashLoopBackOff',
      '+645000 Running task*5=running',
      '+1244000 Running task*6=CrashLoopBackOff',
    ])
  })

  test('restarting a sidecar that ends early, whatever the pod says about restarts', () => {
    const weapon = { ...sh('weapon', 'sleep 1; exit 1'), restartPolicy: 'Always' }
    assert.deepEqual(play(makePod({ initContainers: [weapon] })), [
      '+0 Running weapon=running task=running',
      '+1000 Running weapon*1=running task=running',
      '+2000 Succeeded weapon*2=CrashLoopBackOff task=0',
    ])
  })

  test('waiting for an image whose registry can never be reached', () => {
    const pod = makePod({ containers: [{ name: 'task', image: 'registry.invalid/task:1' }] })
    assert.deepEqual(play(pod), [
      '+0 Pending task=ErrImagePull',
      '+1000 Pending task=ImagePullBackOff',
    ])
  })

  test('started as soon as its image is patched to one that can be pulled', () => {
    const pod = makePod({
      containers: [sh('task', 'sleep 1', { image: 'registry.invalid/task:1' })],
    })
    const patched = makePod({ containers: [sh('task', 'sleep 1', { image: 'busybox' })] })
    const repair = (run: PodRun, now: number) => changeScript(run, writeScript(patched, []), now)
    assert.deepEqual(play(pod, { at: { 5000: repair } }), [
      '+0 Pending task=ErrImagePull',
      '+1000 Pending task=ImagePullBackOff',
      '+5000 Running task=running',
      '+6000 Succeeded task=0',
    ])
  })

  test('restarting the one sidecar whose image was changed', () => {
    const weapon = (image: string) => ({ name: 'weapon', image, restartPolicy: 'Always' })
    const pod = makePod({ initContainers: [weapon('w:1')] })
    const patched = makePod({ initContainers: [weapon('w:2')] })
    const change = (run: PodRun, now: number) => changeScript(run, writeScript(patched, []), now)
    assert.deepEqual(play(pod, { at: { 500: change } }), [
      '+0 Running weapon=running task=running',
      '+500 Running weapon*1=running task=running',
      '+2000 Succeeded weapon*1=143 task=0',
    ])
  })

  test('restarted at once when the first crash of a new image comes, whatever the old one did', () => {
    const crashing = (image: string) =>
      makePod({
        restartPolicy: 'OnFailure',
        containers: [sh('task', 'sleep 1; exit 1', { image })],
      })
    const change = (run: PodRun, now: number) =>
      changeScript(run, writeScript(crashing('w:2'), []), now)
    assert.deepEqual(play(crashing('w:1'), { at: { 5000: change }, until: 9_000 }), [
      '+0 Running task=running',
      '+1000 Running task*1=running',
      '+2000 Running task*2=CrashLoopBackOff',
      '+5000 Running task*2=running',
      '+6000 Running task*3=running',
      '+7000 Running task*4=CrashLoopBackOff',
    ])
  })

  test('keeping how the old image ended, where the new one cannot be pulled', () => {
    const crashing = (image: string) =>
      makePod({
        restartPolicy: 'OnFailure',
        containers: [sh('task', 'sleep 1; exit 3', { image })],
      })
    const crashed = advance(startRun(writeScript(crashing('w:1'), []), START), START + 5000)
    const script = writeScript(crashing('registry.invalid/w:2'), [])
    const run = changeScript(crashed, script, START + 5000)
    const [status] =
      statusOf(run, { pod: makePod({}), hostIP: '', now: START }).containerStatuses ?? []
    assert.equal(status?.state?.waiting?.reason, 'ErrImagePull')
    assert.equal(status?.lastState?.terminated?.exitCode, 3)
  })

  test('pulling again after the failures that a rule asks for', () => {
    const rules = [{ match: { image: 'busybox*' }, pullError: 'ErrImagePull', pullFailures: 1 }]
    assert.deepEqual(play(makePod({}), { rules }), [
      '+0 Pending task=ErrImagePull',
      '+1000 Pending task=ImagePullBackOff',
      '+10000 Running task=running',
      '+12000 Succeeded task=0',
    ])
  })

  test('waiting for ever with a reason that no retry helps', () => {
    const rules = [{ match: {}, pullError: 'CreateContainerConfigError' }]
    assert.deepEqual(play(makePod({}), { rules }), ['+0 Pending task=CreateContainerConfigError'])
  })

  test('evicted when a rule says so', () => {
    const rules = [{ match: {}, evictAfter: { min: 700, max: 700 } }]
    assert.deepEqual(play(makePod({}), { rules }), [
      '+0 Running task=running',
      '+700 Failed(Evicted) task=137',
    ])
  })

  test('killed at its own deadline', () => {
    assert.deepEqual(play(makePod({ activeDeadlineSeconds: 1 })), [
      '+0 Running task=running',
      '+1000 Failed(DeadlineExceeded) task=137',
    ])
  })

  test('after the delays that rules give to pulls and starts', () => {
    const rules = [{ match: {}, pull: { min: 300, max: 300 }, startDelay: { min: 200, max: 200 } }]
    assert.deepEqual(play(makePod({}), { rules }), [
      '+0 Pending task=ContainerCreating',
      '+500 Running task=running',
      '+2500 Succeeded task=0',
    ])
  })
})

describe('a pod that is stopped', () => {
  test('ends at once with 143 when nothing says otherwise', () => {
    assert.deepEqual(play(makePod({}), { at: { 500: stopWithin(30_000) } }), [
      '+0 Running task=running',
      '+500 Failed task=143',
    ])
  })

  test('is killed with 137 when it ignores SIGTERM past its grace', () => {
    const pod = makePod(
      { containers: [sh('task', 'sleep 600')] },
      { 'fleet.sortie/termination': 'ignore' },
    )
    assert.deepEqual(play(pod, { at: { 500: stopWithin(5000) } }), [
      '+0 Running task=running',
      '+5500 Failed task=137',
    ])
  })

  test('may still succeed within its grace', () => {
    const pod = makePod({}, { 'fleet.sortie/termination': 'ignore' })
    assert.deepEqual(play(pod, { at: { 500: stopWithin(5000) } }), [
      '+0 Running task=running',
      '+2000 Succeeded task=0',
    ])
  })

  test('ends its sidecars after its task', () => {
    const pod = makePod(
      { initContainers: [{ name: 'weapon', image: 'w', restartPolicy: 'Always' }] },
      { 'fleet.sortie/termination': '2s', 'fleet.sortie/duration': '60s' },
    )
    assert.deepEqual(play(pod, { at: { 500: stopWithin(5000) } }), [
      '+0 Running weapon=running task=running',
      '+2500 Failed weapon=143 task=143',
    ])
  })

  test('that never started a container ends without one', () => {
    const pod = makePod({ containers: [{ name: 'task', image: 'registry.invalid/task:1' }] })
    assert.deepEqual(play(pod, { at: { 500: stopWithin(5000) } }), [
      '+0 Pending task=ErrImagePull',
      '+500 Failed task=ErrImagePull',
    ])
  })
})

describe('a late caller', () => {
  test('finds everything at the time it fell due', () => {
    const pod = makePod({ initContainers: [sh('one', 'sleep 1')] })
    const run = advance(startRun(writeScript(pod, []), START), START + 3_600_000)
    assert.equal(run.outcome?.at, START + 3000)
    assert.equal(run.containers[1]?.ending?.startedAt, START + 1000)
  })
})
