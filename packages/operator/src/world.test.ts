import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlightTask, MissionStageTemplate, TaskPhase } from '@sortie/api'
import type { Stored } from '@sortie/machinery'
import fc from 'fast-check'
import { makeMission } from './mission/fixtures.ts'
import { hasNewRequest } from './mission/rerun.ts'
import { World } from './world.fixtures.ts'

const SECOND = 1000
const MAY_FOLLOW: Readonly<Record<string, readonly string[]>> = {
  Pending: ['Running', 'Succeeded', 'Failed', 'Cancelled'],
  Running: ['Succeeded', 'Failed', 'Cancelled'],
}
const ENDED = ['Succeeded', 'Failed', 'Cancelled']

const isLive = ({ status }: Stored<FlightTask>): boolean => !ENDED.includes(status?.phase ?? '')

const stagePlans = fc.array(
  fc.record({
    type: fc.constantFrom('sequential' as const, 'parallel' as const, 'mixed' as const),
    tasks: fc.array(fc.record({ optional: fc.boolean(), count: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    timeout: fc.option(fc.constantFrom('5s', '1m'), { nil: undefined }),
    /** Which earlier stages it depends on, as bits. */
    after: fc.nat(31),
  }),
  { minLength: 1, maxLength: 5 },
)
const step = fc.record({
  kind: fc.constantFrom(
    'mission',
    'stage',
    'stage',
    'task',
    'task',
    'task',
    'delete',
    'user',
    'tick',
  ),
  pick: fc.nat(1000),
  /** The controller is killed after so many writes. */
  killAfter: fc.option(fc.nat(3), { nil: undefined, freq: 5 }),
  fails: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
})
const scenarios = fc.record({
  stages: stagePlans,
  onFailure: fc.constantFrom('abort' as const, 'continue' as const, 'retry' as const),
  maxStageRetries: fc.nat(2),
  budget: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  cancels: fc.boolean(),
  steps: fc.array(step, { maxLength: 120 }),
})
type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never

function missionOf({ stages, onFailure, maxStageRetries, budget }: Scenario) {
  const templates = stages.map(({ type, tasks, timeout, after }, place): MissionStageTemplate => {
    const dependsOn = stages.slice(0, place).flatMap((_, other) => {
      return ((after >> other) & 1) === 1 ? [`s${other}`] : []
    })
    const flightTasks = tasks.map(({ optional, count }, index) => ({
      name: `t${index}`,
      optional,
      ...(count === 1 ? {} : { count }),
      ...(type === 'mixed' && index > 0 && index % 2 === 1 ? { dependsOn: [`t${index - 1}`] } : {}),
    }))
    return {
      name: `s${place}`,
      type,
      dependsOn,
      flightTasks,
      ...(timeout === undefined ? {} : { timeout }),
    }
  })
  const { config } = makeMission([], { onFailure }).spec
  const failurePolicy = { ...config.failurePolicy, maxStageRetries }
  return makeMission(templates, {
    spec: {
      config: { ...config, failurePolicy },
      ...(budget === undefined ? {} : { maxParallelTasks: budget }),
    },
  })
}

/** What a task's controller does next with a task: starts it, ends it, or stops it where it is told to. */
function advanceTask(world: World, task: Stored<FlightTask>, fails: boolean): void {
  const phase = task.status?.phase ?? 'Pending'
  if (!isLive(task)) return
  if (task.spec.cancel === true) {
    world.moveTask(task, 'Cancelled')
    return
  }
  if (task.spec.suspend === true && phase === 'Pending') return
  const next: Partial<Record<TaskPhase, TaskPhase>> = { Pending: 'Scheduled', Scheduled: 'Running' }
  world.moveTask(task, next[phase] ?? (fails ? 'Failed' : 'Succeeded'))
}

function take<T>(items: Iterable<T>, pick: number): T | undefined {
  const list = [...items]
  return list.length === 0 ? undefined : list[pick % list.length]
}

const USER: readonly ((world: World, scenario: Scenario) => void)[] = [
  (world) => world.changeMission({ suspend: true }),
  (world) => world.changeMission({ suspend: null }),
  (world, { cancels }) => {
    if (cancels) world.changeMission({ cancel: true })
  },
  (world) => world.askAgain(String(world.now)),
]

type Step = Scenario['steps'][number]

const ACTS: Readonly<Record<Step['kind'], (world: World, step: Step, scenario: Scenario) => void>> =
  {
    mission: (world, { killAfter }) => {
      world.killAfter = killAfter
      world.runMission()
    },
    tick: (world) => {
      world.now += SECOND
    },
    user: (world, { pick }, scenario) => {
      take(USER, pick)?.(world, scenario)
    },
    stage: (world, { pick, killAfter }) => {
      const stage = take(world.stages.values(), pick)
      world.killAfter = killAfter
      if (stage !== undefined) world.runStage(stage)
    },
    task: (world, { pick, fails }) => {
      const task = take(world.tasks.values(), pick)
      if (task !== undefined) advanceTask(world, task, fails)
    },
    delete: (world, { pick }) => {
      const task = take(world.tasks.values(), pick)
      if (task !== undefined) world.deleteTask(task)
    },
  }

/** Ended phases are left as often as a run was asked for, and what succeeded is not flown again. */
function assertReruns(world: World, { onFailure, maxStageRetries }: Scenario): void {
  const asked = world.requests
  for (const stage of world.stages.values()) {
    const phases = world.history.get(`MissionStage/${stage.metadata.uid}`) ?? []
    const left = phases.slice(1).filter((phase, index) => {
      return ENDED.includes(phases[index] ?? '') && !ENDED.includes(phase)
    })
    assert.ok(left.length <= (stage.status?.observedAttempt ?? 0), phases.join(' → '))
    const most = asked + (onFailure === 'retry' ? maxStageRetries : 0)
    assert.ok((stage.spec.attempt ?? 0) <= most, `${stage.metadata.name} runs too often`)
    const names = [...world.flown]
      .filter(({ owner }) => owner === stage.metadata.uid)
      .map(({ name }) => name)
    assert.equal(new Set(names).size, names.length, 'a task that succeeded is not flown again')
  }
  const phases = world.history.get(`Mission/${world.mission.metadata.uid}`) ?? []
  const left = phases.slice(1).filter((_, index) => ENDED.includes(phases[index] ?? ''))
  assert.ok(left.length <= asked, `asked ${asked} times: ${phases.join(' → ')}`)
}

function assertAlways(world: World, scenario: Scenario): void {
  const { budget } = scenario
  assertReruns(world, scenario)
  const live = [...world.tasks.values()].filter(isLive)
  if (budget !== undefined) assert.ok(live.length <= budget, 'maxParallelTasks holds')
  for (const stage of world.stages.values()) {
    if (stage.spec.stageType !== 'sequential') continue
    const active = world.tasksOf(stage).filter(isLive)
    assert.ok(active.length <= 1, `sequential stage ${stage.metadata.name} has ${active.length}`)
  }
  for (const [key, phases] of world.history) {
    if (key.startsWith('FlightTask')) continue
    phases.slice(1).forEach((phase, index) => {
      const before = phases[index] ?? ''
      if (ENDED.includes(before) && !ENDED.includes(phase)) return
      assert.ok(MAY_FOLLOW[before]?.includes(phase), `${key}: ${phases.join(' → ')}`)
    })
  }
}

/** No disturbance any more: everybody gets a turn, and time passes. */
function runToEnd(world: World, scenario: Scenario): void {
  if (world.mission.spec.suspend === true) world.changeMission({ suspend: null })
  for (let round = 0; round < 400; round++) {
    world.runMission()
    for (const stage of world.stages.values()) world.runStage(stage)
    for (const task of world.tasks.values()) advanceTask(world, task, false)
    world.now += SECOND
    assertAlways(world, scenario)
    const hasEnded = ENDED.includes(world.mission.status?.phase ?? '')
    if (hasEnded && !hasNewRequest(world.mission)) return
  }
  assert.fail(`the mission has not ended: ${JSON.stringify(world.mission.status)}`)
}

function assertEnd(world: World): void {
  const { status } = world.mission
  const sum = { succeeded: 0, failed: 0 }
  for (const stage of world.stages.values()) {
    assert.ok(ENDED.includes(stage.status?.phase ?? ''), 'every stage has ended')
    const { counts } = stage.status ?? {}
    assert.equal(counts?.pending, 0)
    assert.equal(counts?.running, 0)
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += counts?.[key] ?? 0
    if (stage.status?.startTime !== undefined) {
      assert.ok(stage.status.startTime <= (stage.status.completionTime ?? ''))
    }
  }
  assert.equal(status?.statistics?.succeededTasks, sum.succeeded)
  assert.equal(status?.statistics?.failedTasks, sum.failed)
  const all = status?.statistics?.totalFlightTasks
  assert.equal(status?.tasksProgress, `${all}/${all}`)
  assert.deepEqual([...world.tasks.values()].filter(isLive), [], 'nothing flies on')
  const { writes } = world
  world.now += 3600 * SECOND
  world.runMission()
  for (const stage of world.stages.values()) world.runStage(stage)
  assert.equal(world.writes, writes, 'once it has ended nothing is written')
}

test('whatever people, tasks and time do, a mission keeps its rules and ends', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const world = new World(missionOf(scenario))
      for (const each of scenario.steps) {
        ACTS[each.kind](world, each, scenario)
        assertAlways(world, scenario)
      }
      runToEnd(world, scenario)
      assertEnd(world)
    }),
    { numRuns: 100 },
  )
})

test('a stage starts only when all that it depends on has passed', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const world = new World(missionOf(scenario))
      const startedTooEarly = (): void => {
        const byName = new Map([...world.stages].map(([name, stage]) => [name.slice(2), stage]))
        for (const stage of world.stages.values()) {
          if (stage.status?.startTime === undefined) continue
          for (const name of stage.spec.dependsOn ?? []) {
            const phase = byName.get(name)?.status?.phase ?? ''
            const passed = scenario.onFailure === 'continue' ? ENDED : ['Succeeded']
            assert.ok(passed.includes(phase), `${stage.metadata.name} started, ${name} is ${phase}`)
          }
        }
      }
      for (const each of scenario.steps) {
        ACTS[each.kind](world, each, scenario)
        startedTooEarly()
      }
    }),
    { numRuns: 100 },
  )
})
