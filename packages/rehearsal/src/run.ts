/** One run from its seed to its verdict. */
import type { ApiRequest, ApiResponse, KubeObject } from '@sortie/machinery'
import { durationOf, type PartName } from './faults/fault.ts'
import { drawNeighbour, type KeptRun } from './neighbours/neighbour.ts'
import { drawSmall } from './neighbours/small.ts'
import { earlyExpiry } from './oracle/invariants/losses.ts'
import { hasEnded } from './oracle/model.ts'
import { createOracle, type Oracle } from './oracle/oracle.ts'
import type { Violation } from './oracle/violation.ts'
import { drawScenario, type ScenarioOptions } from './scenario/generate.ts'
import type { Scenario } from './scenario/scenario.ts'
import { approveStages } from './world/making.ts'
import { restoreNode } from './world/nodes.ts'
import { schedulePeople, settlePeople } from './world/people.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

export interface RunOptions extends ScenarioOptions {
  /** Keeps one line per commit in the outcome. */
  readonly keepLines?: boolean
  /** Keeps the trace's hash, by which two runs can be compared. */
  readonly keepHash?: boolean
  readonly log?: NonNullable<WorldOptions['log']>
}

export interface RunStatistics {
  readonly missions: number
  /** Missions by the phase that they ended in; `deleted` for those that are gone. */
  readonly phases: Readonly<Record<string, number>>
  /** Faults that struck, by kind. */
  readonly faults: Readonly<Record<string, number>>
  readonly actions: number
  readonly commits: number
  /** Requests that write, of all parts. */
  readonly writes: number
  /** The same by part. */
  readonly writesOf: Readonly<Record<string, number>>
  /** Patches that changed nothing. */
  readonly emptyPatches: number
  /** Virtual milliseconds until every mission had ended. */
  readonly endedAt: number
}

export interface RunOutcome {
  /** By which the scenario was drawn. */
  readonly seed: number
  readonly scenario: Scenario
  /** Of every commit's content and time, where it was asked for. */
  readonly hash: string | undefined
  readonly violations: readonly Violation[]
  readonly statistics: RunStatistics
  readonly lines: readonly string[]
  /** What is there at the end, one line per mission, stage, task and pod: kind, name, phase, retries; sorted. */
  readonly objects: readonly string[]
}

/** Draws a scenario from the seed and plays it. */
export function runScenario(seed: number, options: RunOptions = {}): Promise<RunOutcome> {
  return playScenario(drawScenario(seed, options), options)
}

/** Draws a neighbour of one of the runs by the seed and plays it. */
export async function runNeighbour(
  seed: number,
  kept: readonly KeptRun[],
  options: RunOptions = {},
): Promise<RunOutcome> {
  const outcome = await playScenario(drawNeighbour(seed, kept), options)
  return { ...outcome, seed }
}

/** Draws a small run by the seed and plays it. */
export async function runSmall(seed: number, options: RunOptions = {}): Promise<RunOutcome> {
  const outcome = await playScenario(drawSmall(seed), options)
  return { ...outcome, seed }
}

/** After the last fault: reflectors and clients wait up to half a minute before they try again. */
const RECOVERY_MS = 60_000
/** Once calm, every mission ends within this time: three failures put an aircraft into quarantine for ten minutes, again and again. */
const LIVENESS_MS = 8 * 3_600_000
/** A quarantine is over, and whatever ends late has ended. */
const AFTERMATH_MS = 13 * 60_000
const QUIET_MS = 60_000
const MOST_COMMITS = 60_000
/** Timers of a run, far more than any needs. */
const MOST_STEPS = 1_500_000

export async function playScenario(
  scenario: Scenario,
  options: RunOptions = {},
): Promise<RunOutcome> {
  const play = await Play.start(scenario, options)
  try {
    await play.run()
  } finally {
    await play.world.stop()
  }
  return play.outcome()
}

function namesUid(options: unknown): boolean {
  const { preconditions } = (options ?? {}) as { preconditions?: { uid?: string } }
  return preconditions?.uid !== undefined
}

/** A namespace goes when the last pod in it has ended. */
const EMPTYING_MS = 60_000

/** When the last thing that was planned has happened. */
function lastTrouble({ faults, actions, weapons, missions }: Scenario): number {
  return Math.max(
    0,
    ...faults.map((fault) => fault.at + durationOf(fault)),
    ...weapons.map(({ at }) => at),
    ...missions.map(({ at }) => at),
    ...actions.map((action) => {
      const { forMs = 0, againAfterMs = 0 } = action as { forMs?: number; againAfterMs?: number }
      const emptying = action.kind === 'deleteNamespace' ? EMPTYING_MS : 0
      return action.at + forMs + againAfterMs + emptying
    }),
  )
}

/** When a part is over what has struck it so far; 0 where nothing has. */
function recoveryOf({ parts }: World, name: PartName): number {
  const until = parts.find((part) => part.name === name)?.troubledUntil ?? 0
  return until === 0 ? 0 : until + RECOVERY_MS
}

class Play {
  readonly world: World
  readonly #scenario: Scenario
  readonly #oracle: Oracle
  readonly #calmAt: number
  #writes = 0
  readonly #writesOf: Record<string, number> = {}
  readonly #answered = new Set<string>()
  #emptyPatches = 0
  #steps = 0
  #endedAt = 0

  private constructor(scenario: Scenario, world: World, oracle: Oracle) {
    this.#scenario = scenario
    this.world = world
    this.#oracle = oracle
    this.#calmAt = lastTrouble(scenario)
  }

  static async start(scenario: Scenario, options: RunOptions): Promise<Play> {
    let play: Play | undefined
    let oracle: Oracle | undefined
    const world = await createWorld(scenario, {
      keepLines: options.keepLines === true,
      keepHash: options.keepHash === true,
      ...(options.log === undefined ? {} : { log: options.log }),
      onCommit: (commit) => oracle?.observe(commit),
      onWrite: (part, request, response) => play?.noteWrite(part, request, response),
      onFailure: (part, error) =>
        oracle?.accuse(
          { invariant: 14, name: 'every part goes on' },
          `${part} ended: ${describeError(error)}`,
        ),
    })
    const calmAt =
      scenario.faults.length + scenario.actions.length === 0 ? 0 : lastTrouble(scenario)
    oracle = createOracle({
      clock: world.clock,
      calmAt: calmAt === 0 ? 0 : calmAt + RECOVERY_MS,
      undisturbed: calmAt === 0,
      struck: new Set(scenario.faults.map(({ part }) => part)),
      recoveredAt: (part) => recoveryOf(world, part),
      latencyMs: scenario.latencyMs,
      isClockTrue: scenario.actions.every(({ kind }) => kind !== 'clockJump'),
      setBackMs: scenario.actions.reduce(
        (sum, action) => sum + (action.kind === 'clockJump' ? Math.max(0, -action.byMs) : 0),
        0,
      ),
    })
    play = new Play(scenario, world, oracle)
    return play
  }

  async run(): Promise<void> {
    const { world } = this
    schedulePeople(world, this.#scenario, (error) =>
      this.#oracle.accuse({ invariant: 14, name: 'people are served' }, describeError(error)),
    )
    for (const part of world.parts) part.start()
    await this.#until(this.#calmAt + 1)
    for (const part of world.parts) part.heal()
    for (const node of this.#oracle.model.nodes.values()) {
      await restoreNode(world, node.object.metadata.name)
    }
    await settlePeople(world, this.#scenario)
    await this.#awaitEnd()
    this.#endedAt = world.clock.monotonic()
    if (this.#isOver()) return
    await this.#until(this.#endedAt + AFTERMATH_MS)
    await this.#expectSilence()
    this.#expectNoEmptyPatch()
    if (!this.#isOver()) this.#oracle.rest()
  }

  outcome(): RunOutcome {
    const { trace, parts } = this.world
    const { missions } = this.#oracle.model
    const struck = parts.flatMap((part) => part.struck)
    return {
      seed: this.#scenario.seed,
      scenario: this.#scenario,
      hash: trace.hash(),
      violations: this.#oracle.violations,
      lines: trace.lines,
      objects: this.#oracle.model.summary(),
      statistics: {
        missions: missions.size,
        phases: tally(
          [...missions.values()].map(({ object, deletedAt }) =>
            deletedAt === undefined ? (object.status?.phase ?? '') : 'deleted',
          ),
        ),
        faults: tally(struck.map(({ kind }) => kind)),
        actions: this.#scenario.actions.length,
        commits: trace.commits,
        writes: this.#writes,
        writesOf: this.#writesOf,
        emptyPatches: this.#emptyPatches,
        endedAt: this.#endedAt,
      },
    }
  }

  /** What people wrote is theirs: parts write statuses of missions and weapons, and end missions whose time to live is over. */
  #expectNoMeddling(part: PartName, { method, path }: ApiRequest): void {
    if (
      method === 'DELETE' ||
      !/\/(missions|weapons|missiontemplates|weaponloadouts)\/[^/]+$/.test(path)
    )
      return
    const broken = { invariant: 17, name: 'nobody but people changes what people wrote' }
    this.#oracle.accuse(broken, `${part}: ${method} ${path}`)
  }

  /** The operator deletes missions for no other reason than that their time to live is over. */
  #expectNoEarlyEnd({ method, path, body }: ApiRequest): void {
    if (method !== 'DELETE' || !/\/missions\/[^/]+$/.test(path)) return
    const { preconditions } = (body ?? {}) as { preconditions?: { uid?: string } }
    const mission = this.#oracle.model.missions.get(preconditions?.uid ?? '')
    const isClockTrue = this.#scenario.actions.every(({ kind }) => kind !== 'clockJump')
    if (mission === undefined || !isClockTrue) return
    const wrong = earlyExpiry(mission, this.world.clock.now())
    if (wrong === undefined) return
    const broken = { invariant: 14, name: 'no mission goes before its time to live is over' }
    this.#oracle.accuse(broken, `the operator deleted it: ${wrong}`, [mission])
  }

  /** A write that answers with a version that a write has answered with before has changed nothing. */
  noteWrite(part: PartName, request: ApiRequest, { status, body }: ApiResponse) {
    const { method, body: sent } = request
    this.#writes++
    this.#expectNoMeddling(part, request)
    this.#writesOf[part] = (this.#writesOf[part] ?? 0) + 1
    if (method === 'DELETE' && part === 'operator' && !namesUid(sent)) {
      const broken = { invariant: 17, name: 'every delete names the uid' }
      this.#oracle.accuse(broken, `a delete without a uid: ${JSON.stringify(sent)}`)
    }
    if (status >= 300) return
    if (part === 'operator') this.#expectNoEarlyEnd(request)
    if (method !== 'PATCH') return
    const version = (body as KubeObject).metadata.resourceVersion ?? ''
    if (this.#answered.has(version)) this.#emptyPatches++
    this.#answered.add(version)
  }

  #isOver(): boolean {
    return this.#oracle.violations.length > 0
  }

  /** Moves time on to the moment; stops at the first violation. */
  async #until(moment: number): Promise<void> {
    const { clock } = this.world
    if (this.#isOver()) return
    await clock.advance(Math.max(0, moment - clock.monotonic()), () => this.#mayGoOn())
  }

  #mayGoOn(): boolean {
    const { commits } = this.world.trace
    if (this.#isOver()) return false
    if (++this.#steps > MOST_STEPS) {
      const broken = { invariant: 15, name: 'no work without end' }
      this.#oracle.accuse(broken, `${this.#steps} timers, ${this.#writes} writes`)
    } else if (commits > MOST_COMMITS) {
      const broken = { invariant: 15, name: 'no write without end' }
      this.#oracle.accuse(broken, `${commits} commits`)
    }
    return !this.#isOver()
  }

  async #awaitEnd(): Promise<void> {
    const { clock } = this.world
    const limit = this.#calmAt + RECOVERY_MS + LIVENESS_MS
    while (!this.#isOver()) {
      const open = [...this.#oracle.model.missions.values()].filter(
        (mission) => mission.deletedAt === undefined && !hasEnded(mission),
      )
      const [first] = open
      if (first === undefined) return
      if (clock.monotonic() > limit) {
        this.#oracle.accuse(
          { invariant: 14, name: 'once faults stop, every mission ends' },
          `mission ${first.object.metadata.name} has not ended`,
          this.#oracle.model.unfinished(first),
        )
        return
      }
      await this.#until(clock.monotonic() + 2_000)
      await approveStages(this.world)
    }
  }

  /** Only a process that nothing went wrong for knows all that it has written. */
  #expectNoEmptyPatch(): void {
    if (this.#emptyPatches === 0 || this.#scenario.faults.length > 0) return
    const broken = { invariant: 15, name: 'no patch changes nothing' }
    this.#oracle.accuse(broken, `${this.#emptyPatches} empty patches`)
  }

  async #expectSilence(): Promise<void> {
    const { trace, clock } = this.world
    const before = this.#writes
    await this.#until(clock.monotonic() + QUIET_MS)
    if (this.#writes > before && !this.#isOver()) {
      this.#oracle.accuse(
        { invariant: 15, name: 'once nothing changes, nothing is written' },
        `${this.#writes - before} writes in a quiet minute, ${trace.commits} commits`,
      )
    }
  }
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
