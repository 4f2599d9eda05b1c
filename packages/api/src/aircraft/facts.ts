/** Aircraft: what a Node's labels and annotations say about it. */
import { isJsonObject, type JsonObject, type JsonValue, type NodeObject } from '@sortie/machinery'
import { AIRCRAFT } from '../constants.ts'
import { type Path, type Problem, problem, show, warning } from '../validation/problem.ts'

export const AIRCRAFT_STATUSES = ['ready', 'busy', 'maintenance', 'offline'] as const
export type AircraftStatus = (typeof AIRCRAFT_STATUSES)[number]
export const FUEL_STATUSES = ['low', 'medium', 'high'] as const
export type FuelStatus = (typeof FUEL_STATUSES)[number]

/** An aircraft, as far as its labels say; a field is missing where its label is. */
export interface AircraftFacts {
  /** Name of the Node. */
  readonly name: string
  readonly type: string
  readonly status?: AircraftStatus
  /** Per cent. */
  readonly fuelLevel?: number
  /** From the level, whatever the label fuel.status says; from that where there is no level. */
  readonly fuelStatus?: FuelStatus
  readonly hardpointTotal?: number
  readonly hardpointAvailable?: number
  /** Sorted. */
  readonly capabilities: readonly string[]
  readonly zone?: string
  readonly base?: string
  /** Name of the task that it flies. */
  readonly missionCurrent?: string
  readonly missionCount?: number
  readonly health?: string
  /** Missing where the aircraft does not say: then every weapon may fit. */
  readonly compatibleWeapons?: readonly string[]
  readonly maintenance?: JsonObject
  /** Type of the hardpoint at each mount point. */
  readonly hardpoints: Readonly<Record<string, string>>
}

/** What `parseAircraft` found. */
export type AircraftReading =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'aircraft'
      readonly facts: AircraftFacts
      readonly warnings: readonly Problem[]
    }
  /** It calls itself an aircraft, but a label that tasks rely on cannot be read: nothing may be flown with it. */
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }

/** `low` below 30 per cent, `high` above 70, else `medium`. */
export function fuelStatusOf(level: number): FuelStatus {
  if (level < 30) return 'low'
  return level > 70 ? 'high' : 'medium'
}

/** Reads a Node's labels and annotations. Never throws; a Node without the label aircraft.mil/type is no aircraft. */
export function parseAircraft(node: Pick<NodeObject, 'metadata'>): AircraftReading {
  const labels = node.metadata.labels ?? {}
  const type = labels[AIRCRAFT.type]
  if (type === undefined) return { kind: 'none' }
  const reader = new Reader(labels, node.metadata.annotations ?? {})
  const facts = readFacts(reader, type, node.metadata.name ?? '')
  const errors = reader.problems.filter((found) => found.severity === 'error')
  if (errors.length > 0) return { kind: 'invalid', problems: reader.problems }
  return { kind: 'aircraft', facts, warnings: reader.problems }
}

function readFacts(reader: Reader, type: string, name: string): AircraftFacts {
  if (type === '') reader.fail(AIRCRAFT.type, 'is empty; the type of the aircraft is needed')
  const fuelLevel = reader.number(AIRCRAFT.fuelLevel, 100)
  const hardpointTotal = reader.number(AIRCRAFT.hardpointTotal, 100_000)
  const hardpointAvailable = reader.number(AIRCRAFT.hardpointAvailable, 100_000)
  if (hardpointTotal !== undefined && (hardpointAvailable ?? 0) > hardpointTotal) {
    reader.fail(
      AIRCRAFT.hardpointAvailable,
      `is ${hardpointAvailable}, but the aircraft has ${hardpointTotal} in all`,
    )
  }
  return defined({
    name,
    type,
    status: reader.choice(AIRCRAFT.status, AIRCRAFT_STATUSES),
    fuelLevel,
    fuelStatus: readFuelStatus(reader, fuelLevel),
    hardpointTotal,
    hardpointAvailable,
    capabilities: reader.capabilities(),
    zone: reader.text(AIRCRAFT.zone),
    base: reader.text(AIRCRAFT.base),
    missionCurrent: reader.text(AIRCRAFT.missionCurrent),
    missionCount: reader.mild(AIRCRAFT.missionCount),
    health: reader.text(AIRCRAFT.health),
    compatibleWeapons: reader.list(AIRCRAFT.compatibleWeapons),
    maintenance: reader.object(AIRCRAFT.maintenance),
    hardpoints: reader.texts(AIRCRAFT.hardpoints),
  }) as AircraftFacts
}

function readFuelStatus(reader: Reader, level: number | undefined): FuelStatus | undefined {
  const said = reader.choice(AIRCRAFT.fuelStatus, FUEL_STATUSES, 'warning')
  if (level === undefined) return said
  const status = fuelStatusOf(level)
  if (said !== undefined && said !== status) {
    reader.warn(AIRCRAFT.fuelStatus, `is ${show(said)}, but a level of ${level} is ${show(status)}`)
  }
  return status
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Partial<T>
}

/** Reads labels and annotations, and collects what is wrong with them. */
class Reader {
  readonly problems: Problem[] = []
  private readonly labels: Readonly<Record<string, string>>
  private readonly annotations: Readonly<Record<string, string>>

  constructor(
    labels: Readonly<Record<string, string>>,
    annotations: Readonly<Record<string, string>>,
  ) {
    this.labels = labels
    this.annotations = annotations
  }

  fail(label: string, message: string): void {
    this.problems.push(problem(labelPath(label), 'AircraftLabel', message))
  }

  warn(label: string, message: string, kind: 'labels' | 'annotations' = 'labels'): void {
    this.problems.push(warning(['metadata', kind, label], 'AircraftLabel', message))
  }

  text(label: string): string | undefined {
    const value = this.labels[label]
    return value === '' ? undefined : value
  }

  /** A whole number from 0 to `most`, in plain digits as Kubernetes' Gt compares them. */
  number(label: string, most: number): number | undefined {
    const value = this.labels[label]
    if (value === undefined) return undefined
    const number = wholeNumber(value, most)
    if (number === undefined)
      this.fail(label, `${show(value)} is no whole number from 0 to ${most}`)
    return number
  }

  /** A count that nothing depends on. */
  mild(label: string): number | undefined {
    const value = this.labels[label]
    if (value === undefined) return undefined
    const number = wholeNumber(value, Number.MAX_SAFE_INTEGER)
    if (number === undefined) this.warn(label, `${show(value)} is no whole number`)
    return number
  }

  choice<T extends string>(
    label: string,
    choices: readonly T[],
    severity: 'error' | 'warning' = 'error',
  ): T | undefined {
    const value = this.labels[label]
    if (value === undefined) return undefined
    const found = choices.find((choice) => choice === value)
    if (found !== undefined) return found
    const message = `${show(value)} is none of ${choices.join(', ')}`
    if (severity === 'error') this.fail(label, message)
    else this.warn(label, message)
    return undefined
  }

  capabilities(): readonly string[] {
    const prefix = AIRCRAFT.capabilityPrefix
    return Object.keys(this.labels)
      .filter((label) => label.startsWith(prefix) && this.labels[label] === 'true')
      .map((label) => label.slice(prefix.length))
      .sort()
  }

  list(annotation: string): readonly string[] | undefined {
    const value = this.json(annotation)
    if (value === undefined) return undefined
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
    this.warn(annotation, 'is no JSON list of texts, and is not used', 'annotations')
    return undefined
  }

  object(annotation: string): JsonObject | undefined {
    const value = this.json(annotation)
    if (value === undefined || isJsonObject(value)) return value
    this.warn(annotation, 'is no JSON object, and is not used', 'annotations')
    return undefined
  }

  texts(annotation: string): Readonly<Record<string, string>> {
    const entries = Object.entries(this.object(annotation) ?? {})
    const good = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    if (good.length < entries.length) {
      this.warn(annotation, 'has values that are no text; they are not used', 'annotations')
    }
    return Object.fromEntries(good)
  }

  private json(annotation: string): JsonValue | undefined {
    const text = this.annotations[annotation]
    if (text === undefined || text.trim() === '') return undefined
    try {
      return JSON.parse(text) as JsonValue
    } catch {
      this.warn(annotation, `${show(text)} is no JSON, and is not used`, 'annotations')
      return undefined
    }
  }
}

function labelPath(label: string): Path {
  return ['metadata', 'labels', label]
}

function wholeNumber(text: string, most: number): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : undefined
  return number === undefined || number > most ? undefined : number
}
