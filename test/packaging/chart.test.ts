/** The chart: it lints, gives what kustomize gives, refuses wrong values, and installs with the real Helm. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DEFAULT_SETTINGS,
  installationWithPolicies,
  type Manifest,
  networkPolicies,
} from '@sortie/cli'
import type { KubeObject } from '@sortie/machinery'
import { parseAllDocuments } from 'yaml'
import { ensureHelm, missingForHelm } from './helm.ts'
import { type InstallTarget, runCommand, startInstallTarget } from './server.ts'

const CHART = 'charts/sortie'
const POLICIES = 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy'
/** What `helm template` is to take the server for. */
const SERVER = ['--kube-version', '1.36.0', '--api-versions', POLICIES]

describe('the chart', { skip: missingForHelm() ?? false }, () => {
  let helm: string
  let target: InstallTarget
  before(async () => {
    helm = ensureHelm()
    target = await startInstallTarget()
  })
  after(() => target?.stop())

  const template = async (...args: readonly string[]): Promise<Manifest[]> => {
    const all = ['template', 'sortie', CHART, '-n', 'sortie-system', ...SERVER, ...args]
    const { status, stdout, stderr } = await runCommand(helm, all)
    assert.equal(status, 0, stderr)
    return parseAllDocuments(stdout, { version: '1.1' }).flatMap((document) => {
      const object = document.toJS() as Manifest | null
      return object === null ? [] : [object]
    })
  }
  const kinds = (objects: readonly Manifest[]) =>
    objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)

  test('lints', async () => {
    const { status, stdout } = await runCommand(helm, ['lint', '--strict', CHART])
    assert.equal(status, 0, stdout)
  })

  test('gives the objects of config/default, but for the labels that Helm wants', async () => {
    const wanted = installationWithPolicies(DEFAULT_SETTINGS).filter(
      ({ kind }) => kind !== 'Namespace',
    )
    assert.deepEqual(comparable(await template()), comparable(wanted))
  })

  test('what is written into a setting comes out', async () => {
    const settings = [
      'image.repository',
      'image.tag',
      'imagePullSecrets[0].name',
      'fullnameOverride',
      'watchNamespace',
      'schedulerName',
      'operator.weaponNamespace',
      'operator.podPolicy.everywhere.allow[0]=spec.',
      'operator.extraArgs[0]',
      'operator.extraEnv[0].name',
      'operator.resources.limits.memory',
      'operator.podAnnotations.a',
      'operator.nodeSelector.a',
      'operator.tolerations[0].key',
      'operator.priorityClassName',
      'dashboard.image',
      'dashboard.allowedHosts[0]',
      'dashboard.podAnnotations.a',
      'dashboard.resources.limits.memory',
    ]
    const marks = settings.map((_, at) => `told-${at}x`)
    const set = settings.flatMap((setting, at) => [
      '--set',
      `${setting}${setting.includes('=') ? '' : '='}${marks[at]}`,
    ])
    const text = JSON.stringify(await template(...set))
    for (const [at, mark] of marks.entries()) assert.ok(text.includes(mark), settings[at])
  })

  test('every other setting does something', async () => {
    const before = JSON.stringify(await template())
    const settings = [
      `image.digest=sha256:${'0'.repeat(64)}`,
      'image.pullPolicy=Always',
      'nameOverride=other',
      'crds.install=false',
      'admissionPolicy.enabled=false',
      'rbac.aggregate=false',
      'serviceMonitor.enabled=true',
      'alerts.enabled=true',
      'grafanaDashboard.enabled=true',
      'dashboard.enabled=false',
      'dashboard.logLevel=debug',
      'dashboard.plainHttp=true',
      'networkPolicy.enabled=true',
      'scheduler.enabled=false',
      // The scheduler's come out of the same template.
      'operator.replicas=3',
      'operator.logLevel=debug',
      'operator.podDisruptionBudget=false',
      'scheduler.replicas=3',
    ]
    for (const setting of settings) {
      assert.notEqual(JSON.stringify(await template('--set', setting)), before, setting)
    }
  })

  test('every setting of the network policies does something', async () => {
    const on = ['--set', 'networkPolicy.enabled=true']
    const before = JSON.stringify(await template(...on))
    const settings = [
      'networkPolicy.apiServerPorts[0]=8443',
      'networkPolicy.dashboardFrom[0].podSelector.matchLabels.a=b',
      'networkPolicy.egress[0].ports[0].port=4318',
      'dashboard.enabled=false',
      'scheduler.enabled=false',
    ]
    for (const setting of settings) {
      assert.notEqual(JSON.stringify(await template(...on, '--set', setting)), before, setting)
    }
  })

  test('gives the network policies of the component', async () => {
    const isPolicy = ({ kind }: Manifest) => kind === 'NetworkPolicy'
    const got = (await template('--set', 'networkPolicy.enabled=true')).filter(isPolicy)
    assert.equal(got.length, 3)
    assert.deepEqual(comparable(got), comparable(networkPolicies(DEFAULT_SETTINGS)))
  })

  test('without dashboard nothing of it is left', async () => {
    const objects = await template('--set', 'dashboard.enabled=false')
    assert.deepEqual(
      kinds(objects).filter((name) => name.includes('dashboard')),
      [],
    )
  })

  test('in one namespace no ClusterRole of a part is about more than nodes', async () => {
    const objects = await template('--set', 'watchNamespace=missions')
    const roles = objects.filter(
      ({ kind, metadata }) =>
        kind === 'ClusterRole' && /operator|scheduler/.test(metadata.name ?? ''),
    )
    assert.deepEqual(kinds(roles), [
      'ClusterRole/sortie-operator-nodes',
      'ClusterRole/sortie-scheduler-nodes',
    ])
    assert.ok(
      objects.some(({ kind, metadata }) => kind === 'Role' && metadata.namespace === 'missions'),
    )
  })

  test('without our scheduler the operator knows that gangs cannot be promised', async () => {
    const other = ['--set', 'scheduler.enabled=false,schedulerName=default-scheduler']
    const text = JSON.stringify(await template(...other))
    assert.match(text, /"--scheduler-name=default-scheduler","--no-gang-scheduling"/)
    assert.doesNotMatch(JSON.stringify(await template()), /gang-scheduling/)
  })

  test('wrong values are refused by name', async () => {
    const wrong = ['operator.replicas=-1', 'operator.logLevel=loud', 'imagee.tag=x', 'crds=true']
    wrong.push('dashboard.allowedHosts[0]=https://a', 'networkPolicy.apiServerPorts[0]=0')
    for (const setting of wrong) {
      const args = ['template', 'sortie', CHART, ...SERVER, '--set', setting]
      const { status, stderr } = await runCommand(helm, args)
      assert.notEqual(status, 0, setting)
      assert.match(stderr, /values don't meet the specifications/)
    }
  })

  test('installs, upgrades and goes, and leaves the CRDs', async () => {
    const run = async (...args: readonly string[]) => {
      const { status, stdout, stderr } = await target.run(helm, [...args, '-n', 'sortie-system'])
      assert.equal(status, 0, `helm ${args.join(' ')}\n${stdout}\n${stderr}`)
      return stdout
    }
    const notes = await run('install', 'sortie', CHART, '--create-namespace')
    assert.match(notes, /sortie doctor --system-namespace sortie-system/)
    await run('upgrade', 'sortie', CHART, '--set', 'operator.replicas=1')
    const got = await target.run('kubectl', ['-n', 'sortie-system', 'get', 'deploy', '-o', 'json'])
    const { items } = JSON.parse(got.stdout) as {
      items: (KubeObject & { spec: { replicas: number } })[]
    }
    const replicas = items.map(({ metadata, spec }) => `${metadata.name} ${spec.replicas}`)
    assert.deepEqual(replicas, ['sortie-dashboard 1', 'sortie-operator 1', 'sortie-scheduler 2'])
    await run('uninstall', 'sortie')
    const crds = await target.run('kubectl', ['get', 'crd', '-o', 'name'])
    assert.equal(crds.stdout.trim().split('\n').length, 6)
    await run('install', 'sortie', CHART)
  })
})

const HELM_LABELS = [
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'helm.sh/chart',
  'helm.sh/resource-policy',
]

/** By name, without what Helm adds. */
function comparable(objects: readonly Manifest[]): [string, unknown][] {
  const strip = (_: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const entries = Object.entries(value).filter(([key]) => !HELM_LABELS.includes(key))
    const full = entries.filter(
      ([key, child]) => key !== 'annotations' || JSON.stringify(child) !== KEEP,
    )
    return Object.fromEntries(full)
  }
  return objects
    .map((object): [string, unknown] => [
      `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      JSON.parse(JSON.stringify(object, strip)),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

const KEEP = JSON.stringify({ 'helm.sh/resource-policy': 'keep' })
