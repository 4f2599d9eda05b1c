/**
 * Runs suites by name (default: those of `npm test`) and ends with one plain line, `N passed, N failed`; `--help` lists them. Ends with 1
 * where a test failed or none ran, with 2 where there is no such suite.
 */
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

function usage(): string {
  const isDefault = (name: string): string => (DEFAULT_SUITES.includes(name) ? '*' : ' ')
  const lines = SUITES.map(
    ({ name, description }) => ` ${isDefault(name)} ${name.padEnd(14)}${description}`,
  )
  return `npm test [-- SUITE...]; without a name those with a *\n${lines.join('\n')}\n`
}

const names = process.argv.slice(2)
if (names.includes('--help')) {
  process.stdout.write(usage())
  process.exit()
}
const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name))
if (unknown !== undefined) {
  process.stderr.write(`no such suite: ${unknown}\n${usage()}`)
  process.exit(2)
}
const wanted = names.length === 0 ? DEFAULT_SUITES : names
const chosen = wanted.flatMap((name) => SUITES.filter((suite) => suite.name === name))

const total = emptyTotals()
for (const suite of chosen) {
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
