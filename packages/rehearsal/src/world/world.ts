/** The whole system on one virtual clock: API server, operator, scheduler and fleet, each at the end of a line of its own. */
import { customResourceDefinitions } from '@sortie/api'
import { ADMIN, type ApiServer, createApiServer } from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import { createFleet, type Fleet } from '@sortie/fleet'
import {
  type ApiRequest,
  type ApiResponse,
  CUSTOM_RESOURCE_DEFINITIONS,
  createVirtualClock,
  type Logger,
  onNextTurn,
  parseTime,
  silentLogger,
  type VirtualClock,
} from '@sortie/machinery'
import { createOperator } from '@sortie/operator'
import type { Runnable } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'
import { PART_NAMES, type PartName } from '../faults/fault.ts'
import { randomFor } from '../scenario/chance.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { type Commit, createCommitFeed, type Trace } from './commits.ts'
import { createPart, type Part, type PartDeps } from './part.ts'

/** A Monday morning. */
const EPOCH = parseTime('2026-01-05T08:00:00Z') ?? 0

export interface WorldOptions {
  readonly keepLines?: boolean
  readonly keepHash?: boolean
  readonly log?: Logger
  onCommit(commit: Commit): void
  onWrite(part: PartName, request: ApiRequest, response: ApiResponse): void
  onFailure(part: PartName, error: unknown): void
}

export interface World {
  readonly clock: VirtualClock
  readonly server: ApiServer
  /** A person's: may do everything, and nothing goes wrong on its line. */
  readonly client: Client
  readonly trace: Trace
  readonly parts: readonly Part[]
  /** The present process of the fleet. */
  fleet(): Fleet | undefined
  /** Aircraft that play dead, whichever process plays them. */
  setAlive(node: string, alive: boolean): void
  stop(): Promise<void>
}

/** Resolves once all promises that can settle now have. */
function settle(): Promise<void> {
  return new Promise((resolve) => onNextTurn(resolve))
}

/** Starts the server with Sortie's CRDs; the parts are there, but not started. */
export async function createWorld(scenario: Scenario, options: WorldOptions): Promise<World> {
  const { seed } = scenario
  const log = options.log ?? silentLogger
  const clock = createVirtualClock(EPOCH, settle)
  const feed = createCommitFeed(clock, {
    keepLines: options.keepLines === true,
    keepHash: options.keepHash === true,
    onCommit: options.onCommit,
  })
  const server = createApiServer({
    clock,
    random: randomFor(seed, 'server'),
    log,
    store: feed.store,
    tracksFields: false,
  })
  await server.start()
  const client = createClient(server.transport(ADMIN), {
    clock,
    random: randomFor(seed, 'person'),
    fieldManager: 'person',
  })
  for (const definition of customResourceDefinitions()) {
    await client.resource(CUSTOM_RESOURCE_DEFINITIONS).create(definition)
  }
  const aircraft = createAircraftHost(scenario)
  const creators: Readonly<Record<PartName, (deps: PartDeps) => Runnable>> = {
    operator: (deps) => createOperator(deps),
    scheduler: (deps) => createScheduler(deps),
    fleet: aircraft.create,
  }
  const { latencyMs, faults } = scenario
  const { onWrite, onFailure } = options
  const parts = PART_NAMES.map((name) =>
    createPart({
      name,
      seed,
      server,
      clock,
      log,
      latencyMs,
      revision: () => feed.store.revision,
      faults,
      create: creators[name],
      onWrite,
      onFailure,
    }),
  )
  return {
    clock,
    server,
    client,
    trace: feed.trace,
    parts,
    fleet: aircraft.current,
    setAlive: aircraft.setAlive,
    async stop() {
      for (const part of parts) part.stop()
      await clock.advance(1000)
      await server.stop()
    },
  }
}

interface AircraftHost {
  create(deps: PartDeps): Fleet
  current(): Fleet | undefined
  setAlive(node: string, alive: boolean): void
}

/** Keeps in mind which aircraft are dead when the process that plays them is made anew. */
function createAircraftHost({ fleet: spec }: Scenario): AircraftHost {
  const dead = new Set<string>()
  let fleet: Fleet | undefined
  return {
    create(deps) {
      fleet = createFleet({ ...deps, fleet: spec })
      for (const node of dead) fleet.setAlive(node, false)
      return fleet
    },
    current: () => fleet,
    setAlive(node, alive) {
      if (alive) dead.delete(node)
      else dead.add(node)
      fleet?.setAlive(node, alive)
    },
  }
}
