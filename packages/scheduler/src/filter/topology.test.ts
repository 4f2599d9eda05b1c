import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod, PodAffinityTerm, Stored, TopologySpreadConstraint } from '@sortie/machinery'
import fc from 'fast-check'
import { SCORERS, type ScoreName } from '../score/scores.ts'
import { makeNode, makePod, makeState } from '../snapshot/builders.fixtures.ts'
import type { ClusterState } from '../snapshot/clusterstate.ts'
import { podInfo } from '../snapshot/podinfo.ts'
import type { FilterName } from './filter.ts'
import { FILTERS } from './filters.ts'

type Labels = Readonly<Record<string, string>>
interface Place {
  readonly pod: Stored<Pod>
  readonly node: string
}
interface Scene {
  /** Labels of the nodes n0, n1, … */
  readonly nodes: readonly Labels[]
  readonly places: readonly Place[]
  readonly pod: Stored<Pod>
}

const app = fc.constantFrom('a', 'b')
const namespace = fc.constantFrom('x', 'y')
const key = fc.constantFrom('zone', 'host')
const selector = fc.option(
  app.map((value) => ({ matchLabels: { app: value } })),
  { nil: undefined },
)
const term: fc.Arbitrary<PodAffinityTerm> = fc
  .record({
    key,
    selector,
    namespaces: fc.option(fc.array(namespace, { maxLength: 2 }), { nil: undefined }),
    everywhere: fc.boolean(),
  })
  .map(({ key: topologyKey, selector: labelSelector, namespaces, everywhere }) => ({
    topologyKey,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(everywhere ? { namespaceSelector: {} } : {}),
  }))
const terms = fc.array(term, { maxLength: 2 })
const weighted = fc.array(
  fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term }),
  { maxLength: 2 },
)
const constraint: fc.Arbitrary<TopologySpreadConstraint> = fc.record({
  topologyKey: key,
  maxSkew: fc.integer({ min: 1, max: 2 }),
  whenUnsatisfiable: fc.constantFrom('DoNotSchedule' as const, 'ScheduleAnyway' as const),
  labelSelector: app.map((value) => ({ matchLabels: { app: value } })),
  minDomains: fc.integer({ min: 1, max: 3 }),
})

const affinityOf = (required: readonly PodAffinityTerm[], preferred: readonly object[] = []) => ({
  requiredDuringSchedulingIgnoredDuringExecution: required,
  preferredDuringSchedulingIgnoredDuringExecution: preferred,
})

const place = fc.record({ app, namespace, away: terms, node: fc.nat({ max: 3 }) })
const scene: fc.Arbitrary<Scene> = fc
  .record({
    nodes: fc.array(
      fc.record({
        zone: fc.constantFrom('east', 'west', undefined),
        host: fc.constantFrom('h1', 'h2', 'h3', undefined),
        type: fc.constantFrom('j20', 'h6k'),
      }),
      { minLength: 4, maxLength: 4 },
    ),
    places: fc.array(place, { maxLength: 6 }),
    own: fc.record({
      app,
      namespace,
      near: terms,
      away: terms,
      wishes: weighted,
      dislikes: weighted,
    }),
    constraints: fc.array(constraint, { maxLength: 2 }),
    type: fc.option(fc.constantFrom('j20', 'h6k'), { nil: undefined }),
  })
  .map(({ nodes, places, own, constraints, type }) => ({
    nodes: nodes.map(({ zone, host, type: kind }) => ({
      type: kind,
      ...(zone === undefined ? {} : { zone }),
      ...(host === undefined ? {} : { host }),
    })),
    places: places.map(({ app: value, namespace: inside, away, node }, index) => ({
      node: `n${node}`,
      pod: makePod(`o${index}`, {
        namespace: inside,
        labels: { app: value },
        spec: { affinity: { podAntiAffinity: affinityOf(away) } } as Partial<Pod['spec']>,
      }),
    })),
    pod: makePod('p', {
      namespace: own.namespace,
      labels: { app: own.app },
      spec: {
        ...(type === undefined ? {} : { nodeSelector: { type } }),
        topologySpreadConstraints: constraints,
        affinity: {
          podAffinity: affinityOf(own.near, own.wishes),
          podAntiAffinity: affinityOf(own.away, own.dislikes),
        },
      } as Partial<Pod['spec']>,
    }),
  }))

/** The rules of Kubernetes, by looking at everything. */
const selects = (wanted: PodAffinityTerm['labelSelector'], { metadata }: Stored<Pod>): boolean =>
  wanted !== undefined &&
  Object.entries(wanted.matchLabels ?? {}).every(
    ([name, value]) => metadata.labels?.[name] === value,
  )

function isMeant(one: PodAffinityTerm, owner: Stored<Pod>, other: Stored<Pod>): boolean {
  const { namespace: theirs = '' } = other.metadata
  const named = one.namespaces ?? []
  const isInside =
    one.namespaceSelector !== undefined ||
    (named.length === 0 ? theirs === owner.metadata.namespace : named.includes(theirs))
  return isInside && selects(one.labelSelector, other)
}

class Oracle {
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  domain(node: string, topologyKey: string): string | undefined {
    return this.#scene.nodes[Number(node.slice(1))]?.[topologyKey]
  }

  /** Pods in the domain of the node; none where it has none. */
  neighbours(node: string, topologyKey: string): readonly Stored<Pod>[] {
    const domain = this.domain(node, topologyKey)
    if (domain === undefined) return []
    return this.#scene.places
      .filter((one) => this.domain(one.node, topologyKey) === domain)
      .map(({ pod }) => pod)
  }

  hasNear = (node: string, one: PodAffinityTerm): boolean =>
    this.neighbours(node, one.topologyKey).some((other) => isMeant(one, this.#scene.pod, other))

  /** Required affinity, both ways. */
  isAffine(node: string): boolean {
    const { pod, places } = this.#scene
    const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
    const near = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const away = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const isNear = near.every((one) => {
      if (this.domain(node, one.topologyKey) === undefined) return false
      const isAnywhere = places.some(
        (other) =>
          this.domain(other.node, one.topologyKey) !== undefined && isMeant(one, pod, other.pod),
      )
      return isAnywhere ? this.hasNear(node, one) : isMeant(one, pod, pod)
    })
    const isAway = !away.some((one) => this.hasNear(node, one))
    const isLeftAlone = places.every(({ pod: other, node: theirs }) => {
      const all =
        other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
      return all.every((one) => {
        const domain = this.domain(theirs, one.topologyKey)
        const isHere = domain !== undefined && domain === this.domain(node, one.topologyKey)
        return !isHere || !isMeant(one, other, pod)
      })
    })
    return isNear && isAway && isLeftAlone
  }

  /** How many pods a constraint is about in each domain that the pod could go to. */
  #counts({ topologyKey, labelSelector }: TopologySpreadConstraint): Map<string, number> {
    const { nodes, pod, places } = this.#scene
    const counts = new Map<string, number>()
    for (const [index, labels] of nodes.entries()) {
      const domain = labels[topologyKey]
      const type = pod.spec.nodeSelector?.['type'] ?? labels['type']
      if (domain === undefined || labels['type'] !== type) continue
      const here = places.filter(
        ({ node, pod: other }) =>
          node === `n${index}` &&
          other.metadata.namespace === pod.metadata.namespace &&
          selects(labelSelector, other),
      )
      counts.set(domain, (counts.get(domain) ?? 0) + here.length)
    }
    return counts
  }

  isSpread(node: string): boolean {
    const { pod } = this.#scene
    const all = pod.spec.topologySpreadConstraints ?? []
    return all.every((one) => {
      if (one.whenUnsatisfiable !== 'DoNotSchedule') return true
      const domain = this.domain(node, one.topologyKey)
      if (domain === undefined) return false
      const counts = this.#counts(one)
      const isShort = counts.size === 0 || counts.size < (one.minDomains ?? 1)
      const least = isShort ? 0 : Math.min(...counts.values())
      const self = selects(one.labelSelector, pod) ? 1 : 0
      return (counts.get(domain) ?? 0) + self - least <= one.maxSkew
    })
  }

  /** The share of the weight of what the pod would like that the node meets, in percent; undefined without wishes. */
  liking(node: string): number | undefined {
    const { podAffinity, podAntiAffinity } = this.#scene.pod.spec.affinity ?? {}
    const wishes = podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const dislikes = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    let [met, total] = [0, 0]
    for (const { weight, podAffinityTerm } of wishes) {
      total += weight
      if (this.hasNear(node, podAffinityTerm)) met += weight
    }
    for (const { weight, podAffinityTerm } of dislikes) {
      total += weight
      if (!this.hasNear(node, podAffinityTerm)) met += weight
    }
    return total === 0 ? undefined : (100 * met) / total
  }
}

function stateOf({ nodes, places }: Scene): ClusterState {
  const byNode: Record<string, Stored<Pod>[]> = {}
  for (const { pod, node } of places) byNode[node] = [...(byNode[node] ?? []), pod]
  return makeState(
    nodes.map((labels, index) => makeNode(`n${index}`, { labels })),
    byNode,
  )
}

describe('for any pods and domains', () => {
  const passes = (name: FilterName, { pod }: Scene, state: ClusterState): string[] => {
    const check = FILTERS.find((one) => one.name === name)?.prepare(podInfo(pod), state)
    return [...state.nodes()].flatMap((node) =>
      (check?.(node) ?? []).length === 0 ? [node.name] : [],
    )
  }
  const names = ['n0', 'n1', 'n2', 'n3']

  test('required affinity between pods lets through the nodes that the rules do', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const oracle = new Oracle(one)
        const expected = names.filter((name) => oracle.isAffine(name))
        assert.deepEqual(passes('InterPodAffinity', one, stateOf(one)), expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('required spreading lets through the nodes that the rules do', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const oracle = new Oracle(one)
        const expected = names.filter((name) => oracle.isSpread(name))
        assert.deepEqual(passes('PodTopologySpread', one, stateOf(one)), expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('preferences among pods are worth the share of their weight that a node meets', () => {
    const name: ScoreName = 'InterPodAffinity'
    fc.assert(
      fc.property(scene, (one) => {
        const [oracle, state] = [new Oracle(one), stateOf(one)]
        const scorer = SCORERS.find((other) => other.name === name)
        const score = scorer?.prepare(podInfo(one.pod), state)
        for (const node of state.nodes()) {
          const [given, expected] = [score?.(node), oracle.liking(node.name)]
          assert.equal(given === undefined, expected === undefined)
          assert.ok(Math.abs((given ?? 0) - (expected ?? 0)) < 1e-9, `${given} not ${expected}`)
        }
      }),
      { numRuns: 500 },
    )
  })
})
