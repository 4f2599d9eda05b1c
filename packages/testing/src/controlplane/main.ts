/**
 * `npm run controlplane`: a real control plane until Ctrl-C, and the kubeconfig to reach it. With `--prepare` it only builds what all
 * suites need, and says how long that took.
 */
import { parseArgs } from 'node:util'
import {
  BASE_PROGRAMS,
  controlPlaneVersion,
  missingForControlPlane,
  prepareControlPlanes,
} from './binaries.ts'
import { type ControlPlane, startControlPlane } from './launcher.ts'

const USAGE = `npm run controlplane -- [--version v1.29] [--without controller-manager|scheduler]...
npm run controlplane -- --prepare`
const COMPONENTS = ['controller-manager', 'scheduler'] as const
const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** @throws TypeError for a flag that there is not */
function flagsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      prepare: { type: 'boolean', default: false },
      version: { type: 'string' },
      without: { type: 'string', multiple: true, default: [] },
    },
  })
  return values
}

async function main(): Promise<void> {
  const { help, prepare, version, without } = flagsOf(process.argv.slice(2))
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    return
  }
  const missing = missingForControlPlane(BASE_PROGRAMS, version)
  if (missing !== undefined) throw new Error(missing)
  if (prepare) {
    await prepareAll()
    return
  }
  // Without a word the newest scheduler would be started beside an older API server, which lacks kinds that it looks at.
  const isOwn = version === undefined || controlPlaneVersion(version) === controlPlaneVersion()
  const components = COMPONENTS.filter(
    (name) => !without.includes(name) && (isOwn || name !== 'scheduler'),
  )
  const chosen = version === undefined ? {} : { version }
  await serve(await startControlPlane({ ...chosen, components, report: say }))
}

async function prepareAll(): Promise<void> {
  const started = performance.now()
  await prepareControlPlanes({ report: say })
  say(`the test bed is there after ${Math.round((performance.now() - started) / 1000)} s`)
}

async function serve(plane: ControlPlane): Promise<void> {
  say(`Kubernetes ${plane.version} at ${plane.url}; audit log ${plane.auditLog}`)
  say('Ctrl-C ends it and removes its data. The kubeconfig:')
  process.stdout.write(`export KUBECONFIG=${plane.kubeconfig()}\n`)
  await new Promise<void>((resolve) => {
    // A server of sockets keeps no process alive by itself here: this timer does.
    const alive = setInterval(() => {}, 2 ** 30)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        clearInterval(alive)
        resolve()
      })
    }
  })
  await plane.stop()
}

try {
  await main()
} catch (error) {
  say(`controlplane: ${(error as Error).message}`)
  process.exitCode = 1
}
