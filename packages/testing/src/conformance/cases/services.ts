/** The small kinds that parts lean on: events, leases, reviews of access, scale, nodes, workloads as they are kept. */
import assert from 'node:assert/strict'
import { created, invalid, notFound, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { sender } from '../collection.ts'
import { node, pod } from '../fixtures.ts'

const event = (context: ConformanceContext, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e' },
  involvedObject: { kind: 'Pod', namespace: context.namespace, name: 'p', uid: 'u' },
  reason: 'Started',
  message: 'it started',
  type: 'Normal',
  count: 1,
  source: { component: 'tester' },
  firstTimestamp: '2026-01-05T08:00:00Z',
  lastTimestamp: '2026-01-05T08:00:00Z',
  ...more,
})

const events = casesOf('events', {
  'an event of core': async (context) => {
    const answer = created(await context.namespaced('v1', 'events').create(event(context)))
    assert.equal(answer.at('involvedObject.name'), 'p')
    assert.equal(answer.at('count'), 1)
  },
  'an event of core is read by the newer API': async (context) => {
    created(await context.namespaced('v1', 'events').create(event(context)))
    const answer = ok(await context.namespaced('events.k8s.io/v1', 'events').item('e').get())
    assert.equal(answer.at('apiVersion'), 'events.k8s.io/v1')
    assert.equal(answer.at('regarding.name'), 'p')
    assert.equal(answer.at('note'), 'it started')
    assert.equal(answer.at('deprecatedCount'), 1)
    assert.deepEqual(answer.at('deprecatedSource'), { component: 'tester' })
  },
  'an event of the newer API is read by core': async (context) => {
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'n' },
      eventTime: '2026-01-05T08:00:00.000000Z',
      reportingController: 'sortie.test/tester',
      reportingInstance: 'tester-1',
      action: 'Test',
      reason: 'Tested',
      type: 'Warning',
      note: 'noted',
      regarding: { kind: 'Pod', namespace: context.namespace, name: 'p' },
    }
    created(await context.namespaced('events.k8s.io/v1', 'events').create(body))
    const answer = ok(await context.namespaced('v1', 'events').item('n').get())
    assert.equal(answer.at('involvedObject.name'), 'p')
    assert.equal(answer.at('message'), 'noted')
    assert.equal(answer.at('reportingComponent'), 'sortie.test/tester')
    assert.equal(answer.at('eventTime'), '2026-01-05T08:00:00.000000Z')
  },
  'events are aggregated by a patch': async (context) => {
    const all = context.namespaced('v1', 'events')
    created(await all.create(event(context)))
    const patch = { count: 5, lastTimestamp: '2026-01-05T09:00:00Z' }
    const answer = ok(await all.item('e').patch('strategic', patch))
    assert.equal(answer.at('count'), 5)
    assert.equal(answer.at('lastTimestamp'), '2026-01-05T09:00:00Z')
  },
  'events are selected by what they are about': async (context) => {
    const all = context.namespaced('v1', 'events')
    created(await all.create(event(context)))
    const other = { involvedObject: { kind: 'Pod', namespace: context.namespace, name: 'q' } }
    created(
      await all.create(event(context, { metadata: { name: 'f' }, ...other, reason: 'Ended' })),
    )
    const list = async (fieldSelector: string) =>
      ok(await all.list({ fieldSelector }))
        .all('items')
        .map((item) => (item as { metadata: { name: string } }).metadata.name)
    assert.deepEqual(await list('involvedObject.name=p'), ['e'])
    assert.deepEqual(await list('involvedObject.kind=Pod,involvedObject.name=q'), ['f'])
    assert.deepEqual(await list('reason=Ended'), ['f'])
    assert.deepEqual(await list('type=Normal'), ['e', 'f'])
    assert.deepEqual(await list('involvedObject.uid=u'), ['e'])
    assert.deepEqual(await list('source=tester'), ['e', 'f'])
  },
  'an event about another namespace is refused': async (context) => {
    const body = event(context, {
      involvedObject: { kind: 'Pod', namespace: 'elsewhere', name: 'p' },
    })
    invalid(await context.namespaced('v1', 'events').create(body), [
      'involvedObject.namespace',
      'FieldValueInvalid',
    ])
  },
  'an event of the newer API needs its reporter, reason and action': async (context) => {
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'n' },
      eventTime: '2026-01-05T08:00:00.000000Z',
      regarding: { kind: 'Pod', namespace: context.namespace, name: 'p' },
      type: 'Normal',
    }
    invalid(
      await context.namespaced('events.k8s.io/v1', 'events').create(body),
      ['reportingController', 'FieldValueRequired'],
      ['reportingController', 'FieldValueInvalid'],
      ['reportingController', 'FieldValueInvalid'],
      ['reportingInstance', 'FieldValueRequired'],
      ['action', 'FieldValueRequired'],
      ['reason', 'FieldValueRequired'],
    )
  },
})

const lease = (spec: object): object => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'l' },
  spec,
})
const leasesOf = ({ namespaced }: ConformanceContext) =>
  namespaced('coordination.k8s.io/v1', 'leases')

const leases = casesOf('leases', {
  'times keep their six digits': async (context) => {
    const spec = {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-05T08:00:00.000000Z',
      renewTime: '2026-01-05T08:00:00.123456Z',
      leaseTransitions: 1,
    }
    const answer = created(await leasesOf(context).create(lease(spec)))
    assert.deepEqual(answer.at('spec'), spec)
    assert.equal(answer.at('metadata.generation'), undefined)
  },
  'a lease is taken over by a version': async (context) => {
    const first = created(await leasesOf(context).create(lease({ holderIdentity: 'me' })))
    const taken = { ...first.object(), spec: { holderIdentity: 'you' } }
    ok(await leasesOf(context).item('l').replace(taken))
    const late = { ...first.object(), spec: { holderIdentity: 'them' } }
    refused(await leasesOf(context).item('l').replace(late), { code: 409, reason: 'Conflict' })
  },
  'a duration must be positive': async (context) => {
    invalid(await leasesOf(context).create(lease({ leaseDurationSeconds: 0 })), [
      'spec.leaseDurationSeconds',
      'FieldValueInvalid',
      /must be greater than 0/,
    ])
  },
  'transitions are not negative': async (context) => {
    invalid(await leasesOf(context).create(lease({ leaseTransitions: -1 })), [
      'spec.leaseTransitions',
      'FieldValueInvalid',
    ])
  },
})

const REVIEWS = '/apis/authorization.k8s.io/v1'
const access = (resourceAttributes: object): object => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes },
})

const reviews = casesOf('reviews', {
  'the administrator may': async ({ namespace, send }) => {
    const body = access({ verb: 'create', resource: 'pods', namespace })
    const answer = created(await send('POST', `${REVIEWS}/selfsubjectaccessreviews`, { body }))
    assert.equal(answer.at('status.allowed'), true)
    assert.equal(answer.at('kind'), 'SelfSubjectAccessReview')
  },
  'nobody may not': async ({ namespace, server }) => {
    const body = access({ verb: 'create', resource: 'pods', namespace })
    const send = sender(server.nobody)
    const answer = created(await send('POST', `${REVIEWS}/selfsubjectaccessreviews`, { body }))
    assert.equal(answer.at('status.allowed'), false)
  },
  'a review of nothing is invalid': async ({ send }) => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {},
    }
    refused(await send('POST', `${REVIEWS}/selfsubjectaccessreviews`, { body }), {
      code: 422,
      reason: 'Invalid',
      message: /exactly one of nonResourceAttributes or resourceAttributes must be specified/,
    })
  },
  'the rules of the administrator': async ({ namespace, send }) => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace },
    }
    const answer = created(await send('POST', `${REVIEWS}/selfsubjectrulesreviews`, { body }))
    const rules = answer.all('status.resourceRules') as { verbs: string[]; resources: string[] }[]
    assert.ok(rules.some(({ verbs, resources }) => verbs.includes('*') && resources.includes('*')))
  },
  'who am I': async ({ send, server }) => {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const admin = created(await send('POST', path, { body }))
    assert.equal(admin.at('status.userInfo.username'), 'admin')
    assert.ok(admin.all('status.userInfo.groups').includes('system:authenticated'))
    const nobody = created(await sender(server.nobody)('POST', path, { body }))
    assert.equal(nobody.at('status.userInfo.username'), 'nobody')
  },
  'a review of another subject': async ({ namespace, send }) => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'nobody', resourceAttributes: { verb: 'get', resource: 'secrets', namespace } },
    }
    const answer = created(await send('POST', `${REVIEWS}/subjectaccessreviews`, { body }))
    assert.equal(answer.at('status.allowed'), false)
  },
})

const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'm', image: 'b' }] },
}
const deployment = (more: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { selector: { matchLabels: { app: 'a' } }, template, ...more },
})

const workloads = casesOf('workloads and others', {
  'a deployment counts generations and is scaled': async ({ namespaced }) => {
    const deployments = namespaced('apps/v1', 'deployments')
    const answer = created(await deployments.create(deployment({ replicas: 2 })))
    assert.equal(answer.at('metadata.generation'), 1)
    const scale = deployments.item('d').sub('scale')
    assert.equal(ok(await scale.get()).at('spec.replicas'), 2)
    ok(await scale.merge({ spec: { replicas: 5 } }))
    const found = ok(await deployments.item('d').get())
    assert.equal(found.at('spec.replicas'), 5)
    assert.equal(found.at('metadata.generation'), 2)
  },
  'a secret’s stringData becomes data': async ({ namespaced }) => {
    const body = { metadata: { name: 's' }, stringData: { x: 'hello' } }
    const answer = created(await namespaced('v1', 'secrets').create(body))
    assert.deepEqual(answer.at('data'), { x: 'aGVsbG8=' })
    assert.equal(answer.at('stringData'), undefined)
    assert.equal(answer.at('type'), 'Opaque')
  },
  'a secret’s type does not change': async ({ namespaced }) => {
    const secrets = namespaced('v1', 'secrets')
    created(await secrets.create({ metadata: { name: 's' }, type: 'a/b' }))
    invalid(await secrets.item('s').merge({ type: 'c/d' }), ['type', 'FieldValueInvalid'])
  },
  'a role may be named with a colon': async ({ namespaced }) => {
    const body = {
      metadata: { name: 'system:x' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }
    created(await namespaced('rbac.authorization.k8s.io/v1', 'roles').create(body))
  },
  'a role binding’s role does not change': async ({ namespaced }) => {
    const bindings = namespaced('rbac.authorization.k8s.io/v1', 'rolebindings')
    const roleRef = (name: string) => ({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'Role',
      name,
    })
    created(await bindings.create({ metadata: { name: 'b' }, roleRef: roleRef('x'), subjects: [] }))
    invalid(await bindings.item('b').merge({ roleRef: roleRef('y') }), [
      'roleRef',
      'FieldValueInvalid',
      /cannot change roleRef/,
    ])
  },
  'a priority class keeps its value': async ({ cluster, unique }) => {
    const classes = cluster('scheduling.k8s.io/v1', 'priorityclasses')
    const name = unique('pc')
    const answer = created(await classes.create({ metadata: { name }, value: 100 }))
    assert.equal(answer.at('preemptionPolicy'), 'PreemptLowerPriority')
    refused(await classes.item(name).merge({ value: 200 }), {
      code: 422,
      reason: 'Invalid',
      message: /may not be changed in an update/,
    })
    ok(await classes.item(name).delete())
  },
  'a pod gets the priority of its class': async ({ cluster, namespaced, unique }) => {
    const classes = cluster('scheduling.k8s.io/v1', 'priorityclasses')
    const name = unique('pc')
    created(await classes.create({ metadata: { name }, value: 100 }))
    const pods = namespaced('v1', 'pods')
    const answer = created(await pods.create(pod('a', { priorityClassName: name })))
    assert.equal(answer.at('spec.priority'), 100)
    const missing = await pods.create(pod('b', { priorityClassName: 'no-such-class' }))
    refused(missing, {
      code: 403,
      reason: 'Forbidden',
      message: /no PriorityClass with name no-such-class was found/,
    })
    ok(await classes.item(name).delete())
  },
  'a pod with a priority of its own is refused': async ({ namespaced }) => {
    refused(await namespaced('v1', 'pods').create(pod('a', { priority: 7 })), {
      code: 403,
      reason: 'Forbidden',
      message: /the integer value of priority \(7\) must not be provided in pod spec/,
    })
  },
  'a service has its defaults': async ({ namespaced }) => {
    const body = {
      metadata: { name: 's' },
      spec: { clusterIP: 'None', selector: { a: 'b' }, ports: [{ port: 80 }] },
    }
    const answer = created(await namespaced('v1', 'services').create(body))
    assert.equal(answer.at('spec.type'), 'ClusterIP')
    assert.equal(answer.at('spec.sessionAffinity'), 'None')
    assert.deepEqual(answer.at('spec.ports'), [{ port: 80, protocol: 'TCP', targetPort: 80 }])
  },
  'a service without ports is refused': async ({ namespaced }) => {
    refused(await namespaced('v1', 'services').create({ metadata: { name: 's' }, spec: {} }), {
      code: 422,
      reason: 'Invalid',
      causes: [{ field: 'spec.ports', reason: 'FieldValueRequired' }],
    })
  },
  'a budget with two measures is refused': async ({ namespaced }) => {
    const spec = { minAvailable: 1, maxUnavailable: 1, selector: {} }
    const body = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b' },
      spec,
    }
    refused(await namespaced('policy/v1', 'poddisruptionbudgets').create(body), {
      code: 422,
      reason: 'Invalid',
      message: /minAvailable and maxUnavailable cannot be both set/,
    })
  },
  'a node’s taints are unique': async ({ cluster, unique }) => {
    const taint = { key: 'k', effect: 'NoSchedule' }
    const spec = { taints: [taint, taint] }
    refused(await cluster('v1', 'nodes').create(node(unique('n'), { spec })), {
      code: 422,
      reason: 'Invalid',
      message: /taints must be unique by key and effect pair/,
    })
  },
  'a taint’s effect is one of three': async ({ cluster, unique }) => {
    const spec = { taints: [{ key: 'k', effect: 'Explode' }] }
    refused(await cluster('v1', 'nodes').create(node(unique('n'), { spec })), {
      code: 422,
      reason: 'Invalid',
      message: /Unsupported value: "Explode"/,
    })
  },
  'a node’s allocatable must be quantities': async ({ cluster, unique }) => {
    const status = { capacity: { cpu: 'much' } }
    refused(await cluster('v1', 'nodes').create(node(unique('n'), { status })), {
      code: 400,
      reason: 'BadRequest',
      message: /quantities must match/,
    })
  },
  'a node keeps what it says of itself on update': async ({ cluster, unique }) => {
    const nodes = cluster('v1', 'nodes')
    const name = unique('n')
    const first = created(await nodes.create(node(name, { status: { capacity: { cpu: '4' } } })))
    const body = { ...first.object(), status: { capacity: { cpu: '8' } } }
    assert.equal(ok(await nodes.item(name).replace(body)).at('status.capacity.cpu'), '4')
  },
  'a service account by token request': async ({ namespaced }) => {
    const accounts = namespaced('v1', 'serviceaccounts')
    created(await accounts.create({ metadata: { name: 'a' } }))
    notFound(await accounts.item('nope').get(), 'serviceaccounts "nope" not found')
  },
  'a job has its defaults and its selector': async ({ namespaced }) => {
    const body = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j' },
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'm', image: 'b' }] } },
      },
    }
    const answer = created(await namespaced('batch/v1', 'jobs').create(body))
    assert.equal(answer.at('metadata.generation'), 1)
    assert.equal(answer.at('spec.template.spec.restartPolicy'), 'Never')
  },
})

export const SERVICE_CASES = [...events, ...leases, ...reviews, ...workloads]
