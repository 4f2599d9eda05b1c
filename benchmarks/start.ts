/** From `sortie up` in a process of its own to the first pod that runs, by what a watching user sees. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Figure } from './figures.ts'

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '../packages/cli/src/main.ts')

export async function benchmarkStart(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sortie-bench-'))
  const args = ['up', '--port', '0', '--exit', '--kubeconfig', join(folder, 'kubeconfig')]
  const started = performance.now()
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let running = Number.NaN
  let up = Number.NaN
  child.stdout.on('data', (chunk: Buffer) => {
    const text = chunk.toString()
    if (Number.isNaN(up) && text.includes('is up')) up = performance.now() - started
    if (Number.isNaN(running) && /Running +task/.test(text)) running = performance.now() - started
  })
  await new Promise((ended) => child.once('exit', ended))
  rmSync(folder, { recursive: true, force: true })
  return [
    { name: 'start.server_up', value: up / 1000, unit: 's' },
    { name: 'start.first_task_running', value: running / 1000, unit: 's' },
  ]
}
