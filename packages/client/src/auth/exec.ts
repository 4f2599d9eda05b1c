/** Credentials from a program, by the protocol of client.authentication.k8s.io. */
import { spawn } from 'node:child_process'
import { type Clock, type Instant, parseTime, SortieError } from '@sortie/machinery'
import type { AuthProvider, Credentials } from './credentials.ts'

/** The `exec` section of a kubeconfig's user. */
export interface ExecPlugin {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Says how to get the program; shown where it is not found. */
  readonly installHint?: string
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always'
  /** Passed to the program where the kubeconfig says `provideClusterInfo`. */
  readonly cluster?: Readonly<Record<string, unknown>>
}

export interface ExecAuthOptions {
  readonly plugin: ExecPlugin
  readonly clock: Clock
  /** The environment that the program's own is added to. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether the program may ask the person at the terminal. */
  readonly interactive: boolean
}

/** New credentials are fetched this long before the old ones expire, or at nine tenths of a shorter life. */
const EARLY_MS = 60_000
const EARLY_SHARE = 0.1
const MAX_OUTPUT_BYTES = 1024 * 1024
/** How long a program may take where there is no terminal: enough for a person who logs in by a browser. */
const UNATTENDED_LIMIT_MS = 300_000

interface Held {
  readonly credentials: Credentials
  readonly refreshAt: Instant
}

/** Runs the program when it is first asked, before the credentials expire, and after a 401; once for all who ask meanwhile. */
export function execAuth(options: ExecAuthOptions): AuthProvider {
  const { plugin, clock } = options
  let held: Held | undefined
  let running: Promise<Credentials> | undefined

  const refresh = async (): Promise<Credentials> => {
    try {
      const output = await runProgram(options)
      held = readCredential(plugin, output, clock.now())
      return held.credentials
    } finally {
      running = undefined
    }
  }
  return {
    credentials() {
      if (held !== undefined && clock.now() < held.refreshAt) return held.credentials
      running ??= refresh()
      return running
    },
    rejected(refused) {
      if (refused === held?.credentials) held = undefined
      return true
    },
  }
}

function runProgram(options: ExecAuthOptions): Promise<string> {
  const { plugin, clock } = options
  const interactive = options.interactive && plugin.interactiveMode !== 'Never'
  if (plugin.interactiveMode === 'Always' && !interactive) {
    throw failure(plugin, 'it needs a terminal to ask at, and there is none')
  }
  const spec = { interactive, ...(plugin.cluster === undefined ? {} : { cluster: plugin.cluster }) }
  const info = { kind: 'ExecCredential', apiVersion: plugin.apiVersion, spec }
  const env = { ...options.env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) }
  return new Promise((resolve, reject) => {
    const child = spawn(plugin.command, plugin.args, {
      env: env as NodeJS.ProcessEnv,
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
      windowsHide: true,
    })
    const chunks: Buffer[] = []
    let size = 0
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk)
      else child.kill()
    })
    const onTime = (): void => {
      child.kill()
      // What the program has started may hold its output open; nobody waits for that.
      child.stdout?.destroy()
      reject(failure(plugin, `it gave no answer within ${UNATTENDED_LIMIT_MS / 1000} s`))
    }
    const timer = options.interactive ? undefined : clock.setTimer(UNATTENDED_LIMIT_MS, onTime)
    child.once('error', (error) => {
      timer?.cancel()
      reject(failure(plugin, startProblem(plugin, error), error))
    })
    child.once('close', (code, signal) => {
      timer?.cancel()
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'))
      else reject(failure(plugin, `it ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

function startProblem(plugin: ExecPlugin, error: Error): string {
  if (!('code' in error) || error.code !== 'ENOENT') return error.message
  const hint = plugin.installHint === undefined ? '' : `; ${plugin.installHint.trim()}`
  return `there is no such program${hint}`
}

/** @throws SortieError where it is no ExecCredential with something in it */
function readCredential(plugin: ExecPlugin, output: string, now: Instant): Held {
  const status = parseStatus(plugin, output)
  const { token, clientCertificateData: cert, clientKeyData: key } = status
  if (token === undefined && (cert === undefined || key === undefined)) {
    throw failure(plugin, 'its answer has neither a token nor a client certificate with its key')
  }
  const credentials: Credentials = {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(cert === undefined || key === undefined ? {} : { clientCertificate: { cert, key } }),
  }
  const written = status.expirationTimestamp ?? undefined
  if (written === undefined) return { credentials, refreshAt: Number.POSITIVE_INFINITY }
  const expiry = parseTime(String(written))
  if (expiry === undefined) throw failure(plugin, `its expirationTimestamp is no time: ${written}`)
  return { credentials, refreshAt: expiry - Math.min(EARLY_MS, (expiry - now) * EARLY_SHARE) }
}

interface ExecStatus {
  readonly token?: string
  readonly clientCertificateData?: string
  readonly clientKeyData?: string
  readonly expirationTimestamp?: string | null
}

function parseStatus(plugin: ExecPlugin, output: string): ExecStatus {
  let answer: { apiVersion?: unknown; kind?: unknown; status?: unknown }
  try {
    answer = Object(JSON.parse(output))
  } catch (cause) {
    throw failure(plugin, 'its answer is no JSON', cause)
  }
  if (answer.kind !== 'ExecCredential' || answer.apiVersion !== plugin.apiVersion) {
    throw failure(plugin, `its answer is no ExecCredential of ${plugin.apiVersion}`)
  }
  return Object(answer.status)
}

function failure(plugin: ExecPlugin, problem: string, cause?: unknown): SortieError {
  const message = `the credential program ${plugin.command} gave no credentials: ${problem}`
  return new SortieError('terminal', message, { cause, code: 'ExecCredentialsUnavailable' })
}
