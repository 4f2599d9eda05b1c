/** What a test run prints: each failure in full, each skip with its reason, and a line of totals per suite. */
import { relative } from 'node:path'
import { inspect } from 'node:util'

/** The events of node:test that are read here. */
export type TestEvent =
  | { readonly type: 'test:pass' | 'test:fail'; readonly data: TestReport }
  | { readonly type: 'test:stderr' | 'test:stdout'; readonly data: { readonly message: string } }
  | { readonly type: string; readonly data: unknown }

export interface TestReport {
  readonly name: string
  readonly file?: string
  readonly line?: number
  readonly skip?: string | boolean
  readonly details: {
    readonly type?: string
    readonly duration_ms: number
    readonly error?: Error & { readonly failureType?: string; readonly cause?: unknown }
  }
}

export interface Totals {
  passed: number
  failed: number
  skipped: number
}

export function emptyTotals(): Totals {
  return { passed: 0, failed: 0, skipped: 0 }
}

/** Counts one event; suites and the wrappers of files are not tests. Returns what is to be printed for it. */
export function report(event: TestEvent, totals: Totals, root: string): string {
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return ''
  const test = event.data as TestReport
  if (event.type === 'test:pass') return passed(test, totals)
  const { error } = test.details
  // A suite or file that fails only because something in it failed says nothing new; one whose preparation or clean-up failed does.
  if (error?.failureType === 'subtestsFailed') return ''
  totals.failed++
  const place = test.file === undefined ? '' : ` (${relative(root, test.file)}:${test.line ?? 1})`
  return `✖ ${test.name}${place}\n${indent(inspect(error?.cause ?? error, { colors: false }))}\n`
}

function passed(test: TestReport, totals: Totals): string {
  if (test.details.type === 'suite') return ''
  if (test.skip === undefined || test.skip === false) {
    totals.passed++
    return ''
  }
  totals.skipped++
  return `- skipped: ${test.name}: ${test.skip === true ? 'no reason given' : test.skip}\n`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
