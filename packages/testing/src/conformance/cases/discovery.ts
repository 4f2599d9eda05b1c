/** Discovery, OpenAPI, tables, metadata only, versions. */
import assert from 'node:assert/strict'
import { type Answer, created, notFound, ok, valueAt } from '../answer.ts'
import { casesOf } from '../case.ts'
import type { Collection } from '../collection.ts'
import { configMap, GROUP, node, pod, WIDGETS, widget } from '../fixtures.ts'

interface ApiResource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly singularName: string
  readonly categories?: readonly string[]
  readonly group?: string
  readonly version?: string
}

const resourceOf = (answer: Answer, name: string): ApiResource | undefined =>
  (answer.all('resources') as ApiResource[]).find((resource) => resource.name === name)

const ALL_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

const CORE: readonly (readonly [
  name: string,
  kind: string,
  namespaced: boolean,
  short: string[],
])[] = [
  ['pods', 'Pod', true, ['po']],
  ['nodes', 'Node', false, ['no']],
  ['configmaps', 'ConfigMap', true, ['cm']],
  ['secrets', 'Secret', true, []],
  ['services', 'Service', true, ['svc']],
  ['serviceaccounts', 'ServiceAccount', true, ['sa']],
  ['events', 'Event', true, ['ev']],
  ['persistentvolumeclaims', 'PersistentVolumeClaim', true, ['pvc']],
  ['persistentvolumes', 'PersistentVolume', false, ['pv']],
  ['resourcequotas', 'ResourceQuota', true, ['quota']],
  ['limitranges', 'LimitRange', true, ['limits']],
  ['endpoints', 'Endpoints', true, ['ep']],
  ['replicationcontrollers', 'ReplicationController', true, ['rc']],
]
const GROUPED: readonly (readonly [group: string, name: string, kind: string, short: string[]])[] =
  [
    ['apps/v1', 'deployments', 'Deployment', ['deploy']],
    ['apps/v1', 'replicasets', 'ReplicaSet', ['rs']],
    ['apps/v1', 'statefulsets', 'StatefulSet', ['sts']],
    ['apps/v1', 'daemonsets', 'DaemonSet', ['ds']],
    ['batch/v1', 'jobs', 'Job', []],
    ['batch/v1', 'cronjobs', 'CronJob', ['cj']],
    ['coordination.k8s.io/v1', 'leases', 'Lease', []],
    ['policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', ['pdb']],
    ['rbac.authorization.k8s.io/v1', 'roles', 'Role', []],
    ['rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole', []],
    ['scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', ['pc']],
    ['storage.k8s.io/v1', 'storageclasses', 'StorageClass', ['sc']],
    [
      'apiextensions.k8s.io/v1',
      'customresourcedefinitions',
      'CustomResourceDefinition',
      ['crd', 'crds'],
    ],
    ['events.k8s.io/v1', 'events', 'Event', ['ev']],
    ['networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', ['netpol']],
  ]

const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

interface GroupItem {
  readonly metadata: { readonly name: string }
  readonly versions: readonly {
    readonly version: string
    readonly freshness: string
    readonly resources: readonly {
      readonly resource: string
      readonly responseKind: {
        readonly kind: string
        readonly group: string
        readonly version: string
      }
      readonly scope: string
      readonly singularResource: string
      readonly verbs: readonly string[]
      readonly shortNames?: readonly string[]
      readonly subresources?: readonly { readonly subresource: string }[]
    }[]
  }[]
}

const plain = casesOf('discovery', {
  ...Object.fromEntries(
    CORE.map(([name, kind, namespaced, short]) => [
      `core has ${name}`,
      async ({ send }: Parameters<Parameters<typeof casesOf>[1][string]>[0]) => {
        const found = resourceOf(ok(await send('GET', '/api/v1')), name)
        assert.equal(found?.kind, kind)
        assert.equal(found?.namespaced, namespaced)
        assert.deepEqual(found?.shortNames ?? [], short)
        assert.equal(found?.singularName, kind.toLowerCase())
        assert.deepEqual([...(found?.verbs ?? [])].sort(), ALL_VERBS)
      },
    ]),
  ),
  ...Object.fromEntries(
    GROUPED.map(([group, name, kind, short]) => [
      `${group} has ${name}`,
      async ({ send }: Parameters<Parameters<typeof casesOf>[1][string]>[0]) => {
        const answer = ok(await send('GET', `/apis/${group}`))
        assert.equal(answer.at('kind'), 'APIResourceList')
        assert.equal(answer.at('groupVersion'), group)
        const found = resourceOf(answer, name)
        assert.equal(found?.kind, kind)
        assert.deepEqual(found?.shortNames ?? [], short)
        assert.deepEqual([...(found?.verbs ?? [])].sort(), ALL_VERBS)
      },
    ]),
  ),
  'subresources of pods are listed': async ({ send }) => {
    const answer = ok(await send('GET', '/api/v1'))
    assert.deepEqual(resourceOf(answer, 'pods/binding')?.verbs, ['create'])
    assert.deepEqual(resourceOf(answer, 'pods/eviction')?.verbs, ['create'])
    assert.equal(resourceOf(answer, 'pods/eviction')?.group, 'policy')
    assert.equal(resourceOf(answer, 'pods/eviction')?.version, 'v1')
    assert.deepEqual(resourceOf(answer, 'pods/log')?.verbs, ['get'])
    assert.deepEqual(resourceOf(answer, 'pods/status')?.verbs, ['get', 'patch', 'update'])
  },
  'a custom resource is listed with all that its definition says': async ({ send }) => {
    const answer = ok(await send('GET', `/apis/${WIDGETS}`))
    const widgets = resourceOf(answer, 'widgets')
    assert.equal(widgets?.kind, 'Widget')
    assert.equal(widgets?.singularName, 'widget')
    assert.deepEqual(widgets?.shortNames, ['wdg'])
    assert.deepEqual(widgets?.categories, ['toys'])
    assert.deepEqual([...(widgets?.verbs ?? [])].sort(), ALL_VERBS)
    assert.deepEqual(resourceOf(answer, 'widgets/status')?.verbs, ['get', 'patch', 'update'])
    assert.equal(resourceOf(answer, 'widgets/scale')?.kind, 'Scale')
    assert.equal(resourceOf(answer, 'widgets/scale')?.group, 'autoscaling')
  },
  'core versions': async ({ send }) => {
    const answer = ok(await send('GET', '/api'))
    assert.equal(answer.at('kind'), 'APIVersions')
    assert.deepEqual(answer.at('versions'), ['v1'])
  },
  'the list of groups': async ({ send }) => {
    const answer = ok(await send('GET', '/apis'))
    assert.equal(answer.at('kind'), 'APIGroupList')
    assert.equal(answer.at('apiVersion'), 'v1')
    const names = (answer.all('groups') as { name: string }[]).map(({ name }) => name)
    for (const name of ['apps', 'batch', 'policy', 'coordination.k8s.io', GROUP]) {
      assert.ok(names.includes(name), `${name} of ${names.join(' ')}`)
    }
  },
  'a group with its versions, the preferred one first': async ({ send }) => {
    const answer = ok(await send('GET', `/apis/${GROUP}`))
    assert.equal(answer.at('kind'), 'APIGroup')
    assert.equal(answer.at('name'), GROUP)
    assert.deepEqual(answer.at('versions'), [
      { groupVersion: `${GROUP}/v1`, version: 'v1' },
      { groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' },
    ])
    assert.deepEqual(answer.at('preferredVersion'), {
      groupVersion: `${GROUP}/v1`,
      version: 'v1',
    })
  },
  'aggregated discovery of the groups': async ({ send }) => {
    const answer = ok(await send('GET', '/apis', { headers: { accept: AGGREGATED } }))
    assert.equal(answer.at('kind'), 'APIGroupDiscoveryList')
    assert.equal(answer.at('apiVersion'), 'apidiscovery.k8s.io/v2')
    assert.match(String(answer.headers['content-type']), /as=APIGroupDiscoveryList/)
    const group = (answer.all('items') as GroupItem[]).find(
      ({ metadata }) => metadata.name === GROUP,
    )
    assert.deepEqual(
      group?.versions.map(({ version }) => version),
      ['v1', 'v1beta1'],
    )
    const widgets = group?.versions[0]?.resources.find(({ resource }) => resource === 'widgets')
    assert.equal(widgets?.scope, 'Namespaced')
    assert.equal(widgets?.singularResource, 'widget')
    assert.deepEqual(widgets?.responseKind, { group: GROUP, version: 'v1', kind: 'Widget' })
    assert.deepEqual(widgets?.shortNames, ['wdg'])
    assert.deepEqual(widgets?.subresources?.map(({ subresource }) => subresource).sort(), [
      'scale',
      'status',
    ])
    assert.deepEqual([...(widgets?.verbs ?? [])].sort(), ALL_VERBS)
  },
  'aggregated discovery of core': async ({ send }) => {
    const answer = ok(await send('GET', '/api', { headers: { accept: AGGREGATED } }))
    const [core] = answer.all('items') as GroupItem[]
    const pods = core?.versions[0]?.resources.find(({ resource }) => resource === 'pods')
    assert.equal(pods?.responseKind.kind, 'Pod')
    assert.equal(pods?.responseKind.group, '')
    const subresources = pods?.subresources?.map(({ subresource }) => subresource) ?? []
    for (const name of ['binding', 'eviction', 'log', 'status']) {
      assert.ok(subresources.includes(name), subresources.join(' '))
    }
  },
  'aggregated discovery answers 304 to its own tag': async ({ send }) => {
    const first = ok(await send('GET', '/api', { headers: { accept: AGGREGATED } }))
    const tag = String(first.headers['etag'])
    assert.match(tag, /^"/)
    const headers = { accept: AGGREGATED, 'if-none-match': tag }
    assert.equal((await send('GET', '/api', { headers })).status, 304)
  },
  'the version': async ({ send }) => {
    const answer = ok(await send('GET', '/version'))
    assert.equal(answer.at('major'), '1')
    assert.match(String(answer.at('minor')), /^\d+/)
    assert.match(String(answer.at('gitVersion')), /^v1\.\d+\.\d+/)
  },
  'an unknown group is not found': async ({ send }) => {
    assert.equal((await send('GET', '/apis/nope.example/v1')).status, 404)
    assert.equal((await send('GET', '/apis/nope.example')).status, 404)
  },
})

const GVK = 'x-kubernetes-group-version-kind'

const openapi = casesOf('discovery: OpenAPI', {
  'the index has a path for each group and version': async ({ send }) => {
    const { body } = ok(await send('GET', '/openapi/v3'))
    const index: unknown = typeof body === 'string' ? JSON.parse(body) : body
    const paths = valueAt(index, 'paths') as Record<string, { serverRelativeURL: string }>
    for (const name of ['api/v1', 'apis/apps/v1', 'apis/batch/v1', `apis/${WIDGETS}`]) {
      assert.match(paths[name]?.serverRelativeURL ?? '', /^\/openapi\/v3\/.*\?hash=/, name)
    }
  },
  'the schema of a custom resource': async ({ eventually, send }) => {
    const answer = await eventually(
      () => send('GET', `/openapi/v3/apis/${WIDGETS}`),
      ({ status }) => status === 200,
    )
    assert.match(String(answer.at('openapi')), /^3\.0/)
    const schemas = answer.at('components.schemas') as Record<string, unknown>
    const found = Object.values(schemas).find((candidate) =>
      (valueAt(candidate, GVK) as { kind: string }[] | undefined)?.some(
        ({ kind }) => kind === 'Widget',
      ),
    )
    assert.equal(valueAt(found, 'properties.spec.properties.size.type'), 'integer')
    assert.equal(valueAt(found, 'properties.spec.properties.size.default'), 1)
    assert.deepEqual(valueAt(found, 'properties.spec.properties.color.enum'), [
      'red',
      'green',
      'blue',
    ])
    assert.deepEqual(valueAt(found, `${GVK}.0`), { group: GROUP, kind: 'Widget', version: 'v1' })
    assert.equal(valueAt(found, 'description'), 'A widget.')
  },
  'the paths of a custom resource': async ({ send }) => {
    const answer = ok(await send('GET', `/openapi/v3/apis/${WIDGETS}`))
    const paths = answer.at('paths') as Record<string, Record<string, unknown>>
    const item = paths[`/apis/${WIDGETS}/namespaces/{namespace}/widgets/{name}`]
    for (const verb of ['get', 'put', 'patch', 'delete']) assert.ok(item?.[verb], verb)
    assert.deepEqual(valueAt(item, `patch.${GVK}`), { group: GROUP, kind: 'Widget', version: 'v1' })
  },
  'the schema of core': async ({ send }) => {
    const answer = ok(await send('GET', '/openapi/v3/api/v1'))
    const schemas = answer.at('components.schemas') as Record<string, unknown>
    assert.ok(valueAt(schemas['io.k8s.api.core.v1.Pod'], 'properties.spec') !== undefined)
    const containers = valueAt(schemas['io.k8s.api.core.v1.PodSpec'], 'properties.containers')
    assert.equal(valueAt(containers, 'x-kubernetes-patch-merge-key'), 'name')
    assert.deepEqual(valueAt(containers, 'x-kubernetes-list-map-keys'), ['name'])
  },
  'every reference of core leads somewhere': async ({ send }) => {
    const answer = ok(await send('GET', '/openapi/v3/api/v1'))
    const schemas = answer.at('components.schemas') as Record<string, unknown>
    const text = JSON.stringify(answer.body)
    const missing = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
      .map(([, name = '']) => name)
      .filter((name) => schemas[name] === undefined)
    assert.deepEqual([...new Set(missing)], [])
  },
})

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json'
const PARTIAL_LIST =
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json'

const columnNames = (answer: Answer): string[] =>
  (answer.all('columnDefinitions') as { name: string }[]).map(({ name }) => name)

const tables = casesOf('tables and metadata', {
  'a list of pods as a table': async ({ namespaced }) => {
    const pods = namespaced('v1', 'pods')
    created(await pods.create(pod('a')))
    const answer = ok(await pods.list({}, { accept: TABLE }))
    assert.equal(answer.at('kind'), 'Table')
    assert.equal(answer.at('apiVersion'), 'meta.k8s.io/v1')
    assert.match(answer.resourceVersion, /^\d+$/)
    assert.deepEqual(columnNames(answer), [
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP',
      'Node',
      'Nominated Node',
      'Readiness Gates',
    ])
    assert.deepEqual((answer.at('rows.0.cells') as unknown[]).slice(0, 4), [
      'a',
      '0/1',
      'Pending',
      '0',
    ])
    assert.equal(answer.at('rows.0.object.kind'), 'PartialObjectMetadata')
    assert.equal(answer.at('rows.0.object.metadata.name'), 'a')
  },
  'a table may include whole objects or none': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1' })))
    const whole = ok(await maps.list({ includeObject: 'Object' }, { accept: TABLE }))
    assert.deepEqual(whole.at('rows.0.object.data'), { x: '1' })
    const none = ok(await maps.list({ includeObject: 'None' }, { accept: TABLE }))
    assert.equal(none.at('rows.0.object') ?? null, null)
  },
  'a config map as a table': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1', y: '2' })))
    const answer = ok(await maps.item('a').get({}, { accept: TABLE }))
    assert.deepEqual(columnNames(answer), ['Name', 'Data', 'Age'])
    assert.deepEqual((answer.at('rows.0.cells') as unknown[]).slice(0, 2), ['a', 2])
  },
  'what an installation consists of as tables': async ({ namespaced, cluster, unique }) => {
    const selector = {
      matchLabels: { app: 'a' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['y', 'x'] }],
    }
    const labels = { app: 'a', tier: 'x' }
    const containers = ['one', 'two'].map((name) => ({ name, image: `${name}:1` }))
    const template = { metadata: { labels }, spec: { containers } }
    const budgets = namespaced('policy/v1', 'poddisruptionbudgets')
    const name = unique('pc')
    // The columns, and the cells before the age and after it.
    const expected: readonly (readonly [Collection, object, string[], unknown[], unknown[]])[] = [
      [
        namespaced('apps/v1', 'deployments'),
        { metadata: { name: 'd' }, spec: { replicas: 2, selector, template } },
        ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector'],
        ['d', '0/2', 0, 0],
        ['one,two', 'one:1,two:1', 'app=a,tier in (x,y)'],
      ],
      [
        budgets,
        { metadata: { name: 'b' }, spec: { selector, minAvailable: '30%' } },
        ['Name', 'Min Available', 'Max Unavailable', 'Allowed Disruptions', 'Age'],
        ['b', '30%', 'N/A', 0],
        [],
      ],
      [
        cluster('scheduling.k8s.io/v1', 'priorityclasses'),
        { metadata: { name }, value: 7 },
        ['Name', 'Value', 'Global-Default', 'Age', 'PreemptionPolicy'],
        [name, 7, false],
        ['PreemptLowerPriority'],
      ],
      [
        namespaced('networking.k8s.io/v1', 'networkpolicies'),
        { metadata: { name: 'n' }, spec: { podSelector: {} } },
        ['Name', 'Pod-Selector', 'Age'],
        ['n', '<none>'],
        [],
      ],
    ]
    for (const [collection, body, columns, before, after] of expected) {
      const made = created(await collection.create(body))
      const item = collection.item(String(made.at('metadata.name')))
      const answer = ok(await item.get({}, { accept: TABLE }))
      assert.deepEqual(columnNames(answer), columns)
      const cells = answer.at('rows.0.cells') as unknown[]
      assert.deepEqual(cells.slice(0, before.length), before)
      assert.deepEqual(cells.slice(before.length + 1), after)
      ok(await item.delete())
    }
  },
  'a custom resource by its printer columns': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a', { size: 4, color: 'blue' })))
    created(await widgets.create(widget('b')))
    const answer = ok(await widgets.list({}, { accept: TABLE }))
    assert.deepEqual(columnNames(answer), ['Name', 'Size', 'Color', 'Age'])
    const [name, size] = answer.all('columnDefinitions') as Record<string, unknown>[]
    assert.equal(name?.['format'], 'name')
    assert.equal(size?.['type'], 'integer')
    assert.equal(size?.['description'], 'How big.')
    assert.equal(valueAt(answer.body, 'columnDefinitions.2.priority'), 1)
    assert.deepEqual((answer.at('rows.0.cells') as unknown[]).slice(0, 3), ['a', 4, 'blue'])
    assert.deepEqual((answer.at('rows.1.cells') as unknown[]).slice(0, 3), ['b', 1, null])
  },
  'a kind without printer columns has name and creation': async ({ cluster, unique }) => {
    const gadgets = cluster(`${GROUP}/v1`, 'gadgets')
    const name = unique('g')
    created(await gadgets.create({ apiVersion: `${GROUP}/v1`, kind: 'Gadget', metadata: { name } }))
    const answer = ok(await gadgets.item(name).get({}, { accept: TABLE }))
    assert.deepEqual(columnNames(answer), ['Name', 'Age'])
  },
  'a node as a table': async ({ cluster, unique }) => {
    const nodes = cluster('v1', 'nodes')
    const name = unique('n')
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    created(await nodes.create(node(name, { status })))
    ok(await nodes.item(name).sub('status').merge({ status }))
    const answer = ok(await nodes.item(name).get({}, { accept: TABLE }))
    assert.deepEqual(columnNames(answer).slice(0, 5), ['Name', 'Status', 'Roles', 'Age', 'Version'])
    assert.deepEqual((answer.at('rows.0.cells') as unknown[]).slice(0, 3), [
      name,
      'Ready',
      '<none>',
    ])
  },
  'a table of pages has a token': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    for (const name of ['a', 'b']) created(await maps.create(configMap(name)))
    const answer = ok(await maps.list({ limit: '1' }, { accept: TABLE }))
    assert.equal(answer.all('rows').length, 1)
    assert.ok(answer.at('metadata.continue') !== undefined)
  },
  'a watch as tables': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const { resourceVersion } = ok(await maps.list())
    const watch = await maps.watch({ resourceVersion }, { accept: TABLE })
    for (const name of ['a', 'b']) created(await maps.create(configMap(name)))
    const events = await watch.count(2)
    watch.close()
    assert.equal(valueAt(events[0], 'object.kind'), 'Table')
    assert.equal(valueAt(events[0], 'object.rows.0.cells.0'), 'a')
    assert.equal(valueAt(events[0], 'object.columnDefinitions.0.name'), 'Name')
    assert.equal(valueAt(events[1], 'object.rows.0.cells.0'), 'b')
    const later = (valueAt(events[1], 'object.columnDefinitions') ?? []) as unknown[]
    assert.equal(later.length, 0)
  },
  'metadata of one object only': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1' }, { labels: { l: '1' } })))
    const answer = ok(await maps.item('a').get({}, { accept: PARTIAL }))
    assert.equal(answer.at('kind'), 'PartialObjectMetadata')
    assert.equal(answer.at('apiVersion'), 'meta.k8s.io/v1')
    assert.deepEqual(answer.at('metadata.labels'), { l: '1' })
    assert.equal(answer.at('data'), undefined)
  },
  'metadata of a list only': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a')))
    const answer = ok(await widgets.list({}, { accept: PARTIAL_LIST }))
    assert.equal(answer.at('kind'), 'PartialObjectMetadataList')
    assert.equal(answer.at('items.0.metadata.name'), 'a')
    assert.equal(answer.at('items.0.spec'), undefined)
  },
  'a watch of metadata only': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const { resourceVersion } = ok(await maps.list())
    const watch = await maps.watch({ resourceVersion }, { accept: PARTIAL })
    created(await maps.create(configMap('a', { x: '1' })))
    const [event] = await watch.count(1)
    watch.close()
    assert.equal(valueAt(event, 'object.kind'), 'PartialObjectMetadata')
    assert.equal(valueAt(event, 'object.metadata.name'), 'a')
    assert.equal(valueAt(event, 'object.data'), undefined)
  },
  'NotFound stays a Status where a table is asked for': async ({ namespaced }) => {
    notFound(await namespaced('v1', 'configmaps').item('a').get({}, { accept: TABLE }))
  },
})

export const DISCOVERY_CASES = [...plain, ...openapi, ...tables]
