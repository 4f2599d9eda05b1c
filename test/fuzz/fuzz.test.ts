/**
 * Two thousand random sequences of writes and some, other ones each time, on the embedded server and on a real kube-apiserver. The seed
 * is printed, and a difference prints how to play it again: `node test/fuzz/run.ts --seed S --only NAME`.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { missingForControlPlane } from '@sortie/testing'
import { fuzz } from '../../packages/testing/src/fuzz/index.ts'
import { type OpenServers, openServers } from './servers.ts'

const SEQUENCES = 2_000

const missing = missingForControlPlane()
let servers: OpenServers | undefined
after(() => servers?.close())

test('random writes to custom resources, our own kinds and built-in ones end alike on both servers', {
  skip: missing ?? false,
}, async () => {
  servers = await openServers()
  const seed = Number(process.env['SORTIE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  process.stderr.write(`seed ${seed}\n`)
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  const result = await fuzz(servers, { seed, runs: SEQUENCES, report })
  const { counts, sequences, milliseconds } = result
  process.stderr.write(`${sequences} sequences in ${milliseconds} ms with seed ${seed}\n`)
  const found = [...counts].map(([signature, count]) => `${count} × ${signature}`)
  assert.deepEqual(found, [], `differences with seed ${seed}`)
  assert.ok(sequences >= SEQUENCES)
})
