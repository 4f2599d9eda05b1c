/**
 * Measures the server's share of a core: 10,000 tasks, 200 changes a second, many browsers. The API server, its writer and the
 * dashboard's server run in a process of their own, once without browsers and once with them; the difference is the stream's.
 * Run: node packages/dashboard-server/src/testing/load.ts [browsers] [seconds] [tasks] [changes per second]
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { FLIGHT_TASKS, type FlightTaskRow } from '@sortie/api'
import { systemClock } from '@sortie/machinery'
import { startClusterOn } from '@sortie/testing'
import { createDashboardServer } from '../server/server.ts'
import { Browser, type Stream } from './browser.ts'
import { task } from './objects.ts'
import { NO_PAGE, until } from './site.ts'

const [, script, role = '', ...rest] = process.argv
const numbers = (role === 'serve' ? rest : [role, ...rest]).map(Number)
const [browsers = 100, seconds = 10, tasks = 10_000, rate = 200] = numbers.filter((n) => n > 0)

if (role === 'serve') await serve()
else await measure()

/** Serves, writes, and tells its CPU time when it is asked to. */
async function serve(): Promise<void> {
  const { server: api, client, clock, random, log } = await startClusterOn(systemClock())
  const resource = client.resource(FLIGHT_TASKS)
  for (let n = 0; n < tasks; n++) {
    await resource.create(task(`task-${n}`, { missionRef: { name: `mission-${n % 50}` } }))
  }
  const dashboard = createDashboardServer({
    clock,
    random,
    log,
    mode: 'embedded',
    connect: () => api.transport(),
    hub: api.transport(),
    assets: NO_PAGE,
    server: 'embedded',
  })
  await dashboard.listen({ port: 0 })
  let n = 0
  setInterval(() => {
    for (let one = 0; one < rate / 20; one++) {
      const name = `task-${(n++ * 7_919) % tasks}`
      const status = { phase: 'Running', message: `at ${Date.now()}` }
      const ref = { namespace: 'default', name }
      void resource.patch(ref, { type: 'merge', body: { status } }, { subresource: 'status' })
    }
  }, 50)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: (user + system) / 1000, rss: process.memoryUsage().rss })
  })
  process.send?.({ link: dashboard.launchUrl() })
}

async function measure(): Promise<void> {
  const given = [browsers, seconds, tasks, rate].map(String)
  const child = fork(script ?? fileURLToPath(import.meta.url), ['serve', ...given])
  const hear = <T>(): Promise<T> =>
    new Promise((resolve) => child.once('message', resolve as never))
  const { link } = await hear<{ link: string }>()
  const sample = async () => {
    const heard = hear<{ cpu: number; rss: number }>()
    child.send('?')
    return heard
  }
  const share = async (): Promise<number> => {
    const [from, start] = [await sample(), performance.now()]
    await pause(seconds * 1000)
    return ((await sample()).cpu - from.cpu) / (performance.now() - start)
  }
  const browser = new Browser(new URL(link).origin)
  await browser.get(new URL(link).pathname)
  await pause(1_000)
  const alone = await share()
  const began = performance.now()
  const streams = await Promise.all(Array.from({ length: browsers }, () => browser.stream()))
  const held = streams.map((stream) => stream.subscribe('tasks'))
  await until(() => held.every(({ snapshots }) => snapshots > 0)).catch(() => {})
  const ready = performance.now() - began
  const delays = collectDelays(streams)
  const shown = await share()
  delays.sort((a, b) => a - b)
  const { rss } = await sample()
  const at = (quantile: number) => delays[Math.floor(delays.length * quantile)] ?? 0
  console.log(`${browsers} browsers, ${tasks} tasks, ${rate} changes/s, ${seconds} s`)
  console.log(`  snapshots to all      ${ready.toFixed(0)} ms`)
  console.log(
    `  CPU without browsers  ${(alone * 100).toFixed(1)} % of a core (API server and writer)`,
  )
  console.log(
    `  CPU with browsers     ${(shown * 100).toFixed(1)} %: the stream ${((shown - alone) * 100).toFixed(1)} %`,
  )
  console.log(
    `  latency p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms; RSS ${(rss / 2 ** 20).toFixed(0)} MiB`,
  )
  child.kill()
  process.exit()
}

/** From the write of a row to its arrival, of one browser in ten. */
function collectDelays(streams: readonly Stream[]): number[] {
  const delays: number[] = []
  for (const { socket } of streams.filter((_stream, index) => index % 10 === 0)) {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      const now = Date.now()
      for (const { message: text } of (message.upserts ?? []) as FlightTaskRow[]) {
        delays.push(now - Number(text?.slice(3)))
      }
    })
  }
  return delays
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, millis)
  })
}
