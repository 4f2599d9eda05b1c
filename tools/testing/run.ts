/** Runs suites by name (default: those of `npm test`) and ends with one plain line, `N passed, N failed`. */
import { appendFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { emptyTotals, report, type TestEvent, type Totals } from './reporter.ts'
import { DEFAULT_SUITES, filesOf, SUITES, type Suite } from './suites.ts'
import { runVitest } from './vitest.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

async function runSuite(suite: Suite): Promise<Totals> {
  const totals = emptyTotals()
  const files = filesOf(suite, root)
  process.stdout.write(`# ${suite.name}: ${suite.description}\n`)
  const started = performance.now()
  if (suite.vitest === undefined) await runNode(files, suite.concurrency, totals)
  else process.stdout.write(await runVitest(root, suite.vitest, totals))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`  ${describe(totals)} (${files.length} files, ${seconds} s)\n`)
  return totals
}

async function runNode(files: string[], concurrency: number, totals: Totals): Promise<void> {
  const stream = run({ files, concurrency, cwd: root })
  for await (const event of stream) process.stdout.write(report(event as TestEvent, totals, root))
}

function describe({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}

function chosenSuites(names: readonly string[]): Suite[] {
  return (names.length === 0 ? DEFAULT_SUITES : names).map((name) => {
    const suite = SUITES.find((candidate) => candidate.name === name)
    if (suite !== undefined) return suite
    const known = SUITES.map((candidate) => candidate.name).join(', ')
    throw new Error(`no such suite: ${name}; one of ${known}`)
  })
}

const total = emptyTotals()
for (const suite of chosenSuites(process.argv.slice(2))) {
  const totals = await runSuite(suite)
  total.passed += totals.passed
  total.failed += totals.failed
  total.skipped += totals.skipped
}
// CI adds up the suites that it runs one by one.
const ledger = process.env.SORTIE_TEST_LEDGER
if (ledger !== undefined) appendFileSync(ledger, `${JSON.stringify(total)}\n`)
process.stdout.write(`\n${describe(total)}\n`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
