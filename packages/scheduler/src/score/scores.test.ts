import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod, Stored } from '@sortie/machinery'
import {
  makeNode,
  makePod,
  makeState,
  makeTaskPod,
  type NodeOptions,
  type PodOptions,
} from '../snapshot/builders.fixtures.ts'
import { podInfo } from '../snapshot/podinfo.ts'
import { MAX_SCORE, needsOf, prepareScores, SCORERS, type ScoreName } from './scores.ts'

interface Case {
  readonly pod: Stored<Pod>
  readonly nodes: Readonly<Record<string, NodeOptions>>
  readonly others?: Readonly<Record<string, readonly Stored<Pod>[]>>
  /** Score by node; `same` where the criterion does not tell nodes apart. */
  readonly gives: Readonly<Record<string, number>> | 'same'
}

function table(name: ScoreName, cases: Readonly<Record<string, Case>>): void {
  describe(name, () => {
    for (const [title, { pod, nodes, others, gives }] of Object.entries(cases)) {
      test(title, () => {
        const made = Object.entries(nodes).map(([node, options]) => makeNode(node, options))
        const state = makeState(made, others)
        const scorer = SCORERS.find((one) => one.name === name)
        const score = scorer?.prepare(podInfo(pod), state)
        if (gives === 'same') return assert.equal(score, undefined)
        const scores = [...state.nodes()].map((node) => [
          node.name,
          Math.round(score?.(node) ?? -1),
        ])
        assert.deepEqual(Object.fromEntries(scores), gives)
      })
    }
  })
}

const zone = (name: string): NodeOptions => ({ labels: { zone: name } })
const prefer = (...wishes: readonly (readonly [weight: number, zone: string])[]): PodOptions => ({
  spec: {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: wishes.map(([weight, value]) => ({
          weight,
          preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: [value] }] },
        })),
      },
    },
  },
})

table('NodeAffinity', {
  'does not matter without preferences': { pod: makePod('p'), nodes: { a: {} }, gives: 'same' },
  'is full where the preference is met': {
    pod: makePod('p', prefer([50, 'east'])),
    nodes: { a: zone('east'), b: zone('west') },
    gives: { a: 100, b: 0 },
  },
  'is the share of the weight that is met': {
    pod: makePod('p', prefer([75, 'east'], [25, 'west'])),
    nodes: { a: zone('east'), b: zone('west'), c: {} },
    gives: { a: 75, b: 25, c: 0 },
  },
})

table('LeastAllocated', {
  'does not matter to a pod that takes the whole slot': {
    pod: makeTaskPod('p'),
    nodes: { a: {} },
    gives: 'same',
  },
  'is what would be free of CPU and memory': {
    pod: makePod('p', { requests: { cpu: '4' } }),
    nodes: { a: {}, b: {} },
    others: { b: [makePod('o', { requests: { cpu: '4', memory: '8Gi' } })] },
    gives: { a: 75, b: 25 },
  },
  'counts the memory that the pod takes, and no CPU where it asks for none': {
    pod: makePod('p', { requests: { memory: '8Gi' } }),
    nodes: { a: {} },
    gives: { a: 75 },
  },
  'is nothing for a node without resources': {
    pod: makePod('p'),
    nodes: { a: { resources: { cpu: '0', memory: '0' } } },
    gives: { a: 0 },
  },
  'is nothing for what a node has more pods on than room for': {
    pod: makePod('p'),
    nodes: { a: {} },
    others: { a: [makePod('o', { requests: { cpu: '9' } })] },
    gives: { a: 50 },
  },
})

const reluctant = (...keys: readonly string[]): NodeOptions => ({
  spec: { taints: keys.map((key) => ({ key, effect: 'PreferNoSchedule' })) },
})

table('TaintToleration', {
  'goes down with each taint that would rather have nobody': {
    pod: makePod('p'),
    nodes: { a: {}, b: reluctant('x'), c: reluctant('x', 'y') },
    gives: { a: 100, b: 75, c: 50 },
  },
  'is never below nothing': {
    pod: makePod('p'),
    nodes: { a: reluctant('v', 'w', 'x', 'y', 'z') },
    gives: { a: 0 },
  },
  'takes no notice of taints that are tolerated': {
    pod: makePod('p', { spec: { tolerations: [{ key: 'x', operator: 'Exists' }] } }),
    nodes: { a: reluctant('x') },
    gives: { a: 100 },
  },
})

const app = { app: 'a' }
const wish = { topologyKey: 'zone', labelSelector: { matchLabels: app } }
const appPod = (name: string): Stored<Pod> => makePod(name, { labels: app })
const weighted = (podAffinityTerm: typeof wish) => [{ weight: 10, podAffinityTerm }]

table('PodTopologySpread', {
  'does not matter without a wish to spread': {
    pod: makePod('p'),
    nodes: { a: {} },
    gives: 'same',
  },
  'is higher in emptier domains, and nothing outside of them': {
    pod: makePod('p', {
      labels: app,
      spec: {
        topologySpreadConstraints: [{ ...wish, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }],
      },
    }),
    nodes: { a: zone('east'), b: zone('west'), c: {} },
    others: { a: [appPod('o'), appPod('q')], b: [appPod('r')] },
    gives: { a: 50, b: 100, c: 0 },
  },
  'is the mean of several wishes, and takes no notice of what is required': {
    pod: makePod('p', {
      spec: {
        topologySpreadConstraints: [
          { ...wish, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
          { ...wish, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', topologyKey: 'host' },
          { ...wish, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
        ],
      },
    }),
    nodes: {
      a: { labels: { zone: 'east', host: 'h1' } },
      b: { labels: { zone: 'east', host: 'h2' } },
      c: { labels: { zone: 'west', host: 'h3' } },
    },
    others: { a: [appPod('o')] },
    gives: { a: 0, b: 50, c: 100 },
  },
  'does not matter where spreading is required': {
    pod: makePod('p', {
      spec: {
        topologySpreadConstraints: [{ ...wish, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }],
      },
    }),
    nodes: { a: zone('east') },
    gives: 'same',
  },
})

table('InterPodAffinity', {
  'does not matter without preferences': { pod: makePod('p'), nodes: { a: {} }, gives: 'same' },
  'is full near the pods that are wanted': {
    pod: makePod('p', {
      spec: {
        affinity: {
          podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: weighted(wish) },
        },
      },
    }),
    nodes: { a: zone('east'), b: zone('west') },
    others: { a: [appPod('o')] },
    gives: { a: 100, b: 0 },
  },
  'is full away from the pods that are not': {
    pod: makePod('p', {
      spec: {
        affinity: {
          podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: weighted(wish) },
        },
      },
    }),
    nodes: { a: zone('east'), b: zone('west') },
    others: { a: [appPod('o')] },
    gives: { a: 0, b: 100 },
  },
})

const aircraft = (fuel: number, hardpoints: number, ...capabilities: string[]): NodeOptions => ({
  labels: {
    'aircraft.mil/fuel.level': String(fuel),
    'aircraft.mil/hardpoint.total': String(hardpoints),
    ...Object.fromEntries(capabilities.map((name) => [`aircraft.mil/capability.${name}`, 'true'])),
  },
})
const demanding = makeTaskPod('p', {
  requests: { 'aircraft.mil/hardpoint': '4' },
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'aircraft.mil/fuel.level', operator: 'Gt', values: ['69'] },
                { key: 'aircraft.mil/capability.stealth', operator: 'In', values: ['true'] },
              ],
            },
          ],
        },
      },
    },
  },
})

table('LeastCapable', {
  'does not matter to a pod that takes no slot': {
    pod: makePod('p'),
    nodes: { a: {} },
    gives: 'same',
  },
  'is full where nothing is left over': {
    pod: demanding,
    nodes: { a: aircraft(70, 4, 'stealth') },
    gives: { a: 100 },
  },
  'goes down with hardpoints, capabilities and fuel that are not needed': {
    pod: demanding,
    nodes: {
      hardpoints: aircraft(70, 10, 'stealth'),
      capabilities: aircraft(70, 4, 'stealth', 'strike', 'refuel', 'command'),
      fuel: aircraft(100, 4, 'stealth'),
    },
    gives: { hardpoints: 80, capabilities: 80, fuel: 94 },
  },
})

describe('the score of a node', () => {
  test('is full where no criterion tells nodes apart or all are met', () => {
    const state = makeState([makeNode('a')])
    const scoring = prepareScores(podInfo(makeTaskPod('p')), state)
    assert.equal(scoring.score(state.get('a')!), MAX_SCORE)
  })

  test('is between nothing and the most, and a whole number', () => {
    const state = makeState([makeNode('a', { ...aircraft(100, 12, 'x'), ...reluctant('x') })])
    const score = prepareScores(podInfo(demanding), state).score(state.get('a')!)
    assert.ok(Number.isInteger(score) && score > 0 && score < MAX_SCORE)
  })

  test('says what each criterion gave', () => {
    const state = makeState([makeNode('a', zone('east'))])
    const { parts } = prepareScores(podInfo(makeTaskPod('p', prefer([50, 'east']))), state)
    assert.deepEqual(parts(state.get('a')!), {
      NodeAffinity: 100,
      TaintToleration: 100,
      LeastCapable: 100,
    })
  })
})

const NOTHING = { hardpoints: 0, capabilities: 0, fuel: 0 }

test('what a task needs is read from its requests and its required affinity', () => {
  assert.deepEqual(needsOf(podInfo(demanding)), { hardpoints: 4, capabilities: 1, fuel: 70 })
  assert.deepEqual(needsOf(podInfo(makePod('p'))), NOTHING)
})

test('a limit from above is no need, nor is one that is no number', () => {
  const key = 'aircraft.mil/fuel.level'
  for (const requirement of [
    { key, operator: 'Lt', values: ['50'] },
    { key, operator: 'Gt', values: ['full'] },
  ] as const) {
    const terms = { nodeSelectorTerms: [{ matchExpressions: [requirement] }] }
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: terms }
    assert.deepEqual(
      needsOf(podInfo(makePod('p', { spec: { affinity: { nodeAffinity } } }))),
      NOTHING,
    )
  }
})
