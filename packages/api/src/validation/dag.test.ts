import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { findCycle, type Vertex } from './dag.ts'

describe('finding a cycle', () => {
  it('names the path, the first vertex repeated', () => {
    const vertices = [
      { name: 'x' },
      { name: 'a', dependsOn: ['x', 'b'] },
      { name: 'b', dependsOn: ['c'] },
      { name: 'c', dependsOn: ['b'] },
    ]
    assert.deepEqual(findCycle(vertices), ['b', 'c', 'b'])
  })

  it('passes over unknown names', () => {
    assert.equal(findCycle([{ name: 'a', dependsOn: ['gone'] }]), undefined)
  })

  it('agrees with Kahn’s algorithm on random graphs, and the path it gives is one', () => {
    const graph = fc.array(fc.array(fc.nat(7), { maxLength: 4 }), { maxLength: 8 })
    fc.assert(
      fc.property(graph, (lists) => {
        const vertices = lists.map((targets, index) => ({
          name: `v${index}`,
          dependsOn: targets.map((target) => `v${target}`),
        }))
        const cycle = findCycle(vertices)
        assert.equal(cycle !== undefined, !sortable(vertices))
        cycle?.slice(0, -1).forEach((name, index) => {
          const vertex = vertices.find((candidate) => candidate.name === name)
          assert.ok(vertex?.dependsOn.includes(cycle[index + 1] ?? ''))
        })
      }),
    )
  })

  it('takes a chain of 100,000 without overflowing', () => {
    const chain = Array.from({ length: 100_000 }, (_, index) => ({
      name: `v${index}`,
      dependsOn: [`v${index + 1}`],
    }))
    assert.equal(findCycle(chain), undefined)
  })
})

function sortable(vertices: readonly Vertex[]): boolean {
  let rest = vertices
  for (;;) {
    const names = new Set(rest.map((vertex) => vertex.name))
    const next = rest.filter((vertex) => vertex.dependsOn?.some((name) => names.has(name)))
    if (next.length === rest.length) return rest.length === 0
    rest = next
  }
}
