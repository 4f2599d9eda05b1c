/** The fleet file: YAML in, FleetSpec out, every error with its line and column. */
import {
  dnsSubdomainErrors,
  durationProblem,
  isLabelValue,
  parseDuration,
  SortieError,
  tryParseQuantity,
} from '@sortie/machinery'
import { FLEET_DEFAULTS, GROUP_DEFAULTS } from './defaultfleet.ts'
import type { AircraftGroup, FleetSpec, PlayRule, Span } from './fleetspec.ts'
import {
  boolean,
  list,
  mapOf,
  mapped,
  number,
  object,
  oneOf,
  type Problem,
  type Read,
  readYaml,
  text,
} from './yamlreader.ts'

/** Aircraft that one fleet may have. */
const MAX_AIRCRAFT = 20_000
const MAX_SHOWN = 10

const whole = (min: number, max: number): Read<number> => number({ min, max, whole: true })
const labelValue = text({
  problem: (value) =>
    isLabelValue(value) ? undefined : `${JSON.stringify(value)} can't be the value of a label`,
})
const quantity = text({
  problem: (value) =>
    tryParseQuantity(value) === undefined
      ? `${JSON.stringify(value)} is no quantity: write 500m, 8 or 16Gi`
      : undefined,
})

/** `90`, or `70..95`. */
const fuelLevel: Read<Span> = mapped(text(), (written, problem) => {
  const bounds = written.split('..').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const [min = Number.NaN, max = min] = bounds
  if (bounds.length <= 2 && min >= 0 && max <= 100 && min <= max) return { min, max }
  return problem(`${JSON.stringify(written)} is no fuel level: write 90 or 70..95, percent`)
})

/** `2s`, or `1s..3s`. */
const span: Read<Span> = mapped(text(), (written, problem) => parseSpan(written, problem))

function parseSpan(written: string, problem: (message: string) => undefined): Span | undefined {
  const parts = written.split('..').map((part) => part.trim())
  const wrong = parts.map(durationProblem).find((one) => one !== undefined)
  if (wrong !== undefined) return problem(`${JSON.stringify(written)} is no duration: ${wrong}`)
  const [min = 0, max = min] = parts.map(parseDuration)
  if (parts.length <= 2 && min >= 0 && min <= max) return { min, max }
  return problem(`${JSON.stringify(written)} is no span of time: write 2s or 1s..3s`)
}

function spanOr<W extends string>(word: W): Read<Span | W> {
  return mapped(text(), (written, problem) =>
    written === word ? word : parseSpan(written, problem),
  )
}

const aircraftFields = object({
  type: labelValue,
  count: whole(0, MAX_AIRCRAFT),
  namePrefix: text({
    problem(value) {
      const [problem] = dnsSubdomainErrors(value)
      return problem === undefined ? undefined : `${JSON.stringify(value)}: ${problem}`
    },
  }),
  zones: list(labelValue),
  base: labelValue,
  fuelLevel,
  hardpoints: whole(0, 1000),
  hardpointTypes: mapOf(text()),
  capabilities: list(labelValue),
  compatibleWeapons: list(text()),
  slots: whole(0, 1000),
  cpu: quantity,
  memory: quantity,
  pods: whole(1, 1000),
  labels: mapOf(labelValue),
  annotations: mapOf(text()),
  fuelBurnPerHour: number({ min: 0, max: 10_000, whole: false }),
})

/** A group with its defaults; its type and the names that it takes are checked where both are known. */
const aircraft: Read<AircraftGroup> = mapped(aircraftFields, (fields, problem) => {
  const { type, zones } = fields
  if (type === undefined || type === '')
    return problem('type is missing: which aircraft are these?')
  if (zones?.length === 0) return problem('zones is empty: leave it out, or name one')
  const namePrefix = fields.namePrefix ?? type.toLowerCase()
  if (dnsSubdomainErrors(namePrefix).length > 0) {
    return problem(`nodes can't be called ${JSON.stringify(namePrefix)}: give a namePrefix`)
  }
  return { ...GROUP_DEFAULTS, ...fields, type, namePrefix }
})

const rule: Read<PlayRule> = mapped(
  object({
    match: object({
      namespace: text(),
      node: text(),
      container: text(),
      image: text(),
      role: oneOf('init', 'sidecar', 'main'),
      labels: mapOf(text()),
      chance: number({ min: 0, max: 1, whole: false }),
    }),
    startDelay: span,
    duration: spanOr('forever'),
    exitCode: whole(0, 255),
    output: list(text()),
    pull: span,
    pullError: text(),
    pullFailures: whole(0, 1000),
    termination: spanOr('ignore'),
    evictAfter: span,
  }),
  ({ match = {}, ...rest }) => ({ match, ...rest }),
)

const fleet: Read<FleetSpec> = mapped(
  object({
    aircraft: list(aircraft),
    rules: list(rule),
    heartbeat: oneOf('lease', 'none'),
    heartbeatSeconds: number({ min: 1, max: 3600, whole: false }),
    metrics: boolean(),
    fuel: object({ refuelPerMinute: number({ min: 0, max: 100, whole: false }) }),
  }),
  ({ aircraft: groups = [], fuel, ...rest }, problem) => {
    if (groups.length === 0) return problem('aircraft is missing: a fleet needs at least one group')
    const wrong = namesProblem(groups)
    if (wrong !== undefined) return problem(wrong)
    const behaviour = fuel === undefined ? {} : { fuel: { refuelPerMinute: 5, ...fuel } }
    return { ...FLEET_DEFAULTS, ...rest, ...behaviour, aircraft: groups }
  },
)

function namesProblem(groups: readonly AircraftGroup[]): string | undefined {
  const total = groups.reduce((sum, { count }) => sum + count, 0)
  if (total > MAX_AIRCRAFT) return `${total} aircraft are more than ${MAX_AIRCRAFT}`
  const seen = new Set<string>()
  for (const { namePrefix } of groups) {
    if (seen.has(namePrefix))
      return `two groups call their nodes ${namePrefix}-…: give one another namePrefix`
    seen.add(namePrefix)
  }
  return undefined
}

/**
 * Reads a fleet file.
 * @param name what the file is called in messages
 * @throws SortieError (terminal, InvalidFleet) that lists up to ten problems as `name:line:column: field: what is wrong`
 */
export function parseFleet(source: string, name = 'fleet'): FleetSpec {
  const { value, problems } = readYaml(source, fleet)
  if (value !== undefined && problems.length === 0) return value
  const shown = problems.slice(0, MAX_SHOWN).map((problem) => writeProblem(problem, name))
  const more = problems.length - shown.length
  if (more > 0) shown.push(`and ${more} more`)
  throw new SortieError('terminal', shown.join('\n'), { code: 'InvalidFleet' })
}

function writeProblem({ line, column, field, message }: Problem, name: string): string {
  const where = `${name}:${line}:${column}: `
  return where + (field === '' ? message : `${field}: ${message}`)
}
