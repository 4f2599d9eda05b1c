import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlightTaskStatus } from '@sortie/api'
import { at, recorded } from './fixtures.ts'
import { gather, type Urgency, urgencyOf, type Waiting } from './gathering.ts'
import { eventsOf } from './status.ts'

const condition = (type: string, status: string, changes: object = {}) => ({
  type,
  status,
  reason: 'R',
  message: 'm',
  lastTransitionTime: at(0),
  ...changes,
})
const pending = { phase: 'Pending' } as FlightTaskStatus

test('how pressing a difference is', async (t) => {
  const created = condition('PodCreated', 'True')
  const unschedulable = condition('PodScheduled', 'False')
  const cases: readonly [string, object, object, Urgency][] = [
    ['nothing', pending, pending, 'none'],
    ['no status and Pending are the same', {}, pending, 'none'],
    ['a generation that was seen', pending, { ...pending, observedGeneration: 3 }, 'none'],
    ['a pod that was made', pending, recorded('Pending', { conditions: [created] }), 'slow'],
    ['a phase', pending, { phase: 'Running' }, 'soon'],
    [
      'a condition that comes',
      recorded('Pending'),
      recorded('Pending', { conditions: [condition('LoadoutValid', 'False')] }),
      'soon',
    ],
    [
      'a pod that queues for an aircraft',
      recorded('Pending'),
      recorded('Pending', { conditions: [unschedulable] }),
      'slow',
    ],
    [
      'a condition that turns',
      recorded('Pending', { conditions: [created] }),
      recorded('Pending', { conditions: [condition('PodCreated', 'False')] }),
      'soon',
    ],
    [
      'another reason',
      recorded('Pending', { conditions: [condition('LoadoutValid', 'False')] }),
      recorded('Pending', {
        conditions: [condition('LoadoutValid', 'False', { reason: 'Other' })],
      }),
      'soon',
    ],
    [
      'another message',
      recorded('Pending', { conditions: [unschedulable] }),
      recorded('Pending', {
        conditions: [condition('PodScheduled', 'False', { message: 'other' })],
      }),
      'slow',
    ],
    [
      'a counter',
      recorded('Pending', { schedulingInfo: { schedulingAttempts: 1 } }),
      recorded('Pending', { schedulingInfo: { schedulingAttempts: 2 } }),
      'slow',
    ],
    ['an end', recorded('Running'), recorded('Succeeded'), 'now'],
  ]
  for (const [name, stored, wanted, urgency] of cases) {
    await t.test(name, () =>
      assert.equal(urgencyOf(stored as FlightTaskStatus, wanted as FlightTaskStatus), urgency),
    )
  }
})

test('when a difference is written', async (t) => {
  const cases: readonly [string, Urgency, Waiting, number, boolean, number | undefined][] = [
    ['nothing: never', 'none', {}, 1000, false, undefined],
    ['an end: at once', 'now', {}, 1000, true, undefined],
    ['a phase: after 300 ms', 'soon', {}, 1000, false, 1300],
    ['not before', 'soon', { soon: 1000 }, 1299, false, 1300],
    ['but then', 'soon', { soon: 1000 }, 1300, true, undefined],
    ['a counter, a pod that was made, a wait: after 5 s', 'slow', {}, 1000, false, 6000],
    [
      'a phase that joins a pod that was made: by its own time',
      'soon',
      { slow: 500 },
      1000,
      false,
      1300,
    ],
    [
      'a pod that was made, waiting longer than a phase',
      'soon',
      { slow: 500, soon: 5400 },
      5500,
      true,
      undefined,
    ],
    [
      'after the clock was set back: no later than from now',
      'soon',
      { soon: 9_000_000 },
      1000,
      false,
      1300,
    ],
  ]
  for (const [name, urgency, waiting, now, write, due] of cases) {
    await t.test(name, () => {
      const gathered = gather(urgency, waiting, now)
      assert.equal(gathered.write, write)
      assert.equal(gathered.due, due)
    })
  }
})

test('what waited is forgotten once it is written, or differs no more', () => {
  assert.deepEqual(gather('now', { soon: 5 }, 10).waiting, {})
  assert.deepEqual(gather('none', { soon: 5 }, 10).waiting, {})
  assert.deepEqual(gather('soon', { soon: 5 }, 10).waiting, { soon: 5 })
})

test('events: none on the happy path, one for what went wrong', async (t) => {
  const happy = ['Pending', 'Scheduled', 'Running', 'Succeeded']
  const cases: readonly [string, FlightTaskStatus, FlightTaskStatus, readonly string[]][] = [
    ...happy
      .slice(1)
      .map((phase, index): [string, FlightTaskStatus, FlightTaskStatus, readonly string[]] => [
        `to ${phase}`,
        recorded(happy[index] ?? ''),
        recorded(phase),
        [],
      ]),
    ['a failure', recorded('Running'), recorded('Failed', { message: 'x' }), ['Failed']],
    [
      'a refused pod',
      pending,
      {
        phase: 'Failed',
        conditions: [condition('PodCreated', 'False', { reason: 'PodPolicy' })],
      } as FlightTaskStatus,
      ['PodPolicy'],
    ],
    ['a retry', recorded('Running'), recorded('Pending', { retryCount: 1 }), ['Retrying']],
    ['a replacement', recorded('Running'), recorded('Pending', { replacements: 1 }), ['Replaced']],
    [
      'an image that cannot be pulled',
      recorded('Scheduled'),
      recorded('Scheduled', {
        conditions: [condition('ImagePullFailed', 'True', { reason: 'ErrImagePull' })],
      }),
      ['ImagePullFailed'],
    ],
    [
      'the same again',
      recorded('Scheduled', { conditions: [condition('ImagePullFailed', 'True')] }),
      recorded('Scheduled', {
        conditions: [condition('ImagePullFailed', 'True', { message: 'n' })],
      }),
      [],
    ],
    [
      'the pull works',
      recorded('Scheduled', { conditions: [condition('ImagePullFailed', 'True')] }),
      recorded('Running', { conditions: [condition('ImagePullFailed', 'False')] }),
      [],
    ],
    ['a cancel', recorded('Running'), recorded('Cancelled'), []],
  ]
  for (const [name, before, after, reasons] of cases) {
    await t.test(name, () =>
      assert.deepEqual(
        eventsOf(before, after).map(({ reason }) => reason),
        reasons,
      ),
    )
  }
})
