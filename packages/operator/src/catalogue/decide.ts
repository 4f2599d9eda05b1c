/** What is said of a MissionTemplate and of a WeaponLoadout: pure, and the same for the same catalogue. */
import {
  hasErrors,
  LOADOUT_CONDITIONS,
  type MissionTemplate,
  type MissionTemplateStatus,
  REASONS,
  summarizeProblems,
  TEMPLATE_CONDITIONS,
  validateMissionTemplate,
  type WeaponLoadout,
  type WeaponLoadoutStatus,
} from '@sortie/api'
import {
  type ConditionState,
  deepEqual,
  findCondition,
  type Instant,
  type Stored,
  setCondition,
} from '@sortie/machinery'
import type { Plan, PlannedEvent } from '@sortie/runtime'
import { loadHardpoints, objectsOf, readLoadoutItem, type WeaponFacts } from '../pod/index.ts'

/** Longest text of status.parameterNames that the schema takes. */
const LONGEST_NAMES = 8192
const LONGEST_MESSAGE = 4096

/** The template's parameters for kubectl get, and whether it can be flown at all. */
export function decideTemplate(
  template: Stored<MissionTemplate>,
  now: Instant,
): Plan<MissionTemplateStatus> {
  const problems = validateMissionTemplate(template)
  const isGood = !hasErrors(problems)
  const errors = problems.filter(({ severity }) => severity === 'error')
  const condition: ConditionState = {
    type: TEMPLATE_CONDITIONS.accepted,
    status: isGood ? 'True' : 'False',
    reason: isGood ? REASONS.accepted : REASONS.invalid,
    message: isGood ? 'the template is valid' : cut(summarizeProblems(errors)),
  }
  const names = (template.spec.parameters ?? []).map(({ name }) => name).join(', ')
  const { parameterNames: _before, ...held } = template.status ?? {}
  const status: MissionTemplateStatus = {
    ...held,
    ...(names === '' ? {} : { parameterNames: names.slice(0, LONGEST_NAMES) }),
  }
  return planOf({ object: template, status, condition, now })
}

/** What a loadout's items were looked up as. */
export interface LoadoutSources {
  /** The weapon of a name, as a task in the loadout's namespace would find it. */
  readonly weaponOf: (name: string) => WeaponFacts | undefined
  /** Namespaces that were searched, for the message. */
  readonly searched: readonly string[]
}

/** The hardpoints that the loadout takes, and whether its weapons exist and fit the aircraft that it is meant for. */
export function decideLoadout(
  loadout: Stored<WeaponLoadout>,
  { weaponOf, searched }: LoadoutSources,
  now: Instant,
): Plan<WeaponLoadoutStatus> {
  const items = objectsOf(loadout.spec.weapons).flatMap(readLoadoutItem)
  const missing = items.filter(({ weapon }) => weaponOf(weapon) === undefined)
  const carried = items.flatMap((item) => {
    const weapon = weaponOf(item.weapon)
    return weapon === undefined ? [] : [{ item, weapon }]
  })
  const names = [...new Set(missing.map(({ weapon }) => weapon))]
  const misfits = carried.flatMap(({ weapon }) => misfitOf(weapon, loadout.spec.aircraftTypes))
  const { totalHardpoints: _before, ...held } = loadout.status ?? {}
  // Of a loadout with unknown weapons nobody can say what it takes.
  const total = names.length > 0 ? {} : { totalHardpoints: loadHardpoints(carried) }
  return planOf<WeaponLoadoutStatus>({
    object: loadout,
    status: { ...held, ...total },
    condition: { type: LOADOUT_CONDITIONS.loadoutValid, ...verdictOf(names, misfits, searched) },
    now,
  })
}

function verdictOf(
  missing: readonly string[],
  misfits: readonly string[],
  searched: readonly string[],
): Omit<ConditionState, 'type'> {
  if (missing.length > 0) {
    const noun = missing.length === 1 ? 'Weapon' : 'Weapons'
    const verb = missing.length === 1 ? 'does' : 'do'
    const where = searched.join(' and in ')
    const message = `${noun} ${missing.join(', ')} ${verb} not exist in namespace ${where}`
    return { status: 'False', reason: REASONS.weaponNotFound, message: cut(message) }
  }
  if (misfits.length > 0) {
    return { status: 'False', reason: REASONS.incompatible, message: cut(misfits.join('; ')) }
  }
  const message = 'every weapon exists and fits'
  return { status: 'True', reason: REASONS.loadoutValid, message }
}

function misfitOf(weapon: WeaponFacts, aircraftTypes: readonly string[] = []): readonly string[] {
  const fits = weapon.aircraftTypes
  const wrong = fits.length === 0 ? [] : aircraftTypes.filter((type) => !fits.includes(type))
  if (wrong.length === 0) return []
  return [`Weapon ${weapon.key} does not fit ${wrong.join(', ')}; it fits ${fits.join(', ')}`]
}

function cut(message: string): string {
  return message.slice(0, LONGEST_MESSAGE)
}

type CatalogueStatus = MissionTemplateStatus | WeaponLoadoutStatus

interface Saying<Status extends CatalogueStatus> {
  readonly object: Stored<MissionTemplate> | Stored<WeaponLoadout>
  /** Without its conditions and generation. */
  readonly status: Status
  readonly condition: ConditionState
  readonly now: Instant
}

/** Written where it differs; the event comes with the turn of the condition, not with each write. */
function planOf<Status extends CatalogueStatus>(saying: Saying<Status>): Plan<Status> {
  const { object, condition, now } = saying
  const held = object.status?.conditions
  const status: Status = {
    ...saying.status,
    conditions: setCondition(held, condition, now),
    ...(object.metadata.generation === undefined
      ? {}
      : { observedGeneration: object.metadata.generation }),
  }
  const before = findCondition(held, condition.type)
  const isNews = condition.status === 'False' && before?.message !== condition.message
  const { reason, message } = condition
  const events: PlannedEvent[] = isNews ? [{ type: 'Warning', reason, message }] : []
  return deepEqual(object.status, status) ? {} : { status, events }
}
