/** How long things take in a page, and what is said of it. */
import { loadavg } from 'node:os'
import type { TestContext } from 'node:test'
import type { Visit } from '../site/chromium.ts'

/**
 * Counts and bytes are the same on every machine and are held to as they are. Times are those of a machine with a screen that does
 * nothing else; here pixels are drawn by the CPU, and the API server, the dashboard server, the changes and the browser share two
 * cores: three times as long is taken for the same.
 */
export const GENEROUS = 3

/** Milliseconds of each frame while a step is done before each. */
export async function framesOf(
  { page }: Visit,
  millis: number,
  step = '',
): Promise<readonly number[]> {
  return (await page.evaluate(`new Promise((done) => {
    const began = performance.now()
    const frames = []
    let last = began
    const next = (now) => {
      frames.push(now - last)
      last = now
      ${step}
      if (now - began < ${millis}) requestAnimationFrame(next)
      else done(frames.slice(1))
    }
    requestAnimationFrame(next)
  })`)) as readonly number[]
}

/** Milliseconds of the main thread's own time per frame: what it waits for a core is not in it, so it holds on a busy machine too. */
export async function costOfFrames(
  visit: Visit,
  millis: number,
  step: string,
): Promise<{ readonly frames: readonly number[]; readonly cost: number }> {
  const session = await visit.context.newCDPSession(visit.page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
  }
  const before = await busy()
  const frames = await framesOf(visit, millis, step)
  const cost = (((await busy()) - before) * 1_000) / frames.length
  await session.detach()
  return { frames, cost }
}

/** Milliseconds that 95 of 100 frames keep within. */
export const slowFrame = (frames: readonly number[]): number =>
  frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? 0

export const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

/** Milliseconds from a change of address within the page until the selector is there and painted. */
export const timeTo = async ({ page }: Visit, path: string, selector: string): Promise<number> =>
  (await page.evaluate(`new Promise((done) => {
    const began = performance.now()
    const look = () => document.querySelector(${JSON.stringify(selector)}) === null
      ? requestAnimationFrame(look)
      : requestAnimationFrame(() => done(performance.now() - began))
    document.querySelector('#app').__vue_app__.config.globalProperties.$router.push(${JSON.stringify(path)})
    look()
  })`)) as number

/** A line among the results, with what else the machine had to do. */
export function report(t: TestContext, ...figures: readonly string[]): void {
  t.diagnostic(`${figures.join(', ')} (load ${loadavg()[0]?.toFixed(1)})`)
}
