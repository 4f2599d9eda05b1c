/** Pods: what is filled in, what is refused, what may change, binding, eviction. */
import assert from 'node:assert/strict'
import { badRequest, conflict, created, invalid, notFound, ok, refused } from '../answer.ts'
import { type CaseRun, type ConformanceContext, casesOf } from '../case.ts'
import { node, pod } from '../fixtures.ts'

const podsOf = ({ namespaced }: ConformanceContext) => namespaced('v1', 'pods')

const defaults = casesOf('pods: defaults', {
  'a small pod is filled in': async (context) => {
    const answer = created(await podsOf(context).create(pod('a')))
    // Whether a service account is filled in is up to an admission plugin.
    const { serviceAccount: _, serviceAccountName: __, ...spec } = answer.object()['spec'] ?? {}
    assert.deepEqual(spec, {
      containers: [
        {
          name: 'main',
          image: 'busybox',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'Always',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    })
    assert.deepEqual(answer.at('status'), { phase: 'Pending', qosClass: 'BestEffort' })
    assert.equal(answer.at('metadata.generation'), 1)
  },
  'an image with a tag is pulled when it is not there': async (context) => {
    const containers = [
      { name: 'tag', image: 'busybox:1.36' },
      { name: 'latest', image: 'busybox:latest' },
      { name: 'port', image: 'registry:5000/busybox' },
      { name: 'digest', image: `busybox@sha256:${'a'.repeat(64)}` },
    ]
    const answer = created(await podsOf(context).create(pod('a', { containers })))
    assert.deepEqual(
      (answer.all('spec.containers') as { imagePullPolicy: string }[]).map(
        ({ imagePullPolicy }) => imagePullPolicy,
      ),
      ['IfNotPresent', 'Always', 'Always', 'IfNotPresent'],
    )
  },
  'limits become requests, and quantities their canonical form': async (context) => {
    const resources = { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '0.25' } }
    const containers = [{ name: 'main', image: 'b', resources }]
    const answer = created(await podsOf(context).create(pod('a', { containers })))
    assert.deepEqual(answer.at('spec.containers.0.resources'), {
      limits: { cpu: '500m', memory: '1Gi' },
      requests: { cpu: '250m', memory: '1Gi' },
    })
    assert.equal(answer.at('status.qosClass'), 'Burstable')
  },
  'equal limits and requests are guaranteed': async (context) => {
    const resources = { limits: { cpu: '1', memory: '1Gi' } }
    const containers = [{ name: 'main', image: 'b', resources }]
    const answer = created(await podsOf(context).create(pod('a', { containers })))
    assert.equal(answer.at('status.qosClass'), 'Guaranteed')
  },
  'extended resources keep limit and request equal': async (context) => {
    const resources = { limits: { 'aircraft.mil/slot': '1' } }
    const containers = [{ name: 'main', image: 'b', resources }]
    const answer = created(await podsOf(context).create(pod('a', { containers })))
    assert.equal(answer.at('spec.containers.0.resources.requests[aircraft.mil/slot]'), '1')
  },
  'ports and probes are filled in': async (context) => {
    const containers = [
      {
        name: 'main',
        image: 'b',
        ports: [{ containerPort: 80 }],
        livenessProbe: { httpGet: { port: 80 } },
      },
    ]
    const answer = created(await podsOf(context).create(pod('a', { containers })))
    assert.deepEqual(answer.at('spec.containers.0.ports'), [{ containerPort: 80, protocol: 'TCP' }])
    assert.deepEqual(answer.at('spec.containers.0.livenessProbe'), {
      httpGet: { path: '/', port: 80, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    })
  },
  'volumes are filled in': async (context) => {
    const volumes = [
      { name: 'empty', emptyDir: {} },
      { name: 'map', configMap: { name: 'm' } },
      { name: 'secret', secret: { secretName: 's' } },
      { name: 'host', hostPath: { path: '/x' } },
      { name: 'bare' },
    ]
    const answer = created(await podsOf(context).create(pod('a', { volumes })))
    assert.deepEqual(answer.at('spec.volumes'), [
      { name: 'empty', emptyDir: {} },
      { name: 'map', configMap: { name: 'm', defaultMode: 420 } },
      { name: 'secret', secret: { secretName: 's', defaultMode: 420 } },
      { name: 'host', hostPath: { path: '/x', type: '' } },
      { name: 'bare', emptyDir: {} },
    ])
  },
  'a negative grace becomes a second': async (context) => {
    const answer = created(
      await podsOf(context).create(pod('a', { terminationGracePeriodSeconds: -5 })),
    )
    assert.equal(answer.at('spec.terminationGracePeriodSeconds'), 1)
  },
  'native sidecars are kept': async (context) => {
    const initContainers = [{ name: 'side', image: 'b', restartPolicy: 'Always' }]
    const answer = created(await podsOf(context).create(pod('a', { initContainers })))
    assert.equal(answer.at('spec.initContainers.0.restartPolicy'), 'Always')
    assert.equal(answer.at('spec.initContainers.0.terminationMessagePolicy'), 'File')
  },
  'a status on create is dropped': async (context) => {
    const body = { ...pod('a'), status: { phase: 'Running', podIP: '1.2.3.4' } }
    const answer = created(await podsOf(context).create(body))
    assert.equal(answer.at('status.phase'), 'Pending')
    assert.equal(answer.at('status.podIP'), undefined)
  },
  'spread constraints and affinity are kept': async (context) => {
    const more = {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'aircraft.mil/type', operator: 'In', values: ['j20'] }] },
            ],
          },
        },
      },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
      ],
    }
    const answer = created(await podsOf(context).create(pod('a', more)))
    assert.deepEqual(answer.at('spec.affinity'), more.affinity)
    assert.deepEqual(answer.at('spec.topologySpreadConstraints'), more.topologySpreadConstraints)
  },
})

type Cause = readonly [field: string, reason?: string, message?: string | RegExp]
const c = (more: object): object => ({ containers: [{ name: 'main', image: 'b', ...more }] })

const INVALID: Readonly<Record<string, readonly [object, ...Cause[]]>> = {
  'no containers': [
    { containers: [] },
    ['spec.containers', 'FieldValueRequired', 'Required value'],
  ],
  'a container without name': [c({ name: '' }), ['spec.containers[0].name', 'FieldValueRequired']],
  'a container without image': [
    c({ image: '' }),
    ['spec.containers[0].image', 'FieldValueRequired'],
  ],
  'a container with a bad name': [
    c({ name: 'A_b' }),
    ['spec.containers[0].name', 'FieldValueInvalid'],
  ],
  'two containers of one name': [
    {
      containers: [
        { name: 'a', image: 'b' },
        { name: 'a', image: 'b' },
      ],
    },
    ['spec.containers[1].name', 'FieldValueDuplicate', 'Duplicate value: "a"'],
  ],
  'an unknown restart policy': [
    { restartPolicy: 'Sometimes' },
    ['spec.restartPolicy', 'FieldValueNotSupported'],
  ],
  'an unknown pull policy': [
    c({ imagePullPolicy: 'Often' }),
    ['spec.containers[0].imagePullPolicy', 'FieldValueNotSupported'],
  ],
  'a port out of range': [
    c({ ports: [{ containerPort: 70000 }] }),
    ['spec.containers[0].ports[0].containerPort', 'FieldValueInvalid'],
  ],
  'a bad environment name': [
    c({ env: [{ name: '', value: 'x' }] }),
    ['spec.containers[0].env[0].name', 'FieldValueRequired'],
  ],
  'a mount of no volume': [
    c({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ['spec.containers[0].volumeMounts[0].name', 'FieldValueNotFound'],
  ],
  'two mounts at one path': [
    {
      ...c({
        volumeMounts: [
          { name: 'v', mountPath: '/v' },
          { name: 'v', mountPath: '/v' },
        ],
      }),
      volumes: [{ name: 'v', emptyDir: {} }],
    },
    ['spec.containers[0].volumeMounts[1].mountPath', 'FieldValueInvalid', /must be unique/],
  ],
  'two volumes of one name': [
    {
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
      ],
    },
    ['spec.volumes[1].name', 'FieldValueDuplicate'],
  ],
  'a volume of two kinds': [
    { volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'm' } }] },
    ['spec.volumes[0].configMap', 'FieldValueForbidden'],
  ],
  'a request over its limit': [
    c({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    [
      'spec.containers[0].resources.requests',
      'FieldValueInvalid',
      /must be less than or equal to cpu limit of 1/,
    ],
  ],
  'a negative request': [
    c({ resources: { requests: { cpu: '-1' } } }),
    [
      'spec.containers[0].resources.requests[cpu]',
      'FieldValueInvalid',
      /must be greater than or equal to 0/,
    ],
  ],
  'an extended resource with a fraction': [
    c({
      resources: {
        limits: { 'aircraft.mil/slot': '500m' },
        requests: { 'aircraft.mil/slot': '500m' },
      },
    }),
    [
      'spec.containers[0].resources.limits[aircraft.mil/slot]',
      'FieldValueInvalid',
      /must be an integer/,
    ],
    [
      'spec.containers[0].resources.requests[aircraft.mil/slot]',
      'FieldValueInvalid',
      /must be an integer/,
    ],
  ],
  'an extended resource without limit': [
    c({ resources: { requests: { 'aircraft.mil/slot': '1' } } }),
    [
      'spec.containers[0].resources.limits',
      'FieldValueRequired',
      /Limit must be set for non overcommitable resources/,
    ],
  ],
  'a toleration operator that is none': [
    { tolerations: [{ key: 'k', operator: 'Near' }] },
    ['spec.tolerations[0].operator', 'FieldValueNotSupported'],
  ],
  'a node selector that is no label': [
    { nodeSelector: { 'a b': 'x' } },
    ['spec.nodeSelector', 'FieldValueInvalid'],
  ],
  'a negative deadline': [
    { activeDeadlineSeconds: -1 },
    ['spec.activeDeadlineSeconds', 'FieldValueInvalid'],
  ],
  'a bad hostname': [{ hostname: 'A_b' }, ['spec.hostname', 'FieldValueInvalid']],
}

const validation = casesOf(
  'pods: validation',
  Object.fromEntries(
    Object.entries(INVALID).map(([name, [spec, ...causes]]): [string, CaseRun] => [
      `${name} is refused`,
      async (context) => {
        invalid(await podsOf(context).create(pod('a', spec)), ...causes)
      },
    ]),
  ),
)

const FORBIDDEN_UPDATE =
  /Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`/

const updates = casesOf('pods: updates', {
  'the image may change, and counts as a generation': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    const patch = { spec: { containers: [{ name: 'main', image: 'other:1' }] } }
    const answer = ok(await pods.item('a').patch('strategic', patch))
    assert.equal(answer.at('spec.containers.0.image'), 'other:1')
    assert.equal(answer.at('metadata.generation'), 2)
  },
  'other fields of the spec may not': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    const patch = { spec: { containers: [{ name: 'main', command: ['x'] }] } }
    invalid(await pods.item('a').patch('strategic', patch), [
      'spec',
      'FieldValueForbidden',
      FORBIDDEN_UPDATE,
    ])
  },
  'the node may not be changed by an update': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { nodeName: 'n' })))
    invalid(await pods.item('a').merge({ spec: { nodeName: 'm' } }), [
      'spec',
      'FieldValueForbidden',
      FORBIDDEN_UPDATE,
    ])
  },
  'labels may change without a new generation': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    const answer = ok(await pods.item('a').merge({ metadata: { labels: { x: '1' } } }))
    assert.equal(answer.at('metadata.generation'), 1)
  },
  'tolerations may be added': async (context) => {
    const pods = podsOf(context)
    const first = created(await pods.create(pod('a')))
    const tolerations = [...first.all('spec.tolerations'), { key: 'k', operator: 'Exists' }]
    ok(await pods.item('a').merge({ spec: { tolerations } }))
  },
  'tolerations may not be taken away': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { tolerations: [{ key: 'k', operator: 'Exists' }] })))
    const answer = await pods.item('a').merge({ spec: { tolerations: [] } })
    refused(answer, {
      code: 422,
      reason: 'Invalid',
      message:
        'Pod "a" is invalid: spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    })
  },
  'the deadline may shrink and not grow': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { activeDeadlineSeconds: 100 })))
    ok(await pods.item('a').merge({ spec: { activeDeadlineSeconds: 50 } }))
    invalid(await pods.item('a').merge({ spec: { activeDeadlineSeconds: 60 } }), [
      'spec.activeDeadlineSeconds',
      'FieldValueInvalid',
    ])
  },
  'the status is written apart, and leaves the spec': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { nodeName: 'n' })))
    const status = {
      phase: 'Running',
      podIP: '10.0.0.9',
      containerStatuses: [
        {
          name: 'main',
          image: 'busybox',
          imageID: 'x',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-01-05T08:00:00Z' } },
        },
      ],
    }
    const patch = { status, spec: { containers: [{ name: 'main', image: 'other' }] } }
    const answer = ok(await pods.item('a').sub('status').patch('strategic', patch))
    assert.equal(answer.at('status.phase'), 'Running')
    assert.equal(answer.at('status.podIP'), '10.0.0.9')
    assert.deepEqual(answer.at('status.podIPs'), [{ ip: '10.0.0.9' }])
    assert.equal(answer.at('spec.containers.0.image'), 'busybox')
    assert.equal(answer.at('status.qosClass'), 'BestEffort')
  },
  'a write to the object leaves the status': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    const answer = ok(await pods.item('a').merge({ status: { phase: 'Running' } }))
    assert.equal(answer.at('status.phase'), 'Pending')
  },
  'a container that never restarts cannot come back': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { nodeName: 'n', restartPolicy: 'Never' })))
    const status = (state: object) => ({
      status: {
        phase: 'Running',
        containerStatuses: [
          { name: 'main', image: 'b', imageID: '', ready: false, restartCount: 0, state },
        ],
      },
    })
    const item = pods.item('a').sub('status')
    ok(await item.merge(status({ terminated: { exitCode: 1 } })))
    refused(await item.merge(status({ running: {} })), {
      code: 422,
      reason: 'Invalid',
      message: /may not be transitioned to non-terminated state/,
    })
  },
})

const binding = (name: string, target: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name, ...more },
  target: { apiVersion: 'v1', kind: 'Node', name: target },
})

const bindings = casesOf('pods: binding', {
  'a binding sets the node and the condition': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    const answer = created(await pods.item('a').sub('binding').post(binding('a', 'n1')))
    assert.deepEqual(answer.body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    })
    const bound = ok(await pods.item('a').get())
    assert.equal(bound.at('spec.nodeName'), 'n1')
    const conditions = bound.all('status.conditions') as { type: string; status: string }[]
    const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
    assert.equal(scheduled?.status, 'True')
  },
  'a bound pod is not bound again': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    created(await pods.item('a').sub('binding').post(binding('a', 'n1')))
    conflict(
      await pods.item('a').sub('binding').post(binding('a', 'n2')),
      'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"',
    )
  },
  'annotations of a binding go to the pod': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', {}, { annotations: { was: 'here' } })))
    const body = binding('a', 'n1', { annotations: { 'sortie.test/trace': 'x' } })
    created(await pods.item('a').sub('binding').post(body))
    assert.deepEqual(ok(await pods.item('a').get()).at('metadata.annotations'), {
      was: 'here',
      'sortie.test/trace': 'x',
    })
  },
  'a binding with a uid of another pod conflicts': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    conflict(
      await pods
        .item('a')
        .sub('binding')
        .post(binding('a', 'n1', { uid: 'other' })),
      /Precondition failed: UID in precondition: other, UID in object meta: /,
    )
  },
  'a binding of a pod that is not there': async (context) => {
    notFound(await podsOf(context).item('a').sub('binding').post(binding('a', 'n1')))
  },
  'a binding to nothing is invalid': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    const answer = await pods.item('a').sub('binding').post(binding('a', ''))
    refused(answer, { code: 500, reason: undefined, message: 'target.name: Required value' })
  },
  'a pod that is being deleted is not bound': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', {}, { finalizers: ['sortie.test/hold'] })))
    ok(await pods.item('a').delete())
    conflict(
      await pods.item('a').sub('binding').post(binding('a', 'n1')),
      'Operation cannot be fulfilled on pods/binding "a": pod a is being deleted, cannot be assigned to a host',
    )
    ok(await pods.item('a').merge({ metadata: { finalizers: null } }))
  },
  'a gated pod is not bound': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { schedulingGates: [{ name: 'sortie.test/gate' }] })))
    conflict(
      await pods.item('a').sub('binding').post(binding('a', 'n1')),
      /pod a has non-empty \.spec\.schedulingGates/,
    )
  },
  'the name of the binding must be the pod’s': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    badRequest(await pods.item('a').sub('binding').post(binding('b', 'n1')))
  },
  'a binding is posted to the collection too': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    created(await context.namespaced('v1', 'bindings').create(binding('a', 'n1')))
    assert.equal(ok(await pods.item('a').get()).at('spec.nodeName'), 'n1')
  },
})

const evictionOf = (name: string, more: object = {}): object => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name },
  ...more,
})
const budget = (spec: object): object => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'b' },
  spec: { selector: { matchLabels: { app: 'a' } }, ...spec },
})

const disruptions = casesOf('pods: disruption budgets', {
  'a budget whose selector is none is refused': async ({ namespaced }) => {
    const selector = {
      matchLabels: { app: 'not a value' },
      matchExpressions: [
        { key: 'a', operator: 'Near' },
        { key: '-', operator: 'In', values: [] },
        { key: 'a', operator: 'Exists', values: ['b'] },
      ],
    }
    refused(await namespaced('policy/v1', 'poddisruptionbudgets').create(budget({ selector })), {
      code: 422,
      reason: 'Invalid',
      causes: [
        { field: 'spec.selector.matchLabels', reason: 'FieldValueInvalid' },
        { field: 'spec.selector.matchExpressions[0].operator', reason: 'FieldValueInvalid' },
        { field: 'spec.selector.matchExpressions[1].values', reason: 'FieldValueRequired' },
        { field: 'spec.selector.matchExpressions[1].key', reason: 'FieldValueInvalid' },
        { field: 'spec.selector.matchExpressions[2].values', reason: 'FieldValueForbidden' },
      ],
    })
  },
  'a budget counts by whole pods from none, or by per cent up to a hundred': async (context) => {
    const made = context.namespaced('policy/v1', 'poddisruptionbudgets')
    const cases: readonly (readonly [string | number, RegExp])[] = [
      [-1, /spec\.minAvailable: Invalid value: -1: must be greater than or equal to 0/],
      ['half', /spec\.minAvailable: Invalid value: "half": a valid percent string must be/],
      ['101%', /spec\.minAvailable: Invalid value: "101%": must not be greater than 100%/],
    ]
    for (const [minAvailable, message] of cases) {
      const answer = await made.create(budget({ minAvailable }))
      refused(answer, { code: 422, reason: 'Invalid', message })
    }
    created(await made.create(budget({ maxUnavailable: '100%' })))
  },
})

const evictions = casesOf('pods: eviction and logs', {
  'an eviction deletes the pod': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { nodeName: 'n' })))
    const answer = created(await pods.item('a').sub('eviction').post(evictionOf('a')))
    assert.equal(answer.at('status'), 'Success')
    const found = ok(await pods.item('a').get())
    assert.ok(found.at('metadata.deletionTimestamp') !== undefined)
  },
  'an eviction honours its delete options': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { nodeName: 'n' })))
    const body = evictionOf('a', { deleteOptions: { gracePeriodSeconds: 5 } })
    created(await pods.item('a').sub('eviction').post(body))
    const found = ok(await pods.item('a').get())
    assert.equal(found.at('metadata.deletionGracePeriodSeconds'), 5)
  },
  'a dry run of an eviction evicts nobody': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a', { nodeName: 'n' })))
    created(await pods.item('a').sub('eviction').post(evictionOf('a'), { dryRun: 'All' }))
    assert.equal(ok(await pods.item('a').get()).at('metadata.deletionTimestamp'), undefined)
  },
  'an eviction of what is not there': async (context) => {
    notFound(await podsOf(context).item('a').sub('eviction').post(evictionOf('a')))
  },
  'a budget without room refuses it': async (context) => {
    const pods = podsOf(context)
    const budgets = context.namespaced('policy/v1', 'poddisruptionbudgets')
    created(await pods.create(pod('a', { nodeName: 'n' }, { labels: { app: 'a' } })))
    ok(
      await pods
        .item('a')
        .sub('status')
        .merge({
          status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
        }),
    )
    created(await budgets.create(budget({ minAvailable: 1 })))
    ok(
      await budgets
        .item('b')
        .sub('status')
        .merge({
          status: {
            observedGeneration: 1,
            disruptionsAllowed: 0,
            currentHealthy: 1,
            desiredHealthy: 1,
            expectedPods: 1,
          },
        }),
    )
    refused(await pods.item('a').sub('eviction').post(evictionOf('a')), {
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      causes: [
        {
          field: '',
          reason: 'DisruptionBudget',
          message: 'The disruption budget b needs 1 healthy pods and has 1 currently',
        },
      ].map(({ reason, message }) => ({ field: undefined as unknown as string, reason, message })),
    })
  },
  'logs of a pod that is nowhere are empty': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    const answer = await pods.item('a').sub('log').get()
    assert.ok(answer.status === 204 || answer.status === 200, String(answer.status))
  },
  'logs of a container that is not there are refused': async (context) => {
    const pods = podsOf(context)
    created(await pods.create(pod('a')))
    badRequest(
      await pods.item('a').sub('log').get({ container: 'nope' }),
      'container nope is not valid for pod a',
    )
  },
  'logs of one of several containers need its name': async (context) => {
    const pods = podsOf(context)
    const containers = [
      { name: 'one', image: 'b' },
      { name: 'two', image: 'b' },
    ]
    created(await pods.create(pod('a', { containers })))
    badRequest(
      await pods.item('a').sub('log').get(),
      'a container name must be specified for pod a, choose one of: [one two]',
    )
  },
  'logs of no pod': async (context) => {
    notFound(await podsOf(context).item('a').sub('log').get(), 'pods "a" not found')
  },
  'a node keeps its status apart': async ({ cluster, unique }) => {
    const nodes = cluster('v1', 'nodes')
    const name = unique('n')
    const status = { capacity: { 'aircraft.mil/slot': '1' }, allocatable: { cpu: '4' } }
    const answer = created(await nodes.create(node(name, { status })))
    assert.equal(answer.at('status.capacity[aircraft.mil/slot]'), '1')
    const patch = {
      status: { capacity: { 'aircraft.mil/slot': '2' } },
      spec: { unschedulable: true },
    }
    const patched = ok(await nodes.item(name).sub('status').merge(patch))
    assert.equal(patched.at('status.capacity[aircraft.mil/slot]'), '2')
    assert.equal(patched.at('spec.unschedulable'), undefined)
  },
})

export const POD_CASES = [
  ...defaults,
  ...validation,
  ...updates,
  ...bindings,
  ...disruptions,
  ...evictions,
]
