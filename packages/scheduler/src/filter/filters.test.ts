import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeSelectorRequirement, Pod, PodAffinityTerm, Stored } from '@sortie/machinery'
import {
  makeNode,
  makePod,
  makeState,
  makeTaskPod,
  type NodeOptions,
  type PodOptions,
} from '../snapshot/builders.fixtures.ts'
import { podInfo } from '../snapshot/podinfo.ts'
import type { FilterName } from './filter.ts'
import { createStaticVerdicts, FILTERS, filterNodes, writeRefusals } from './filters.ts'
import { isGated, unsupported } from './podchecks.ts'

type Others = Readonly<Record<string, readonly Stored<Pod>[]>>

interface Case {
  readonly pod?: PodOptions
  readonly node?: NodeOptions
  /** Other nodes, by name. */
  readonly nodes?: Readonly<Record<string, NodeOptions>>
  readonly others?: Others
  /** Nothing where the node passes. */
  readonly refuses?: string
}

/** What one check says of the node `n`. */
function verdict(
  name: FilterName,
  { pod, node, nodes = {}, others = {} }: Case,
): string | undefined {
  const all = { n: node ?? {}, ...nodes }
  const state = makeState(
    Object.entries(all).map(([nodeName, options]) => makeNode(nodeName, options)),
    others,
  )
  const filter = FILTERS.find((one) => one.name === name)
  const info = state.get('n')
  assert.ok(filter !== undefined && info !== undefined)
  return filter.prepare(podInfo(makePod('p', pod)), state)?.(info)[0]
}

function table(name: FilterName, cases: Readonly<Record<string, Case>>): void {
  describe(name, () => {
    for (const [title, one] of Object.entries(cases)) {
      test(`${one.refuses === undefined ? 'passes' : 'refuses'} ${title}`, () => {
        assert.equal(verdict(name, one), one.refuses)
      })
    }
  })
}

const noSchedule = (key: string, value?: string) => ({
  spec: {
    taints: [{ key, effect: 'NoSchedule' as const, ...(value === undefined ? {} : { value }) }],
  },
})

table('NodeUnschedulable', {
  'a node that takes pods': {},
  'a cordoned node': {
    node: { spec: { unschedulable: true } },
    refuses: 'node(s) were unschedulable',
  },
  'a cordoned node for a pod that tolerates it': {
    node: { spec: { unschedulable: true } },
    pod: {
      spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] },
    },
  },
})

const NOT_READY = 'node(s) had untolerated taint {node.kubernetes.io/not-ready: }'

table('NodeReady', {
  'a node that is ready': { node: { ready: 'True' } },
  'a node that never said': {},
  'a node that is not ready, tainted or not': { node: { ready: 'False' }, refuses: NOT_READY },
  'a node that is not heard of': { node: { ready: 'Unknown' }, refuses: NOT_READY },
  'a node that is not ready for a pod that tolerates it': {
    node: { ready: 'False' },
    pod: { spec: { tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }] } },
  },
})

table('NodeName', {
  'a pod that names no node': {},
  'the node that the pod names': { pod: { spec: { nodeName: 'n' } } },
  'any other node': {
    pod: { spec: { nodeName: 'm' } },
    refuses: "node(s) didn't match the requested node name",
  },
})

const tolerate = (toleration: NonNullable<Pod['spec']['tolerations']>[number]): PodOptions => ({
  spec: { tolerations: [toleration] },
})
const TAINTED = 'node(s) had untolerated taint {k: v}'

table('TaintToleration', {
  'a node without taints': {},
  'a taint that is not tolerated': { node: noSchedule('k', 'v'), refuses: TAINTED },
  'a taint without value': {
    node: noSchedule('k'),
    refuses: 'node(s) had untolerated taint {k: }',
  },
  'a taint that only prefers': {
    node: { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } },
  },
  'a taint tolerated by key and value': {
    node: noSchedule('k', 'v'),
    pod: tolerate({ key: 'k', value: 'v' }),
  },
  'a taint with another value': {
    node: noSchedule('k', 'v'),
    pod: tolerate({ key: 'k', value: 'w' }),
    refuses: TAINTED,
  },
  'a taint tolerated whatever its value': {
    node: noSchedule('k', 'v'),
    pod: tolerate({ key: 'k', operator: 'Exists' }),
  },
  'a taint where everything is tolerated': {
    node: noSchedule('k', 'v'),
    pod: tolerate({ operator: 'Exists' }),
  },
  'a taint tolerated for another effect': {
    node: noSchedule('k', 'v'),
    pod: tolerate({ key: 'k', operator: 'Exists', effect: 'NoExecute' }),
    refuses: TAINTED,
  },
  'the second of two taints': {
    node: {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'k', value: 'v', effect: 'NoExecute' },
        ],
      },
    },
    pod: tolerate({ key: 'a', operator: 'Exists' }),
    refuses: TAINTED,
  },
})

const MISMATCH = "node(s) didn't match Pod's node affinity/selector"
const labels = { type: 'j20', fuel: '70', empty: '' }

table('NodeSelector', {
  'a pod without selector': {},
  'labels that are equal': { node: { labels }, pod: { spec: { nodeSelector: { type: 'j20' } } } },
  'a label that differs': {
    node: { labels },
    pod: { spec: { nodeSelector: { type: 'j16' } } },
    refuses: MISMATCH,
  },
  'a label that is missing': {
    node: { labels },
    pod: { spec: { nodeSelector: { zone: 'east' } } },
    refuses: MISMATCH,
  },
  'one of two labels': {
    node: { labels },
    pod: { spec: { nodeSelector: { type: 'j20', zone: 'east' } } },
    refuses: MISMATCH,
  },
})

const affine = (...terms: readonly (readonly NodeSelectorRequirement[])[]): PodOptions => ({
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
        },
      },
    },
  },
})
type Operator = NodeSelectorRequirement['operator']
const need = (key: string, operator: Operator, ...values: string[]): NodeSelectorRequirement => ({
  key,
  operator,
  values,
})
const wants = (pod: PodOptions, refuses?: string): Case => ({
  node: { labels },
  pod,
  ...(refuses === undefined ? {} : { refuses }),
})

table('NodeAffinity', {
  'a pod without affinity': wants({}),
  'a value in the list': wants(affine([need('type', 'In', 'j16', 'j20')])),
  'a value not in the list': wants(affine([need('type', 'In', 'j16')]), MISMATCH),
  'a missing label for In': wants(affine([need('zone', 'In', 'east')]), MISMATCH),
  'a value that is excluded': wants(affine([need('type', 'NotIn', 'j20')]), MISMATCH),
  'a missing label for NotIn': wants(affine([need('zone', 'NotIn', 'east')])),
  'a label that exists, even empty': wants(affine([need('empty', 'Exists')])),
  'a label that does not exist': wants(affine([need('zone', 'Exists')]), MISMATCH),
  'a label that is absent': wants(affine([need('zone', 'DoesNotExist')])),
  'a label that should be absent': wants(affine([need('type', 'DoesNotExist')]), MISMATCH),
  'a number above': wants(affine([need('fuel', 'Gt', '69')])),
  'a number that is equal for Gt': wants(affine([need('fuel', 'Gt', '70')]), MISMATCH),
  'a number below': wants(affine([need('fuel', 'Lt', '71')])),
  'a number that is equal for Lt': wants(affine([need('fuel', 'Lt', '70')]), MISMATCH),
  'a text where a number is asked for': wants(affine([need('type', 'Gt', '1')]), MISMATCH),
  'a missing label for Gt': wants(affine([need('zone', 'Gt', '1')]), MISMATCH),
  'all requirements of a term': wants(
    affine([need('type', 'In', 'j20'), need('fuel', 'Gt', '80')]),
    MISMATCH,
  ),
  'any of several terms': wants(affine([need('type', 'In', 'j16')], [need('fuel', 'Gt', '1')])),
  'a term without requirements': wants(affine([]), MISMATCH),
  'no terms at all': wants(affine(), MISMATCH),
  'terms that are null': wants(
    {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: null as never },
          },
        },
      },
    },
    MISMATCH,
  ),
  'the name of the node as a field': wants({
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [need('metadata.name', 'In', 'n')] }],
          },
        },
      },
    },
  }),
  'another name as a field': wants(
    {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [need('metadata.name', 'In', 'm')] }],
            },
          },
        },
      },
    },
    MISMATCH,
  ),
})

table('NodeResourcesFit', {
  'a pod that asks for nothing': {},
  'as much as there is': { pod: { requests: { cpu: '8', memory: '16Gi' } } },
  'more CPU than there is': { pod: { requests: { cpu: '8001m' } }, refuses: 'Insufficient cpu' },
  'more memory than there is': {
    pod: { requests: { memory: '17Gi' } },
    refuses: 'Insufficient memory',
  },
  'more than the others left': {
    others: { n: [makePod('o', { requests: { cpu: '5' } })] },
    pod: { requests: { cpu: '4' } },
    refuses: 'Insufficient cpu',
  },
  'what others left': {
    others: { n: [makePod('o', { requests: { cpu: '4' } })] },
    pod: { requests: { cpu: '4' } },
  },
  'what a pod that has ended gave back': {
    others: { n: [makePod('o', { requests: { cpu: '8' }, phase: 'Succeeded' })] },
    pod: { requests: { cpu: '8' } },
  },
  'a slot that is taken': {
    others: { n: [makeTaskPod('o')] },
    pod: { requests: { 'aircraft.mil/slot': '1' } },
    refuses: 'Insufficient aircraft.mil/slot',
  },
  'an extended resource that the node does not have': {
    pod: { requests: { 'example.com/radar': '1' } },
    refuses: 'Insufficient example.com/radar',
  },
  'a node that is full of pods': {
    node: { resources: { pods: '1' } },
    others: { n: [makePod('o')] },
    refuses: 'Too many pods',
  },
  'ephemeral storage that is not there': {
    pod: { requests: { 'ephemeral-storage': '1Gi' } },
    refuses: 'Insufficient ephemeral-storage',
  },
  'nothing, on a node where more is taken than there is': {
    node: { resources: { cpu: '1' } },
    others: { n: [makePod('o', { requests: { cpu: '2' } })] },
  },
})

const port = (hostPort: number, more: object = {}): PodOptions => ({
  ports: [{ containerPort: 80, hostPort, ...more }],
})
const PORTS = "node(s) didn't have free ports for the requested pod ports"
const holding = (options: PodOptions): Others => ({ n: [makePod('o', options)] })

table('NodePorts', {
  'a pod without host ports': { others: holding(port(80)) },
  'a port that is free': { others: holding(port(80)), pod: port(81) },
  'a port that is taken': { others: holding(port(80)), pod: port(80), refuses: PORTS },
  'one of two ports that is taken': {
    others: holding(port(80)),
    pod: { ports: [...(port(81).ports ?? []), ...(port(80).ports ?? [])] },
    refuses: PORTS,
  },
  'the same port of another protocol': {
    others: holding(port(80)),
    pod: port(80, { protocol: 'UDP' }),
  },
  'the same port on another address': {
    others: holding(port(80, { hostIP: '10.0.0.1' })),
    pod: port(80, { hostIP: '10.0.0.2' }),
  },
  'the same port on all addresses': {
    others: holding(port(80, { hostIP: '10.0.0.1' })),
    pod: port(80),
    refuses: PORTS,
  },
  'a container port on the host network': {
    others: holding({ ports: [{ containerPort: 80 }], spec: {} }),
    pod: port(80),
  },
})

const zone = (name: string): NodeOptions => ({ labels: { zone: name } })
const app = { app: 'a' }
const selectApp = { matchLabels: app }
const spread = (maxSkew: number, more: object = {}): PodOptions => ({
  labels: app,
  spec: {
    topologySpreadConstraints: [
      {
        maxSkew,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: selectApp,
        ...more,
      },
    ],
  },
})
const spreadOnJ20 = (more: object = {}): PodOptions => {
  const options = spread(1, more)
  return { ...options, spec: { ...options.spec, nodeSelector: { type: 'j20' } } }
}
const SPREAD = "node(s) didn't match pod topology spread constraints"
const twoZones = { node: zone('east'), nodes: { m: zone('west') } }
const appPods = (count: number): readonly Stored<Pod>[] =>
  Array.from({ length: count }, (_, index) => makePod(`o${index}`, { labels: app }))

table('PodTopologySpread', {
  'a domain that is no fuller than the others': { ...twoZones, pod: spread(1) },
  'a domain that would be too full': {
    ...twoZones,
    others: { n: appPods(1) },
    pod: spread(1),
    refuses: SPREAD,
  },
  'a domain within the skew': { ...twoZones, others: { n: appPods(1) }, pod: spread(2) },
  'pods that are not meant': { ...twoZones, others: { n: [makePod('o')] }, pod: spread(1) },
  'pods of another namespace': {
    ...twoZones,
    others: { n: [makePod('o', { labels: app, namespace: 'other' })] },
    pod: spread(1),
  },
  'a node outside all domains': {
    node: {},
    nodes: { m: zone('west') },
    pod: spread(1),
    refuses: `${SPREAD} (missing required label)`,
  },
  'too few domains': {
    ...twoZones,
    others: { n: appPods(1), m: appPods(0) },
    pod: spread(1, { minDomains: 3 }),
    refuses: SPREAD,
  },
  'the only domain, however full': {
    node: zone('east'),
    others: { n: appPods(3) },
    pod: spread(1),
  },
  'pods with another value of a label that is to be equal': {
    ...twoZones,
    others: { n: [makePod('o', { labels: { ...app, run: '1' } })] },
    pod: { ...spread(1, { matchLabelKeys: ['run', 'absent'] }), labels: { ...app, run: '2' } },
  },
  'pods with the same value of a label that is to be equal': {
    ...twoZones,
    others: { n: [makePod('o', { labels: { ...app, run: '2' } })] },
    pod: { ...spread(1, { matchLabelKeys: ['run', 'absent'] }), labels: { ...app, run: '2' } },
    refuses: SPREAD,
  },
  'the emptier zone being tainted, where taints do not count': {
    node: zone('east'),
    nodes: { m: { ...zone('west'), ...noSchedule('k') } },
    others: { n: appPods(1) },
    pod: spread(1),
    refuses: SPREAD,
  },
  'the emptier zone being tainted, where taints count': {
    node: zone('east'),
    nodes: { m: { ...zone('west'), ...noSchedule('k') } },
    others: { n: appPods(1) },
    pod: spread(1, { nodeTaintsPolicy: 'Honor' }),
  },
  'the emptier zone being of another kind': {
    node: { labels: { zone: 'east', type: 'j20' } },
    nodes: { m: { labels: { zone: 'west', type: 'h6k' } } },
    others: { n: appPods(1) },
    pod: spreadOnJ20(),
  },
  'the emptier zone being of another kind, where that does not count': {
    node: { labels: { zone: 'east', type: 'j20' } },
    nodes: { m: { labels: { zone: 'west', type: 'h6k' } } },
    others: { n: appPods(1) },
    pod: spreadOnJ20({ nodeAffinityPolicy: 'Ignore' }),
    refuses: SPREAD,
  },
  'a wish that is none': {
    ...twoZones,
    others: { n: appPods(3) },
    pod: spread(1, { whenUnsatisfiable: 'ScheduleAnyway' }),
  },
})

type Kind = 'podAffinity' | 'podAntiAffinity'
const near = (kind: Kind, term: Partial<PodAffinityTerm> = {}, own = {}): PodOptions => ({
  labels: own,
  spec: {
    affinity: {
      [kind]: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'zone', labelSelector: selectApp, ...term },
        ],
      },
    },
  },
})
const unreadable = { matchExpressions: [{ key: 'app', operator: 'Like' as 'In', values: ['a'] }] }
const there = { m: appPods(1) }
const sameZone = { node: zone('east'), nodes: { m: zone('east') } }

table('InterPodAffinity', {
  'a pod that minds nobody': { ...sameZone, others: there },
  'a domain with the wanted pods': { ...sameZone, others: there, pod: near('podAffinity') },
  'a domain without the wanted pods': {
    ...twoZones,
    others: there,
    pod: near('podAffinity'),
    refuses: "node(s) didn't match pod affinity rules",
  },
  'the first of pods that want to be together': { ...sameZone, pod: near('podAffinity', {}, app) },
  'the first of others': {
    ...sameZone,
    pod: near('podAffinity'),
    refuses: "node(s) didn't match pod affinity rules",
  },
  'a domain with unwanted pods': {
    ...sameZone,
    others: there,
    pod: near('podAntiAffinity'),
    refuses: "node(s) didn't match pod anti-affinity rules",
  },
  'unwanted pods of every namespace, by a selector that is empty': {
    ...sameZone,
    others: { m: [makePod('o', { labels: app, namespace: 'other' })] },
    pod: near('podAntiAffinity', { namespaceSelector: { matchLabels: {} } }),
    refuses: "node(s) didn't match pod anti-affinity rules",
  },
  'unwanted pods that differ in a label that is to be equal': {
    ...sameZone,
    others: { m: [makePod('o', { labels: { ...app, run: '1' } })] },
    pod: near('podAntiAffinity', { matchLabelKeys: ['run'] }, { run: '2' }),
  },
  'unwanted pods that are of one run, where those of others are meant': {
    ...sameZone,
    others: { m: [makePod('o', { labels: { ...app, run: '1' } })] },
    pod: near('podAntiAffinity', { mismatchLabelKeys: ['run'] }, { run: '1' }),
  },
  'a selector that cannot be read, of a pod that is there': {
    ...sameZone,
    others: { m: [makePod('o', near('podAntiAffinity', { labelSelector: unreadable }))] },
  },
  'a domain without unwanted pods': { ...twoZones, others: there, pod: near('podAntiAffinity') },
  'unwanted pods of a namespace that is not named': {
    ...sameZone,
    others: there,
    pod: near('podAntiAffinity', { namespaces: ['other'] }),
  },
  'unwanted pods where every namespace is meant': {
    ...sameZone,
    others: { m: [makePod('o', { labels: app, namespace: 'other' })] },
    pod: near('podAntiAffinity', { namespaceSelector: {} }),
    refuses: "node(s) didn't match pod anti-affinity rules",
  },
  'a domain whose pods do not want this one': {
    ...sameZone,
    others: { m: [makePod('o', near('podAntiAffinity'))] },
    pod: { labels: app },
    refuses: "node(s) didn't satisfy existing pods anti-affinity rules",
  },
  'a domain whose pods do not want others': {
    ...sameZone,
    others: { m: [makePod('o', near('podAntiAffinity'))] },
  },
})

describe('all checks together', () => {
  const state = makeState(
    [
      makeNode('a', { labels: { type: 'j20' } }),
      makeNode('b', { labels: { type: 'j20' } }),
      makeNode('c', { labels: { type: 'h6k' } }),
      makeNode('d', { labels: { type: 'j20' }, spec: { unschedulable: true } }),
    ],
    { a: [makeTaskPod('o')] },
  )
  const pod = podInfo(makeTaskPod('p', { spec: { nodeSelector: { type: 'j20' } } }))

  test('leave the nodes that none refuses, and count the reasons', () => {
    const { feasible, refusals } = filterNodes(pod, state, createStaticVerdicts())
    assert.deepEqual(
      feasible.map(({ name }) => name),
      ['b'],
    )
    assert.deepEqual(Object.fromEntries(refusals), {
      'Insufficient aircraft.mil/slot': 1,
      [MISMATCH]: 1,
      'node(s) were unschedulable': 1,
    })
  })

  test('say the same with what they remember as without', () => {
    const verdicts = createStaticVerdicts()
    const first = filterNodes(pod, state, verdicts)
    assert.deepEqual(filterNodes(pod, state, verdicts), first)
  })

  test('see a change of a node that they remember', () => {
    const verdicts = createStaticVerdicts()
    const changing = makeState([makeNode('a', { labels: { type: 'h6k' } })])
    assert.equal(filterNodes(pod, changing, verdicts).feasible.length, 0)
    changing.setNode(makeNode('a', { labels: { type: 'j20' } }))
    assert.equal(filterNodes(pod, changing, verdicts).feasible.length, 1)
  })

  test('are remembered for kinds of pods that still come, and forgotten for others', () => {
    const { verdictOf } = createStaticVerdicts()
    const [rare, common] = [verdictOf('rare'), verdictOf('common')]
    for (let kind = 0; kind < 5_000; kind++) {
      verdictOf(`kind ${kind}`)
      assert.equal(verdictOf('common'), common)
    }
    assert.notEqual(verdictOf('rare'), rare)
  })

  test('are told in the words of kube-scheduler', () => {
    const refusals = new Map([
      [MISMATCH, 9],
      ['Insufficient aircraft.mil/slot', 3],
    ])
    assert.equal(
      writeRefusals(refusals, 12),
      `0/12 nodes are available: 3 Insufficient aircraft.mil/slot, 9 ${MISMATCH}.`,
    )
    assert.equal(writeRefusals(new Map(), 0), 'no nodes available to schedule pods')
  })
})

describe('a pod that no node helps', () => {
  const volumes = (volume: object) =>
    makePod('p', { spec: { volumes: [{ name: 'v', ...volume }] } })
  const cases: Readonly<Record<string, readonly [Stored<Pod>, RegExp | undefined]>> = {
    'has a volume claim': [
      volumes({ persistentVolumeClaim: { claimName: 'c' } }),
      /volume v .*default-scheduler/,
    ],
    'has a volume made for it': [volumes({ ephemeral: {} }), /default-scheduler/],
    'has only an emptyDir': [volumes({ emptyDir: {} }), undefined],
    'is to be near pods of namespaces by their labels': [
      makePod('p', near('podAffinity', { namespaceSelector: { matchLabels: { team: 'a' } } })),
      /namespaceSelector.*default-scheduler/,
    ],
    'is to be near pods of all namespaces': [
      makePod('p', near('podAffinity', { namespaceSelector: {} })),
      undefined,
    ],
    'selects pods by what is no operator': [
      makePod('p', near('podAffinity', { labelSelector: unreadable })),
      /"Like" is not a valid label selector operator/,
    ],
    'has resource claims': [
      makePod('p', { spec: { resourceClaims: [{ name: 'r' }] } as object }),
      /resource claims/,
    ],
  }
  for (const [name, [pod, expected]] of Object.entries(cases)) {
    test(`${expected === undefined ? 'is another than one that' : 'is one that'} ${name}`, () => {
      if (expected === undefined) assert.equal(unsupported(pod as Pod), undefined)
      else assert.match(unsupported(pod as Pod) ?? '', expected)
    })
  }

  test('is not looked at while it is gated', () => {
    assert.equal(isGated(makePod('p', { spec: { schedulingGates: [{ name: 'g' }] } }) as Pod), true)
    assert.equal(isGated(makePod('p', { spec: { schedulingGates: [] } }) as Pod), false)
  })
})
