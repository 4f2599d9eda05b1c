/** The matrix that people are shown says of every aircraft what the scheduler's own checks say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchAircraft } from '@sortie/api'
import type { NodeObject, NodeSelectorRequirement, Pod, Stored } from '@sortie/machinery'
import fc from 'fast-check'
import { makeNode, makeState, makeTaskPod, onNode } from '../snapshot/builders.fixtures.ts'
import { podInfo } from '../snapshot/podinfo.ts'
import { couldEverTake, createStaticVerdicts, filterNodes } from './filters.ts'

const KEYS = [
  'aircraft.mil/type',
  'aircraft.mil/status',
  'aircraft.mil/fuel.level',
  'zone',
] as const
const VALUES = ['j20', 'ready', '10', '60', 'x'] as const
const aLabelSet = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES))
const aTaint = fc.record({
  key: fc.constantFrom('aircraft.mil/quarantine', 'other'),
  effect: fc.constantFrom('NoSchedule' as const, 'PreferNoSchedule' as const, 'NoExecute' as const),
})

const aNode = fc
  .record({
    labels: aLabelSet,
    taints: fc.array(aTaint, { maxLength: 2 }),
    unschedulable: fc.boolean(),
    ready: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
    slots: fc.integer({ min: 0, max: 2 }),
    cpu: fc.integer({ min: 0, max: 4 }),
    hasGuest: fc.boolean(),
  })
  .map(({ labels, taints, unschedulable, ready, slots, cpu, hasGuest }) => ({
    hasGuest,
    options: {
      // Every node an aircraft: others are left out of the matrix.
      labels: { 'aircraft.mil/type': 'j20', ...labels },
      spec: { taints, unschedulable },
      ready,
      resources: { 'aircraft.mil/slot': String(slots), cpu: String(cpu) },
    },
  }))

const aRequirement: fc.Arbitrary<NodeSelectorRequirement> = fc.record({
  key: fc.constantFrom(...KEYS),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  values: fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 2 }),
})
const aTerm = fc.record({
  matchExpressions: fc.array(aRequirement, { maxLength: 3 }),
  matchFields: fc.array(
    fc.record({
      key: fc.constant('metadata.name'),
      operator: fc.constantFrom('In' as const, 'NotIn' as const),
      values: fc.constantFrom(['n0'], ['n1']),
    }),
    { maxLength: 1 },
  ),
})

const aPod: fc.Arbitrary<Stored<Pod>> = fc
  .record({
    nodeSelector: aLabelSet,
    terms: fc.option(fc.array(aTerm, { maxLength: 3 }), { nil: undefined }),
    tolerations: fc.array(
      fc.record({
        key: fc.constantFrom('other', 'node.kubernetes.io/not-ready', 'aircraft.mil/quarantine'),
        operator: fc.constant('Exists' as const),
      }),
      { maxLength: 2 },
    ),
    cpu: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ nodeSelector, terms, tolerations, cpu }) => {
    const required = terms && { nodeSelectorTerms: terms }
    const affinity = required && {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required },
    }
    return makeTaskPod('p', {
      requests: { cpu: String(cpu) },
      spec: { nodeSelector, tolerations, ...(affinity === undefined ? {} : { affinity }) },
    })
  })

test('matrix and scheduler agree on who fits now, and on who could once it is free', () => {
  fc.assert(
    fc.property(fc.array(aNode, { minLength: 1, maxLength: 5 }), aPod, (list, pod) => {
      const nodes = list.map(
        ({ options }, index): Stored<NodeObject> => makeNode(`n${index}`, options),
      )
      const guests = list.flatMap(({ hasGuest }, index) =>
        hasGuest ? [onNode(makeTaskPod(`guest${index}`), `n${index}`)] : [],
      )
      const state = makeState(nodes)
      for (const guest of guests) state.setPod(guest)
      const info = podInfo(pod)
      const verdicts = createStaticVerdicts()
      const feasible = filterNodes(info, state, verdicts).feasible.map(({ name }) => name)
      const { aircraft } = matchAircraft(pod.spec, state.nodes())
      const named = (rows: typeof aircraft): string[] => rows.map(({ node }) => node).sort()
      assert.deepEqual(named(aircraft.filter(({ fits }) => fits)), feasible.sort())
      const ever = [...state.nodes()].filter((node) =>
        couldEverTake(info, node, { snapshot: state, verdicts }),
      )
      assert.deepEqual(
        named(aircraft.filter(({ couldFit }) => couldFit)),
        ever.map(({ name }) => name).sort(),
      )
    }),
    { numRuns: 500 },
  )
})
