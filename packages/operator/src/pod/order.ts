/** What a FlightTask and a Weapon ask for, read once into plain values that decisions can trust. */
import { imageOf } from '@sortie/api'
import type { JsonObject, KubeObject, Stored } from '@sortie/machinery'
import {
  durationOf,
  fieldOf,
  objectOf,
  objectsOf,
  textMapOf,
  textOf,
  textsOf,
  wholeOf,
} from './fields.ts'

export interface LoadoutItem {
  /** Name of the Weapon. */
  readonly weapon: string
  readonly quantity: number
  readonly mountPoints: readonly string[]
}

export interface AircraftNeed {
  /** Empty: any type. */
  readonly type: string
  readonly minFuelLevel: number
  readonly capabilities: readonly string[]
  readonly requiredHardpoints: number
  readonly preferredLocation: string | undefined
}

/** How failed attempts are repeated: the mission's failure policy as far as a task needs it. */
export interface RetryOrder {
  readonly maxRetries: number
  readonly strategy: string
  readonly baseSeconds: number
  readonly factor: number
  readonly maxSeconds: number
}

/** A FlightTask's spec, with every default filled in. */
export interface TaskOrder {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly aircraft: AircraftNeed
  readonly role: string
  readonly priority: string | undefined
  readonly parameters: JsonObject
  readonly missionDurationMs: number | undefined
  readonly loadout: readonly LoadoutItem[]
  /** The manifest's own podTemplate; undefined where there is none. */
  readonly template: JsonObject | undefined
  readonly timeoutMs: number | undefined
  readonly retry: RetryOrder
  readonly gates: readonly string[]
  readonly cancel: boolean
  /** `spec.stageRef.name`, where the task names a stage. */
  readonly stageRef: string | undefined
}

export function readTaskOrder(task: Stored<KubeObject>): TaskOrder {
  const spec = fieldOf(task, 'spec')
  const parameters = objectOf(fieldOf(spec, 'taskParams'))
  const template = fieldOf(spec, 'podTemplate')
  return {
    name: task.metadata.name,
    namespace: task.metadata.namespace ?? '',
    uid: task.metadata.uid,
    labels: textMapOf(task.metadata.labels),
    aircraft: readAircraftNeed(fieldOf(spec, 'aircraftRequirement')),
    role: textOf(spec, 'role') ?? '',
    priority: textOf(spec, 'priority'),
    parameters,
    missionDurationMs: durationOf(parameters, 'missionDuration'),
    loadout: objectsOf(fieldOf(spec, 'weaponLoadout')).flatMap(readLoadoutItem),
    template: template === undefined || template === null ? undefined : objectOf(template),
    timeoutMs: durationOf(spec, 'timeout'),
    retry: readRetryOrder(fieldOf(spec, 'retry')),
    gates: objectsOf(fieldOf(spec, 'startGates')).map((gate) => textOf(gate, 'name') ?? ''),
    cancel: fieldOf(spec, 'cancel') === true,
    stageRef: textOf(fieldOf(spec, 'stageRef'), 'name'),
  }
}

function readAircraftNeed(need: unknown): AircraftNeed {
  return {
    type: textOf(need, 'type') ?? '',
    minFuelLevel: wholeOf(need, 'minFuelLevel') ?? 0,
    capabilities: [...new Set(textsOf(fieldOf(need, 'capabilities')))],
    requiredHardpoints: wholeOf(need, 'requiredHardpoints') ?? 0,
    preferredLocation: textOf(need, 'preferredLocation'),
  }
}

function readRetryOrder(retry: unknown): RetryOrder {
  const backoff = fieldOf(retry, 'backoff')
  return {
    maxRetries: wholeOf(retry, 'maxRetries') ?? 0,
    strategy: textOf(retry, 'retryStrategy') ?? 'exponential',
    baseSeconds: wholeOf(backoff, 'baseSeconds') ?? 2,
    factor: wholeOf(backoff, 'factor', 1) ?? 2,
    maxSeconds: wholeOf(backoff, 'maxSeconds') ?? 300,
  }
}

/** An item of a FlightTask (`weaponRef.name`) or of a WeaponLoadout (`weapon`). */
export function readLoadoutItem(item: JsonObject): readonly LoadoutItem[] {
  const weapon = textOf(fieldOf(item, 'weaponRef'), 'name') ?? textOf(item, 'weapon')
  if (weapon === undefined) return []
  return [
    {
      weapon,
      quantity: wholeOf(item, 'quantity') ?? 1,
      mountPoints: textsOf(fieldOf(item, 'mountPoints')),
    },
  ]
}

/** A Weapon as far as a pod and the check of a loadout need it. */
export interface WeaponFacts {
  /** `namespace/name`. */
  readonly key: string
  readonly name: string
  /** Display name, else the object's. */
  readonly displayName: string
  readonly type: string
  /** Undefined where the spec names no repository. */
  readonly image: string | undefined
  readonly pullPolicy: string | undefined
  /** Hardpoints that one of it takes. */
  readonly hardpoints: number
  readonly aircraftTypes: readonly string[]
  readonly hardpointTypes: readonly string[]
  /** spec.container, as written. */
  readonly container: JsonObject
  /** An ordinary container beside the task, in place of a native sidecar. */
  readonly companion: boolean
  readonly deprecated: boolean
}

/** Set to `true` on a Weapon by its owner: still accepted, with a warning. */
const DEPRECATED_ANNOTATION = 'airforce.airforce.mil/deprecated'

export function readWeapon(weapon: Stored<KubeObject>): WeaponFacts {
  const spec = fieldOf(weapon, 'spec')
  const compatibility = fieldOf(spec, 'compatibility')
  const container = objectOf(fieldOf(spec, 'container'))
  const { name, namespace = '' } = weapon.metadata
  return {
    key: `${namespace}/${name}`,
    name,
    displayName: textOf(spec, 'weaponName') ?? name,
    type: textOf(spec, 'weaponType') ?? '',
    image: readImage(fieldOf(spec, 'image')),
    pullPolicy: textOf(fieldOf(spec, 'image'), 'pullPolicy'),
    hardpoints: wholeOf(fieldOf(spec, 'resources'), 'hardpoints') ?? 1,
    aircraftTypes: textsOf(fieldOf(compatibility, 'aircraftTypes')),
    hardpointTypes: textsOf(fieldOf(compatibility, 'hardpointTypes')),
    container,
    companion: textOf(container, 'lifecycle') === 'Companion',
    deprecated: isDeprecated(weapon),
  }
}

/** By the annotation; where it says nothing, by the phase, which a person may have set. */
function isDeprecated(weapon: Stored<KubeObject>): boolean {
  const said = textMapOf(weapon.metadata.annotations)[DEPRECATED_ANNOTATION]
  return said === undefined
    ? textOf(fieldOf(weapon, 'status'), 'phase') === 'Deprecated'
    : said === 'true'
}

function readImage(image: unknown): string | undefined {
  const repository = textOf(image, 'repository')
  if (repository === undefined) return undefined
  const tag = textOf(image, 'tag')
  return imageOf(tag === undefined ? { repository } : { repository, tag })
}
