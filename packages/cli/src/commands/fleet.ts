/** `sortie fleet`: simulated aircraft as nodes of a real API server, for trials without machines. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createFleet, DEFAULT_FLEET, type FleetSpec, parseFleet } from '@sortie/fleet'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import type { PartFlags } from '../parts/flags.ts'
import { type Part, type PartContext, runPart } from '../parts/run.ts'

export interface FleetFlags extends PartFlags {
  /** The fleet's file; default the sample fleet. */
  readonly fleet?: string
}

export async function fleet(environment: Environment, flags: FleetFlags): Promise<ExitStatus> {
  const spec = await readFleet(environment, flags.fleet)
  return runPart(environment, {
    name: 'sortie-fleet',
    flags,
    create: (context) => createFleetPart(context, spec),
  })
}

/** The fleet with its metrics; nothing happens before it is started. */
export function createFleetPart(context: PartContext, spec: FleetSpec): Part {
  const { metrics } = context
  const part = createFleet({ ...context, fleet: spec })
  metrics.gauge({
    name: 'sortie_fleet_simulated_aircraft',
    help: 'Aircraft that this process simulates',
    collect: (self) => self.set(part.names.length),
  })
  return part
}

/** The fleet that a file describes, else the sample fleet. @throws CommandError where it can't be read */
export async function readFleet(
  environment: Environment,
  path: string | undefined,
): Promise<FleetSpec> {
  if (path === undefined) return DEFAULT_FLEET
  let text: string
  try {
    text = await readFile(resolve(environment.workingDirectory, path), 'utf8')
  } catch (error) {
    throw new CommandError(`--fleet ${path}: ${(error as Error).message}`, EXIT.usage)
  }
  return parseFleet(text, path)
}
