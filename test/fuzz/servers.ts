/** The two servers that the fuzzer compares. */
import { createApiServer } from '@sortie/apiserver'
import { createHttpTransport, loadKubeconfig } from '@sortie/client'
import { silentLogger, systemClock, systemRandom, type Transport } from '@sortie/machinery'
import { startControlPlane } from '@sortie/testing'
import type { FuzzServers } from '../../packages/testing/src/fuzz/index.ts'

export interface OpenServers extends FuzzServers {
  close(): Promise<void>
}

/** @param kubeconfig of a server that runs; without one a control plane is started */
export async function openServers(kubeconfig?: string): Promise<OpenServers> {
  const clock = systemClock()
  const server = createApiServer({ clock, random: systemRandom(), log: silentLogger })
  const user = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
  const real = await openReal(kubeconfig)
  return {
    real: real.transport,
    embedded: server.transport(user),
    async close() {
      await real.close()
    },
  }
}

async function openReal(
  kubeconfig: string | undefined,
): Promise<{ readonly transport: Transport; close(): Promise<void> }> {
  if (kubeconfig !== undefined) {
    const clock = systemClock()
    const transport = createHttpTransport({
      ...(await loadKubeconfig({ path: kubeconfig })),
      clock,
    })
    return { transport, close: () => transport.close() }
  }
  const plane = await startControlPlane({
    report: (line) => process.stderr.write(`${line}\n`),
    // Neither server has controllers at work beside the requests.
    components: [],
    apiserverFlags: ['--audit-log-path='],
  })
  return { transport: plane.transport('admin'), close: () => plane.stop() }
}
