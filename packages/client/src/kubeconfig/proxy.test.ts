import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SortieError, systemClock } from '@sortie/machinery'
import { stringify } from 'yaml'
import { createHttpTransport } from '../transport/http.ts'
import { loadKubeconfig } from './kubeconfig.ts'
import { proxyOfEnvironment } from './proxy.ts'

const folder = mkdtempSync(join(tmpdir(), 'proxy-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const PROXY = 'http://proxy.example:3128'
const SERVER = 'https://api.cluster.example:6443'

test('the proxy of the environment is that of the server’s scheme, in either letter case', () => {
  const cases: readonly (readonly [Record<string, string>, string, string | undefined])[] = [
    [{}, SERVER, undefined],
    [{ HTTPS_PROXY: PROXY }, SERVER, PROXY],
    [{ https_proxy: PROXY }, SERVER, PROXY],
    [{ HTTPS_PROXY: PROXY, https_proxy: 'http://other' }, SERVER, PROXY],
    [{ HTTPS_PROXY: '', https_proxy: PROXY }, SERVER, PROXY],
    [{ HTTP_PROXY: PROXY }, SERVER, undefined],
    [{ HTTP_PROXY: PROXY }, 'http://api.cluster.example', PROXY],
    [{ HTTPS_PROXY: PROXY }, 'http://api.cluster.example', undefined],
    [{ ALL_PROXY: PROXY }, SERVER, undefined],
    [{ HTTPS_PROXY: 'proxy.example:3128' }, SERVER, PROXY],
    [{ HTTPS_PROXY: 'socks5://me:pw@proxy.example' }, SERVER, 'socks5://me:pw@proxy.example'],
  ]
  for (const [env, server, expected] of cases) {
    assert.equal(proxyOfEnvironment(server, env), expected, JSON.stringify([env, server]))
  }
})

test('this machine is reached without a proxy', () => {
  const env = { HTTPS_PROXY: PROXY }
  for (const host of ['localhost', '127.0.0.1', '127.8.9.10', '[::1]']) {
    assert.equal(proxyOfEnvironment(`https://${host}:6443`, env), undefined, host)
  }
  assert.equal(proxyOfEnvironment('https://localhost.example', env), PROXY)
  assert.equal(proxyOfEnvironment('https://128.0.0.1', env), PROXY)
})

const exceptions: readonly (readonly [noProxy: string, server: string, direct: boolean])[] = [
  ['*', SERVER, true],
  ['other.example, api.cluster.example', SERVER, true],
  ['API.Cluster.Example', SERVER, true],
  ['cluster.example', SERVER, true],
  ['.cluster.example', SERVER, true],
  ['*.cluster.example', SERVER, true],
  ['.api.cluster.example', SERVER, false],
  ['*.api.cluster.example', SERVER, false],
  ['luster.example', SERVER, false],
  ['api.cluster.example:6443', SERVER, true],
  ['cluster.example:443', SERVER, false],
  ['cluster.example:443', 'https://api.cluster.example', true],
  ['cluster.example:80', 'http://api.cluster.example', true],
  ['10.0.0.0/8', 'https://10.96.0.1:443', true],
  ['10.0.0.0/8,', 'https://11.96.0.1:443', false],
  ['10.0.0.0/8', 'https://10.example', false],
  ['10.96.0.1', 'https://10.96.0.1:443', true],
  ['10.96.0.1:443', 'https://10.96.0.1', true],
  ['10.96.0.1:6443', 'https://10.96.0.1', false],
  ['0.96.0.1', 'https://10.96.0.1', false],
  ['fd00::/8', 'https://[fd00::7]:6443', true],
  ['fd00::7', 'https://[fd00:0::7]:6443', true],
  ['[fd00::7]:6443', 'https://[fd00::7]:6443', true],
  ['[fd00::7]:443', 'https://[fd00::7]:6443', false],
  ['fe00::/8', 'https://[fd00::7]:6443', false],
  ['10.0.0.0/99, /8, :443, x/8', 'https://10.96.0.1', false],
  ['', SERVER, false],
]
for (const [noProxy, server, direct] of exceptions) {
  test(`with NO_PROXY “${noProxy}” ${server} is reached ${direct ? 'without' : 'through'} the proxy`, () => {
    const env = { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, no_proxy: noProxy }
    assert.equal(proxyOfEnvironment(server, env), direct ? undefined : PROXY)
  })
}

test('a proxy of the environment that is none is refused by the name of the variable, without its password', () => {
  for (const proxy of [
    'ftp://me:secret@proxy.example',
    'http://',
    'me:secret@a b',
    'http://me:secret@p:99999',
  ]) {
    assert.throws(
      () => proxyOfEnvironment(SERVER, { https_proxy: proxy }),
      (error) => {
        assert.ok(error instanceof SortieError)
        assert.equal(
          error.message,
          'https_proxy must be an http, https or socks5 URL, or host:port',
        )
        return true
      },
      proxy,
    )
  }
  assert.equal(proxyOfEnvironment('https://127.0.0.1', { HTTPS_PROXY: 'ftp://x' }), undefined)
})

function kubeconfig(cluster: object): string {
  const path = join(folder, 'config')
  const content = {
    'current-context': 'dev',
    clusters: [{ name: 'c', cluster: { server: SERVER, ...cluster } }],
    contexts: [{ name: 'dev', context: { cluster: 'c' } }],
  }
  writeFileSync(path, stringify(content))
  return path
}

test('a connection goes by the cluster’s own proxy, else by that of the environment, in a pod too', async () => {
  const env = { HTTPS_PROXY: PROXY, NO_PROXY: 'own.example' }
  const proxyOf = async (cluster: object) =>
    (await loadKubeconfig({ path: kubeconfig(cluster), env })).proxyUrl
  assert.equal(await proxyOf({}), PROXY)
  assert.equal(await proxyOf({ server: 'https://own.example' }), undefined)
  const asked = { server: 'https://127.0.0.1:6443', 'proxy-url': 'socks5://127.0.0.1:1080' }
  assert.equal(await proxyOf(asked), 'socks5://127.0.0.1:1080')
  for (const file of ['ca.crt', 'token']) writeFileSync(join(folder, file), 'x')
  const pod = { ...env, KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }
  const inside = { serviceAccountFolder: folder }
  assert.equal((await loadKubeconfig({ env: pod, ...inside })).proxyUrl, PROXY)
  const near = { ...pod, NO_PROXY: '10.96.0.0/12' }
  assert.equal((await loadKubeconfig({ env: near, ...inside })).proxyUrl, undefined)
})

test('a server that only the proxy can reach is reached', async () => {
  const asked: string[] = []
  const proxy = net.createServer((client) => {
    client.on('error', () => client.destroy())
    client.once('data', (head) => {
      asked.push(head.toString().split('\r\n')[0] ?? '')
      client.end(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\ntrue',
      )
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const env = { http_proxy: `127.0.0.1:${(proxy.address() as AddressInfo).port}` }
  const path = kubeconfig({ server: 'http://api.nowhere.example/k8s' })
  const transport = createHttpTransport({
    ...(await loadKubeconfig({ path, env })),
    clock: systemClock(),
  })
  assert.equal((await transport.request({ method: 'GET', path: '/api' })).body, true)
  assert.deepEqual(asked, ['GET http://api.nowhere.example/k8s/api HTTP/1.1'])
  await transport.close()
  await new Promise((resolve) => proxy.close(resolve))
})
