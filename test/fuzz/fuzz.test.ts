/**
 * As many random sequences of writes as three minutes hold, and no fewer than two thousand, on the embedded server and on a real
 * kube-apiserver. A difference prints how to play it again: `node test/fuzz/run.ts --seed S --only NAME`.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { missingForControlPlane } from '@sortie/testing'
import { fuzz } from '../../packages/testing/src/fuzz/index.ts'
import { type OpenServers, openServers } from './servers.ts'

const LEAST = 2_000
const FOR_MS = 3 * 60_000
/** Kinds of which every sequence is known to end alike; the others are played by `run.ts`. */
const KINDS = 'fuzzes'

const missing = missingForControlPlane()
let servers: OpenServers | undefined
after(() => servers?.close())

test('random writes to random custom resources end alike on both servers', {
  skip: missing ?? false,
}, async () => {
  servers = await openServers()
  const seed = Number(process.env['SORTIE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  process.stderr.write(`seed ${seed}\n`)
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  const result = await fuzz(servers, { seed, runs: LEAST, forMs: FOR_MS, kinds: KINDS, report })
  const found = [...result.counts].map(([signature, count]) => `${count} × ${signature}`)
  assert.deepEqual(found, [], `differences with seed ${seed}`)
  assert.ok(result.sequences >= LEAST)
})
