#!/usr/bin/env node
/** The executable: makes the environment of the process, runs the command line, sets the exit status. */
import { realpathSync } from 'node:fs'
import { systemClock, systemRandom } from '@sortie/machinery'
import type { Environment } from './environment.ts'
import { outputOf } from './output/stream.ts'
import { runProgram } from './program.ts'

const NODE_MAJOR = 24

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Aborted by the first Ctrl-C or SIGTERM; the second ends the process at once. */
function interruption(): AbortSignal {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) process.exit(130)
      abort.abort()
    })
  }
  return abort.signal
}

/** A pipe takes no more than 64 KiB at a time: what waits for its reader would be lost with the process. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

async function main(): Promise<void> {
  const major = Number(process.versions.node.split('.')[0])
  if (major < NODE_MAJOR) {
    process.stderr.write(
      `sortie: needs Node.js ${NODE_MAJOR} or later, this is ${process.version}: in the repository use \`npm start\` or \`npx sortie\`, which bring it\n`,
    )
    process.exitCode = 2
    return
  }
  // A reader that goes away early (`sortie get … | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
  // Whoever does not read complaints still gets the status.
  process.stderr.on('error', () => {})
  const environment: Environment = {
    variables: process.env,
    workingDirectory: realpathSync(process.cwd()),
    out: outputOf(process.stdout, process.env),
    err: outputOf(process.stderr, process.env),
    readStdin,
    clock: systemClock(),
    random: systemRandom(),
    signal: interruption(),
  }
  process.exitCode = await runProgram(environment, process.argv.slice(2))
  await Promise.all([process.stdout, process.stderr].map(written))
  // Pools and agents of the HTTP client may hold the loop for their keep-alive time.
  process.exit()
}

await main()
