import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MISSION_TEMPLATES, WEAPONS } from '@sortie/api'
import { NODES } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { tooWide } from './layout.ts'
import { missingChromium, type Visit } from './site/chromium.ts'
import { type Planned, startSite } from './site/site.ts'
import { logsOf } from './world/logs.ts'
import { condition, eventObject, missionObjects, plan } from './world/objects.ts'
import type { Fields } from './world/sketches.ts'

/** Texts that somebody may write into any field that takes texts. */
const HOSTILE: Readonly<Record<string, string>> = {
  'markup, links and placeholders': [
    '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>',
    'javascript:globalThis.hacked=1',
    '{{ globalThis.hacked = 1 }} %s @:common.name {name} | a | b',
  ].join(' '),
  'terminal escapes and other directions':
    '\u001b[31mred\u001b]8;;javascript:globalThis.hacked=1\u0007link\u001b]8;;\u0007\u001b[0m \u202eمرحبا بالعالم\u202c abc 👩‍🚀🛩️👩‍🚀🛩️',
  'one word without an end': 'unbroken'.repeat(60),
}

function world(text: string, now: number): readonly Planned[] {
  const at = now - 60_000
  const spelt = text.replaceAll('\u0000', '')
  const weapon = (name: string): Planned =>
    plan(WEAPONS, at, {
      metadata: { name, namespace: 'default', annotations: { note: spelt } },
      spec: {
        weaponName: spelt.slice(0, 256),
        weaponType: spelt.slice(0, 256),
        category: spelt.slice(0, 256),
        image: { repository: spelt.slice(0, 512), tag: 'v1' },
        version: { current: spelt.slice(0, 128) },
      },
      status: {
        conditions: [condition('Accepted', 'False', { at, reason: 'Wrong', message: spelt })],
      },
    })
  const node = makeAircraft('a1', { type: 'uav' }) as unknown as Fields & { status: Fields }
  const notReady = { type: 'Ready', status: 'False', reason: 'NotReady', message: spelt }
  const objects = missionObjects(
    {
      name: 'hostile',
      title: spelt.slice(0, 256),
      phase: 'Running',
      message: spelt,
      created: 100,
      started: 90,
      stages: [
        {
          name: 'stage',
          phase: 'Running',
          started: 90,
          message: spelt,
          tasks: [
            {
              name: 'task',
              phase: 'Running',
              node: 'a1',
              message: spelt,
              role: spelt.slice(0, 256),
              conditions: [
                condition('PodScheduled', 'False', { at, reason: 'Unschedulable', message: spelt }),
              ],
            },
            {
              name: 'retried',
              phase: 'Pending',
              retryIn: 30,
              retries: 1,
              message: spelt,
              role: spelt.slice(0, 256),
            },
          ],
        },
      ],
    },
    { now },
  )
  return [
    ...objects,
    weapon('hostile'),
    plan(NODES, at, { ...node, status: { ...node.status, conditions: [notReady] } }),
    plan(MISSION_TEMPLATES, at, {
      metadata: { name: 'hostile', namespace: 'default' },
      spec: { description: spelt.slice(0, 4096), stages: [{ name: 'one' }] },
    }),
    ...['Mission', 'FlightTask'].map((kind) =>
      eventObject(
        {
          kind,
          name: kind === 'Mission' ? 'hostile' : 'hostile-stage-task',
          reason: spelt.slice(0, 120),
          message: spelt.slice(0, 1000),
          ago: 5,
        },
        { now },
      ),
    ),
  ]
}

const PATHS = [
  '/',
  '/missions',
  '/ns/default/missions/hostile',
  '/ns/default/missions/hostile?tab=timeline',
  '/ns/default/missions/hostile?tab=events',
  '/ns/default/missions/hostile?tab=yaml',
  '/ns/default/stages/hostile-stage',
  '/tasks',
  '/ns/default/tasks/hostile-stage-task',
  '/ns/default/tasks/hostile-stage-task?tab=logs',
  '/ns/default/tasks/hostile-stage-task?tab=conditions',
  '/weapons',
  '/weapons?tab=matrix',
  '/ns/default/weapons/hostile',
  '/fleet/a1',
  '/events',
  '/missions/new?template=default/hostile',
  `/missions?filter=${encodeURIComponent('<img src=x onerror="globalThis.hacked = 1">')}`,
  '/ns/default/missions/%3Cimg%20src%3Dx%20onerror%3D%22globalThis.hacked%20%3D%201%22%3E',
]

const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 360, height: 800 }

/** What a hostile text has done to a page, on a wide screen and on a narrow one. */
async function faultsOf(visit: Visit): Promise<readonly string[]> {
  const { page } = visit
  const faults = [...(await tooWide(page))]
  await visit.resize(NARROW)
  faults.push(...(await tooWide(page)).map((fault) => `narrow: ${fault}`))
  await visit.resize(WIDE)
  if (await page.evaluate('globalThis.hacked !== undefined')) faults.push('executed')
  const foreign = await page.locator('img, #app script, a[href^="javascript:"]').count()
  if (foreign > 0) faults.push(`${foreign} elements that nobody meant`)
  return faults
}

describe('texts that mean harm', { skip: missingChromium() }, () => {
  for (const [what, text] of Object.entries(HOSTILE)) {
    it(`execute nothing and break no page: ${what}`, async () => {
      const site = await startSite({ logs: logsOf([text, 'plain']) })
      try {
        await site.plant(world(text, Date.now()))
        const faults: string[] = []
        const waiting = [...PATHS]
        const goThrough = async (): Promise<void> => {
          const visit = await site.visit(WIDE)
          for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
            await visit.go(path)
            for (const fault of await faultsOf(visit)) faults.push(`${path}: ${fault}`)
          }
          // A page whose name cannot be one gets 404 from the API, which the console tells.
          faults.push(...visit.problems.filter((line) => !/status of 40[04]/.test(line)))
          await visit.close()
        }
        await Promise.all([goThrough(), goThrough()])
        assert.deepEqual(faults, [])
      } finally {
        await site.stop()
      }
    })
  }
})
