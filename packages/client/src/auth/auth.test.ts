import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createVirtualClock, formatTime, SortieError } from '@sortie/machinery'
import { type ExecPlugin, execAuth } from './exec.ts'
import { tokenFile } from './tokens.ts'

const folder = mkdtempSync(join(tmpdir(), 'auth-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const newClock = () => createVirtualClock(1_000_000_000_000, turn)

async function until(condition: () => boolean): Promise<void> {
  for (let times = 0; times < 500 && !condition(); times++)
    await new Promise((r) => setTimeout(r, 2))
  assert.ok(condition(), 'did not happen')
}

test('a token file is read again after a minute, without making a request wait for it', async () => {
  const clock = newClock()
  const path = join(folder, 'token')
  writeFileSync(path, 'one\n')
  const auth = tokenFile({ path, clock })
  const token = (given: unknown) => Object(given).headers?.authorization
  assert.equal(token(await auth.credentials()), 'Bearer one')
  writeFileSync(path, 'two')
  await clock.advance(59_000)
  assert.equal(token(auth.credentials()), 'Bearer one')
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(token(auth.credentials()), 'Bearer one')
  await clock.advance(1000)
  assert.equal(token(auth.credentials()), 'Bearer one')
  await until(() => token(auth.credentials()) === 'Bearer two')
  assert.equal(clock.pendingTimers(), 0)
})

test('a 401 has the token file read at once; where that fails the last token stays', async () => {
  const path = join(folder, 'rotated')
  writeFileSync(path, 'one')
  const auth = tokenFile({ path, clock: newClock() })
  const one = await auth.credentials()
  writeFileSync(path, 'two')
  assert.equal(auth.rejected?.(one), true)
  const two = await auth.credentials()
  assert.deepEqual(two, { headers: { authorization: 'Bearer two' } })
  rmSync(path)
  assert.equal(auth.rejected?.(two), true)
  assert.deepEqual(await auth.credentials(), { headers: { authorization: 'Bearer two' } })
})

test('a token that was refused again and again has its file read once', async () => {
  const path = join(folder, 'many')
  writeFileSync(path, 'one')
  const auth = tokenFile({ path, clock: newClock() })
  const one = await auth.credentials()
  writeFileSync(path, 'two')
  assert.equal(auth.rejected?.(one), true)
  assert.equal(auth.rejected?.(one), true)
  const two = { headers: { authorization: 'Bearer two' } }
  assert.deepEqual(await Promise.all([auth.credentials(), auth.credentials()]), [two, two])
  writeFileSync(path, 'three')
  assert.equal(auth.rejected?.(one), true)
  assert.deepEqual(auth.credentials(), two)
})

test('a token that was read again, and is still the same, is known when it is refused', async () => {
  const clock = newClock()
  const path = join(folder, 'same')
  writeFileSync(path, 'one')
  const auth = tokenFile({ path, clock })
  const one = await auth.credentials()
  await clock.advance(60_000)
  await auth.credentials()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await auth.credentials()
  writeFileSync(path, 'two')
  assert.equal(auth.rejected?.(one), true)
  assert.deepEqual(await auth.credentials(), { headers: { authorization: 'Bearer two' } })
})

test('a token file that was never readable is an error that names it', async () => {
  const path = join(folder, 'never')
  const auth = tokenFile({ path, clock: newClock() })
  await assert.rejects(
    async () => auth.credentials(),
    (error) => {
      assert.ok(error instanceof SortieError)
      return error.message.includes(path)
    },
  )
  writeFileSync(path, 'late')
  assert.deepEqual(await auth.credentials(), { headers: { authorization: 'Bearer late' } })
})

const API = 'client.authentication.k8s.io/v1'

/** A program that counts its runs in a file and prints the answer, in which `$RUN` is the run's number. */
function program(
  name: string,
  answer: unknown,
): { readonly plugin: ExecPlugin; readonly runs: () => number } {
  const command = join(folder, name)
  const log = `${command}.runs`
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  writeFileSync(log, '')
  writeFileSync(
    command,
    `#!/bin/sh\nprintf x >> "$RUNS"\nRUN=$(wc -c < "$RUNS" | tr -d ' ')\ncat <<END\n${text}\nEND\n`,
  )
  chmodSync(command, 0o755)
  const plugin: ExecPlugin = {
    apiVersion: API,
    command,
    args: [],
    env: { RUNS: log },
    interactiveMode: 'Never',
    cluster: { server: 'https://c.example' },
  }
  return { plugin, runs: () => readFileSync(log, 'utf8').length }
}

function authOf(plugin: ExecPlugin, clock = newClock(), interactive = false) {
  return execAuth({ plugin, clock, env: process.env, interactive })
}

test('an exec plugin runs once for all who ask, again a minute before its token expires, and after a 401', async () => {
  const clock = newClock()
  const expirationTimestamp = formatTime(clock.now() + 3_600_000)
  const status = { token: 'run-$RUN', expirationTimestamp }
  const { plugin, runs } = program('expiring', { apiVersion: API, kind: 'ExecCredential', status })
  const auth = authOf(plugin, clock)
  const several = await Promise.all([auth.credentials(), auth.credentials(), auth.credentials()])
  assert.deepEqual(several.at(-1), { headers: { authorization: 'Bearer run-1' } })
  await clock.advance(3_600_000 - 61_000)
  await auth.credentials()
  assert.equal(runs(), 1)
  await clock.advance(1001)
  const second = await auth.credentials()
  assert.deepEqual(second, { headers: { authorization: 'Bearer run-2' } })
  assert.equal(auth.rejected?.(second), true)
  assert.deepEqual(await auth.credentials(), { headers: { authorization: 'Bearer run-3' } })
  assert.equal(clock.pendingTimers(), 0)
})

test('credentials that were refused to many at once are fetched once more, and all may try again', async () => {
  const status = { token: 'run-$RUN' }
  const { plugin, runs } = program('refused', { apiVersion: API, kind: 'ExecCredential', status })
  const auth = authOf(plugin)
  const first = await auth.credentials()
  assert.equal(auth.rejected?.(first), true)
  const renewed = auth.credentials()
  assert.equal(auth.rejected?.(first), true)
  assert.deepEqual(await auth.credentials(), { headers: { authorization: 'Bearer run-2' } })
  assert.equal(auth.rejected?.(first), true)
  assert.equal(await auth.credentials(), await renewed)
  assert.equal(runs(), 2)
})

test('an exec plugin may give a client certificate, and without an expiry is asked once', async () => {
  const status = { clientCertificateData: 'CERT', clientKeyData: 'KEY' }
  const { plugin, runs } = program('certificate', {
    apiVersion: API,
    kind: 'ExecCredential',
    status,
  })
  const clock = newClock()
  const auth = authOf(plugin, clock)
  const expected = { headers: {}, clientCertificate: { cert: 'CERT', key: 'KEY' } }
  assert.deepEqual(await auth.credentials(), expected)
  await clock.advance(10 ** 9)
  assert.deepEqual(await auth.credentials(), expected)
  assert.equal(runs(), 1)
})

test('a token of a short life is used for nine tenths of it', async () => {
  const clock = newClock()
  const status = { token: 'run-$RUN', expirationTimestamp: formatTime(clock.now() + 100_000) }
  const { plugin, runs } = program('short', { apiVersion: API, kind: 'ExecCredential', status })
  const auth = authOf(plugin, clock)
  await auth.credentials()
  await clock.advance(89_999)
  await auth.credentials()
  assert.equal(runs(), 1)
  await clock.advance(1)
  await auth.credentials()
  assert.equal(runs(), 2)
})

test('a certificate without its key is none', async () => {
  const answer = (status: object) => ({ apiVersion: API, kind: 'ExecCredential', status })
  for (const half of [{ clientCertificateData: 'CERT' }, { clientKeyData: 'KEY' }]) {
    const token = program('half', answer({ token: 't', ...half }))
    assert.deepEqual(await authOf(token.plugin).credentials(), {
      headers: { authorization: 'Bearer t' },
    })
    const alone = authOf(program('alone', answer(half)).plugin)
    await assert.rejects(async () => alone.credentials(), /neither a token nor a client cert/)
  }
})

test('an exec plugin is told what it needs by KUBERNETES_EXEC_INFO', async () => {
  const echo = `{"apiVersion":"${API}","kind":"ExecCredential","status":{"token":"$(echo "$KUBERNETES_EXEC_INFO" | od -An -tx1 | tr -d ' \\n')"}}`
  const { plugin } = program('info', echo)
  const { headers } = await authOf(plugin).credentials()
  const hex = String(headers['authorization']).slice('Bearer '.length)
  assert.deepEqual(JSON.parse(Buffer.from(hex, 'hex').toString()), {
    kind: 'ExecCredential',
    apiVersion: API,
    spec: { interactive: false, cluster: { server: 'https://c.example' } },
  })
})

test('an exec plugin that does not answer is ended after five minutes, and the next request runs it anew', async () => {
  const clock = newClock()
  const { plugin, runs } = program('hanging', {
    apiVersion: API,
    kind: 'ExecCredential',
    status: { token: 't' },
  })
  // What a shell waits for holds its output open, also when the shell itself has been ended.
  writeFileSync(plugin.command, '#!/bin/sh\nprintf x >> "$RUNS"\nsleep 60 2>/dev/null\nexit 1\n')
  const auth = authOf(plugin, clock)
  for (const run of [1, 2]) {
    const failed = assert.rejects(
      async () => auth.credentials(),
      /hanging gave no credentials: it gave no answer within 300 s$/,
    )
    await until(() => runs() === run)
    await clock.advance(300_000)
    await failed
  }
  assert.equal(clock.pendingTimers(), 0)
})

test('an exec plugin that asks a person has as long as the person takes', async () => {
  const clock = newClock()
  const { plugin } = program('asking', '')
  const answer = join(folder, 'answered')
  const status = '{"status":{"token":"t"},"kind":"ExecCredential"'
  writeFileSync(
    plugin.command,
    `#!/bin/sh\nprintf x >> "$RUNS"\nuntil [ -e ${answer} ]; do sleep 0.01; done\necho '${status},"apiVersion":"${API}"}'\n`,
  )
  const given = authOf({ ...plugin, interactiveMode: 'IfAvailable' }, clock, true).credentials()
  await clock.advance(3_600_000)
  writeFileSync(answer, '')
  assert.deepEqual(await given, { headers: { authorization: 'Bearer t' } })
})

test('an exec plugin that fails says which, why, and how to get it', async () => {
  const missing: ExecPlugin = {
    ...program('x', '').plugin,
    command: 'no-such-program-here',
    installHint: 'get it from the shop',
  }
  const other = { apiVersion: 'client.authentication.k8s.io/v1beta1', kind: 'ExecCredential' }
  const cases: readonly [ExecPlugin, RegExp][] = [
    [
      missing,
      /no-such-program-here gave no credentials: there is no such program; get it from the shop$/,
    ],
    [{ ...program('x', '').plugin, command: 'no-such-program-here' }, /there is no such program$/],
    [{ ...missing, command: folder }, /EACCES$/],
    [
      { ...missing, command: 'head', args: ['-c', '50000000', '/dev/zero'] },
      /it ended with SIGTERM$/,
    ],
    [
      program('kind', { apiVersion: API, kind: 'Secret', status: { token: 't' } }).plugin,
      /its answer is no ExecCredential/,
    ],
    [program('words', 'hello').plugin, /its answer is no JSON$/],
    [
      program('version', other).plugin,
      /its answer is no ExecCredential of client\.authentication\.k8s\.io\/v1$/,
    ],
    [
      program('nothing', { apiVersion: API, kind: 'ExecCredential' }).plugin,
      /neither a token nor a client certificate/,
    ],
    [
      program('day', {
        apiVersion: API,
        kind: 'ExecCredential',
        status: { token: 't', expirationTimestamp: '2026-02-30T12:00:00Z' },
      }).plugin,
      /its expirationTimestamp is no time: 2026-02-30T12:00:00Z$/,
    ],
    [{ ...missing, command: 'false' }, /it ended with exit code 1$/],
    [
      { ...missing, interactiveMode: 'Always' },
      /it needs a terminal to ask at, and there is none$/,
    ],
  ]
  for (const [plugin, message] of cases) {
    await assert.rejects(
      async () => authOf(plugin).credentials(),
      (error) => {
        assert.ok(error instanceof SortieError)
        assert.match(error.message, message)
        assert.deepEqual([error.kind, error.code], ['terminal', 'ExecCredentialsUnavailable'])
        return true
      },
    )
  }
})
