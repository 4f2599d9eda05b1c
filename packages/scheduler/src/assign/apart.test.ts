import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod, Stored } from '@sortie/machinery'
import fc from 'fast-check'
import {
  makeNode,
  makePod,
  makeState,
  makeTaskPod,
  makeWaiting,
  type PodOptions,
} from '../snapshot/builders.fixtures.ts'
import { assign } from './assign.ts'
import type { Decision } from './decision.ts'

const inZone = (name: string, zone: string) => makeNode(name, { labels: { zone } })
const away = (app: string): NonNullable<PodOptions['spec']> => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'zone', labelSelector: { matchLabels: { app } } },
      ],
    },
  },
})
const guard = (name: string): Stored<Pod> => makePod(name, { spec: away('loud') })

function placesOf(decisions: readonly Decision[]): Record<string, string | undefined> {
  return Object.fromEntries(
    decisions.map((one) => [
      one.pod.info.pod.metadata.name,
      one.kind === 'bind' ? one.node : undefined,
    ]),
  )
}

describe('a pod that another one keeps away by its labels', () => {
  for (const [kind, make] of Object.entries({ aircraft: makeTaskPod, shared: makePod })) {
    for (const first of ['loud', 'quiet']) {
      test(`is told from one that is alike but for them (${kind}, ${first} first)`, () => {
        const state = makeState([inZone('a', 'east'), inZone('b', 'east')], { a: [guard('g')] })
        const waiting = ['loud', 'quiet'].map((app) =>
          makeWaiting(make(app, { labels: { app } }), { order: app === first ? 0 : 1 }),
        )
        const places = placesOf(assign(waiting, state))
        assert.equal(places['loud'], undefined)
        assert.ok(places['quiet'] !== undefined)
      })
    }
  }

  test('keeps its distance from one that was placed between two like it', () => {
    const state = makeState([inZone('a', 'east'), inZone('b', 'west')])
    const loud = (name: string) =>
      makePod(name, { labels: { app: 'loud' }, requests: { cpu: '1' } })
    const watch = makePod('g', { spec: { ...away('loud'), nodeSelector: { zone: 'west' } } })
    const waiting = [loud('first'), watch, loud('second'), loud('third')].map((pod, order) =>
      makeWaiting(pod, { order }),
    )
    const places = placesOf(assign(waiting, state))
    assert.deepEqual(places, { first: 'a', g: 'b', second: 'a', third: 'a' })
  })

  test('never shares a zone with it, whatever the order and whoever was there before', () => {
    const app = fc.constantFrom('loud', 'quiet')
    const kind = fc.record({ app, away: fc.option(app, { nil: undefined }), slot: fc.boolean() })
    const make = (one: Arbitrary<typeof kind>, name: string): Stored<Pod> =>
      (one.slot ? makeTaskPod : makePod)(name, {
        labels: { app: one.app },
        ...(one.away === undefined ? {} : { spec: away(one.away) }),
      })
    const zoneOf = (node: string): string => (node < 'c' ? 'east' : 'west')
    const names = ['a', 'b', 'c', 'd']
    const there = fc.array(fc.tuple(kind, fc.constantFrom(...names)), { maxLength: 2 })
    fc.assert(
      fc.property(there, fc.array(kind, { maxLength: 6 }), (before, batch) => {
        const placed = before.map(([one, node], index) => ({ pod: make(one, `o${index}`), node }))
        const state = makeState(
          names.map((name) => inZone(name, zoneOf(name))),
          Object.fromEntries(
            names.map((name) => [
              name,
              placed.flatMap(({ pod, node }) => (node === name ? [pod] : [])),
            ]),
          ),
        )
        const pods = batch.map((one, index) => make(one, `p${index}`))
        const decisions = assign(
          pods.map((pod, order) => makeWaiting(pod, { order })),
          state,
        )
        const bound = decisions.flatMap((one) =>
          one.kind === 'bind' ? [{ pod: one.pod.info.pod, node: one.node }] : [],
        )
        for (const one of bound) {
          for (const other of [...placed, ...bound]) {
            if (one === other || zoneOf(one.node) !== zoneOf(other.node)) continue
            assert.ok(!keepsAway(one.pod, other.pod) && !keepsAway(other.pod, one.pod))
          }
        }
      }),
    )
  })
})

type Arbitrary<T> = T extends fc.Arbitrary<infer V> ? V : never

function keepsAway(pod: Stored<Pod>, other: Stored<Pod>): boolean {
  const [term] =
    pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return (
    term !== undefined &&
    term.labelSelector?.matchLabels?.['app'] === other.metadata.labels?.['app']
  )
}
