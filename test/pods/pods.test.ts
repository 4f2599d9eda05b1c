/** Missions in real containers: kubelets with containerd and runc, Sortie itself installed in pods of theirs. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FlightTask } from '@sortie/api'
import type { ContainerStatus, Pod, Stored } from '@sortie/machinery'
import { busyboxImage, HOLDING } from './images.ts'
import { mission, task, weapon } from './missions.ts'
import { startRegistry } from './registry.ts'
import { missingForSite, type Site, startSite, until } from './site.ts'
import { watchTraces } from './traces.ts'

const phaseOf = ({ status }: Stored<FlightTask>) => status?.phase
const isOver = (held: Stored<FlightTask>) =>
  ['Succeeded', 'Failed', 'Cancelled'].includes(phaseOf(held) ?? '')
const conditionOf = ({ status }: Stored<FlightTask>, name: string) =>
  status?.conditions?.find(({ type }) => type === name)
const seconds = (time: string | undefined): number => Date.parse(time ?? '') / 1000

describe('on real kubelets', { skip: missingForSite() }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site?.stop())

  const phase = (name: string, ...wanted: readonly string[]): Promise<Stored<FlightTask>> =>
    until(
      () => site.task(name),
      (held) => wanted.includes(phaseOf(held) ?? ''),
    )
  const ended = (name: string): Promise<Stored<FlightTask>> => until(() => site.task(name), isOver)
  const pods = (name: string): Promise<readonly Stored<Pod>[]> => site.podsOf(name)
  const onlyPod = async (name: string): Promise<Stored<Pod>> => {
    const [pod, ...others] = await pods(name)
    assert.deepEqual(others, [], `${name} should have had one pod`)
    assert.ok(pod, `${name} should have a pod`)
    return pod
  }
  const containerOf = ({ status }: Pod, name: string): ContainerStatus => {
    const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    const found = all.find((container) => container.name === name)
    assert.ok(found, `the pod should have a container ${name}`)
    return found
  }
  const label = (node: string, ...labels: readonly string[]) =>
    site.kubectl('label', 'node', node, '--overwrite', ...labels)
  const processesOf = (node: string, word: string) =>
    site.cluster
      .node(node)
      .containerProcesses()
      .filter(({ command }) => command.includes(word))

  test('the shipped manifests start operator, scheduler and dashboard, ready by their probes', async () => {
    const installed = await site.install()
    assert.deepEqual([...installed].sort(), [
      'sortie-dashboard',
      'sortie-operator',
      'sortie-scheduler',
    ])
  })

  test('they fly the sample mission to its end, as it is written', async () => {
    await site.sortie('apply', '-f', 'examples/001-first-mission')
    await site.sortie('watch', 'dawn-patrol')
    const { status } = await site.mission('dawn-patrol')
    assert.equal(status?.phase, 'Succeeded')
    assert.equal(status?.statistics?.succeededTasks, 9)
  })

  test('an aircraft takes as many tasks at a time as an annotation says that came later', async () => {
    await site.kubectl('annotate', 'node', 'j20-1', 'aircraft.mil/slots=4')
    await until(
      () => site.node('j20-1'),
      ({ status }) => status?.allocatable?.['aircraft.mil/slot'] === '4',
    )
  })

  describe('weapons beside their tasks', () => {
    before(async () => {
      const talk = 'echo radar on; echo plot > /interface/plot'
      const wait = 'until [ -f /interface/seen ]; do sleep 0.1; done; echo it was seen'
      const serve = 'trap "echo radar off; exit 0" TERM; while :; do sleep 0.1; done'
      await site.apply(
        weapon('radar', [talk, wait, serve].join('; ')),
        weapon('deaf', 'trap "" TERM; while :; do sleep 0.2; done'),
        weapon('chaff', 'while :; do sleep 0.2; done', { lifecycle: 'Companion' }),
        weapon('faulty', 'echo boom; exit 3'),
        weapon('faulty-chaff', 'echo boom; exit 3', { lifecycle: 'Companion' }),
        mission('armed', [
          task('shared', 'cat /interface/plot; touch /interface/seen; sleep 2', {
            weapons: ['radar'],
          }),
          task('deaf', 'sleep 1', { aircraft: 'j16', weapons: ['deaf'] }),
          task('chaff', 'sleep 1', { aircraft: 'y20', weapons: ['chaff'] }),
          task('faulty', 'sleep 4', { aircraft: 'h6k', weapons: ['faulty'] }),
          task('faulty-chaff', 'echo flies; sleep 4', {
            aircraft: 'kj500',
            weapons: ['faulty-chaff'],
          }),
        ]),
      )
    })

    test('one that never ends, and does not listen, does not hold its task', async () => {
      const { status } = await ended('armed-only-deaf')
      assert.equal(status?.phase, 'Succeeded')
      const pod = await onlyPod('armed-only-deaf')
      assert.ok(containerOf(pod, 'weapon-deaf').state?.running, 'the weapon should still run')
      const end = containerOf(pod, 'task').state?.terminated?.finishedAt
      assert.ok(seconds(status?.completionTime) - seconds(end) < 5)
    })

    test('a companion that never ends is ended after its task', async () => {
      assert.equal(phaseOf(await ended('armed-only-chaff')), 'Succeeded')
      const deleted = (list: readonly Stored<Pod>[]) =>
        list.every(({ metadata }) => metadata.deletionTimestamp !== undefined)
      await until(() => pods('armed-only-chaff'), deleted)
    })

    test('a sidecar starts before its task, shares its folder, and ends with it', async () => {
      assert.equal(phaseOf(await ended('armed-only-shared')), 'Succeeded')
      const pod = await until(
        () => onlyPod('armed-only-shared'),
        ({ status }) => status?.phase === 'Succeeded',
      )
      const [sidecar, main] = ['weapon-radar', 'task'].map(
        (name) => containerOf(pod, name).state?.terminated,
      )
      assert.ok(seconds(sidecar?.startedAt) <= seconds(main?.startedAt))
      assert.ok(seconds(sidecar?.finishedAt) >= seconds(main?.finishedAt))
    })

    test('their logs are read by the task’s name', async () => {
      const logs = (...more: readonly string[]) => site.sortie('logs', 'armed-only-shared', ...more)
      assert.equal(await logs('--container', 'task'), 'plot\n')
      const radar = await logs('--container', 'weapon-radar')
      assert.equal(radar, 'radar on\nit was seen\nradar off\n')
    })

    test('ones that crash do not fail their tasks', async () => {
      for (const name of ['faulty', 'faulty-chaff']) {
        const { status } = await ended(`armed-only-${name}`)
        assert.deepEqual([status?.phase, status?.retryCount ?? 0], ['Succeeded', 0], name)
        assert.equal(
          await site.sortie('logs', `armed-only-${name}`, '--container', `weapon-${name}`),
          'boom\n',
        )
      }
      // Of two containers the task's is meant where nobody names one.
      assert.equal(await site.sortie('logs', 'armed-only-faulty-chaff'), 'flies\n')
      const { status } = await until(
        () => site.mission('armed'),
        (held) => held.status?.phase !== 'Running',
      )
      assert.equal(status?.phase, 'Succeeded')
    })
  })

  test('a weapon’s new image is taken up in the running pod, and its task goes on', async () => {
    const jammer = (tag: string) => ({
      ...weapon('jammer', 'echo jams; while :; do sleep 0.2; done'),
      spec: {
        image: { repository: 'registry.example/weapons/jammer', tag },
        container: { command: [...HOLDING] },
        updateStrategy: { type: 'HotReload' },
      },
    })
    await site.apply(
      jammer('v1'),
      mission('reload', [
        task('a', 'until [ -f /interface/go ]; do sleep 0.2; done', { weapons: ['jammer'] }),
      ]),
    )
    await phase('reload-only-a', 'Running')
    const { containerID } = containerOf(await onlyPod('reload-only-a'), 'task')
    await site.apply(jammer('v2'))
    const reloaded = await until(
      () => onlyPod('reload-only-a'),
      (pod) => containerOf(pod, 'weapon-jammer').restartCount === 1,
    )
    assert.match(containerOf(reloaded, 'weapon-jammer').image, /jammer:v2$/)
    assert.equal(containerOf(reloaded, 'task').containerID, containerID)
    await site.kubectl('exec', 'reload-only-a-pod', '-c', 'task', '--', 'touch', '/interface/go')
    assert.equal(phaseOf(await ended('reload-only-a')), 'Succeeded')
  })

  test('an image that cannot be pulled is waited for, and flown when it is there', async () => {
    const node = site.cluster.node('kj500-1')
    const registry = await startRegistry(node.machine.host)
    try {
      node.mirror('registry.sortie.test', registry.url)
      const image = 'registry.sortie.test/sims/late:1'
      await site.apply(mission('late', [task('a', 'echo here', { aircraft: 'kj500', image })]))
      const waiting = await until(
        () => site.task('late-only-a'),
        (held) => conditionOf(held, 'ImagePullFailed')?.status === 'True',
      )
      assert.equal(phaseOf(waiting), 'Scheduled')
      const { reason, message } = conditionOf(waiting, 'ImagePullFailed') ?? {}
      assert.match(reason ?? '', /^(ErrImagePull|ImagePullBackOff)$/)
      assert.match(message ?? '', /container task: .*sims\/late:1.* not found/)
      assert.ok(registry.refused.length > 0, 'the registry should have been asked')
      registry.serve(busyboxImage(image, ['/bin/sh']))
      const flown = await ended('late-only-a')
      assert.equal(phaseOf(flown), 'Succeeded')
      assert.equal(conditionOf(flown, 'ImagePullFailed')?.status, 'False')
      await onlyPod('late-only-a')
    } finally {
      await registry.close()
    }
  })

  test('a kubelet that is killed and comes back loses nothing of what flies or ended meanwhile', async () => {
    const count = 'for i in $(seq 20); do echo $i; sleep 1; done'
    await site.apply(
      mission('endure', [
        task('long', `touch /interface/seen; ${count}`, { weapons: ['radar'] }),
        task('short', 'sleep 8; echo done'),
      ]),
    )
    await phase('endure-only-long', 'Running')
    await phase('endure-only-short', 'Running')
    const node = site.cluster.node('j20-1')
    assert.ok(processesOf('j20-1', 'echo done').length > 0)
    await node.killKubelet()
    await until(
      async () => processesOf('j20-1', 'echo done'),
      (left) => left.length === 0,
    )
    node.startKubelet()
    for (const name of ['long', 'short']) {
      const { status } = await ended(`endure-only-${name}`)
      assert.deepEqual([status?.phase, status?.retryCount ?? 0], ['Succeeded', 0], name)
      assert.equal(containerOf(await onlyPod(`endure-only-${name}`), 'task').restartCount, 0)
    }
    assert.match(
      await site.sortie('logs', 'endure-only-long', '--container', 'task'),
      /^1\n2\n(\d+\n)*20\n$/,
    )
  })

  test('labels that turn under a running task do not end it, unless its kubelet starts anew', async () => {
    const go = 'until [ -f /tmp/go ]; do sleep 0.2; done'
    await site.apply(
      mission(
        'turn',
        [task('stays', go, { aircraft: 'j16' }), task('goes', go, { aircraft: 'y20' })],
        { failurePolicy: { maxRetries: 1, retryStrategy: 'immediate' } },
      ),
    )
    await phase('turn-only-stays', 'Running')
    await phase('turn-only-goes', 'Running')
    for (const name of ['j16-1', 'y20-1']) {
      await label(name, 'aircraft.mil/status=maintenance', 'aircraft.mil/fuel.level=3')
    }
    // The kubelet looks at its own node every ten seconds.
    await new Promise((resolve) => setTimeout(resolve, 11_000))
    assert.equal(phaseOf(await site.task('turn-only-stays')), 'Running')
    const y20 = site.cluster.node('y20-1')
    await y20.killKubelet()
    y20.startKubelet()
    await until(
      () => site.task('turn-only-goes'),
      ({ status }) => status?.retryCount === 1,
    )
    await site.kubectl('exec', 'turn-only-stays-pod', '--', 'touch', '/tmp/go')
    assert.equal(phaseOf(await ended('turn-only-stays')), 'Succeeded')
    await onlyPod('turn-only-stays')
    for (const name of ['j16-1', 'y20-1']) {
      await label(name, 'aircraft.mil/status=ready', 'aircraft.mil/fuel.level=90')
    }
    await phase('turn-only-goes', 'Running')
    await site.kubectl('exec', 'turn-only-goes-pod-1', '--', 'touch', '/tmp/go')
    assert.equal(phaseOf(await ended('turn-only-goes')), 'Succeeded')
  })

  test('an abort ends real processes within the grace period, deaf ones too', async () => {
    const deaf = 'trap "" TERM; : deaf-task; while :; do sleep 0.2; done'
    const config = {
      failurePolicy: { maxRetries: 0, stageFailureAction: 'abort' },
      cancellationPolicy: { gracePeriod: '3s' },
    }
    await site.apply(
      mission(
        'abort',
        [
          task('deaf', deaf, { aircraft: 'h6k' }),
          task('fails', 'until [ -f /tmp/go ]; do sleep 0.1; done; exit 7', { aircraft: 'y20' }),
        ],
        config,
      ),
    )
    await phase('abort-only-deaf', 'Running')
    await phase('abort-only-fails', 'Running')
    assert.ok(processesOf('h6k-1', 'deaf-task').length > 0)
    await site.kubectl('exec', 'abort-only-fails-pod', '--', 'touch', '/tmp/go')
    const failed = performance.now()
    await until(
      async () => processesOf('h6k-1', 'deaf-task'),
      (left) => left.length === 0,
    )
    assert.ok(performance.now() - failed < 8_000 + SLOWNESS_MS)
    assert.equal(phaseOf(await ended('abort-only-deaf')), 'Cancelled')
    const { status } = await until(
      () => site.mission('abort'),
      (held) => held.status?.phase !== 'Running',
    )
    assert.equal(status?.phase, 'Failed')
    assert.match((await site.task('abort-only-fails')).status?.message ?? '', /exited with code 7/)
  })

  test('a cancel lets a task say its last words', async () => {
    const script = 'trap "echo homeward; exit 0" TERM; while :; do sleep 0.1; done'
    await site.apply(mission('called-off', [task('a', script, { aircraft: 'h6k' })]))
    await phase('called-off-only-a', 'Running')
    const heard = site.sortie('logs', 'called-off-only-a', '--follow')
    await site.sortie('cancel', 'called-off')
    assert.equal(await heard, 'homeward\n')
    assert.equal(phaseOf(await ended('called-off-only-a')), 'Cancelled')
  })

  test('nothing is left of it all when the nodes are stopped', async () => {
    const remains = watchTraces(site.cluster)
    await site.stop()
    assert.deepEqual(remains(), [])
  })
})

/** What a busy machine may take to notice and to act, beyond what is promised. */
const SLOWNESS_MS = 5_000
