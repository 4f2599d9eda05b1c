/**
 * Plays random sequences of writes on the embedded server and on a real kube-apiserver, and prints where they differ:
 * `node test/fuzz/run.ts --seed S --runs N`.
 *   --runs N         sequences (default 2,000)
 *   --seed S         default: a random one, which is printed
 *   --minutes M      goes on until then, and past it until `--runs` are done
 *   --only R/KIND/N  one sequence, as a difference prints it
 *   --kinds TEXT     kinds whose name contains it (`fuzzes` are the random ones)
 *   --kubeconfig F   a server that runs; otherwise one is started
 */
import { parseArgs } from 'node:util'
import { fuzz } from '../../packages/testing/src/fuzz/index.ts'
import { openServers } from './servers.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    only: { type: 'string' },
    kinds: { type: 'string' },
    kubeconfig: { type: 'string' },
  },
})

const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const say = (line: string): void => void process.stdout.write(`${line}\n`)
say(`seed ${seed}`)
const servers = await openServers(values.kubeconfig)
try {
  const result = await fuzz(servers, {
    seed,
    runs: Number(values.runs),
    report: say,
    ...(values.minutes === undefined ? {} : { forMs: Number(values.minutes) * 60_000 }),
    ...(values.only === undefined ? {} : { only: values.only }),
    ...(values.kinds === undefined ? {} : { kinds: values.kinds }),
  })
  for (const [signature, count] of [...result.counts].sort(([, a], [, b]) => b - a)) {
    say(`${String(count).padStart(6)} × ${signature}`)
  }
  const { sequences, requests, definitions, refusedDefinitions, passing, milliseconds } = result
  say(
    `${sequences} sequences, ${requests} requests to each, ${definitions} definitions (${refusedDefinitions} refused by both), ${result.failures.length} kinds of difference, ${passing} differences that did not come again, ${milliseconds} ms, seed ${seed}`,
  )
  process.exitCode = result.failures.length === 0 ? 0 : 1
} finally {
  await servers.close()
}
