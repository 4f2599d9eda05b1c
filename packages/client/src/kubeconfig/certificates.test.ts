import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createVirtualClock, SortieError } from '@sortie/machinery'
import { stringify } from 'yaml'
import { makeCertificate, sendJson, startFaultServer } from '../faults/http.ts'
import { createHttpTransport } from '../transport/http.ts'
import { loadKubeconfig } from './kubeconfig.ts'

const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

function write(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : stringify(content))
  return path
}

function kubeconfig(user: object, server = 'https://c.example'): string {
  return write('config', {
    'current-context': 'dev',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': 'ca.pem' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
  })
}

const FILES = { 'client-certificate': 'own.pem', 'client-key': 'own-key.pem' }

test('a client certificate whose files are written anew is read again: after five minutes, and at once where it is refused', async () => {
  const certificate = makeCertificate('127.0.0.1')
  const owns = ['first', 'second', 'third'].map(makeCertificate)
  const put = (at: number): void => {
    write('own.pem', owns[at]?.cert ?? '')
    write('own-key.pem', owns[at]?.key ?? '')
  }
  const seen: string[] = []
  const server = await startFaultServer(
    (request, response) => {
      const name: string = Object(request.socket).getPeerCertificate().subject.CN
      seen.push(`${name} ${request.headers.authorization}`)
      sendJson(response, seen.length === 3 ? 401 : 200, {})
    },
    { ...certificate, ca: owns.map(({ cert }) => cert).join('\n'), requestCert: true },
  )
  write('ca.pem', certificate.cert)
  put(0)
  const clock = createVirtualClock(0, turn)
  const path = kubeconfig({ ...FILES, token: 't' }, server.url)
  const transport = createHttpTransport({
    ...(await loadKubeconfig({ path, env: {}, clock })),
    clock,
  })
  const send = () => transport.request({ method: 'GET', path: '/' })
  put(1)
  await clock.advance(299_000)
  await send()
  await clock.advance(1000)
  // The reading that this one asks for is for those that come after it.
  await send()
  await new Promise((resolve) => setTimeout(resolve, 50))
  put(2)
  assert.equal((await send()).status, 200)
  const names = ['first', 'first', 'second', 'third']
  assert.deepEqual(
    seen,
    names.map((name) => `${name} Bearer t`),
  )
  await transport.close()
  await server.close()
})

test('a certificate that is being written, or is gone, is used as it was', async () => {
  const [one, two] = ['one', 'two'].map(makeCertificate)
  assert.ok(one !== undefined && two !== undefined)
  write('ca.pem', 'ca')
  write('own.pem', one.cert)
  write('own-key.pem', one.key)
  const clock = createVirtualClock(0, () => new Promise((resolve) => setTimeout(resolve, 20)))
  const { auth } = await loadKubeconfig({ path: kubeconfig(FILES), env: {}, clock })
  /** After a reading that this one asks for. */
  const certificate = async () => {
    await clock.advance(300_000)
    await auth?.credentials()
    await clock.advance(0)
    return (await auth?.credentials())?.clientCertificate
  }
  write('own.pem', two.cert)
  assert.deepEqual(await certificate(), one)
  rmSync(join(folder, 'own-key.pem'))
  assert.deepEqual(await certificate(), one)
  write('own-key.pem', two.key)
  assert.deepEqual(await certificate(), two)
})

test('a certificate without a key is refused: it would be nobody’s', async () => {
  write('ca.pem', 'ca')
  const path = kubeconfig({ 'client-certificate-data': btoa('-----BEGIN X-----') })
  await assert.rejects(loadKubeconfig({ path, env: {} }), (error) => {
    assert.ok(error instanceof SortieError)
    assert.equal(error.message, 'user u has a client-certificate, but no client-key')
    return true
  })
})
