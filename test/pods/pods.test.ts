/** Missions in real containers: kubelets with containerd and runc, Sortie itself installed in pods of theirs. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { missingForSite, type Site, startSite, until } from './site.ts'
import { watchTraces } from './traces.ts'

interface Deployment {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly replicas: number }
  readonly status?: { readonly readyReplicas?: number }
}

describe('on real kubelets', { skip: missingForSite() }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site?.stop())

  test('the shipped manifests start operator and scheduler, ready by their probes', async () => {
    await site.kubectl('apply', '--server-side', '-k', 'config/default')
    const deployments = async () =>
      (await site.get<{ items: Deployment[] }>('deployments', '-n', 'sortie-system')).items
    const ready = await until(deployments, (items) =>
      items.every(({ spec, status }) => status?.readyReplicas === spec.replicas),
    )
    assert.deepEqual(ready.map(({ metadata }) => metadata.name).sort(), [
      'sortie-operator',
      'sortie-scheduler',
    ])
  })

  test('they fly the sample mission to its end, as it is written', async () => {
    await site.sortie('apply', '-f', 'examples/001-first-mission')
    await site.sortie('watch', 'dawn-patrol')
    const { status } = await site.mission('dawn-patrol')
    assert.equal(status?.phase, 'Succeeded')
  })

  test('nothing is left of it all when the nodes are stopped', async () => {
    const remains = watchTraces(site.cluster)
    await site.stop()
    assert.deepEqual(remains(), [])
  })
})
