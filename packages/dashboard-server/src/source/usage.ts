/** What nodes use, from metrics.k8s.io: it has no watch, so it is asked while somebody looks, once for all who do. */
import type { ApiResponse, KubeList, StatusObject, Timer } from '@sortie/machinery'
import { type NodeMetrics, usageRow } from '../projection/node.ts'
import type { Source, SourceContext } from './informed.ts'
import { createTable, type Health, type WritableTable } from './table.ts'

/** Metrics servers measure every 15 s. */
export const USAGE_MILLIS = 15_000
/** An answer that takes longer is none: what is shown is old by then. */
const TIMEOUT_MILLIS = 10_000
const PATH = '/apis/metrics.k8s.io/v1beta1/nodes'

export function usageSource({ transport, clock }: SourceContext): Source {
  const table = createTable('usage')
  const stopper = new AbortController()
  let measured: number | undefined
  const ask = async (): Promise<void> => {
    const health = await measure()
    if (stopper.signal.aborted) return
    if (health.state === 'live') measured = clock.now()
    table.setHealth(health)
    timer = clock.setTimer(USAGE_MILLIS, () => void ask())
  }
  const measure = async (): Promise<Health> => {
    try {
      const request = { method: 'GET', path: PATH, timeoutMs: TIMEOUT_MILLIS } as const
      const response = await transport.request({ ...request, signal: stopper.signal })
      return take(table, response, measured)
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error), measured)
    }
  }
  let timer: Timer | undefined
  void ask()
  return {
    table,
    async stop() {
      stopper.abort()
      timer?.cancel()
    },
  }
}

function take(table: WritableTable, response: ApiResponse, measured: number | undefined): Health {
  if (response.status >= 300) {
    const message = (response.body as Partial<StatusObject> | null)?.message ?? 'no metrics'
    if (response.status === 404) return { state: 'missing', message }
    if (response.status === 401 || response.status === 403) {
      return { state: 'forbidden', message: 'list nodes.metrics.k8s.io' }
    }
    return failed(message, measured, response.status)
  }
  const { items = [] } = response.body as KubeList<NodeMetrics>
  const seen = new Set<string>()
  for (const item of items) {
    const row = usageRow(item)
    if (row === undefined) continue
    seen.add(row.uid)
    table.put(row)
  }
  for (const { row } of [...table.entries()]) if (!seen.has(row.uid)) table.remove(row.uid)
  return { state: 'live' }
}

function failed(message: string, measured: number | undefined, status?: number): Health {
  if (measured !== undefined) return { state: 'stale', since: measured, message }
  return { state: 'error', message, ...(status === undefined ? {} : { status }) }
}
