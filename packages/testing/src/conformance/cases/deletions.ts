/** Deletion: finalizers, grace, preconditions, collections, garbage collection, namespaces. */
import assert from 'node:assert/strict'
import { type Answer, badRequest, conflict, created, notFound, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { configMap, pod, WIDGETS, widget } from '../fixtures.ts'

const OPTIONS = { apiVersion: 'v1', kind: 'DeleteOptions' } as const
const mapsOf = ({ namespaced }: ConformanceContext) => namespaced('v1', 'configmaps')
const isGone = ({ status }: Answer): boolean => status === 404
const HOLD = { finalizers: ['sortie.test/hold'] }

const single = casesOf('deletion', {
  'a delete answers with a Status of success': async (context) => {
    const maps = mapsOf(context)
    const { uid } = created(await maps.create(configMap('a')))
    const answer = ok(await maps.item('a').delete())
    assert.deepEqual(answer.body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid },
    })
    notFound(await maps.item('a').get())
  },
  'a delete of a grouped resource names its group': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a')))
    const answer = ok(await widgets.item('a').delete())
    assert.equal(answer.at('details.group'), 'conformance.sortie.test')
    assert.equal(answer.at('details.kind'), 'widgets')
  },
  'some kinds answer with the object': async ({ namespaced }) => {
    const accounts = namespaced('v1', 'serviceaccounts')
    created(await accounts.create({ metadata: { name: 'a' } }))
    assert.equal(ok(await accounts.item('a').delete()).at('kind'), 'ServiceAccount')
  },
  'what is not there is NotFound': async (context) => {
    notFound(await mapsOf(context).item('a').delete(), 'configmaps "a" not found')
  },
  'a uid that differs is a conflict': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    conflict(
      await maps.item('a').delete({ ...OPTIONS, preconditions: { uid: 'other' } }),
      /the UID in the precondition \(other\) does not match the UID in record \(/,
    )
  },
  'a version that differs is a conflict': async (context) => {
    const maps = mapsOf(context)
    const { resourceVersion } = created(await maps.create(configMap('a')))
    ok(await maps.item('a').merge({ data: { x: '1' } }))
    conflict(
      await maps.item('a').delete({ ...OPTIONS, preconditions: { resourceVersion } }),
      /the ResourceVersion in the precondition \(\d+\) does not match the ResourceVersion in record \(/,
    )
  },
  'preconditions that hold let the delete through': async (context) => {
    const maps = mapsOf(context)
    const { uid, resourceVersion } = created(await maps.create(configMap('a')))
    ok(await maps.item('a').delete({ ...OPTIONS, preconditions: { uid, resourceVersion } }))
  },
  'a dry run deletes nothing': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    ok(await maps.item('a').delete(undefined, { dryRun: 'All' }))
    ok(await maps.item('a').delete({ ...OPTIONS, dryRun: ['All'] }))
    ok(await maps.item('a').get())
  },
  'a finalizer keeps the object until it is taken away': async (context) => {
    const maps = mapsOf(context)
    const first = created(await maps.create(configMap('a', {}, HOLD)))
    const answer = ok(await maps.item('a').delete())
    assert.equal(answer.at('kind'), 'ConfigMap')
    assert.equal(answer.uid, first.uid)
    assert.match(String(answer.at('metadata.deletionTimestamp')), /^\d{4}-/)
    assert.equal(answer.at('metadata.deletionGracePeriodSeconds'), 0)
    ok(await maps.item('a').merge({ metadata: { finalizers: null } }))
    notFound(await maps.item('a').get())
  },
  'a second delete of what is being deleted changes nothing': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, HOLD)))
    const first = ok(await maps.item('a').delete())
    const second = ok(await maps.item('a').delete())
    assert.equal(second.resourceVersion, first.resourceVersion)
  },
  'the deletionTimestamp cannot be taken back': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, HOLD)))
    const deleted = ok(await maps.item('a').delete())
    const answer = ok(
      await maps.item('a').merge({ metadata: { deletionTimestamp: null }, data: { x: '1' } }),
    )
    assert.equal(answer.at('metadata.deletionTimestamp'), deleted.at('metadata.deletionTimestamp'))
  },
  'no finalizer can be added to what is being deleted': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, HOLD)))
    ok(await maps.item('a').delete())
    const patch = { metadata: { finalizers: ['sortie.test/hold', 'sortie.test/more'] } }
    refused(await maps.item('a').merge(patch), {
      code: 422,
      reason: 'Invalid',
      message: /no new finalizers can be added if the object is being deleted/,
    })
  },
  'a name that is being deleted is taken': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, HOLD)))
    ok(await maps.item('a').delete())
    const answer = await maps.create(configMap('a'))
    refused(answer, {
      code: 409,
      reason: 'AlreadyExists',
      message: /^object is being deleted: configmaps "a" already exists$/,
    })
  },
  'a custom resource with a finalizer counts its deletion as a generation': async ({
    namespaced,
  }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a', {}, { metadata: { name: 'a', ...HOLD } })))
    const answer = ok(await widgets.item('a').delete())
    assert.equal(answer.at('metadata.generation'), 2)
    assert.equal(answer.at('metadata.deletionGracePeriodSeconds'), 0)
    ok(await widgets.item('a').merge({ metadata: { finalizers: [] } }))
    notFound(await widgets.item('a').get())
  },
  'options may come in the query': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, HOLD)))
    const answer = ok(await maps.item('a').delete(undefined, { propagationPolicy: 'Orphan' }))
    assert.deepEqual((answer.all('metadata.finalizers') as string[]).toSorted(), [
      'orphan',
      'sortie.test/hold',
    ])
  },
  'a propagation policy that is none is invalid': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    refused(await maps.item('a').delete({ ...OPTIONS, propagationPolicy: 'Sideways' }), {
      code: 422,
      reason: 'Invalid',
      message: /propagationPolicy/,
    })
  },
  'a negative grace period is taken as one second or refused': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    ok(await maps.item('a').delete({ ...OPTIONS, gracePeriodSeconds: -1 }))
  },
  'orphanDependents and propagationPolicy together are invalid': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    const body = { ...OPTIONS, orphanDependents: true, propagationPolicy: 'Orphan' }
    refused(await maps.item('a').delete(body), { code: 422, reason: 'Invalid' })
  },
  'a body that is no DeleteOptions is refused': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    badRequest(await maps.item('a').delete({ apiVersion: 'v1', kind: 'ConfigMap' }))
  },
})

const collections = casesOf('deletion: collections', {
  'all objects go, and the answer is the list of them': async (context) => {
    const maps = mapsOf(context)
    for (const name of ['a', 'b']) created(await maps.create(configMap(name)))
    const answer = ok(await maps.deleteAll())
    assert.equal(answer.at('kind'), 'ConfigMapList')
    assert.equal(answer.all('items').length, 2)
    assert.deepEqual(ok(await maps.list()).at('items'), [])
  },
  'only what a selector takes': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, { labels: { x: '1' } })))
    created(await maps.create(configMap('b')))
    ok(await maps.deleteAll({ labelSelector: 'x=1' }))
    ok(await maps.item('b').get())
    notFound(await maps.item('a').get())
  },
  'by a field': async (context) => {
    const maps = mapsOf(context)
    for (const name of ['a', 'b']) created(await maps.create(configMap(name)))
    ok(await maps.deleteAll({ fieldSelector: 'metadata.name=a' }))
    ok(await maps.item('b').get())
  },
  'finalizers hold here too': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, HOLD)))
    ok(await maps.deleteAll())
    const found = ok(await maps.item('a').get())
    assert.ok(found.at('metadata.deletionTimestamp') !== undefined)
    ok(await maps.item('a').merge({ metadata: { finalizers: null } }))
  },
  'a dry run deletes none': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('a')))
    ok(await maps.deleteAll({ dryRun: 'All' }))
    ok(await maps.item('a').get())
  },
  'across all namespaces is not allowed': async ({ cluster }) => {
    refused(await cluster('v1', 'configmaps').deleteAll({ labelSelector: 'never=there' }), {
      code: 405,
      reason: 'MethodNotAllowed',
    })
  },
  'a collection of custom resources': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    for (const name of ['a', 'b']) created(await widgets.create(widget(name)))
    const answer = ok(await widgets.deleteAll())
    assert.equal(answer.at('kind'), 'WidgetList')
    assert.deepEqual(ok(await widgets.list()).at('items'), [])
  },
})

const GRACE = 30

const pods = casesOf('deletion: pods', {
  'an unscheduled pod goes at once': async ({ namespaced }) => {
    const all = namespaced('v1', 'pods')
    created(await all.create(pod('a')))
    const answer = ok(await all.item('a').delete())
    assert.equal(answer.at('kind'), 'Pod')
    assert.equal(answer.at('metadata.deletionGracePeriodSeconds'), 0)
    notFound(await all.item('a').get())
  },
  'a running pod has its grace': async ({ namespaced }) => {
    const all = namespaced('v1', 'pods')
    created(await all.create(pod('a', { nodeName: 'n' })))
    const answer = ok(await all.item('a').delete())
    assert.equal(answer.at('metadata.deletionGracePeriodSeconds'), GRACE)
    const at = Date.parse(String(answer.at('metadata.deletionTimestamp')))
    const madeAt = Date.parse(String(answer.at('metadata.creationTimestamp')))
    assert.ok(at - madeAt >= GRACE * 1000 && at - madeAt < (GRACE + 15) * 1000)
    const found = ok(await all.item('a').get())
    assert.equal(found.at('metadata.generation'), 2)
    ok(await all.item('a').delete({ ...OPTIONS, gracePeriodSeconds: 0 }))
    notFound(await all.item('a').get())
  },
  'a grace of its own, which may be shortened and not lengthened': async ({ namespaced }) => {
    const all = namespaced('v1', 'pods')
    created(await all.create(pod('a', { nodeName: 'n', terminationGracePeriodSeconds: 60 })))
    const grace = async (body?: object): Promise<unknown> =>
      ok(await all.item('a').delete(body)).at('metadata.deletionGracePeriodSeconds')
    assert.equal(await grace(), 60)
    assert.equal(await grace({ ...OPTIONS, gracePeriodSeconds: 20 }), 20)
    assert.equal(await grace({ ...OPTIONS, gracePeriodSeconds: 40 }), 20)
  },
  'a pod that has ended goes at once': async ({ namespaced }) => {
    const all = namespaced('v1', 'pods')
    created(await all.create(pod('a', { nodeName: 'n' })))
    ok(
      await all
        .item('a')
        .sub('status')
        .merge({ status: { phase: 'Succeeded' } }),
    )
    ok(await all.item('a').delete())
    notFound(await all.item('a').get())
  },
  'grace 0 with a finalizer waits for the finalizer only': async ({ namespaced }) => {
    const all = namespaced('v1', 'pods')
    created(await all.create(pod('a', { nodeName: 'n' }, HOLD)))
    const answer = ok(await all.item('a').delete({ ...OPTIONS, gracePeriodSeconds: 0 }))
    assert.equal(answer.at('metadata.deletionGracePeriodSeconds'), 0)
    ok(await all.item('a').merge({ metadata: { finalizers: null } }))
    notFound(await all.item('a').get())
  },
  'a pod in its grace survives the loss of its finalizers': async ({ namespaced }) => {
    const all = namespaced('v1', 'pods')
    created(await all.create(pod('a', { nodeName: 'n' }, HOLD)))
    ok(await all.item('a').delete())
    ok(await all.item('a').merge({ metadata: { finalizers: null } }))
    ok(await all.item('a').get())
    ok(await all.item('a').delete(undefined, { gracePeriodSeconds: '0' }))
    notFound(await all.item('a').get())
  },
})

const ownedBy = (owner: Answer, more: object = {}): object => ({
  ownerReferences: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: owner.name,
      uid: owner.uid,
      ...more,
    },
  ],
})

const garbage = casesOf('deletion: garbage collection', {
  'in the background dependents go after their owner': async (context) => {
    const maps = mapsOf(context)
    const owner = created(await maps.create(configMap('owner')))
    created(await maps.create(configMap('child', {}, ownedBy(owner))))
    created(await maps.create(configMap('other')))
    ok(await maps.item('owner').delete({ ...OPTIONS, propagationPolicy: 'Background' }))
    notFound(await maps.item('owner').get())
    await context.eventually(() => maps.item('child').get(), isGone)
    ok(await maps.item('other').get())
  },
  'grandchildren go too': async (context) => {
    const maps = mapsOf(context)
    const owner = created(await maps.create(configMap('owner')))
    const child = created(await maps.create(configMap('child', {}, ownedBy(owner))))
    created(await maps.create(configMap('grandchild', {}, ownedBy(child))))
    ok(await maps.item('owner').delete())
    await context.eventually(() => maps.item('grandchild').get(), isGone)
  },
  'in the foreground the owner waits for its dependents': async (context) => {
    const maps = mapsOf(context)
    const owner = created(await maps.create(configMap('owner')))
    const metadata = { ...ownedBy(owner, { blockOwnerDeletion: true }), ...HOLD }
    created(await maps.create(configMap('child', {}, metadata)))
    const answer = ok(
      await maps.item('owner').delete({ ...OPTIONS, propagationPolicy: 'Foreground' }),
    )
    assert.deepEqual(answer.at('metadata.finalizers'), ['foregroundDeletion'])
    assert.ok(answer.at('metadata.deletionTimestamp') !== undefined)
    await context.eventually(
      () => maps.item('child').get(),
      (child) => child.at('metadata.deletionTimestamp') !== undefined,
    )
    ok(await maps.item('owner').get())
    ok(await maps.item('child').merge({ metadata: { finalizers: null } }))
    await context.eventually(() => maps.item('owner').get(), isGone)
  },
  'orphans lose their reference and stay': async (context) => {
    const maps = mapsOf(context)
    const owner = created(await maps.create(configMap('owner')))
    created(await maps.create(configMap('child', {}, ownedBy(owner))))
    ok(await maps.item('owner').delete({ ...OPTIONS, propagationPolicy: 'Orphan' }))
    await context.eventually(() => maps.item('owner').get(), isGone)
    const child = await context.eventually(
      () => maps.item('child').get(),
      (answer) => answer.at('metadata.ownerReferences') === undefined,
    )
    ok(child)
  },
  'of two owners the second holds': async (context) => {
    const maps = mapsOf(context)
    const one = created(await maps.create(configMap('one')))
    const two = created(await maps.create(configMap('two')))
    const reference = (owner: Answer): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: owner.name,
      uid: owner.uid,
    })
    const metadata = { ownerReferences: [reference(one), reference(two)] }
    created(await maps.create(configMap('child', {}, metadata)))
    ok(await maps.item('one').delete())
    const child = await context.eventually(
      () => maps.item('child').get(),
      (answer) => answer.all('metadata.ownerReferences').length === 1,
    )
    assert.equal(child.at('metadata.ownerReferences.0.name'), 'two')
    ok(await maps.item('two').delete())
    await context.eventually(() => maps.item('child').get(), isGone)
  },
  'a dependent of an owner that never was is collected': async (context) => {
    const maps = mapsOf(context)
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: 'never-was' }
    const metadata = { ownerReferences: [reference] }
    created(await maps.create(configMap('child', {}, metadata)))
    await context.eventually(() => maps.item('child').get(), isGone)
  },
  'a dependent of an owner’s name with another uid is collected': async (context) => {
    const maps = mapsOf(context)
    created(await maps.create(configMap('owner')))
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'another-life' }
    created(await maps.create(configMap('child', {}, { ownerReferences: [reference] })))
    await context.eventually(() => maps.item('child').get(), isGone)
  },
  'custom resources own and are owned': async (context) => {
    const widgets = context.namespaced(WIDGETS, 'widgets')
    const pods = context.namespaced('v1', 'pods')
    const owner = created(await widgets.create(widget('owner')))
    const reference = {
      apiVersion: WIDGETS,
      kind: 'Widget',
      name: 'owner',
      uid: owner.uid,
      controller: true,
    }
    created(await pods.create(pod('child', {}, { ownerReferences: [reference] })))
    ok(await widgets.item('owner').delete())
    await context.eventually(() => pods.item('child').get(), isGone)
  },
  'a pod is collected with its grace': async (context) => {
    const maps = mapsOf(context)
    const pods = context.namespaced('v1', 'pods')
    const owner = created(await maps.create(configMap('owner')))
    created(await pods.create(pod('child', { nodeName: 'n' }, ownedBy(owner))))
    ok(await maps.item('owner').delete())
    const child = await context.eventually(
      () => pods.item('child').get(),
      (answer) => answer.at('metadata.deletionTimestamp') !== undefined,
    )
    assert.equal(child.at('metadata.deletionGracePeriodSeconds'), GRACE)
    ok(await pods.item('child').delete({ ...OPTIONS, gracePeriodSeconds: 0 }))
  },
})

const namespaces = casesOf('deletion: namespaces', {
  'a namespace is active and has its label': async ({ cluster, namespace }) => {
    const answer = ok(await cluster('v1', 'namespaces').item(namespace).get())
    assert.equal(answer.at('status.phase'), 'Active')
    assert.deepEqual(answer.at('spec.finalizers'), ['kubernetes'])
    assert.equal(answer.at('metadata.labels[kubernetes.io/metadata.name]'), namespace)
  },
  'a deleted namespace takes everything with it': async (context) => {
    const { cluster, namespace, namespaced, eventually } = context
    created(await mapsOf(context).create(configMap('a')))
    created(await namespaced(WIDGETS, 'widgets').create(widget('a')))
    created(await namespaced('v1', 'pods').create(pod('a')))
    const spaces = cluster('v1', 'namespaces')
    const answer = ok(await spaces.item(namespace).delete())
    assert.equal(answer.at('kind'), 'Namespace')
    assert.equal(answer.at('status.phase'), 'Terminating')
    await eventually(() => spaces.item(namespace).get(), isGone)
    notFound(await mapsOf(context).item('a').get())
    notFound(await namespaced(WIDGETS, 'widgets').item('a').get())
  },
  'nothing new is made in a namespace that ends': async (context) => {
    const { cluster, namespace } = context
    const maps = mapsOf(context)
    created(await maps.create(configMap('a', {}, HOLD)))
    ok(await cluster('v1', 'namespaces').item(namespace).delete())
    refused(await maps.create(configMap('b')), {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps "b" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      causes: [
        {
          field: 'metadata.namespace',
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
        },
      ],
    })
    await context.eventually(
      () => maps.item('a').get(),
      (answer) => answer.at('metadata.deletionTimestamp') !== undefined,
    )
    ok(await maps.item('a').merge({ data: { x: '1' }, metadata: { finalizers: null } }))
    await context.eventually(() => cluster('v1', 'namespaces').item(namespace).get(), isGone)
  },
  'default cannot be deleted': async ({ cluster }) => {
    refused(await cluster('v1', 'namespaces').item('default').delete(), {
      code: 403,
      reason: 'Forbidden',
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    })
  },
  'a namespace is named by a DNS label': async ({ cluster }) => {
    const answer = await cluster('v1', 'namespaces').create({ metadata: { name: 'a.b' } })
    refused(answer, { code: 422, reason: 'Invalid', message: /must not contain dots/ })
  },
  'namespaces are not deleted as a collection': async ({ cluster }) => {
    refused(await cluster('v1', 'namespaces').deleteAll({ labelSelector: 'never=there' }), {
      code: 405,
      reason: 'MethodNotAllowed',
    })
  },
})

export const DELETION_CASES = [...single, ...collections, ...pods, ...garbage, ...namespaces]
