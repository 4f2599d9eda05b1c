/** The HTTP endpoint that a process shows of itself: /healthz, /readyz, /metrics. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { aborted } from '../controller/controller.ts'
import type { Runnable } from '../manager/runnable.ts'
import type { Metrics } from './metrics.ts'

export interface HealthServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Shown at /metrics; without it there is no such path. */
  readonly metrics?: Metrics
  /** True once the process can do its work; without it there is neither /healthz nor /readyz. */
  readonly isReady?: () => boolean
  /** Told the address once it listens. */
  onListening?(address: { readonly host: string; readonly port: number }): void
}

export function createHealthServer(options: HealthServerOptions): Runnable {
  return {
    name: 'health',
    async start(signal) {
      const server = createServer((request, response) => {
        // What one scrape runs into is for the one who asks: the process has its work to do.
        answer(options, request.url ?? '/', response).catch((error: unknown) =>
          send(response, 500, String(error)),
        )
      })
      await listen(server, options)
      const { address, port } = server.address() as AddressInfo
      options.onListening?.({ host: address, port })
      await aborted(signal)
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function listen(server: Server, { host, port }: HealthServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}

async function answer(
  options: HealthServerOptions,
  url: string,
  response: ServerResponse,
): Promise<void> {
  const path = url.split('?', 1)[0]
  const { metrics, isReady } = options
  if (metrics !== undefined && path === '/metrics') send(response, 200, await metrics.expose())
  else if (isReady === undefined) send(response, 404, 'not found')
  else if (path === '/healthz' || path === '/livez') send(response, 200, 'ok')
  else if (path === '/readyz') send(response, ...readiness(isReady()))
  else send(response, 404, 'not found')
}

function readiness(ready: boolean): [number, string] {
  return ready ? [200, 'ok'] : [503, 'caches are not yet filled']
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  response.end(text)
}
