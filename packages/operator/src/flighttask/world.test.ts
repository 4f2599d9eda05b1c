import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TASK_PHASES } from '@sortie/api'
import fc from 'fast-check'
import { MAX_REPLACEMENTS } from './attempts.ts'
import { HAPPENINGS, type Happening, World } from './world.fixtures.ts'

const MAX_RETRIES = 3
const SPEC = { retry: { maxRetries: MAX_RETRIES, retryStrategy: 'exponential' }, timeout: '5m' }

const story = fc.array(fc.constantFrom(...HAPPENINGS), { maxLength: 60 })
const worlds = fc.record({ seed: fc.integer(), story })

/** Tells a story, the controller looking after every happening, and checks after each. */
function tell(
  { seed, story: happenings }: { seed: number; story: readonly Happening[] },
  check: (world: World, before: World['status']) => void,
): World {
  const world = new World(SPEC, seed)
  for (const happening of happenings) {
    const before = world.status
    world.happen(happening)
    world.look()
    world.seconds += 0.4
    world.look()
    check(world, before)
  }
  return world
}

const rank = (phase: string): number => (TASK_PHASES as readonly string[]).indexOf(phase)

test('whatever happens, at most one pod of the task is alive', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      tell(world, (told) => assert.ok(told.live().length <= 1))
    }),
  )
})

test('whatever happens, a terminal phase stays, and nothing of it changes', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      tell(world, (told, before) => {
        if (rank(before.phase) >= rank('Succeeded')) assert.equal(told.status, before)
      })
    }),
  )
})

test('whatever happens, a phase goes back only with an attempt that is given up', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      tell(world, ({ status }, before) => {
        if (rank(status.phase) >= rank(before.phase)) return
        const isGivenUp = status.conditions?.some(
          ({ type, status: is }) => type === 'Retrying' && is === 'True',
        )
        const counted =
          (status.retryCount ?? 0) > (before.retryCount ?? 0) ||
          (status.replacements ?? 0) > (before.replacements ?? 0)
        assert.ok(isGivenUp && counted, `${before.phase} → ${status.phase}`)
      })
    }),
  )
})

test('whatever happens, budgets hold and counters never go down', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      tell(world, ({ status }, before) => {
        assert.ok((status.retryCount ?? 0) <= MAX_RETRIES)
        assert.ok((status.replacements ?? 0) <= MAX_REPLACEMENTS)
        assert.ok((status.retryCount ?? 0) >= (before.retryCount ?? 0))
        assert.ok((status.replacements ?? 0) >= (before.replacements ?? 0))
        assert.ok((status.retryCount ?? 0) - (before.retryCount ?? 0) <= 1)
      })
    }),
  )
})

test('whatever happens, an end has its times in order', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      tell(world, ({ status, isOver }) => {
        if (!isOver) return
        assert.ok(status.completionTime)
        if (status.startTime !== undefined) assert.ok(status.startTime <= status.completionTime)
        if (status.phase === 'Succeeded') assert.ok(status.startTime)
      })
    }),
  )
})

test('nothing starts while it is suspended or after it is cancelled', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      let created = 0
      tell(world, (told) => {
        if (told.suspended || told.cancelled) assert.equal(told.created, created)
        created = told.created
      })
    }),
  )
})

test('after a cancel every pod goes, and the task ends', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const told = tell(world, () => undefined)
      told.happen('restoreNode')
      told.happen('cancel')
      told.settle()
      assert.ok(told.isOver)
      assert.equal(told.live().length, 0)
    }),
  )
})

test('once nothing happens any more, nothing is written', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const told = tell(world, () => undefined)
      told.happen('suspend')
      told.happen('restoreNode')
      told.seconds += 700
      told.settle()
      told.settle()
      assert.equal(told.settle(), 0)
    }),
  )
})

test('once faults stop and the pods succeed, the task succeeds if it had not ended', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const told = tell(world, () => undefined)
      if (told.cancelled || told.isOver) return
      told.happen('restoreNode')
      told.happen('resume')
      for (let round = 0; round < 8 && !told.isOver; round++) {
        told.seconds += 310
        told.settle()
        for (const step of ['bind', 'run', 'succeed'] as const) told.happen(step)
        told.settle()
      }
      assert.equal(told.isOver, true, JSON.stringify(told.status))
    }),
  )
})

test('each retry has a name of its own', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const told = tell(world, () => undefined)
      assert.ok(new Set(told.births).size <= 1 + (told.status.retryCount ?? 0))
      for (const name of told.births) assert.match(name, /^alpha-recon-lead-pod(-[123])?$/)
    }),
  )
})

test('the same seed gives the same story', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const [one, two] = [tell(world, () => undefined), tell(world, () => undefined)]
      assert.deepEqual(one.status, two.status)
      assert.deepEqual(one.births, two.births)
    }),
  )
})
