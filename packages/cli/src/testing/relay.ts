/** For tests: a server in front of the one that commands talk to, which sees each request before it and may lose it. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CommandRun } from './commandrun.ts'

/** What becomes of a request: it goes on to the server, or its connection breaks. */
export type Fate = 'passes' | 'lost'

/** Runs the work with the kubeconfig of a relay that asks, before each request goes on, what is to become of it. */
export async function withRelay(
  run: CommandRun,
  fateOf: (request: IncomingMessage) => Fate | Promise<Fate>,
  work: (kubeconfig: string) => Promise<void>,
): Promise<void> {
  const config = JSON.parse(await readFile(run.kubeconfig, 'utf8'))
  const behind: string = config.clusters[0].cluster.server
  const relay = createServer(async (incoming, outgoing) => {
    if ((await fateOf(incoming)) === 'lost') incoming.destroy()
    else pass(behind, incoming, outgoing)
  })
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening))
  const { port } = relay.address() as AddressInfo
  config.clusters[0].cluster.server = `http://127.0.0.1:${port}`
  try {
    await work(await run.write('relayed', JSON.stringify(config)))
  } finally {
    relay.closeAllConnections()
    relay.close()
  }
}

function pass(behind: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = incoming
  const { host: _, ...others } = headers
  const onward = request(`${behind}${url}`, { method, headers: others }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}
