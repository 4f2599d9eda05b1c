import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransportError } from '@sortie/machinery'
import { signIn } from './keyboard.ts'
import { accessibilityFaults, missingChromium, turn, type Visit } from './site/chromium.ts'
import { type Site, type SiteOptions, startSite } from './site/site.ts'
import { foreignWords, textsOf, vocabularyOf } from './words.ts'
import { logsOf } from './world/logs.ts'
import { SHOWN } from './world/shown.ts'
import { NOW, smallWorld } from './world/small.ts'

const LISTS = ['/', '/missions', '/tasks', '/fleet', '/weapons', '/events', '/settings']
const MISSION = `/ns/default/missions/${SHOWN.mission}`

/** What a person is shown in place of data, and where it says so. */
interface State {
  readonly name: string
  readonly options?: SiteOptions
  readonly isEmpty?: true
  readonly token?: string
  readonly paths: readonly string[]
  /** Makes it so, once the first page is whole. */
  begin?(site: Site, visit: Visit): Promise<void>
  readonly shows: string
}

const STATES: readonly State[] = [
  { name: 'empty', isEmpty: true, paths: LISTS, shows: '.state.empty, .count, main .none' },
  {
    name: 'forbidden',
    options: { mode: 'strict' },
    token: 'token-nobody',
    paths: [...LISTS, MISSION],
    shows: '.state.forbidden, main td, main .facts',
  },
  {
    name: 'stale',
    paths: [...LISTS, MISSION],
    async begin(site, { page }) {
      site.fault = { error: new TransportError('connection refused') }
      site.cutWatches()
      await page.locator('main .stale').first().waitFor()
    },
    shows: 'main .stale, main',
  },
  {
    name: 'failed',
    paths: [`${MISSION}?tab=yaml`, '/settings'],
    async begin(site) {
      site.fault = { error: new TransportError('connection refused') }
    },
    shows: '[role="alert"], main',
  },
]

/** Verbs and resources as RBAC calls them, and who may do nothing. */
const RIGHTS = ['list', 'events', 'leases', 'coordination', 'k8s', 'nobody']

describe('what stands in place of data', { skip: missingChromium() }, () => {
  for (const state of STATES) {
    it(`has no obstacle in either theme, and is in the person's language: ${state.name}`, async () => {
      const site = await startSite({ now: NOW, logs: logsOf(), ...state.options })
      try {
        const world = state.isEmpty ? [] : smallWorld()
        await site.plant(world)
        const visit = await site.visit({ axe: true })
        if (state.token !== undefined) await signIn(visit.page, state.token)
        await visit.page.locator('[data-freshness="live"]').waitFor()
        if (state.name === 'stale') await visit.open('/tasks')
        await state.begin?.(site, visit)
        const known = vocabularyOf(smallWorld())
        const vocabulary = {
          sentences: [...known.sentences, 'connection refused'],
          names: new Set([...known.names, ...RIGHTS]),
        }
        const faults: string[] = []
        for (const path of state.paths) {
          await turn(visit, 'dark', 'en')
          await visit.go(path)
          await visit.page.locator(state.shows).first().waitFor()
          const inEnglish = await accessibilityFaults(visit.page)
          await turn(visit, 'light', 'zh-CN')
          const inChinese = await accessibilityFaults(visit.page)
          const words = foreignWords(await textsOf(visit.page), vocabulary)
          for (const fault of [...inEnglish, ...inChinese, ...words])
            faults.push(`${path}: ${fault}`)
        }
        assert.deepEqual(faults, [])
        await visit.close()
      } finally {
        await site.stop()
      }
    })
  }
})
