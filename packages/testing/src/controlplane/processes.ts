/** Child processes that are surely ended: by their handle, and when this process ends in whatever way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'

export interface Daemon {
  readonly name: string
  readonly pid: number
  /** Undefined while it runs; then how it ended and the end of its log. */
  readonly ended: string | undefined
  /** Asks it to end, insists after ten seconds, resolves when it is gone. */
  stop(): Promise<void>
  /** Ends it as a crash would (SIGKILL), resolves when it is gone. */
  kill(): Promise<void>
}

const GRACE_MS = 10_000
/** Starts a program so that the kernel ends it with its parent, where even an exit handler has no say. */
const TETHER = '/usr/bin/setpriv'
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program with its output in a file. */
export function startDaemon(
  name: string,
  command: readonly [string, ...string[]],
  logFile: string,
): Daemon {
  const log = openSync(logFile, 'a')
  const tether = existsSync(TETHER) ? [TETHER, '--pdeathsig', 'SIGKILL'] : []
  const [file = '', ...args] = [...tether, ...command]
  const child = spawn(file, args, { stdio: ['ignore', log, log] })
  closeSync(log)
  running.add(child)
  let ended: string | undefined
  const gone = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      ended = `${name} ended (${how}):\n${readFileSync(logFile, 'utf8').slice(-2_000)}`
      running.delete(child)
      resolve()
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => end(String(code ?? signal)))
  })
  return {
    name,
    pid: child.pid ?? -1,
    get ended() {
      return ended
    },
    async stop() {
      if (ended !== undefined) return
      child.kill('SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await gone
      clearTimeout(insist)
    },
    async kill() {
      if (ended === undefined) child.kill('SIGKILL')
      await gone
    },
  }
}

/** Ports of the loopback interface that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve)
      })
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.close(() => resolve(undefined)))),
  )
  return ports
}
