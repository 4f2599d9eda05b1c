/** kube-scheduler in place of ours: missions fly, and what it cannot promise is said. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FlightTask, Mission, MissionStage } from '@sortie/api'
import { type EventObject, findCondition, type Pod } from '@sortie/machinery'
import { missingForControlPlane } from '@sortie/testing'
import { auditOf, missingForSite, type Site, startSite, until } from './site.ts'

const SCHEDULER = 'default-scheduler'
const skip = missingForControlPlane(['kube-scheduler']) ?? missingForSite()

describe('kube-scheduler in place of ours', { skip }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ components: ['controller-manager', 'scheduler'] })
    await site.start('operator', '--scheduler-name', SCHEDULER)
    await site.start('fleet')
  })
  after(() => site?.stop())

  const apply = (mission: object): Promise<string> =>
    site.kubectl(['apply', '-f', '-'], JSON.stringify(mission))

  test('the sample mission flies, every pod of it placed by kube-scheduler', async () => {
    const applied = await site.sortie('apply', '-f', 'examples/001-first-mission')
    assert.equal(applied.status, 0, applied.stderr)
    const watched = await site.sortie('watch', 'dawn-patrol')
    assert.equal(watched.status, 0, watched.stdout)
    const { items } = await site.get<{ items: Pod[] }>('pods')
    assert.deepEqual(new Set(items.map(({ spec }) => spec.schedulerName)), new Set([SCHEDULER]))
    const binders = auditOf(site.plane)
      .filter(({ verb, objectRef }) => verb === 'create' && objectRef?.subresource === 'binding')
      .map(({ user }) => user.username)
    assert.deepEqual(new Set(binders), new Set(['system:kube-scheduler']))
    assert.equal(binders.length, items.length)
  })

  test('an aircraft is never booked twice, by its slot', async () => {
    // Four j20 in the fleet: of six tasks two have to wait.
    await apply(mission('queue', { count: 6 }))
    const watched = await site.sortie('watch', 'queue')
    assert.equal(watched.status, 0, watched.stdout)
    const { items } = await site.get<{ items: Pod[] }>('pods', '-l', 'mission=queue')
    const flights = items.map((pod) => ({ node: pod.spec.nodeName, ...spanOf(pod) }))
    for (const [index, one] of flights.entries()) {
      for (const other of flights.slice(index + 1)) {
        if (one.node !== other.node) continue
        assert.ok(one.end <= other.start || other.end <= one.start, JSON.stringify([one, other]))
      }
    }
  })

  test('why a pod waits is told in kube-scheduler’s words', async () => {
    await apply(mission('impossible', { aircraftRequirement: { capabilities: ['hover'] } }))
    const read = () => site.get<FlightTask>('flighttask', 'impossible-one-j20-01')
    await until(async () => {
      const { status } = await read().catch(() => ({ status: undefined }))
      const placed = findCondition(status?.conditions, 'PodScheduled')
      const attempts = status?.schedulingInfo?.schedulingAttempts ?? 0
      return (placed?.status === 'False' && attempts >= 2) || JSON.stringify(status ?? null)
    })
    const { status } = await read()
    const placed = findCondition(status?.conditions, 'PodScheduled')
    assert.equal(placed?.reason, 'Unschedulable')
    assert.match(placed?.message ?? '', /0\/14 nodes are available/)
    await site.kubectl(['delete', 'mission', 'impossible'])
  })

  test('a gang larger than the fleet flies one by one, and says that this is no gang', async () => {
    const gang = mission('gang', { count: 5 }, { synchronization: { waitForAll: true } })
    await apply(gang)
    const watched = await site.sortie('watch', 'gang')
    assert.equal(watched.status, 0, watched.stdout)
    const stage = await site.get<MissionStage>('missionstage', 'gang-one')
    const condition = findCondition(stage.status?.conditions, 'GangScheduled')
    assert.equal(condition?.status, 'False')
    assert.match(condition?.message ?? '', /default-scheduler places pods one by one/)
    const { items } = await site.get<{ items: EventObject[] }>('events')
    const told = items.filter(({ reason }) => reason === 'OtherScheduler')
    assert.deepEqual(
      told.map(({ involvedObject }) => involvedObject.name),
      ['gang-one'],
    )
    const { status } = await site.get<Mission>('mission', 'gang')
    assert.equal(status?.phase, 'Succeeded')
  })
})

function mission(name: string, task: object, stage: object = {}): object {
  const container = { name: 'task', image: 'busybox:1.36', command: ['sleep', '2'] }
  const podTemplate = { spec: { containers: [container] } }
  const flightTasks = [{ aircraft: 'j20', podTemplate, ...task }]
  return {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'Mission',
    metadata: { name, namespace: 'default' },
    spec: { stages: [{ name: 'one', flightTasks, ...stage }] },
  }
}

/** Of the pod's flight, in milliseconds. */
function spanOf({ status }: Pod): { readonly start: number; readonly end: number } {
  const ended = status?.containerStatuses?.[0]?.state?.terminated
  return {
    start: Date.parse(status?.startTime ?? ''),
    end: Date.parse(ended?.finishedAt ?? ''),
  }
}
