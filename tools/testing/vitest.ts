/** Runs a package's vitest suite and counts it as the others are counted: the dashboard's components need a document. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Totals } from './reporter.ts'

/** As much of vitest's JSON report as is read here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    /** Why the file itself could not be run. */
    readonly message?: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** @throws Error where vitest ended without a report */
export async function runVitest(root: string, folder: string, totals: Totals): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'sortie-vitest-'))
  try {
    const file = join(scratch, 'report.json')
    const script = join(root, 'node_modules/vitest/vitest.mjs')
    const words = [script, 'run', '--reporter=json', `--outputFile=${file}`]
    const code = await ended(words, join(root, folder))
    return countReport(readReport(file, code), totals, root)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function ended(words: readonly string[], cwd: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('close', resolve)
  })
}

function readReport(file: string, code: number | null): VitestReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  } catch {
    throw new Error(`vitest ended with ${code} and without a report`)
  }
}

/** Adds a report to the totals; returns what is to be printed: each failure in full, each skip by name. */
export function countReport(report: VitestReport, totals: Totals, root: string): string {
  let text = ''
  for (const { name, status, message, assertionResults } of report.testResults) {
    const place = name.replace(`${root}/`, '')
    for (const test of assertionResults) {
      if (test.status === 'passed') totals.passed++
      else if (test.status === 'failed') {
        totals.failed++
        text += `✖ ${test.fullName} (${place})\n${indent(test.failureMessages?.join('\n') ?? '')}\n`
      } else {
        totals.skipped++
        text += `- skipped: ${test.fullName}: no reason given\n`
      }
    }
    const isBroken =
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed')
    if (!isBroken) continue
    totals.failed++
    text += `✖ ${place}\n${indent(message ?? '')}\n`
  }
  return text
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
