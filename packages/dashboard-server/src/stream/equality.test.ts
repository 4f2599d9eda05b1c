/** Whatever changes and whatever fails: in the end a browser holds what a LIST returns. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BATCH_MILLIS, FLIGHT_TASKS, type FlightTask } from '@sortie/api'
import { ApiStatusError, failureStatus, type Stored, TransportError } from '@sortie/machinery'
import fc from 'fast-check'
import { taskRow } from '../projection/task.ts'
import { task } from '../testing/objects.ts'
import { type Site, startSite, until } from '../testing/site.ts'

type Change = 'create' | 'change' | 'delete' | 'replace'
type Step =
  | { readonly kind: Change; readonly which: number }
  /** The API server ends its watches, and says that it forgot the version, or is away for a while. */
  | { readonly kind: 'cut' | 'expire' | 'outage' | 'pass' }

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('create', 'change', 'delete', 'replace'),
        which: fc.nat(7),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('cut', 'expire', 'outage', 'pass') }),
    },
  ),
  { minLength: 1, maxLength: 40 },
) as fc.Arbitrary<Step[]>

async function perform(site: Site, step: Step): Promise<void> {
  if (step.kind === 'pass') await site.clock.advance(BATCH_MILLIS)
  else if (step.kind === 'cut') site.cutWatches()
  else if (step.kind === 'expire') {
    site.cutWatches(new ApiStatusError(failureStatus('Expired', { message: 'too old' })))
  } else if (step.kind === 'outage') {
    site.fault = () => new TransportError('connection refused')
    site.cutWatches(new TransportError('connection reset'))
    await site.clock.advance(3_000)
  } else if ('which' in step) await change(site, step.kind, `t${step.which}`)
}

async function change(site: Site, kind: Change, name: string): Promise<void> {
  const client = site.cluster.client.resource<FlightTask>(FLIGHT_TASKS)
  const ref = { namespace: 'default', name }
  const exists = (await client.listAll()).items.some(({ metadata }) => metadata.name === name)
  if ((kind === 'delete' || kind === 'replace') && exists) await client.delete(ref)
  if ((kind === 'create' && !exists) || kind === 'replace')
    await site.create(FLIGHT_TASKS, task(name))
  if (kind === 'change' && exists) {
    const body = { spec: { role: `at ${site.clock.now()}` } }
    await client.patch(ref, { type: 'merge', body })
  }
}

test('after any changes and failures a subscription is equal to a LIST, old or new', async (t) => {
  const site = await startSite()
  t.after(() => site.stop())
  const browser = await site.launch()
  const old = await browser.stream()
  const kept = await old.show('tasks')
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const stream = await browser.stream()
      const held = stream.subscribe('tasks')
      for (const step of all) await perform(site, step)
      site.fault = undefined
      await site.clock.advance(40_000)
      const client = site.cluster.client.resource<FlightTask>(FLIGHT_TASKS)
      const rows = (await client.listAll()).items.map((item) => taskRow(item as Stored<FlightTask>))
      const expected = Object.fromEntries(
        rows.sort((a, b) => (a.uid < b.uid ? -1 : 1)).map((row) => [row.uid, row]),
      )
      for (const one of [held, kept]) {
        const same = () => JSON.stringify(one.byUid()) === JSON.stringify(expected)
        await until(() => same() && one.state === 'live', 'equality').catch(() => {})
        assert.deepEqual(one.byUid(), expected)
        assert.equal(one.state, 'live')
      }
      stream.close()
    }),
    { numRuns: 25 },
  )
})
