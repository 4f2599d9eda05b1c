/** The embedded server over HTTP: writes per second with ten watchers, from a process of its own. */
import { fork } from 'node:child_process'
import { bearerToken, createClient, createHttpTransport } from '@sortie/client'
import { CONFIG_MAPS, type KubeObject, systemClock, systemRandom } from '@sortie/machinery'
import type { Figure } from './figures.ts'

const OBJECTS = 200
const WRITES = 6000
const WATCHERS = 10
const CONCURRENCY = 32

interface Listening {
  readonly url: string
  readonly startMs: number
}

export async function benchmarkApiServer(): Promise<readonly Figure[]> {
  const child = fork(new URL('./apiserverprocess.ts', import.meta.url), { stdio: 'inherit' })
  const { url, startMs } = await new Promise<Listening>((resolve) => {
    child.once('message', (message) => resolve(message as Listening))
  })
  try {
    return [{ name: 'apiserver.start', value: startMs, unit: 'ms' }, ...(await measureWrites(url))]
  } finally {
    child.kill()
  }
}

async function measureWrites(server: string): Promise<Figure[]> {
  const clock = systemClock()
  const transport = createHttpTransport({ server, clock, auth: bearerToken('bench') })
  const client = createClient(transport, { clock, random: systemRandom(), fieldManager: 'bench' })
  const maps = client.resource<KubeObject & { data?: Record<string, string> }>(CONFIG_MAPS)
  for (let i = 0; i < OBJECTS; i++) {
    await maps.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `m-${i}`, namespace: 'default' },
      data: { text: 'x'.repeat(1500) },
    })
  }
  let seen = 0
  const streams = await Promise.all(
    Array.from({ length: WATCHERS }, () =>
      maps.watch({ namespace: 'default' }, { onEvent: () => void seen++, onEnd() {} }),
    ),
  )
  let next = 0
  const started = performance.now()
  const worker = async (): Promise<void> => {
    for (let i = next++; i < WRITES; i = next++) {
      const body = { data: { counter: String(i) } }
      await maps.patch({ namespace: 'default', name: `m-${i % OBJECTS}` }, { type: 'merge', body })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  const seconds = (performance.now() - started) / 1000
  const expected = WATCHERS * WRITES
  while (seen < expected) await new Promise((resolve) => setTimeout(resolve, 5))
  const delivered = (performance.now() - started) / 1000
  for (const stream of streams) stream.close()
  await transport.close()
  return [
    { name: 'apiserver.writes_per_second_10_watchers', value: WRITES / seconds, unit: '1/s' },
    { name: 'apiserver.events_per_second_delivered', value: expected / delivered, unit: '1/s' },
  ]
}
