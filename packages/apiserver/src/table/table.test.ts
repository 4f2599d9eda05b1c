import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deepFreeze, type JsonObject, type KubeObject } from '@sortie/machinery'
import fc from 'fast-check'
import { builtInTableKind } from './builtinkinds.ts'
import { customColumns } from './customcolumns.ts'
import { humanDuration } from './humanduration.ts'
import { summarizePod } from './podcolumns.ts'
import { buildTable } from './table.ts'

const now = Date.parse('2026-11-23T12:00:00Z')
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString()

function object(kind: string, rest: JsonObject, metadata: JsonObject = {}): KubeObject {
  const head = {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'a', creationTimestamp: ago(300), ...metadata },
  }
  return deepFreeze({ ...head, ...rest }) as unknown as KubeObject
}

/** The cells of the one row by their columns' names. */
function cells(resource: string, shown: KubeObject): Record<string, unknown> {
  const [plural = '', group = ''] = resource.split(/\.(.*)/)
  const table = buildTable({ ...builtInTableKind(plural, group), objects: [shown], now })
  const row = table.rows[0]?.cells ?? []
  return Object.fromEntries(table.columnDefinitions.map(({ name }, index) => [name, row[index]]))
}

const [S, M, H, D] = [1000, 60_000, 3_600_000, 86_400_000]
for (const [millis, text] of [
  [-2 * S, '<invalid>'],
  [-S, '0s'],
  [0, '0s'],
  [999, '0s'],
  [119 * S, '119s'],
  [120 * S, '2m'],
  [125 * S, '2m5s'],
  [10 * M + 5 * S, '10m'],
  [179 * M, '179m'],
  [3 * H, '3h'],
  [3 * H + 5 * M, '3h5m'],
  [8 * H + 5 * M, '8h'],
  [47 * H, '47h'],
  [48 * H, '2d'],
  [50 * H, '2d2h'],
  [8 * D + H, '8d'],
  [729 * D, '729d'],
  [730 * D, '2y'],
  [740 * D, '2y10d'],
  [3000 * D, '8y'],
  [Number.NaN, '<invalid>'],
] as const) {
  test(`${millis} ms are shown as ${text}`, () => assert.equal(humanDuration(millis), text))
}

test('durations are never longer than seven characters', () => {
  const millis = fc.double({ min: 0, max: 9000 * D, noNaN: true })
  fc.assert(fc.property(millis, (value) => /^\d+[smhdy](\d+[smhd])?$/.test(humanDuration(value))))
})

const spec = { containers: [{ name: 'm' }, { name: 'n' }] }
const running = (name: string, ready = true): JsonObject => ({
  name,
  ready,
  restartCount: 0,
  state: { running: {} },
})
const ended = (name: string, exitCode: number, reason?: string): JsonObject => ({
  name,
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode, ...(reason === undefined ? {} : { reason }) } },
})
const waiting = (name: string, reason: string): JsonObject => ({
  name,
  ready: false,
  restartCount: 0,
  state: { waiting: { reason } },
})
const withInit = {
  ...spec,
  initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }],
}
const readyCondition = [{ type: 'Ready', status: 'True' }]
const initialized = [{ type: 'Initialized', status: 'True' }]

for (const [what, parts, ready, status] of [
  ['waits for a node', { spec, status: { phase: 'Pending' } }, '0/2', 'Pending'],
  [
    'is gated',
    {
      spec,
      status: {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }],
      },
    },
    '0/2',
    'SchedulingGated',
  ],
  [
    'cannot pull its image',
    {
      spec,
      status: { phase: 'Pending', containerStatuses: [waiting('m', 'ErrImagePull'), running('n')] },
    },
    '1/2',
    'ErrImagePull',
  ],
  [
    'runs',
    { spec, status: { phase: 'Running', containerStatuses: [running('m'), running('n')] } },
    '2/2',
    'Running',
  ],
  [
    'is done',
    {
      spec,
      status: {
        phase: 'Succeeded',
        containerStatuses: [ended('m', 0, 'Completed'), ended('n', 0, 'Completed')],
      },
    },
    '0/2',
    'Completed',
  ],
  [
    'is done in part, and ready',
    {
      spec,
      status: {
        phase: 'Running',
        conditions: readyCondition,
        containerStatuses: [ended('m', 0, 'Completed'), running('n')],
      },
    },
    '1/2',
    'Running',
  ],
  [
    'is done in part, and not ready',
    {
      spec,
      status: { phase: 'Running', containerStatuses: [ended('m', 0, 'Completed'), running('n')] },
    },
    '1/2',
    'NotReady',
  ],
  [
    'failed',
    {
      spec,
      status: { phase: 'Failed', containerStatuses: [ended('m', 1, 'Error'), running('n')] },
    },
    '1/2',
    'Error',
  ],
  [
    'failed without a reason',
    { spec, status: { phase: 'Failed', containerStatuses: [ended('m', 3)] } },
    '0/2',
    'ExitCode:3',
  ],
  ['was evicted', { spec, status: { phase: 'Failed', reason: 'Evicted' } }, '0/2', 'Evicted'],
  [
    'is in its first init container',
    { spec: withInit, status: { phase: 'Pending', initContainerStatuses: [running('i', false)] } },
    '0/3',
    'Init:0/2',
  ],
  [
    'waits for its sidecar to start',
    {
      spec: withInit,
      status: {
        phase: 'Pending',
        initContainerStatuses: [ended('i', 0), { ...running('s', false), started: false }],
      },
    },
    '0/3',
    'Init:1/2',
  ],
  [
    'failed in an init container',
    { spec: withInit, status: { phase: 'Pending', initContainerStatuses: [ended('i', 2)] } },
    '0/3',
    'Init:ExitCode:2',
  ],
  [
    'cannot pull an init image',
    {
      spec: withInit,
      status: { phase: 'Pending', initContainerStatuses: [waiting('i', 'ImagePullBackOff')] },
    },
    '0/3',
    'Init:ImagePullBackOff',
  ],
  [
    'runs beside a ready sidecar',
    {
      spec: withInit,
      status: {
        phase: 'Running',
        conditions: initialized,
        initContainerStatuses: [ended('i', 0), { ...running('s'), started: true }],
        containerStatuses: [running('m'), running('n')],
      },
    },
    '3/3',
    'Running',
  ],
] as const) {
  test(`a pod that ${what} is ${ready} and ${status}`, () => {
    const shown = cells('pods', object('Pod', parts as unknown as JsonObject))
    assert.deepEqual([shown['Ready'], shown['Status']], [ready, status])
  })
}

test('a pod that is being deleted is Terminating, unless it ended or its node is lost', () => {
  const deleting = { deletionTimestamp: ago(0) }
  const status = (phase: string, reason = ''): string =>
    summarizePod(object('Pod', { spec, status: { phase, reason } }, deleting)).status
  assert.equal(status('Running'), 'Terminating')
  assert.equal(status('Succeeded'), 'Succeeded')
  assert.equal(status('Running', 'NodeLost'), 'Unknown')
})

test('restarts say when the last one was; those of init containers count until the pod is initialised', () => {
  const lastState = { terminated: { finishedAt: ago(30) } }
  const init = { ...running('i', false), restartCount: 2, lastState }
  const before = object('Pod', {
    spec: withInit,
    status: { phase: 'Pending', initContainerStatuses: [init] },
  })
  assert.equal(cells('pods', before)['Restarts'], '2 (30s ago)')
  const main = {
    ...running('m'),
    restartCount: 3,
    lastState: { terminated: { finishedAt: ago(90) } },
  }
  const after = object('Pod', {
    spec: withInit,
    status: {
      phase: 'Running',
      conditions: initialized,
      initContainerStatuses: [init],
      containerStatuses: [main],
    },
  })
  assert.equal(cells('pods', after)['Restarts'], '3 (90s ago)')
})

test('the wide columns of a pod fall back to <none>', () => {
  const shown = cells('pods', object('Pod', { spec, status: { phase: 'Pending' } }))
  const wide = ['IP', 'Node', 'Nominated Node', 'Readiness Gates'].map((name) => shown[name])
  assert.deepEqual(wide, Array(4).fill('<none>'))
  const gated = {
    ...spec,
    nodeName: 'n1',
    readinessGates: [{ conditionType: 'Ready' }, { conditionType: 'X' }],
  }
  const status = { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], conditions: readyCondition }
  const full = cells('pods', object('Pod', { spec: gated, status }))
  assert.deepEqual([full['IP'], full['Node'], full['Readiness Gates']], ['10.0.0.1', 'n1', '1/2'])
})

test('a pod that ended carries the condition Completed on its row', () => {
  const done = object('Pod', { spec, status: { phase: 'Succeeded' } })
  const table = buildTable({ ...builtInTableKind('pods', ''), objects: [done], now })
  assert.equal(table.rows[0]?.conditions?.[0]?.reason, 'Succeeded')
})

test('nodes show readiness, scheduling and roles', () => {
  const labels = { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/aircraft': '' }
  const status = {
    conditions: readyCondition,
    nodeInfo: { kubeletVersion: 'v1.32.0' },
    addresses: [{ type: 'InternalIP', address: '10.0.0.9' }],
  }
  const node = object('Node', { spec: { unschedulable: true }, status }, { labels })
  assert.deepEqual(cells('nodes', node), {
    Name: 'a',
    Status: 'Ready,SchedulingDisabled',
    Roles: 'aircraft,worker',
    Age: '5m',
    Version: 'v1.32.0',
    'Internal-IP': '10.0.0.9',
    'External-IP': '<none>',
    'OS-Image': '<unknown>',
    'Kernel-Version': '<unknown>',
    'Container-Runtime': '<unknown>',
  })
  assert.equal(cells('nodes', object('Node', {}))['Status'], 'Unknown')
  const lost = object('Node', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } })
  assert.deepEqual(
    [cells('nodes', lost)['Status'], cells('nodes', lost)['Roles']],
    ['NotReady', '<none>'],
  )
})

test('events show when, what and why, in the old and in the new API', () => {
  const event = object('Event', {
    type: 'Normal',
    reason: 'Scheduled',
    message: ' bound \n',
    lastTimestamp: ago(10),
    firstTimestamp: ago(70),
    count: 3,
    involvedObject: { kind: 'Pod', name: 'p' },
    source: { component: 'sched', host: 'h' },
  })
  const shown = cells('events', event)
  assert.deepEqual(
    ['Last Seen', 'Type', 'Reason', 'Object', 'Message', 'First Seen', 'Count', 'Source'].map(
      (name) => shown[name],
    ),
    ['10s', 'Normal', 'Scheduled', 'pod/p', 'bound', '70s', 3, 'sched, h'],
  )
  const fresh = object('Event', {
    eventTime: ago(5),
    note: 'hello',
    regarding: { kind: 'Node', name: 'n' },
    reportingController: 'fleet',
  })
  const recent = cells('events.events.k8s.io', fresh)
  assert.deepEqual(
    ['Last Seen', 'Object', 'Message', 'Count', 'Source'].map((name) => recent[name]),
    ['5s', 'node/n', 'hello', 1, 'fleet'],
  )
  const series = { ...fresh, series: { count: 9, lastObservedTime: ago(1) } }
  assert.deepEqual(
    [cells('events', series)['Last Seen'], cells('events', series)['Count']],
    ['1s', 9],
  )
})

for (const [resource, rest, expected] of [
  ['namespaces', { status: { phase: 'Active' } }, { Name: 'a', Status: 'Active', Age: '5m' }],
  [
    'configmaps',
    { data: { a: '', b: '' }, binaryData: { c: '' } },
    { Name: 'a', Data: 3, Age: '5m' },
  ],
  [
    'secrets',
    { type: 'Opaque', data: { a: '' } },
    { Name: 'a', Type: 'Opaque', Data: 1, Age: '5m' },
  ],
  ['serviceaccounts', {}, { Name: 'a', Secrets: 0, Age: '5m' }],
  [
    'leases.coordination.k8s.io',
    { spec: { holderIdentity: 'me' } },
    { Name: 'a', Holder: 'me', Age: '5m' },
  ],
  ['roles.rbac.authorization.k8s.io', {}, { Name: 'a', 'Created At': ago(300) }],
  ['customresourcedefinitions.apiextensions.k8s.io', {}, { Name: 'a', 'Created At': ago(300) }],
  ['things.x.io', {}, { Name: 'a', 'Created At': ago(300) }],
  [
    'rolebindings.rbac.authorization.k8s.io',
    {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', namespace: 'n', name: 's' },
      ],
    },
    { Name: 'a', Role: 'Role/r', Age: '5m', Users: 'u', Groups: '', ServiceAccounts: 'n/s' },
  ],
  [
    'services',
    {
      spec: {
        type: 'NodePort',
        clusterIP: '10.1.0.1',
        ports: [
          { port: 80, nodePort: 30080 },
          { port: 53, protocol: 'UDP' },
        ],
        selector: { app: 'x' },
      },
    },
    {
      Name: 'a',
      Type: 'NodePort',
      'Cluster-IP': '10.1.0.1',
      'External-IP': '<none>',
      'Port(s)': '80:30080/TCP,53/UDP',
      Age: '5m',
      Selector: 'app=x',
    },
  ],
  [
    'validatingadmissionpolicies.admissionregistration.k8s.io',
    { spec: { validations: [{}] } },
    { Name: 'a', Validations: 1, ParamKind: '<unset>', Age: '5m' },
  ],
] as const) {
  test(`the columns of ${resource}`, () => {
    assert.deepEqual(cells(resource, object('X', rest as unknown as JsonObject)), expected)
  })
}

const path = (name: string) => (value: unknown) => {
  const found = (value as JsonObject)[name]
  return found === undefined ? [] : [found]
}

test('custom columns show values of their types, and nothing where there are none', () => {
  const types = ['string', 'integer', 'number', 'boolean', 'date'] as const
  const columns = customColumns(
    types.map((type) => ({ name: type, type, find: path(type), priority: 1 })),
  )
  const rows = (rest: JsonObject): unknown =>
    buildTable({ columns, objects: [object('X', rest)], now }).rows[0]?.cells
  const full = { string: 's', integer: 3, number: 1.5, boolean: false, date: ago(60) }
  assert.deepEqual(rows(full), ['a', 's', 3, 1.5, false, '60s'])
  assert.deepEqual(rows({}), ['a', null, null, null, null, null])
  const wrong = { string: { a: [1] }, integer: 'x', number: true, boolean: 1, date: 'soon' }
  assert.deepEqual(rows(wrong), ['a', '{"a":[1]}', null, null, null, '<invalid>'])
  assert.deepEqual(rows({ string: 12 }), ['a', '12', null, null, null, null])
})

test('a custom resource without columns of its own shows name and age', () => {
  const table = buildTable({ columns: customColumns([]), objects: [object('X', {})], now })
  assert.deepEqual(
    table.columnDefinitions.map(({ name, type }) => [name, type]),
    [
      ['Name', 'string'],
      ['Age', 'date'],
    ],
  )
  assert.deepEqual(table.rows[0]?.cells, ['a', '5m'])
})

test('rows carry metadata, the object or nothing, as asked', () => {
  const shown = object('X', { spec: { a: 1 } })
  const build = (includeObject?: 'None' | 'Metadata' | 'Object') =>
    buildTable({
      columns: customColumns([]),
      objects: [shown],
      now,
      ...(includeObject === undefined ? {} : { includeObject }),
    }).rows[0]
  assert.equal(build('Object')?.object, shown)
  assert.equal('object' in (build('None') ?? {}), false)
  assert.deepEqual(build()?.object, {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: shown.metadata,
  })
})

test('a watch may leave the column definitions out', () => {
  const columns = customColumns([])
  const first = buildTable({ columns, objects: [], now, metadata: { resourceVersion: '7' } })
  assert.equal(first.metadata.resourceVersion, '7')
  assert.equal(first.columnDefinitions.length, 2)
  assert.equal('cell' in (first.columnDefinitions[0] ?? {}), false)
  assert.deepEqual(
    buildTable({ columns, objects: [], now, withDefinitions: false }).columnDefinitions,
    [],
  )
})
