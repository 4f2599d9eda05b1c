/** What the workloads of an installation say of each other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_SETTINGS, type Manifest } from './manifest.ts'
import { workloads } from './workloads.ts'

type Labels = Readonly<Record<string, string>>

interface Deployment {
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels }
    readonly template: {
      readonly metadata: { readonly labels: Labels }
      readonly spec: {
        readonly containers: readonly { readonly ports: readonly { readonly name: string }[] }[]
      }
    }
  }
}

const ofKind = <T>(kind: string): (T & Manifest)[] =>
  workloads(DEFAULT_SETTINGS).filter((object) => object.kind === kind) as (T & Manifest)[]

const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value)

test('the Service of the metrics selects the pods that serve them, and no other', () => {
  const [service] = ofKind<{ readonly spec: { readonly selector: Labels } }>('Service').filter(
    ({ metadata }) => metadata.name === 'sortie-metrics',
  )
  assert.ok(service !== undefined)
  const deployments = ofKind<Deployment>('Deployment')
  assert.equal(deployments.length, 3)
  for (const { metadata, spec } of deployments) {
    const ports = spec.template.spec.containers.flatMap((container) => container.ports)
    assert.equal(
      selects(service.spec.selector, spec.template.metadata.labels),
      ports.some(({ name }) => name === 'metrics'),
      metadata.name,
    )
  }
})

test('every Deployment and disruption budget selects the pods of its own, and no other', () => {
  const deployments = ofKind<Deployment>('Deployment')
  const budgets = ofKind<{ readonly spec: Deployment['spec'] }>('PodDisruptionBudget')
  assert.equal(budgets.length, 2)
  for (const { kind, metadata, spec } of [...deployments, ...budgets]) {
    const selected = deployments.filter((other) =>
      selects(spec.selector.matchLabels, other.spec.template.metadata.labels),
    )
    assert.deepEqual(
      selected.map((other) => other.metadata.name),
      [metadata.name],
      kind,
    )
  }
})
