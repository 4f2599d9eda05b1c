/** What `kubectl apply -k config/default` gives: it builds, it is restricted, it applies, and applying it again changes nothing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  DEFAULT_SETTINGS,
  installation,
  installationWithPolicies,
  type Manifest,
} from '@sortie/cli'
import { parseAllDocuments } from 'yaml'
import { ROOT } from './helm.ts'
import { type InstallTarget, runCommand, startInstallTarget } from './server.ts'

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
const skip =
  hasKubectl || process.env.CI === 'true'
    ? false
    : 'kubectl is not installed: `apt-get install kubernetes-client`'

const objectsIn = (text: string): Manifest[] =>
  parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest)
const nameOf = ({ kind, metadata }: Manifest) =>
  `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('config', { skip }, () => {
  let target: InstallTarget
  before(async () => {
    target = await startInstallTarget()
  })
  after(() => target?.stop())

  const build = async (folder: string): Promise<Manifest[]> => {
    const { status, stdout, stderr } = await runCommand('kubectl', ['kustomize', folder])
    assert.equal(status, 0, stderr)
    return objectsIn(stdout)
  }
  const overlay = async (components: readonly string[]): Promise<Manifest[]> => {
    const folder = join(target.folder, components.join('-'))
    mkdirSync(folder, { recursive: true })
    const path = (below: string) => relative(folder, join(ROOT, 'config', below))
    const kustomization = {
      resources: [path('default')],
      components: components.map((name) => path(`components/${name}`)),
    }
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
    return build(folder)
  }
  const byName = (objects: readonly Manifest[]) =>
    new Map(objects.map((object) => [nameOf(object), plain(object)]))

  test('config/default is what `sortie install` applies', async () => {
    const built = byName(await build('config/default'))
    assert.deepEqual(sorted(built), sorted(byName(installation(DEFAULT_SETTINGS))))
  })

  test('with the component admission-policy come the policies', async () => {
    const built = byName(await overlay(['admission-policy']))
    assert.deepEqual(sorted(built), sorted(byName(installationWithPolicies(DEFAULT_SETTINGS))))
  })

  test('the component namespaced leaves ClusterRoles about nodes alone, beside those of people', async () => {
    const objects = await overlay(['namespaced'])
    const roles = objects.filter(({ kind }) => kind === 'ClusterRole') as unknown as {
      metadata: { name: string }
      rules: { resources: string[] }[]
    }[]
    const parts = roles.filter(({ metadata }) => /operator|scheduler/.test(metadata.name))
    assert.equal(parts.length, 2)
    for (const { rules } of parts) {
      for (const { resources } of rules) assert.match(resources.join(), /^nodes/)
    }
    const deployments = objects.filter(({ kind }) => kind === 'Deployment')
    assert.equal(deployments.length, 3)
    for (const deployment of deployments) {
      assert.match(JSON.stringify(deployment), /"--namespace=missions"/)
    }
  })

  test('the component network-policy gives each pod a policy that selects it', async () => {
    const objects = await overlay(['network-policy'])
    const labelsOfPods = objects
      .filter(({ kind }) => kind === 'Deployment')
      .map((object) => (object as unknown as Workload).spec.selector.matchLabels)
    const selected = objects
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map((object) => (object as unknown as Policy).spec.podSelector.matchLabels)
    assert.equal(selected.length, 3)
    assert.deepEqual(selected, labelsOfPods)
  })

  test('config/fleet is a Deployment whose pod is restricted, with its account and rights', async () => {
    const objects = await build('config/fleet')
    assert.deepEqual(objects.map(({ kind }) => kind).sort(), [
      'ClusterRole',
      'ClusterRoleBinding',
      'Deployment',
      'ServiceAccount',
    ])
    assertRestricted(objects)
  })

  test('the components of Prometheus add one object each', async () => {
    const kinds = (await overlay(['alerts', 'service-monitor'])).map(({ kind }) => kind)
    assert.deepEqual(
      ['PrometheusRule', 'ServiceMonitor'].filter((kind) => kinds.includes(kind)).length,
      2,
    )
  })

  test('pods are restricted, do not run as root, cannot write, and have limits', () => {
    assertRestricted(installation(DEFAULT_SETTINGS))
  })

  test('no part may do everything, read secrets, or give rights', () => {
    const text = JSON.stringify(installation(DEFAULT_SETTINGS).filter(isPartRole))
    assert.doesNotMatch(text, /"\*"|secrets|escalate|impersonate|"bind"|pods\/exec|configmaps/)
  })

  test('a server takes all of it, and a second time nothing changes', async () => {
    const apply = ['apply', '--server-side', '-k', 'config/default', '-o', 'json']
    const versions = async () => {
      const { status, stdout, stderr } = await target.run('kubectl', apply)
      assert.equal(status, 0, stderr)
      const { items } = JSON.parse(stdout) as { items: Manifest[] }
      return new Map(items.map((item) => [nameOf(item), item.metadata.resourceVersion]))
    }
    const first = await versions()
    assert.equal(first.size, installation(DEFAULT_SETTINGS).length)
    // The server says in a CRD's status that it serves it, which the first answer does not have yet.
    const second = await versions()
    assert.deepEqual([...(await versions())], [...second])
    const touched = [...first].filter(([name, version]) => second.get(name) !== version)
    for (const [name] of touched) assert.match(name, /^CustomResourceDefinition/)
  })
})

function assertRestricted(objects: readonly Manifest[]): void {
  for (const { kind, ...rest } of objects) {
    if (kind !== 'Deployment') continue
    const { spec } = (rest as unknown as Workload).spec.template
    assert.equal(spec.securityContext.runAsNonRoot, true)
    assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault')
    for (const { securityContext, resources } of spec.containers) {
      assert.equal(securityContext.readOnlyRootFilesystem, true)
      assert.equal(securityContext.allowPrivilegeEscalation, false)
      assert.deepEqual(securityContext.capabilities.drop, ['ALL'])
      assert.ok(resources.requests.memory && resources.limits.memory)
    }
  }
}

interface Policy {
  readonly spec: { readonly podSelector: { readonly matchLabels: object } }
}

interface Workload {
  readonly spec: {
    readonly selector: { readonly matchLabels: object }
    readonly template: { readonly spec: PodSpec }
  }
}

interface PodSpec {
  readonly securityContext: {
    readonly runAsNonRoot: boolean
    readonly seccompProfile: { readonly type: string }
  }
  readonly containers: readonly {
    readonly securityContext: {
      readonly readOnlyRootFilesystem: boolean
      readonly allowPrivilegeEscalation: boolean
      readonly capabilities: { readonly drop: readonly string[] }
    }
    readonly resources: Readonly<Record<'requests' | 'limits', { readonly memory: string }>>
  }[]
}

function isPartRole({ kind, metadata }: Manifest): boolean {
  return kind.endsWith('Role') && /operator|scheduler|dashboard/.test(metadata.name ?? '')
}

function sorted(objects: ReadonlyMap<string, unknown>): [string, unknown][] {
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1))
}
