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

/** A line among the results, with what else the machine had to do. */
export function report(t: TestContext, ...figures: readonly string[]): void {
  t.diagnostic(`${figures.join(', ')} (load ${loadavg()[0]?.toFixed(1)})`)
}
