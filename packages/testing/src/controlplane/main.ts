/** `npm run controlplane`: a real control plane until Ctrl-C, and the kubeconfig to reach it. */
import { missingForControlPlane } from './binaries.ts'
import { startControlPlane } from './launcher.ts'

const COMPONENTS = ['controller-manager', 'scheduler'] as const
const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function main(): Promise<void> {
  const missing = missingForControlPlane()
  if (missing !== undefined) {
    say(`controlplane: ${missing}`)
    process.exitCode = 1
    return
  }
  const components = COMPONENTS.filter((name) => !process.argv.includes(`--without=${name}`))
  const plane = await startControlPlane({ components, report: say })
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

await main()
