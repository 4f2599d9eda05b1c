import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { SortieError, systemClock } from '@sortie/machinery'
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { Credentials } from '../auth/credentials.ts'
import { sendJson, startFaultServer } from '../faults/http.ts'
import { createHttpTransport } from '../transport/http.ts'
import { loadKubeconfig } from './kubeconfig.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: unknown): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : stringify(content))
  return path
}

const PEM = '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n'
const pemData = (text: string) => Buffer.from(PEM + text).toString('base64')

interface Parts {
  readonly cluster?: object
  readonly user?: object
  readonly context?: object
}

function config({ cluster, user, context }: Parts = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: [{ name: 'c', cluster: { server: 'https://c.example:6443', ...cluster } }],
    users: [{ name: 'u', user: { ...user } }],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u', ...context } }],
  }
}

async function headersOf(parts: Parts): Promise<Credentials['headers'] | undefined> {
  const { auth } = await loadKubeconfig({ path: write('headers/config', config(parts)), env: {} })
  return (await auth?.credentials())?.headers
}

test('server, namespace, proxy, server name and certificates come from the current context', async () => {
  const path = write(
    'full/config',
    config({
      cluster: {
        'proxy-url': 'http://proxy.example:3128',
        'tls-server-name': 'api.example',
        'certificate-authority-data': pemData('ca'),
      },
      user: { 'client-certificate-data': pemData('cert'), 'client-key-data': pemData('key') },
      context: { namespace: 'missions' },
    }),
  )
  assert.deepEqual(await loadKubeconfig({ path, env: {} }), {
    server: 'https://c.example:6443',
    namespace: 'missions',
    source: `context dev of ${path}`,
    proxyUrl: 'http://proxy.example:3128',
    tls: { serverName: 'api.example', ca: `${PEM}ca`, cert: `${PEM}cert`, key: `${PEM}key` },
  })
})

test('relative paths start from the file that names them; insecure drops the authority', async () => {
  write('relative/pki/ca.pem', PEM)
  write('relative/pki/cert.pem', 'cert')
  write('relative/pki/key.pem', 'key')
  write('relative/token', 'from-file\n')
  const user = {
    'client-certificate': 'pki/cert.pem',
    'client-key': './pki/key.pem',
    tokenFile: 'token',
  }
  const path = write(
    'relative/config',
    config({ cluster: { 'certificate-authority': 'pki/ca.pem' }, user }),
  )
  const loaded = await loadKubeconfig({ path, env: {} })
  assert.deepEqual(loaded.tls, { ca: PEM, cert: 'cert', key: 'key' })
  assert.deepEqual(await loaded.auth?.credentials(), {
    headers: { authorization: 'Bearer from-file' },
    clientCertificate: { cert: 'cert', key: 'key' },
  })
  const lax = { 'certificate-authority': 'missing.pem', 'insecure-skip-tls-verify': true }
  const insecure = await loadKubeconfig({ path: write('lax', config({ cluster: lax })), env: {} })
  assert.deepEqual(insecure.tls, { insecure: true })
})

test('tokens and passwords become headers, a token file before a token before a password', async () => {
  assert.deepEqual(await headersOf({ user: { token: 't' } }), { authorization: 'Bearer t' })
  const basic = btoa('me:pa:ss')
  assert.deepEqual(await headersOf({ user: { username: 'me', password: 'pa:ss' } }), {
    authorization: `Basic ${basic}`,
  })
  const user = { token: 'fallback', tokenFile: 'not-there', username: 'x' }
  assert.deepEqual(await headersOf({ user }), { authorization: 'Bearer fallback' })
  assert.equal(await headersOf({}), undefined)
})

test('several files are merged: the first to name something wins, files that are missing are passed over', async () => {
  const one = write('merge/one', {
    clusters: [{ name: 'c', cluster: { server: 'https://one.example' } }],
    'current-context': '',
  })
  const two = write('merge/two', {
    ...config({ context: { namespace: 'two' } }),
    contexts: [
      { name: 'dev', context: { cluster: 'c', user: 'u', namespace: 'two' } },
      { name: 'other', context: { cluster: 'd' } },
    ],
  })
  const three = write('merge/three', {
    'current-context': 'other',
    clusters: [{ name: 'd', cluster: { server: 'https://three.example' } }],
    contexts: [{ name: 'dev', context: { cluster: 'd' } }],
  })
  const env = { KUBECONFIG: [one, join(folder, 'nowhere'), '', two, three].join(delimiter) }
  const dev = await loadKubeconfig({ env })
  assert.deepEqual([dev.server, dev.namespace], ['https://one.example', 'two'])
  const other = await loadKubeconfig({ env, context: 'other', namespace: 'mine' })
  assert.deepEqual([other.server, other.namespace], ['https://three.example', 'mine'])
  const mixed = await loadKubeconfig({ env, cluster: 'd', user: 'u' })
  assert.equal(mixed.server, 'https://three.example')
})

test('without a name the file in the home folder is read, and in a pod that has none the service account', async () => {
  write('home/.kube/config', config())
  const home = { HOME: join(folder, 'home') }
  assert.equal((await loadKubeconfig({ env: home })).server, 'https://c.example:6443')
  const account = dirname(write('account/token', 'pod-token'))
  write('account/ca.crt', PEM)
  write('account/namespace', 'sortie-system\n')
  const pod = {
    HOME: join(folder, 'empty'),
    KUBERNETES_SERVICE_HOST: 'fd00::1',
    KUBERNETES_SERVICE_PORT: '443',
  }
  const inside = await loadKubeconfig({ env: pod, serviceAccountFolder: account })
  assert.deepEqual(
    [inside.server, inside.namespace, inside.tls],
    ['https://[fd00::1]:443', 'sortie-system', { ca: PEM }],
  )
  assert.deepEqual(await inside.auth?.credentials(), {
    headers: { authorization: 'Bearer pod-token' },
  })
  const runner = { ...pod, ...home }
  const owned = await loadKubeconfig({ env: runner, serviceAccountFolder: account })
  assert.equal(owned.server, 'https://c.example:6443')
  const named = await loadKubeconfig({ env: runner, context: 'dev', serviceAccountFolder: account })
  assert.equal(named.server, 'https://c.example:6443')
  const listed = { ...pod, KUBECONFIG: write('listed', config()) }
  const outside = await loadKubeconfig({ env: listed, serviceAccountFolder: account })
  assert.equal(outside.server, 'https://c.example:6443')
  for (const unset of ['', { ...config(), 'current-context': '' }]) {
    const empty = { ...pod, HOME: dirname(dirname(write('unset/.kube/config', unset))) }
    const found = await loadKubeconfig({ env: empty, serviceAccountFolder: account })
    assert.equal(found.server, 'https://[fd00::1]:443')
  }
  for (const HOME of [write('nofolder', ''), undefined]) {
    const found = await loadKubeconfig({ env: { ...pod, HOME }, serviceAccountFolder: account })
    assert.equal(found.server, 'https://[fd00::1]:443')
  }
  const { KUBERNETES_SERVICE_PORT: _port, ...half } = runner
  assert.equal((await loadKubeconfig({ env: half })).server, 'https://c.example:6443')
})

test('a pod works in its own namespace unless told otherwise, and in default where it has none', async () => {
  const account = dirname(write('bare/token', 'pod-token'))
  write('bare/ca.crt', PEM)
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' }
  const options = { env, serviceAccountFolder: account }
  const bare = await loadKubeconfig(options)
  assert.deepEqual(
    [bare.server, bare.namespace, bare.source],
    ['https://10.0.0.1:6443', 'default', 'in-cluster'],
  )
  write('bare/namespace', ' \n')
  assert.equal((await loadKubeconfig(options)).namespace, 'default')
  write('bare/namespace', 'own')
  assert.equal((await loadKubeconfig(options)).namespace, 'own')
  const told = await loadKubeconfig({ ...options, namespace: 'other' })
  assert.deepEqual([told.namespace, told.server], ['other', 'https://10.0.0.1:6443'])
})

test('a cluster that is named needs no context, and has no user unless one is named', async () => {
  const { 'current-context': _current, ...rest } = config({ user: { token: 't' } })
  const path = write('contextless', rest)
  const nobody = await loadKubeconfig({ path, env: {}, cluster: 'c' })
  assert.deepEqual(
    [nobody.server, nobody.namespace, nobody.source, nobody.auth],
    ['https://c.example:6443', 'default', `context none of ${path}`, undefined],
  )
  const { auth } = await loadKubeconfig({ path, env: {}, cluster: 'c', user: 'u' })
  assert.deepEqual(await auth?.credentials(), { headers: { authorization: 'Bearer t' } })
})

const problems: readonly { what: string; message: RegExp; load: () => Promise<unknown> }[] = [
  {
    what: 'a file that is not there',
    message: /^there is no kubeconfig at \/nowhere\/config: check the path/,
    load: () => loadKubeconfig({ path: '/nowhere/config', env: {} }),
  },
  {
    what: 'no file at all',
    message: /^there is no kubeconfig at \/nowhere\/\.kube\/config: set KUBECONFIG or name a file/,
    load: () => loadKubeconfig({ env: { HOME: '/nowhere' } }),
  },
  {
    what: 'a directory',
    message: /can't be read \(it is a directory\): name another file$/,
    load: () => loadKubeconfig({ path: folder, env: {} }),
  },
  {
    what: 'broken YAML',
    message: /is no valid YAML: .* at line 2, column 1$/,
    load: () => loadKubeconfig({ path: write('broken', 'a: [b\n'), env: {} }),
  },
  {
    what: 'another kind of file',
    message: /holds no mapping: it should begin with "kind: Config"$/,
    load: () => loadKubeconfig({ path: write('text', 'just words'), env: {} }),
  },
  {
    what: 'an empty file',
    message: /has no current context: choose one with --context \(there are: none\)$/,
    load: () => loadKubeconfig({ path: write('empty', ''), env: {} }),
  },
  {
    what: 'lists that are none',
    message: /^clusters in the kubeconfig .* must be a list$/,
    load: () => loadKubeconfig({ path: write('nolist', { clusters: { a: 1 } }), env: {} }),
  },
  {
    what: 'no current context',
    message: /has no current context: choose one with --context \(there are: dev\)$/,
    load: () =>
      loadKubeconfig({ path: write('nocurrent', { ...config(), 'current-context': '' }), env: {} }),
  },
  {
    what: 'an unknown context',
    message: /^there is no context prod in .*: choose one with --context \(there are: dev\)$/,
    load: () => loadKubeconfig({ path: write('ok', config()), context: 'prod', env: {} }),
  },
  {
    what: 'an unknown cluster',
    message: /^context dev names the cluster x, but .* has: c$/,
    load: () =>
      loadKubeconfig({ path: write('nocluster', config({ context: { cluster: 'x' } })), env: {} }),
  },
  {
    what: 'an unknown user',
    message: /^context dev names the user x, but .* has: u$/,
    load: () =>
      loadKubeconfig({ path: write('nouser', config({ context: { user: 'x' } })), env: {} }),
  },
  {
    what: 'a server that is no URL',
    message: /^cluster c in .* has no valid server URL$/,
    load: () =>
      loadKubeconfig({
        path: write('nourl', config({ cluster: { server: 'c.example' } })),
        env: {},
      }),
  },
  {
    what: 'a server without https:// before it',
    message: /^cluster c in .* has no valid server URL$/,
    load: () =>
      loadKubeconfig({
        path: write('noscheme', config({ cluster: { server: 'localhost:6443' } })),
        env: {},
      }),
  },
  {
    what: 'a proxy that is no URL',
    message: /^proxy-url of cluster c must be an http, https or socks5 URL$/,
    load: () =>
      loadKubeconfig({
        path: write('noproxy', config({ cluster: { 'proxy-url': 'proxy:3128' } })),
        env: {},
      }),
  },
  {
    what: 'a certificate that is not there',
    message:
      /^client-certificate of the kubeconfig names .*gone\.pem, which can't be read \(ENOENT\)$/,
    load: () =>
      loadKubeconfig({
        path: write('nocert', config({ user: { 'client-certificate': 'gone.pem' } })),
        env: {},
      }),
  },
  {
    what: 'an authority whose file is empty, which would be any the machine trusts,',
    message: /^certificate-authority of the kubeconfig names .*empty\.pem, which is empty$/,
    load: () => {
      const cluster = { 'certificate-authority': write('empty.pem', '\n') }
      return loadKubeconfig({ path: write('emptyca', config({ cluster })), env: {} })
    },
  },
  {
    what: 'data that is no PEM',
    message: /^certificate-authority-data in the kubeconfig is no base64 of a PEM text$/,
    load: () =>
      loadKubeconfig({
        path: write('nopem', config({ cluster: { 'certificate-authority-data': 'eHg=' } })),
        env: {},
      }),
  },
  ...(
    [
      { context: { namespace: 2024 } },
      { context: { user: 7 } },
      { user: { token: 12_345 } },
      { user: { username: 'me', password: 12_345 } },
      { user: { tokenFile: ['a'] } },
      { cluster: { 'proxy-url': true } },
      { cluster: { 'tls-server-name': 1 } },
      { cluster: { 'certificate-authority': {} } },
    ] as const
  ).map((parts) => ({
    what: `what is no text in ${JSON.stringify(parts)}`,
    message: /^[a-zA-Z-]+ in the kubeconfig is no text: put it in quotes$/,
    load: () => loadKubeconfig({ path: write('notext', config(parts)), env: {} }),
  })),
  {
    what: 'an auth-provider',
    message: /^user u uses an auth-provider/,
    load: () => headersOf({ user: { 'auth-provider': { name: 'oidc' } } }),
  },
  {
    what: 'a service account that is not mounted',
    message:
      /ca\.crt can't be read: set automountServiceAccountToken on the pod, or give a kubeconfig$/,
    load: () =>
      loadKubeconfig({
        env: { KUBERNETES_SERVICE_HOST: 'h', KUBERNETES_SERVICE_PORT: '1' },
        serviceAccountFolder: '/nowhere',
      }),
  },
]

for (const { what, message, load } of problems) {
  test(`${what} is refused in one sentence that says what to do`, async () => {
    await assert.rejects(load(), (error) => {
      assert.ok(error instanceof SortieError)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('\n'))
      return true
    })
  })
}

test('whatever a kubeconfig holds, it is followed or refused by a sentence', async () => {
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.constantFrom('', 'c', 'u', './x'),
  )
  const value = fc.oneof(
    { weight: 5, arbitrary: scalar },
    fc.array(scalar, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('command', 'apiVersion', 'args', 'env'), fc.anything(), {
      maxKeys: 4,
    }),
  )
  const fields = [
    'server',
    'cluster',
    'user',
    'token',
    'tokenFile',
    'exec',
    'client-key',
    'proxy-url',
    'namespace',
  ]
  const section = fc.oneof(value, fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 5 }))
  const parts = fc.record({ cluster: section, user: section, context: section })
  await fc.assert(
    fc.asyncProperty(parts, async ({ cluster, user, context }) => {
      const server = 'https://c.example'
      const content = config({ cluster: { server, ...Object(cluster) }, user: Object(user) })
      const contexts = [{ name: 'dev', context: { cluster: 'c', user: 'u', ...Object(context) } }]
      const path = write('any/config', JSON.stringify({ ...content, contexts }))
      await loadKubeconfig({ path, env: {} }).catch((error: unknown) => {
        assert.ok(error instanceof SortieError, String(error))
      })
    }),
  )
})

test('what is loaded goes into a transport as it is', async () => {
  const server = await startFaultServer((request, response) =>
    sendJson(response, 200, request.headers.authorization),
  )
  const path = write(
    'real/config',
    config({ cluster: { server: server.url }, user: { token: 'abc' } }),
  )
  const transport = createHttpTransport({
    ...(await loadKubeconfig({ path, env: {} })),
    clock: systemClock(),
  })
  assert.equal((await transport.request({ method: 'GET', path: '/' })).body, 'Bearer abc')
  await transport.close()
  await server.close()
})
