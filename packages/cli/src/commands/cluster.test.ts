/** `install`, `uninstall`, `doctor` and the parts' flags, against a server of their own. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { customResourceDefinitions } from '@sortie/api'
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  formatMicroTime,
  LEASES,
  NODES,
  PODS,
  systemClock,
} from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { parseAllDocuments } from 'yaml'
import { schedulerOf } from '../doctor/installation.ts'
import { checkClock, contains, skewOf } from '../doctor/server.ts'
import { DEFAULT_SETTINGS, installation } from '../installation/index.ts'
import { parseAddress, podPolicies } from '../parts/flags.ts'
import { type CommandRun, startCommandRun } from '../testing/commandrun.ts'

let it: CommandRun
before(async () => {
  it = await startCommandRun()
})
after(() => it.stop())

const COUNT = installation(DEFAULT_SETTINGS).length

test('install --dry-run prints what would be applied, and asks no server', async () => {
  const settings = { variables: { KUBECONFIG: '/nowhere' } }
  const answer = await it.run(['install', '--dry-run', '--image', 'r.example/s:1'], settings)
  assert.equal(answer.status, 0)
  const objects = parseAllDocuments(answer.out, { version: '1.1' })
  // Policies and their bindings come on top.
  assert.equal(objects.length, COUNT + 8)
  assert.match(answer.out, /image: r\.example\/s:1/)
})

test('install applies everything, and a second time nothing', async () => {
  const first = await it.run(['install'])
  assert.equal(first.status, 0, first.err)
  assert.ok(first.out.trim().split('\n').length >= COUNT)
  const second = await it.run(['install'])
  assert.match(second.out, /deployment\.apps\/sortie-operator unchanged/)
  assert.doesNotMatch(second.out, /created|configured/)
})

test('install --watch-namespace gives a Role there, and the parts the flag', async () => {
  const answer = await it.run(['install', '--dry-run', '--watch-namespace', 'missions'])
  assert.match(answer.out, /--namespace=missions/)
  assert.match(
    answer.out,
    /kind: Role\nmetadata:\n {2}name: sortie-operator\n {2}namespace: missions/,
  )
})

test('install leaves out what it is told to, and says what of it goes on', async () => {
  const answer = await it.run(['install', '--scheduler', 'default-scheduler', '--no-dashboard'])
  assert.equal(answer.status, 0, answer.err)
  assert.doesNotMatch(answer.out, /sortie-scheduler|sortie-dashboard/)
  assert.match(answer.out, /deployment\.apps\/sortie-operator configured/)
  assert.match(answer.err, /sortie-scheduler of an earlier installation goes on/)
  assert.match(answer.err, /kubectl -n sortie-system delete deployment sortie-dashboard/)
  const other = await it.run(['install', '--scheduler', 'best-scheduler'])
  assert.equal(other.status, 2)
  assert.match(other.err, /--scheduler best-scheduler: one of sortie-scheduler, default-scheduler/)
})

test('doctor knows by the operator’s Deployment who places pods, and finds those that wait for another', async () => {
  const { client } = it.cluster
  const said = (await it.run(['doctor'])).out
  assert.match(
    said,
    /^ok {3}scheduling: tasks’ pods go to default-scheduler, which knows no gangs/m,
  )
  assert.match(said, /^warn sortie-operator:/m)
  assert.doesNotMatch(said, /^\w+ +sortie-scheduler:/m)
  const pod = { namespace: 'default', name: 'old' }
  await client.resource(PODS).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...pod, labels: { 'app.kubernetes.io/managed-by': 'sortie' } },
    spec: { schedulerName: 'sortie-scheduler', containers: [{ name: 'a', image: 'b' }] },
  } as never)
  const { out } = await it.run(['doctor'])
  assert.match(out, /^warn scheduling: .* but 1 in default wait for sortie-scheduler → /m)
  await client.resource(PODS).delete(pod, { gracePeriodSeconds: 0 })
})

test('doctor tells whether the dashboard can be reached, and how', async () => {
  const type = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' }
  const deployments = it.cluster.client.resource({ ...type, namespaced: true })
  const ref = { namespace: 'sortie-system', name: 'sortie-dashboard' }
  assert.match((await it.run(['doctor'])).out, /^warn sortie-dashboard: no pod of it is ready/m)
  const body = { status: { availableReplicas: 1 } }
  await deployments.patch(ref, { type: 'merge', body }, { subresource: 'status' })
  const way =
    /^ok {3}sortie-dashboard: kubectl -n sortie-system port-forward svc\/sortie-dashboard/m
  assert.match((await it.run(['doctor'])).out, way)
  await deployments.delete(ref)
  assert.match((await it.run(['doctor'])).out, /^ok {3}sortie-dashboard: not installed/m)
})

test('the scheduler that an operator asks for is read off its command line', () => {
  const of = (...args: string[]) =>
    schedulerOf({ spec: { template: { spec: { containers: [{ args }] } } } } as never)
  assert.equal(of('operator'), 'sortie-scheduler')
  assert.equal(of('--scheduler-name=a', '--x'), 'a')
  assert.equal(of('--scheduler-name=a', '--scheduler-name', 'b'), 'b')
  assert.equal(schedulerOf(undefined), 'sortie-scheduler')
})

test('install --network-policy adds a policy for each part', async () => {
  const answer = await it.run(['install', '--dry-run', '--network-policy'])
  assert.equal(answer.out.match(/^kind: NetworkPolicy$/gm)?.length, 3)
})

test('uninstall takes away what install put there, and says what stays', async () => {
  const would = await it.run(['uninstall', '--dry-run'])
  assert.match(would.out, /deployment\.apps\/sortie-operator would be deleted/)
  const answer = await it.run(['uninstall'])
  assert.match(answer.out, /deployment\.apps\/sortie-operator deleted/)
  assert.match(answer.out, /stays: the CRDs with \d+ missions/)
  assert.match(answer.out, /stays: the namespace sortie-system/)
  assert.doesNotMatch((await it.run(['uninstall'])).out, / deleted$/m)
  const crds = await it.cluster.client.resource(CUSTOM_RESOURCE_DEFINITIONS).list()
  assert.equal(crds.items.length, customResourceDefinitions().length)
})

test('uninstall leaves an object of the same name that is not labelled as ours', async () => {
  const type = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true }
  await it.cluster.client.resource(type).create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'sortie-metrics', namespace: 'sortie-system' },
    spec: { ports: [{ port: 80 }] },
  } as never)
  assert.match(
    (await it.run(['uninstall'])).out,
    /service\/sortie-metrics stays: it is not labelled/,
  )
})

test('uninstall --crds takes the missions’ kinds too, and then none of them is said to stay', async () => {
  assert.doesNotMatch((await it.run(['uninstall', '--crds', '--dry-run'])).out, /stays: the CRDs/)
  const { out } = await it.run(['uninstall', '--crds'])
  const count = customResourceDefinitions().length
  assert.equal(out.match(/^customresourcedefinition\S+ deleted$/gm)?.length, count)
  const again = await it.run(['uninstall'])
  assert.equal(again.status, 0)
  assert.doesNotMatch(again.out, /CRDs/)
  await it.run(['install', '--crds-only'])
})

test('doctor names what is wrong, with what to do, and fails', async () => {
  const { client } = it.cluster
  const bad = makeAircraft('bad')
  const labels = { ...bad.metadata.labels, 'aircraft.mil/fuel.level': 'full' }
  await client.resource(NODES).create({ ...bad, metadata: { ...bad.metadata, labels } })
  await client
    .resource(CUSTOM_RESOURCE_DEFINITIONS)
    .delete({ name: 'weapons.airforce.airforce.mil' })
  const { status, out } = await it.run(['doctor'])
  assert.equal(status, 1)
  assert.match(out, /^ok {3}connection: http/m)
  assert.match(out, /^ok {3}clock:/m)
  assert.match(
    out,
    /^fail CRDs: weapons\.airforce\.airforce\.mil is missing → sortie install --crds-only$/m,
  )
  assert.match(out, /^fail aircraft: 0 of 1 ready/m)
  assert.match(out, /^fail aircraft: bad: .*fuel\.level.* → kubectl label --overwrite node bad/m)
  assert.match(out, /^warn sortie-operator: no lease/m)
})

test('doctor is content where all is well', async () => {
  const { client } = it.cluster
  assert.equal((await it.run(['install', '--crds-only'])).status, 0)
  await client.resource(NODES).delete({ name: 'bad' })
  await client.resource(NODES).create(makeAircraft('good'))
  const now = systemClock().now()
  for (const name of ['sortie-operator', 'sortie-scheduler']) {
    await client.resource(LEASES).create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'sortie-system', name },
      spec: { holderIdentity: 'pod_1', renewTime: formatMicroTime(now), leaseDurationSeconds: 15 },
    } as never)
  }
  const { status, out } = await it.run(['doctor'])
  assert.equal(status, 0, out)
  assert.match(out, /^ok {3}sortie-operator: pod_1 leads$/m)
  assert.doesNotMatch(out, /^(warn|fail)/m)
})

test('doctor tells a lease that nobody renews', async () => {
  const body = { spec: { renewTime: formatMicroTime(systemClock().now() - 60_000) } }
  const ref = { namespace: 'sortie-system', name: 'sortie-operator' }
  await it.cluster.client.resource(LEASES).patch(ref, { type: 'merge', body })
  const { status, out } = await it.run(['doctor'])
  assert.equal(status, 1)
  assert.match(out, /^fail sortie-operator: pod_1 renewed its lease \d+ s ago → /m)
})

test('doctor tells a lease that was given up, or never taken, as one that nobody holds', async () => {
  const ref = { namespace: 'sortie-system', name: 'sortie-operator' }
  for (const spec of [{ holderIdentity: '' }, { holderIdentity: 'pod_1', renewTime: null }]) {
    await it.cluster.client.resource(LEASES).patch(ref, { type: 'merge', body: { spec } })
    const { status, out } = await it.run(['doctor'])
    assert.equal(status, 1)
    assert.match(out, /^fail sortie-operator: no replica leads → /m)
  }
})

test('the clock’s difference is counted only past the second that the header has', () => {
  const response = { status: 200, headers: { date: 'Mon, 05 Jan 2026 08:00:00 GMT' }, body: {} }
  const at = Date.UTC(2026, 0, 5, 8)
  assert.equal(skewOf(response, at + 900), 0)
  assert.equal(skewOf(response, at - 5000), 5000)
  assert.equal(skewOf(response, at + 60_999), -60_000)
  assert.equal(skewOf({ ...response, headers: {} }, at), undefined)
  assert.deepEqual(
    [1000, 5000, -60_000].map((skew) => checkClock(skew).level),
    ['ok', 'warn', 'fail'],
  )
  assert.equal(checkClock(undefined).level, 'warn')
})

test('a CRD with a server’s defaults is of this version, one with other content is not', () => {
  assert.ok(contains({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ c: 2 }] }))
  assert.ok(!contains({ b: [{ c: 2 }] }, { b: [{ c: 3 }] }))
  assert.ok(!contains({ b: [1, 2] }, { b: [1] }))
  assert.ok(!contains(undefined, { a: 1 }))
})

test('addresses', () => {
  assert.deepEqual(parseAddress('--x', ':8080'), { host: '0.0.0.0', port: 8080 })
  assert.deepEqual(parseAddress('--x', '[::1]:1'), { host: '::1', port: 1 })
  assert.equal(parseAddress('--x', '0'), undefined)
  for (const wrong of ['8080', 'a:b', ':70000', 'http://a:1']) {
    assert.throws(() => parseAddress('--x', wrong), /HOST:PORT/)
  }
})

test('a pod policy is read strictly', () => {
  const policy = { everywhere: { allow: ['spec.hostNetwork'] }, namespaces: { a: {} } }
  assert.deepEqual(podPolicies(policy), { ...policy, namespaces: { a: { allow: [] } } })
  assert.deepEqual(podPolicies(null), {})
  assert.throws(() => podPolicies({ everwhere: {} }), /unknown field everwhere/)
  assert.throws(() => podPolicies({ namespaces: { a: { allow: 'x' } } }), /namespaces\.a\.allow/)
  assert.throws(() => podPolicies([]), /must be a mapping/)
})

test('a part whose file or address is wrong says so before it connects', async () => {
  await it.write('policy.yaml', 'everywhere: {alow: []}')
  const policy = await it.run(['operator', '--pod-policy', 'policy.yaml'])
  assert.equal(policy.status, 2)
  assert.match(policy.err, /--pod-policy policy\.yaml: everywhere: unknown field alow/)
  const address = await it.run(['scheduler', '--metrics-address', 'nonsense'])
  assert.equal(address.status, 2)
})
