/** Fuel: a flight lowers its aircraft's level at landing, and the ground crew fills it up again. */
import { AIRCRAFT } from '@sortie/api'
import type { Client, Informer } from '@sortie/client'
import type { Clock, Instant, Logger, NodeObject, Timer } from '@sortie/machinery'
import { NODES } from '@sortie/machinery'
import type { FuelBehaviour } from '../spec/fleetspec.ts'
import { type Aircraft, fuelStatusOf } from './node.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** What is missing from a tank, in percent, at a time. */
export interface Tank {
  readonly missing: number
  readonly at: Instant
}

/** The tank after what the ground crew filled in since. */
export function refuelled(tank: Tank, perMinute: number, now: Instant): Tank {
  const filled = ((now - tank.at) / MINUTE_MS) * perMinute
  return { missing: Math.max(0, tank.missing - filled), at: now }
}

/** The tank after a flight that has just ended. */
export function landed(tank: Tank, burnPerHour: number, flightMs: number): Tank {
  return { ...tank, missing: tank.missing + (flightMs / HOUR_MS) * burnPerHour }
}

export interface FuelDeps {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly nodes: Informer<NodeObject>
  readonly behaviour: FuelBehaviour
}

export interface FuelCrew {
  /** A flight of so many milliseconds has ended. */
  land(aircraft: Aircraft, flightMs: number): void
  stop(): void
}

interface Service {
  tank: Tank
  /** Percent that the label is lower than full because of us. */
  shown: number
  timer?: Timer
}

/** One write per landing that can be seen in whole percents, one when the tank is full again. */
export function createFuelCrew(deps: FuelDeps): FuelCrew {
  const services = new Map<string, Service>()
  const { clock, behaviour } = deps
  const show = (name: string, service: Service): void => {
    const missing = Math.round(service.tank.missing)
    const change = service.shown - missing
    if (change === 0) return
    service.shown = missing
    void writeLevel(deps, name, change)
  }
  return {
    land({ name, group }, flightMs) {
      const now = clock.now()
      const service = services.get(name) ?? { tank: { missing: 0, at: now }, shown: 0 }
      services.set(name, service)
      const before = refuelled(service.tank, behaviour.refuelPerMinute, now)
      service.tank = landed(before, group.fuelBurnPerHour, flightMs)
      show(name, service)
      service.timer?.cancel()
      if (behaviour.refuelPerMinute <= 0) return
      const fullInMs = (service.tank.missing / behaviour.refuelPerMinute) * MINUTE_MS
      service.timer = clock.setTimer(Math.ceil(fullInMs), () => {
        service.tank = { missing: 0, at: clock.now() }
        show(name, service)
      })
    },
    stop() {
      for (const { timer } of services.values()) timer?.cancel()
    },
  }
}

/** Moves the level that the label shows now, whoever set it. */
async function writeLevel(deps: FuelDeps, name: string, change: number): Promise<void> {
  const node = deps.nodes.get(name)
  const shown = Number(node?.metadata.labels?.[AIRCRAFT.fuelLevel])
  if (node === undefined || !Number.isInteger(shown)) return
  const level = Math.min(100, Math.max(0, shown + change))
  const labels = {
    [AIRCRAFT.fuelLevel]: String(level),
    [AIRCRAFT.fuelStatus]: fuelStatusOf(level),
  }
  const body = { metadata: { uid: node.metadata.uid, labels } }
  try {
    await deps.client.resource<NodeObject>(NODES).patch({ name }, { type: 'merge', body })
  } catch (error) {
    deps.log.debug('fuel level not written', { node: name, error: String(error) })
  }
}
