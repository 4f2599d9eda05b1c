import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { differingShare, smaller } from './pictures.ts'
import { missingChromium, type Visit } from './site/chromium.ts'
import { type Site, startSite } from './site/site.ts'
import { logsOf } from './world/logs.ts'
import { SHOTS, type Shot } from './world/shots.ts'
import { NOW, smallWorld } from './world/small.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const BASELINES = join(HERE, 'screenshots')
/** Where pictures that differ are put, to be looked at. */
const DIFFERING = join(HERE, '../../.cache/screenshots')
/** The share of pixels that may differ: two words more or less are as much. */
const TOLERANCE = 0.001
const MOST_BYTES = 60 * 1024
const AT_ONCE = 3

/** With this set, baselines are written instead of compared. */
const isWriting = process.env['SORTIE_WRITE_SCREENSHOTS'] === '1'

const nameOf = ({ name, look }: Shot) =>
  `${name}-${look.theme}-${look.language}-${look.width ?? 1280}.png`

describe('how the pages look', { skip: missingChromium() }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ now: NOW, logs: logsOf() })
    await site.plant(smallWorld())
    mkdirSync(BASELINES, { recursive: true })
    rmSync(DIFFERING, { recursive: true, force: true })
    mkdirSync(DIFFERING, { recursive: true })
  })
  after(() => site.stop())

  it('is as it was when somebody looked at it', async () => {
    const waiting = [...SHOTS]
    const differing: string[] = []
    const goThrough = async (): Promise<void> => {
      let visit: Visit | undefined
      let look: Shot['look'] | undefined
      let hasActed = false
      for (let shot = waiting.shift(); shot !== undefined; shot = waiting.shift()) {
        // What a person did to a page stays with that page's visit.
        if (visit === undefined || shot.look !== look || hasActed) {
          await visit?.close()
          visit = await site.visit(shot.look)
          look = shot.look
        }
        hasActed = shot.before !== undefined
        const difference = compare(nameOf(shot), await picture(visit, shot))
        if (difference > TOLERANCE)
          differing.push(`${nameOf(shot)}: ${(difference * 100).toFixed(2)} % of the pixels`)
      }
      await visit?.close()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, goThrough))
    assert.deepEqual(
      differing,
      [],
      `see .cache/screenshots; npm run test:browser with SORTIE_WRITE_SCREENSHOTS=1 takes them as they are`,
    )
  })

  it('has no picture of what nobody looks at any more', () => {
    const names = new Set(SHOTS.map(nameOf))
    assert.deepEqual(
      readdirSync(BASELINES).filter((name) => !names.has(name)),
      [],
    )
  })
})

async function picture(visit: Visit, { path, shows, before }: Shot): Promise<Buffer> {
  const { page } = visit
  await visit.go(path)
  await page.locator('main').getByText(shows).first().waitFor({ state: 'attached' })
  await before?.(page)
  await page.evaluate('document.fonts.ready.then(() => {})')
  return page.screenshot({ animations: 'disabled', caret: 'hide' })
}

/** The share of pixels that differ from the baseline. */
function compare(name: string, taken: Buffer): number {
  const baseline = join(BASELINES, name)
  if (isWriting) writeFileSync(baseline, smaller(taken))
  const kept = existsSync(baseline) ? readFileSync(baseline) : undefined
  assert.ok(kept === undefined || kept.length <= MOST_BYTES, `${name}: ${kept?.length} bytes`)
  const difference = kept === undefined ? 1 : differingShare(kept, taken)
  if (difference > TOLERANCE) writeFileSync(join(DIFFERING, name), taken)
  return difference
}
