/** The dashboard as its Deployment starts it: the rendered command line serves, its probes pass, and people come in by a port-forward. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { DEFAULT_SETTINGS, installation } from '@sortie/cli'
import { loadKubeconfig } from '@sortie/client'
import { freePort, get, signIn } from './browser.ts'
import { ROOT } from './helm.ts'
import { type InstallTarget, startInstallTarget } from './server.ts'

const MAIN = join(ROOT, 'packages/cli/src/main.ts')

interface Probe {
  readonly httpGet: {
    readonly path: string
    readonly port: string
    readonly httpHeaders: readonly { readonly name: string; readonly value: string }[]
  }
}

interface Container {
  readonly args: readonly string[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly volumeMounts: readonly { readonly mountPath: string }[]
}

interface PodSpec {
  readonly automountServiceAccountToken: boolean
  readonly containers: readonly [Container]
  readonly volumes: readonly { readonly projected: { readonly sources: readonly object[] } }[]
}

/** Of the installation, by kind. */
function found<T>(kind: string): T {
  const object = installation(DEFAULT_SETTINGS).find(
    ({ kind: other, metadata }) => other === kind && metadata.name === 'sortie-dashboard',
  )
  assert.ok(object !== undefined, kind)
  return object as unknown as T
}

const podSpec = (): PodSpec =>
  found<{ spec: { template: { spec: PodSpec } } }>('Deployment').spec.template.spec

describe('the dashboard in a cluster', () => {
  let target: InstallTarget
  const running: ChildProcess[] = []
  before(async () => {
    target = await startInstallTarget()
  })
  after(async () => {
    for (const child of running) child.kill('SIGKILL')
    await target?.stop()
  })

  /** The Deployment's command line, but for the port, with these flags after it; the port once it serves. */
  const start = async (...flags: readonly string[]): Promise<number> => {
    const port = await freePort()
    const [container] = podSpec().containers
    const args = container.args.map((arg) => (arg.startsWith('--port=') ? `--port=${port}` : arg))
    const env = { ...process.env, KUBECONFIG: target.kubeconfig, HOME: target.folder }
    const child = spawn(process.execPath, [MAIN, ...args, ...flags], { cwd: target.folder, env })
    running.push(child)
    let log = ''
    await new Promise<void>((done, fail) => {
      child.once('exit', (status) => fail(new Error(`ended with ${status}: ${log}`)))
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString()
        if (log.includes('"serving"')) done()
      })
    })
    return port
  }

  test('serves, and its probes pass with the names that it answers to', async () => {
    const port = await start()
    const [{ livenessProbe, readinessProbe, args, ports }] = podSpec().containers
    for (const { httpGet } of [livenessProbe, readinessProbe]) {
      assert.equal(httpGet.port, ports[0]?.name)
      const headers = Object.fromEntries(
        httpGet.httpHeaders.map(({ name, value }) => [name.toLowerCase(), value]),
      )
      assert.equal((await get(port, httpGet.path, headers)).status, 200)
    }
    // By the pod's own address, as without the header.
    assert.equal((await get(port, '/healthz', { host: `10.1.2.3:${port}` })).status, 421)
    assert.ok(args.includes(`--port=${ports[0]?.containerPort}`))
  })

  test('through a port-forward people sign in by their token, with a cookie that every browser keeps', async () => {
    const port = await start()
    assert.equal((await signIn(port, 'localhost:7556', 'wrong')).status, 401)
    const { status, cookie = '' } = await signIn(port, 'localhost:7556', target.token)
    assert.equal(status, 200)
    assert.match(cookie, /HttpOnly; SameSite=Strict/)
    assert.doesNotMatch(cookie, /Secure/)
    const headers = { host: 'localhost:7556', cookie: cookie.split(';')[0] ?? '' }
    const session = await get(port, '/api/session', headers)
    assert.partialDeepStrictEqual(JSON.parse(session.body), {
      mode: 'strict',
      user: { name: 'admin' },
    })
    assert.equal((await get(port, '/api/session', { host: 'localhost:7556' })).status, 401)
    assert.equal((await signIn(port, 'sortie.example', target.token)).status, 421)
  })

  test('under a name of its own the cookie is for TLS only, unless it is told that there is none', async () => {
    const named = await start('--allowed-host=sortie.example')
    const { cookie = '' } = await signIn(named, 'sortie.example', target.token)
    assert.match(cookie, /^__Host-sortie-session=.*; Secure/)
    const plain = await start('--allowed-host=sortie.example', '--plain-http')
    const { cookie: other = '' } = await signIn(plain, 'sortie.example', target.token)
    assert.doesNotMatch(other, /Secure/)
  })

  test('finds the API server by the files of its volume, which have no token', async () => {
    const spec = podSpec()
    assert.equal(spec.automountServiceAccountToken, false)
    const sources = JSON.stringify(spec.volumes[0]?.projected.sources)
    assert.match(sources, /"path":"ca\.crt"/)
    assert.match(sources, /"path":"namespace"/)
    assert.doesNotMatch(sources, /serviceAccountToken/)
    assert.equal(
      spec.containers[0].volumeMounts[0]?.mountPath,
      '/var/run/secrets/kubernetes.io/serviceaccount',
    )
    const serviceAccountFolder = join(target.folder, 'account')
    mkdirSync(serviceAccountFolder)
    writeFileSync(join(serviceAccountFolder, 'ca.crt'), 'certificates')
    writeFileSync(join(serviceAccountFolder, 'namespace'), 'sortie-system')
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
    const { server, tls } = await loadKubeconfig({ env, serviceAccountFolder })
    assert.equal(server, 'https://10.0.0.1:443')
    assert.equal(tls?.ca, 'certificates')
  })

  test('the Service leads to the port at which it listens, and its account has no rights', () => {
    const { ports } = found<{ spec: { ports: { port: number; targetPort: string }[] } }>(
      'Service',
    ).spec
    const [{ ports: open }] = podSpec().containers
    assert.deepEqual(
      ports.map(({ port, targetPort }) => [port, targetPort]),
      [[open[0]?.containerPort, open[0]?.name]],
    )
    found('ServiceAccount')
    const bound = installation(DEFAULT_SETTINGS).filter(
      (object) =>
        object.kind.endsWith('Binding') && JSON.stringify(object).includes('sortie-dashboard'),
    )
    assert.deepEqual(bound, [])
  })
})
