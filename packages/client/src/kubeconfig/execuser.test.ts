import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { stringify } from 'yaml'
import { type KubeconfigOptions, loadKubeconfig } from './kubeconfig.ts'

const folder = mkdtempSync(join(tmpdir(), 'execuser-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const API = 'client.authentication.k8s.io/v1'
const CA = '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n'

/** A program whose token says how it was called. */
const PROGRAM = `#!/bin/sh
said=$(printf '%s\\n' "$0" "$*" "$GREETING/$NAME" "$KUBERNETES_EXEC_INFO" | base64 | tr -d '\\n')
printf '{"apiVersion":"${API}","kind":"ExecCredential","status":{"token":"%s"}}' "$said"
`
mkdirSync(join(folder, 'bin'))
writeFileSync(join(folder, 'bin/who'), PROGRAM, { mode: 0o755 })
writeFileSync(join(folder, 'ca.pem'), CA)

/** How the program was called for a kubeconfig with this `exec` section. */
async function calledBy(exec: object, options: KubeconfigOptions & { section?: object } = {}) {
  const { section, ...rest } = options
  const path = join(folder, 'config')
  const content = {
    'current-context': 'dev',
    clusters: [{ name: 'c', cluster: { server: 'https://c.example', ...section } }],
    users: [{ name: 'u', user: { exec: { apiVersion: API, command: './bin/who', ...exec } } }],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
  }
  writeFileSync(path, stringify(content))
  const env = { PATH: process.env['PATH'] }
  const { auth } = await loadKubeconfig({ path, env, interactive: false, ...rest })
  const { headers } = (await auth?.credentials()) ?? { headers: {} }
  const text = Buffer.from(String(headers['authorization']).slice('Bearer '.length), 'base64')
  const [program, args, variables, info] = text.toString().split('\n')
  return { program, args, variables, info: JSON.parse(info ?? '') }
}

test('a program with a path is found from the kubeconfig’s folder, one without on the PATH', async () => {
  const own = join(folder, 'bin/who')
  assert.equal((await calledBy({})).program, own)
  assert.equal((await calledBy({ command: 'bin/who' })).program, own)
  assert.equal((await calledBy({ command: own })).program, own)
  const env = { PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter) }
  assert.equal((await calledBy({ command: 'who' }, { env })).program, own)
})

test('a program gets its arguments, and its own variables over those that are set', async () => {
  const env = { PATH: process.env['PATH'], GREETING: 'bye', NAME: 'sue' }
  const called = await calledBy(
    { args: ['--token', 7], env: [{ name: 'GREETING', value: 'hello' }] },
    { env },
  )
  assert.deepEqual([called.args, called.variables], ['--token 7', 'hello/sue'])
})

test('a program is told of the cluster what the protocol names, where it asks for that', async () => {
  const section = {
    'tls-server-name': 'api.example',
    'certificate-authority': 'ca.pem',
    extensions: [
      { name: 'other', extension: { audience: 'nobody' } },
      { name: 'client.authentication.k8s.io/exec', extension: { audience: 'us' } },
    ],
  }
  const { info } = await calledBy({ provideClusterInfo: true }, { section })
  assert.deepEqual(info.spec.cluster, {
    server: 'https://c.example',
    'tls-server-name': 'api.example',
    'certificate-authority-data': Buffer.from(CA).toString('base64'),
    config: { audience: 'us' },
  })
  const plain = await calledBy({ provideClusterInfo: true })
  assert.deepEqual(plain.info.spec.cluster, { server: 'https://c.example' })
  assert.equal((await calledBy({}, { section })).info.spec.cluster, undefined)
})

test('a program may ask at the terminal where there is one and it wants to', async () => {
  const asks = async (interactiveMode: string | undefined, interactive: boolean) =>
    (await calledBy({ interactiveMode }, { interactive })).info.spec.interactive
  assert.equal(await asks('IfAvailable', true), true)
  assert.equal(await asks(undefined, true), true)
  assert.equal(await asks('Always', true), true)
  assert.equal(await asks('Never', true), false)
  assert.equal(await asks('IfAvailable', false), false)
  await assert.rejects(asks('Always', false), /needs a terminal to ask at/)
})

test('a program that is missing is told how to get', async () => {
  const command = './bin/missing'
  await assert.rejects(calledBy({ command }), /there is no such program$/)
  const installHint = 'ask the ground crew\n'
  await assert.rejects(calledBy({ command, installHint }), /such program; ask the ground crew$/)
})

test('a program without a command or a version of the protocol is refused', async () => {
  await assert.rejects(calledBy({ command: '' }), /needs both command and apiVersion$/)
  await assert.rejects(calledBy({ apiVersion: null }), /needs both command and apiVersion$/)
})
