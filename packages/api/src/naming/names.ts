/** Names of the objects that controllers make (api.md: names, labels, owners). All are total: any text gives a valid name. */
import { boundedName, MAX_NAME_LENGTH, STABLE_HASH_LENGTH, stableHash } from '@sortie/machinery'

/** Longest name of a FlightTask: leaves a pod's suffix room, so that its attempt stays readable. */
export const MAX_TASK_NAME = MAX_NAME_LENGTH - '-pod-100000'.length

/** Name of the MissionStage for a stage: `<mission>-<stage>`. */
export function stageObjectName(mission: string, stage: string): string {
  return boundedName([mission, stage], MAX_NAME_LENGTH)
}

/** Names a FlightTask by mission, stage and task, and by the stage's attempt from the first rerun on. */
export interface TaskIdentity {
  readonly mission: string
  readonly stage: string
  /** Name within the stage, with the suffix of its copy. */
  readonly task: string
  /** Times that the stage was run again; 0 or missing at first. */
  readonly attempt?: number
}

/** Name of a FlightTask: `<mission>-<stage>-<task>`, and `…-r<attempt>` where its stage runs again. */
export function taskObjectName(identity: TaskIdentity): string {
  const { mission, stage, task, attempt = 0 } = identity
  const parts = attempt === 0 ? [mission, stage, task] : [mission, stage, task, `r${attempt}`]
  return boundedName(parts, MAX_TASK_NAME)
}

/** Name of a task's pod: `<flighttask>-pod`, and from the first retry on `<flighttask>-pod-<retry>`. */
export function podName(flightTask: string, retry = 0): string {
  const parts = retry === 0 ? [flightTask, 'pod'] : [flightTask, 'pod', String(retry)]
  return boundedName(parts, MAX_NAME_LENGTH)
}

/** Name of the container that plays a weapon: `weapon-<weapon>`, a DNS label. */
export function weaponContainerName(weapon: string): string {
  return boundedName(['weapon', weapon], 63, { form: 'label' })
}

/**
 * The name to take where `name` belongs to an object that is not ours: with a hash of `salt`, which is the uid of the
 * parent (and, for siblings of one parent, what tells them apart). The same salt gives the same name.
 */
export function collisionName(
  name: string,
  salt: string,
  maxLength: number = MAX_NAME_LENGTH,
): string {
  const stem = name.slice(0, maxLength - STABLE_HASH_LENGTH - 1).replace(/[-.]+$/, '')
  return `${stem}-${stableHash(salt)}`
}

/** Which child a name is for. */
export interface ChildIdentity {
  /** Uid of the object that controls the child. */
  readonly parentUid: string
  /** What tells the child from its siblings, as in `recon/j20-01/0`. */
  readonly key: string
}

/** The name with a hash of parent and child: what a child gets where its plain name is taken by a foreign object. */
export function childName(name: string, child: ChildIdentity, maxLength?: number): string {
  return collisionName(name, `${child.parentUid}/${child.key}`, maxLength)
}
