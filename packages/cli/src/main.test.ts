/** The executable itself: what becomes of its output when it ends. */
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { customResourceDefinitions } from '@sortie/api'
import { toYaml } from './output/objects.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

function sortie(...args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args])
}

test('a pipe gets all of a long output, more than it holds at a time', async () => {
  // Node’s own pipes to a child are sockets, which hold more than a shell’s.
  const child = spawn('sh', ['-c', '"$0" "$1" crds | cat', process.execPath, MAIN])
  const [printed, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  assert.equal(printed, customResourceDefinitions().map(toYaml).join('---\n'))
  assert.equal(status, 0)
})

test('a reader that goes away early is no error', async () => {
  const child = sortie('crds')
  child.stdout.destroy()
  const [complaints, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  assert.equal(complaints, '')
  assert.equal(status, 0)
})

test('complaints that nobody reads do not change the exit status', async () => {
  const child = sortie('lint', '-f', 'nowhere.yaml')
  child.stderr.destroy()
  const [, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  assert.equal(status, 2)
})
