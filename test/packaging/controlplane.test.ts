/** The installation on a real Kubernetes: applied with its policies, and the parts at work with the rights it gives them. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ControlPlane, missingForControlPlane, startControlPlane } from '@sortie/testing'
import { ensureHelm, missingForHelm, ROOT } from './helm.ts'
import { type Finished, runCommand } from './server.ts'

const MAIN = join(ROOT, 'packages/cli/src/main.ts')
const PORTS = { operator: 18_471, scheduler: 18_472, fleet: 18_473 }

const mission = (name: string, pod: object, metadata: object = {}) => ({
  apiVersion: 'airforce.airforce.mil/v1alpha1',
  kind: 'Mission',
  metadata: { name, namespace: 'default' },
  spec: {
    stages: [
      { name: 'one', flightTasks: [{ aircraft: 'j20', podTemplate: { metadata, spec: pod } }] },
    ],
  },
})
const containers = (more: object = {}) => ({
  containers: [{ name: 'task', image: 'busybox:1.36', ...more }],
})

describe('on a real control plane', { skip: missingForControlPlane() ?? false }, () => {
  let plane: ControlPlane
  const parts = new Map<string, ChildProcess>()
  before(async () => {
    plane = await startControlPlane()
  })
  after(async () => {
    for (const part of parts.values()) part.kill('SIGKILL')
    await plane?.stop()
  })

  const env = () => ({ KUBECONFIG: plane.kubeconfig(), HOME: dirname(plane.kubeconfig()) })
  const sortie = (...args: readonly string[]): Promise<Finished> =>
    runCommand(process.execPath, [MAIN, ...args], env())
  const post = async (name: string, body: object) => {
    const { group, version, plural } = name === 'missions' ? MISSIONS : WEAPONS
    const path = `/apis/${group}/${version}/namespaces/default/${plural}`
    const query = { dryRun: 'All' }
    return plane.transport().request({ method: 'POST', path, query, body })
  }
  const start = (part: keyof typeof PORTS, user: string, more: readonly string[] = []): void => {
    const address = `127.0.0.1:${PORTS[part]}`
    const elected =
      part === 'fleet' ? [] : ['--leader-elect', '--leader-elect-namespace', 'sortie-system']
    const flags = [
      '--kubeconfig',
      plane.kubeconfig(user),
      ...elected,
      ...more,
      '--log-level',
      'warn',
    ]
    const addresses = ['--metrics-address', address, '--health-address', address]
    const child = spawn(process.execPath, [MAIN, part, ...flags, ...addresses], {
      stdio: 'inherit',
    })
    parts.set(part, child)
  }
  const ended = async (part: keyof typeof PORTS): Promise<unknown> => {
    const child = parts.get(part)
    if (child === undefined) return undefined
    if (child.exitCode === null) await once(child, 'exit')
    return child.exitCode
  }

  test('install applies everything with its policies, and a second time nothing', async () => {
    const first = await sortie('install')
    assert.equal(first.status, 0, first.stderr)
    assert.match(first.stdout, /validatingadmissionpolicy.*sortie-weapons created/)
    const second = await sortie('install')
    assert.doesNotMatch(second.stdout, /created|configured/)
  })

  test('the policies refuse what a task may not have, by its path', async () => {
    const refusals: [object, RegExp][] = [
      [mission('a', { hostNetwork: true, ...containers() }), /podTemplate\.spec\.hostNetwork/],
      [
        mission('a', { volumes: [{ name: 'v', hostPath: { path: '/' } }], ...containers() }),
        /podTemplate\.spec\.volumes\[\]/,
      ],
      [
        mission('a', containers({ securityContext: { privileged: true } })),
        /containers\[\]\.securityContext\.privileged/,
      ],
      [
        mission('a', containers({ securityContext: { capabilities: { add: ['NET_ADMIN'] } } })),
        /containers\[\]\.securityContext\.capabilities/,
      ],
      [mission('a', { nodeName: 'n', ...containers() }), /podTemplate\.spec:/],
      [mission('a', { serviceAccountName: 'root', ...containers() }), /serviceAccountName/],
      [mission('a', containers(), { finalizers: ['a/b'] }), /podTemplate\.metadata:/],
      [mission('a', containers(), { labels: { 'aircraft.mil/x': 'y' } }), /Sortie's own/],
    ]
    // A policy holds a moment after it was made.
    await untilAsync(async () => (await post('missions', refusals[0]?.[0] ?? {})).status === 422)
    for (const [body, path] of refusals) {
      const { status, body: answer } = await post('missions', body)
      assert.equal(status, 422, path.source)
      assert.match((answer as { message: string }).message, path)
    }
  })

  test('the policies let through what a task may have', async () => {
    const good = containers({
      env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      securityContext: { capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false },
    })
    const { status, body } = await post('missions', mission('a', good, { labels: { a: 'b' } }))
    assert.equal(status, 201, JSON.stringify(body))
  })

  test('a weapon’s container passes the same list', async () => {
    const weapon = (container: object) => ({
      apiVersion: 'airforce.airforce.mil/v1alpha1',
      kind: 'Weapon',
      metadata: { name: 'w', namespace: 'default' },
      spec: { image: { repository: 'x' }, container },
    })
    const bad = await post('weapons', weapon({ ports: [{ containerPort: 1, hostPort: 80 }] }))
    assert.match((bad.body as { message: string }).message, /container\.ports\[\]\.hostPort/)
    assert.equal((await post('weapons', weapon({ ports: [{ containerPort: 1 }] }))).status, 201)
  })

  test('the parts fly the sample mission with the rights that install gave them', async () => {
    start('operator', 'operator')
    start('scheduler', 'scheduler')
    start('fleet', 'harness')
    for (const port of Object.values(PORTS)) await untilAsync(() => isReady(port))
    const applied = await sortie('apply', '-f', 'examples/001-first-mission')
    assert.equal(applied.status, 0, applied.stderr)
    const watched = await sortie('watch', 'dawn-patrol')
    assert.equal(watched.status, 0, watched.stdout)
    assert.deepEqual(refusedRequests(plane.auditLog), [])
  })

  test('doctor finds nothing to complain of but that no machine runs the dashboard', async () => {
    const { status, stdout } = await sortie('doctor')
    assert.equal(status, 0, stdout)
    assert.deepEqual(stdout.match(/^(warn|fail) [^:]+/gm), ['warn sortie-dashboard'])
  })

  test('their metrics tell what was flown', async () => {
    const metrics = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    assert.match(await metrics(PORTS.operator), /sortie_missions\{phase="Succeeded"\} 1/)
    assert.match(await metrics(PORTS.operator), /master_status\{name="operator"\} 1/)
    assert.match(await metrics(PORTS.scheduler), /attempts_total\{result="scheduled"\} 9/)
    assert.match(await metrics(PORTS.fleet), /sortie_fleet_simulated_aircraft 14/)
  })

  test('told to end they give up the lease and end with 0; one that loses it ends with 1', async () => {
    parts.get('operator')?.kill('SIGTERM')
    parts.get('fleet')?.kill('SIGTERM')
    assert.deepEqual([await ended('operator'), await ended('fleet')], [0, 0])
    const path = '/apis/coordination.k8s.io/v1/namespaces/sortie-system/leases'
    const lease = (name: string) =>
      plane.transport().request({ method: 'GET', path: `${path}/${name}` })
    const { spec } = (await lease('sortie-operator')).body as { spec: { holderIdentity?: string } }
    assert.equal(spec.holderIdentity ?? '', '')
    const stolen = { spec: { holderIdentity: 'other', leaseDurationSeconds: 600 } }
    const headers = { 'content-type': 'application/merge-patch+json' }
    const request = {
      method: 'PATCH',
      path: `${path}/sortie-scheduler`,
      headers,
      body: stolen,
    } as const
    assert.equal((await plane.transport().request(request)).status, 200)
    assert.equal(await ended('scheduler'), 1)
  })

  test('limited to one namespace, they fly missions there with Roles in place of ClusterRoles', async () => {
    assert.equal((await sortie('uninstall')).status, 0)
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'missions' } }
    const request = { method: 'POST', path: '/api/v1/namespaces', body: namespace } as const
    assert.equal((await plane.transport().request(request)).status, 201)
    const installed = await sortie('install', '--watch-namespace', 'missions')
    assert.equal(installed.status, 0, installed.stderr)
    start('operator', 'operator', ['--namespace', 'missions'])
    start('scheduler', 'scheduler', ['--namespace', 'missions'])
    start('fleet', 'harness')
    for (const port of Object.values(PORTS)) await untilAsync(() => isReady(port))
    const applied = await sortie('apply', '-n', 'missions', '-f', 'examples/001-first-mission')
    assert.equal(applied.status, 0, applied.stderr)
    const watched = await sortie('watch', '-n', 'missions', 'dawn-patrol')
    assert.equal(watched.status, 0, watched.stdout)
    assert.deepEqual(refusedRequests(plane.auditLog), [])
    for (const part of ['operator', 'scheduler', 'fleet'] as const) {
      parts.get(part)?.kill('SIGTERM')
      assert.equal(await ended(part), 0)
    }
    assert.equal((await sortie('uninstall', '--watch-namespace', 'missions')).status, 0)
  })

  test('helm takes over what install left, and leaves the CRDs when it goes', {
    skip: missingForHelm() ?? false,
  }, async () => {
    const helm = async (...args: readonly string[]) => {
      const all = [...args, '-n', 'sortie-system']
      const { status, stdout, stderr } = await runCommand(ensureHelm(), all, env())
      assert.equal(status, 0, stderr)
      return stdout
    }
    assert.equal((await sortie('uninstall')).status, 0)
    await helm('install', 'sortie', 'charts/sortie', '--take-ownership')
    const kept = await helm('uninstall', 'sortie')
    assert.match(kept, /missions\.airforce\.airforce\.mil/)
  })
})

const GROUP = { group: 'airforce.airforce.mil', version: 'v1alpha1' }
const MISSIONS = { ...GROUP, plural: 'missions' }
const WEAPONS = { ...GROUP, plural: 'weapons' }

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200
  } catch {
    // Nobody listens yet.
    return false
  }
}

async function untilAsync(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('did not come true within 60 s')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What the parts' accounts asked for and were refused, by the audit log. */
function refusedRequests(auditLog: string): string[] {
  const lines = readFileSync(auditLog, 'utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const event = JSON.parse(line) as {
      user: { username: string }
      verb: string
      requestURI: string
      responseStatus?: { code: number }
    }
    const { user, verb, requestURI, responseStatus } = event
    const ours = user.username.startsWith('system:serviceaccount:sortie-system:')
    return ours && responseStatus?.code === 403 ? [`${user.username} ${verb} ${requestURI}`] : []
  })
}
