import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type KubeObject,
  type Pod,
  type ResourceType,
  statusError,
  TransportError,
} from '@sortie/machinery'
import type { FlightTask } from '../kinds/flighttask.ts'
import {
  type EvidenceSelection,
  gatherEvidence,
  type ListObjects,
  podOfTask,
  type Subject,
} from './gathering.ts'

function subject(kind: string, rest: object = {}): Subject {
  const metadata = { name: 'dawn', namespace: 'north', uid: 'u' }
  return { apiVersion: 'v1', kind, metadata, spec: {}, ...rest } as unknown as Subject
}
const object = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'X', metadata: { name } })

/** Answers each list by one object, named after what was asked; `refuse` says what may not be read. */
function reader(
  refuse: (type: ResourceType, selection: EvidenceSelection) => boolean = () => false,
) {
  const asked: string[] = []
  const list: ListObjects = async (type, selection) => {
    const { namespace = '*', labelSelector = '', fieldSelector = '' } = selection
    const question = `${namespace} ${type.plural} ${labelSelector}${fieldSelector}`.trim()
    asked.push(question)
    if (refuse(type, selection)) throw statusError('Forbidden', { message: question })
    return [object(question)]
  }
  return { asked, list }
}

test('of a mission its own namespace is read, its own tasks and events, and every pod and node', async () => {
  const { asked, list } = reader()
  const evidence = await gatherEvidence(subject('Mission'), { list })
  assert.deepEqual(asked.toSorted(), [
    '* leases metadata.name=sortie-operator',
    '* leases metadata.name=sortie-scheduler',
    '* nodes',
    '* pods',
    'north events involvedObject.uid=u',
    'north flighttasks mission=dawn',
    'north missions',
    'north missionstages',
    'north weapons',
  ])
  assert.equal(evidence.leases?.length, 2)
  assert.deepEqual(Object.values(evidence).flat().length, asked.length)
})

test('of a task its pod’s events are read, and none where it has no pod', async () => {
  const labels = { mission: 'sea' }
  const task = subject('FlightTask', {
    metadata: { name: 't', namespace: 'north', uid: 'u', labels },
    status: { podRef: { name: 'p', uid: 'p1' } },
  })
  const flown = reader()
  await gatherEvidence(task, { list: flown.list })
  const events = flown.asked.filter((question) => question.includes('events'))
  assert.deepEqual(events, ['north events involvedObject.uid=p1'])
  assert.ok(flown.asked.includes('north flighttasks mission=sea'))
  const waiting = reader()
  const evidence = await gatherEvidence(subject('FlightTask'), { list: waiting.list })
  assert.deepEqual(evidence.events, [])
})

test('without the pods of all namespaces its own are read, and nothing is said of aircraft', async () => {
  const { list } = reader(
    (type, { namespace }) => type.plural === 'pods' && namespace === undefined,
  )
  const evidence = await gatherEvidence(subject('Mission'), { list })
  assert.deepEqual(evidence.pods, [object('north pods')])
  assert.ok(!('nodes' in evidence))
})

test('what may not be read is missing, and what is broken is told', async () => {
  const forbidden = await gatherEvidence(subject('Mission'), { list: reader(() => true).list })
  assert.deepEqual(forbidden, {})
  const half = reader(({ plural }, { fieldSelector }) => {
    return plural === 'leases' && fieldSelector === 'metadata.name=sortie-operator'
  })
  const { leases } = await gatherEvidence(subject('Mission'), { list: half.list })
  assert.equal(leases?.length, 1)
  const broken = { list: () => Promise.reject(new TransportError('gone')) }
  await assert.rejects(gatherEvidence(subject('Mission'), broken), TransportError)
})

test('leases are looked for where the installation is, where that is known', async () => {
  const { asked, list } = reader()
  await gatherEvidence(subject('Mission'), { list, systemNamespace: 'sortie-system' })
  const leases = asked.filter((question) => question.includes('leases'))
  assert.ok(leases.every((question) => question.startsWith('sortie-system ')))
})

test('the pod of a task is the one on record, else one that it owns', () => {
  const pod = (uid: string, owner: string): Pod =>
    ({ metadata: { uid, ownerReferences: [{ uid: owner }] } }) as unknown as Pod
  const pods = [pod('p1', 'x'), pod('p2', 'u'), pod('p3', 'u')]
  const task = (uid?: string): FlightTask =>
    subject('FlightTask', { status: { podRef: { uid } } }) as FlightTask
  assert.equal(podOfTask(task('p3'), pods), pods[2])
  assert.equal(podOfTask(task(), pods), pods[1])
  assert.equal(podOfTask(task(), pods.slice(0, 1)), undefined)
})
