/** The image: small, the same on every build, without root, and its entry point runs with nothing but what is in it. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { VERSION } from '../../packages/cli/src/version.ts'
import { archiveOf, buildImage, type Image } from '../../tools/image/oci.ts'
import { tar } from '../../tools/image/tar.ts'
import { sortieImage } from '../../tools/image.ts'
import { freePort, get, signIn } from './browser.ts'
import { startInstallTarget } from './server.ts'

const skip = process.platform === 'linux' ? false : 'the image is built on Linux only'

interface Descriptor {
  readonly digest: string
  readonly size: number
}

describe('the image', { skip }, () => {
  let image: Image
  let content: Buffer
  let folder: string
  before(async () => {
    image = await sortieImage()
    content = archiveOf([image])
    folder = mkdtempSync(join(tmpdir(), 'sortie-image-'))
    const archive = join(folder, 'image.tar')
    writeFileSync(archive, content)
    mkdirSync(join(folder, 'root'))
    execFileSync('tar', ['-xf', archive, '-C', folder])
    for (const { digest } of manifest().layers) {
      execFileSync('tar', ['-xzf', blob(digest), '-C', join(folder, 'root')])
    }
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const blob = (digest: string) => join(folder, 'blobs', digest.replace(':', '/'))
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  const manifest = (): { config: Descriptor; layers: Descriptor[] } => {
    const index = json(join(folder, 'index.json')) as { manifests: Descriptor[] }
    return json(blob(index.manifests[0]?.digest ?? ''))
  }
  /** By the entry point, in the image's files alone where this process may, as the image's user. */
  const commandLine = (...args: readonly string[]) => {
    const root = join(folder, 'root')
    const { config } = json(blob(manifest().config.digest)) as {
      config: { User: string; Entrypoint: string[]; Env: string[] }
    }
    const env = Object.fromEntries(config.Env.map((entry) => entry.split(/=(.*)/s, 2)))
    return { command: [`--userspec=${config.User}`, root, ...config.Entrypoint, ...args], env }
  }
  const sortie = (...args: readonly string[]) => {
    const { command, env } = commandLine(...args)
    return spawnSync('/usr/sbin/chroot', command, { encoding: 'utf8', env })
  }

  test('is below 150 MB', () => {
    assert.ok(content.length < 150e6, `${content.length} bytes`)
  })

  test('is the same byte for byte when built again', async () => {
    const again = await sortieImage()
    assert.equal(again.digest, image.digest)
    assert.ok(archiveOf([again]).equals(content))
  })

  test('runs as a user without rights', () => {
    const { config } = json(blob(manifest().config.digest)) as { config: { User: string } }
    assert.equal(config.User, '65532:65532')
    assert.match(readFileSync(join(folder, 'root/etc/passwd'), 'utf8'), /^sortie:x:65532:65532:/m)
  })

  test('names no place of the machine that built it', () => {
    const text = readFileSync(
      join(folder, 'root/opt/sortie/packages/cli/src/commands/sortie.mjs'),
      'utf8',
    )
    assert.ok(!text.includes(process.cwd()))
  })

  test('its entry point runs with nothing but what is in it', {
    skip: process.getuid?.() === 0 ? false : 'chroot is root’s alone',
  }, () => {
    assert.equal(sortie('--version').stdout, `${VERSION}\n`)
    assert.match(sortie('crds').stdout, /name: missions\.airforce\.airforce\.mil/)
    const flown = sortie('up', '--exit', '--port', '0', '--kubeconfig', '/tmp/kubeconfig')
    assert.equal(flown.status, 0, flown.stderr)
  })

  test('its dashboard serves the page, by what its Deployment’s pod has and nothing else', {
    skip: process.getuid?.() === 0 ? false : 'chroot is root’s alone',
  }, async () => {
    const target = await startInstallTarget()
    const { clusters } = json(target.kubeconfig) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    }
    const { server = '', 'certificate-authority-data': ca = '' } = clusters[0]?.cluster ?? {}
    const account = join(folder, 'root/var/run/secrets/kubernetes.io/serviceaccount')
    mkdirSync(account, { recursive: true })
    writeFileSync(join(account, 'ca.crt'), Buffer.from(ca, 'base64'))
    writeFileSync(join(account, 'namespace'), 'sortie-system')
    const port = await freePort()
    const { command, env } = commandLine('dashboard', '--in-cluster', `--port=${port}`)
    const { hostname, port: at } = new URL(server)
    const child = spawn('/usr/sbin/chroot', command, {
      env: { ...env, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: at },
    })
    try {
      let log = ''
      await new Promise<void>((done, fail) => {
        child.once('exit', (status) => fail(new Error(`ended with ${status}: ${log}`)))
        child.stderr.on('data', (chunk: Buffer) => {
          log += chunk.toString()
          if (log.includes('"serving"')) done()
        })
      })
      const page = await get(port, '/', { host: 'localhost' })
      assert.equal(page.status, 200)
      assert.match(page.body, /<script type="module"/)
      assert.equal((await signIn(port, 'localhost', target.token)).status, 200)
    } finally {
      child.kill('SIGKILL')
      await target.stop()
    }
  })
})

test('images in one archive keep their names, and share what they have in common', () => {
  const names = ['sortie:1', 'registry.example:5000/a/b', 'owner/c:2']
  const layers = [{ comment: 'x', entries: [{ path: 'x', kind: 'file', mode: 0o644 } as const] }]
  const common = {
    license: 'Apache-2.0',
    arch: 'x64',
    user: '0:0',
    entrypoint: [],
    env: [],
    layers,
  }
  const files = archiveOf(names.map((name) => buildImage({ name, ...common }))).toString('latin1')
  assert.deepEqual(
    [...files.matchAll(/"io\.containerd\.image\.name":"([^"]+)"/g)].map(([, name]) => name),
    ['docker.io/library/sortie:1', 'registry.example:5000/a/b:latest', 'docker.io/owner/c:2'],
  )
  // A configuration and a manifest for each, one layer for all.
  assert.equal([...files.matchAll(/blobs\/sha256\/[0-9a-f]{64}\0/g)].length, 2 * names.length + 1)
})

test('a path that this tar cannot hold is refused', () => {
  const path = 'a'.repeat(101)
  assert.throws(() => tar([{ path, kind: 'file', mode: 0o644 }]), /path too long/)
})
