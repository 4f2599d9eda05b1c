import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock, systemRandom } from '@sortie/machinery'
import type { ExitStatus } from '../environment.ts'
import { runProgram } from '../program.ts'
import { type CommandRun, memoryOutput, startCommandRun } from '../testing/commandrun.ts'

let it: CommandRun
before(async () => {
  it = await startCommandRun()
})
after(() => it.stop())

interface Running {
  readonly text: () => string
  /** The first match in what is printed. */
  find(pattern: RegExp): Promise<string>
  stop(): Promise<ExitStatus>
}

/** A command that serves until it is told to end. */
function start(args: readonly string[], workingDirectory = it.folder): Running {
  const abort = new AbortController()
  const [out, err] = [memoryOutput(), memoryOutput()]
  const status = runProgram(
    {
      variables: { HOME: it.folder, KUBECONFIG: it.kubeconfig },
      workingDirectory,
      out,
      err,
      readStdin: async () => '',
      clock: systemClock(),
      random: systemRandom(),
      signal: abort.signal,
    },
    args,
  )
  const ended = status.then((code) => {
    throw new Error(`ended with ${code}: ${err.text()}`)
  })
  ended.catch(() => {})
  return {
    text: out.text,
    async find(pattern) {
      for (;;) {
        const found = pattern.exec(out.text())?.[0]
        if (found !== undefined) return found
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 20)), ended])
      }
    },
    stop() {
      abort.abort()
      return status
    },
  }
}

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

async function freePort(): Promise<number> {
  const server = await listening()
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const LINK = /http:\/\/127\.0\.0\.1:\d+\/launch\/[0-9a-f]{64}/

async function signIn(link: string): Promise<{ origin: string; cookie: string }> {
  const reply = await fetch(link, { redirect: 'manual' })
  assert.equal(reply.status, 303)
  return {
    origin: new URL(link).origin,
    cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '',
  }
}

test('dashboard serves the cluster of the kubeconfig, to whoever has the link', async () => {
  const running = start(['dashboard', '--port', '0'])
  const { origin, cookie } = await signIn(await running.find(LINK))
  const session = await fetch(`${origin}/api/session`, { headers: { cookie } })
  assert.partialDeepStrictEqual(await session.json(), { mode: 'strict', user: { name: 'tester' } })
  assert.equal((await fetch(`${origin}/api/session`)).status, 401)
  assert.equal(await running.stop(), 0)
})

test('up prints one link, and serves the embedded cluster by it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-up-'))
  const running = start(['up', '--port', '0', '--dashboard-port', '0', '--mission', 'none'], folder)
  const { origin, cookie } = await signIn(await running.find(LINK))
  assert.equal(running.text().match(new RegExp(LINK, 'g'))?.length, 1)
  const session = await fetch(`${origin}/api/session`, { headers: { cookie } })
  assert.partialDeepStrictEqual(await session.json(), { mode: 'embedded', simulated: true })
  const nodes = await fetch(`${origin}/api/kube/api/v1/nodes`, { headers: { cookie } })
  assert.equal(nodes.status, 200)
  assert.equal(await running.stop(), 0)
  await rm(folder, { recursive: true, force: true })
})

test('up without dashboard prints no link', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-up-'))
  const args = ['up', '--port', '0', '--no-dashboard', '--mission', 'none']
  const running = start(args, folder)
  await running.find(/Serving until Ctrl-C/)
  assert.doesNotMatch(running.text(), LINK)
  assert.equal(await running.stop(), 0)
  await rm(folder, { recursive: true, force: true })
})

test('a port that is in use is told, with what to do', async () => {
  const taken = await listening()
  const { port } = taken.address() as AddressInfo
  const answer = await it.run(['dashboard', '--port', String(port)])
  assert.equal(answer.status, 2)
  assert.match(answer.err, /port \d+ is in use: choose another/)
  assert.equal((await it.run(['dashboard', '--port', '99999'])).status, 2)
  taken.close()
})

test('in a cluster people sign in with their own token, and the server’s own lets nobody in', async () => {
  const port = await freePort()
  const flags = ['--in-cluster', '--port', String(port), '--plain-http', '--log-level', 'silent']
  const running = start(['dashboard', ...flags])
  const origin = `http://127.0.0.1:${port}`
  const headers = { 'content-type': 'application/json', origin, 'x-sortie-csrf': '1' }
  const ask = (token: string) =>
    fetch(`${origin}/api/session`, { method: 'POST', headers, body: JSON.stringify({ token }) })
  const wait = async (): Promise<Response> => {
    for (;;) {
      try {
        return await ask('wrong')
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
  assert.equal((await wait()).status, 401)
  assert.equal((await ask('a'.repeat(64))).status, 200)
  assert.equal((await fetch(`${origin}/launch/x`)).status, 410)
  assert.equal(await running.stop(), 0)
})
