import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { controlPlaneVersion, otherVersions } from './binaries.ts'
import { apiserverFlags, etcdFlags, type Layout } from './flags.ts'
import { freePorts, startDaemon } from './processes.ts'
import { DEFAULT_USERS, kubeconfigText, tokenFileText, withTokens } from './users.ts'

const LAYOUT: Layout = {
  folder: '/bed',
  ports: { etcd: 1, peer: 2, apiserver: 3, controllerManager: 4, scheduler: 5 },
}

describe('the control plane’s users', () => {
  test('have a token each, and their groups in quotes', () => {
    const users = withTokens({ admin: DEFAULT_USERS.admin, nobody: DEFAULT_USERS.nobody })
    const [admin, nobody] = [users.get('admin'), users.get('nobody')]
    assert.notEqual(admin?.token, nobody?.token)
    assert.equal(
      tokenFileText(users),
      `${admin?.token},admin,admin,"system:masters"\n${nobody?.token},nobody,nobody,""`,
    )
  })

  test('that are parts of Sortie are service accounts, and no administrators', () => {
    for (const name of ['operator', 'scheduler', 'fleet', 'dashboard'] as const) {
      const { user, groups } = DEFAULT_USERS[name]
      assert.match(user, /^system:serviceaccount:sortie-system:sortie-/)
      assert.equal(groups?.includes('system:masters'), false)
    }
  })

  test('have a kubeconfig that checks the server’s certificate', () => {
    const text = kubeconfigText({ url: 'https://127.0.0.1:3', caFile: '/bed/ca', token: 't' })
    assert.match(text, /certificate-authority: "\/bed\/ca"/)
    assert.doesNotMatch(text, /insecure/)
  })
})

describe('the control plane’s programs', () => {
  test('listen on the loopback interface only', () => {
    const flags = [...etcdFlags(LAYOUT), ...apiserverFlags(LAYOUT)]
    assert.ok(flags.includes('--bind-address=127.0.0.1'))
    assert.ok(flags.includes('--listen-client-urls=http://127.0.0.1:1'))
    assert.ok(flags.includes('--authorization-mode=RBAC'))
  })

  test('are of the version that go.mod names', () => {
    assert.match(controlPlaneVersion(), /^v1\.\d+\.\d+$/)
    for (const version of otherVersions()) {
      assert.ok(controlPlaneVersion(version).startsWith(`${version}.`))
    }
  })

  test('are refused in a version that is not there, by the names of those that are', () => {
    const words = new RegExp(`no Kubernetes v1.2 here; one of ${otherVersions().join(', ')}`)
    assert.throws(() => controlPlaneVersion('v1.2'), words)
  })

  test('end when they are told to, and say so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sortie-daemon-'))
    const daemon = startDaemon('sleeper', ['sleep', '60'], join(folder, 'log'))
    assert.equal(daemon.ended, undefined)
    await daemon.stop()
    assert.match(String(daemon.ended), /sleeper ended \(SIGTERM\)/)
    assert.throws(() => process.kill(daemon.pid, 0))
    rmSync(folder, { recursive: true })
  })

  test('are gone at once when they are killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sortie-daemon-'))
    const daemon = startDaemon('sleeper', ['sleep', '60'], join(folder, 'log'))
    await daemon.kill()
    assert.match(String(daemon.ended), /sleeper ended \(SIGKILL\)/)
    assert.throws(() => process.kill(daemon.pid, 0))
    rmSync(folder, { recursive: true })
  })

  test('get ports that differ', async () => {
    assert.equal(new Set(await freePorts(5)).size, 5)
  })
})
