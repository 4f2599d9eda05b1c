/** Runs the cases against a server by node:test. */
import { before, describe, test } from 'node:test'
import { type ConformanceCase, type ConformanceServer, contextFor } from './case.ts'
import { CONFORMANCE_CASES } from './cases/index.ts'
import { sender } from './collection.ts'
import { createFixtures } from './fixtures.ts'

const CASE_TIMEOUT_MS = 60_000
/** A control plane is built in minutes where its sources' cache is warm, in half an hour where nothing is. */
const OPEN_TIMEOUT_MS = 45 * 60_000

/** A fresh namespace, whose name is no other's in this run. */
async function makeNamespace(server: ConformanceServer, number: number): Promise<string> {
  const name = `case-${number}-${process.pid}`
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  const answer = await sender(server.admin)('POST', '/api/v1/namespaces', { body })
  if (answer.status !== 201) throw new Error(`no namespace: ${JSON.stringify(answer.body)}`)
  return name
}

export interface ConformanceOptions {
  /** Default: all. */
  readonly cases?: readonly ConformanceCase[]
  /** Cases at the same time. */
  readonly concurrency?: number
}

/** Declares the suite's tests; `open` is asked for the server before the first of them runs. */
export function declareConformance(
  kind: ConformanceServer['kind'],
  open: () => Promise<ConformanceServer>,
  options: ConformanceOptions = {},
): void {
  const cases = options.cases ?? CONFORMANCE_CASES
  let prepared: Promise<ConformanceServer> | undefined
  const prepare = (): Promise<ConformanceServer> => {
    prepared ??= open().then(async (server) => {
      await createFixtures(server)
      return server
    })
    return prepared
  }
  const groups = Map.groupBy(cases, ({ group }) => group)
  let number = 0
  describe(`conformance of ${kind}`, { concurrency: options.concurrency ?? 4 }, () => {
    // Outside the cases' own limit: a server may have to be built first.
    before(async () => void (await prepare()), { timeout: OPEN_TIMEOUT_MS })
    for (const [group, members] of groups) {
      describe(group, { concurrency: options.concurrency ?? 4 }, () => {
        for (const { name, run } of members) {
          test(name, { timeout: CASE_TIMEOUT_MS }, async () => {
            const server = await prepare()
            await run(contextFor(server, await makeNamespace(server, number++)))
          })
        }
      })
    }
  })
}
