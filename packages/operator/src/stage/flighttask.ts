/**
 * The FlightTask of a planned task: the stage's settings copied down, so that its controller needs
 * to read nothing else.
 */
import {
  API_VERSION,
  applyDefaults,
  type FlightTask,
  type FlightTaskSpec,
  LABELS,
  type Labels,
  type MissionStage,
  type NamedStageTask,
  type RetryPolicy,
  rootSchema,
  taskLabels,
} from '@sortie/api'
import { deepEqual, type JsonValue, type OwnerReference, type Stored } from '@sortie/machinery'
import { present } from './present.ts'
import { flownAttempt } from './rerun.ts'
import type { PlannedTask } from './roster.ts'

/** A planned task with the entry of the stage's spec that it comes from. */
export interface StageTask extends PlannedTask {
  readonly entry: NamedStageTask
}

export interface FlightTaskOptions {
  readonly task: StageTask
  /** Name of the object. */
  readonly name: string
  /** The stage belongs to a gang: its tasks are placed together or not at all. */
  readonly isGang: boolean
}

/** The object to create. */
export function flightTaskFor(stage: Stored<MissionStage>, options: FlightTaskOptions): FlightTask {
  const { namespace } = stage.metadata
  return {
    apiVersion: API_VERSION,
    kind: 'FlightTask',
    metadata: {
      name: options.name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: labelsOf(stage, options.task),
      ownerReferences: [ownerReferenceTo(stage)],
    },
    spec: flightTaskSpec(stage, options),
  }
}

function labelsOf({ metadata, spec }: Stored<MissionStage>, task: StageTask): Labels {
  return taskLabels({
    mission: spec.missionRef?.name,
    stage: metadata.labels?.[LABELS.stageName] ?? metadata.name,
    stageIndex: spec.stageIndex,
    task: task.name,
    taskIndex: task.index,
    aircraft: task.entry.aircraft,
    role: task.entry.role,
    missionType: spec.missionType,
  })
}

/** Name of the stage within its mission; the object's own where it was made by hand. */
export function stageNameOf(stage: Stored<MissionStage>): string {
  return stage.metadata.labels?.[LABELS.stageName] ?? stage.metadata.name.slice(0, 63)
}

/** A controlling reference to a stage: what deletes its tasks when the stage goes. */
export function ownerReferenceTo(stage: Stored<MissionStage>): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    name: stage.metadata.name,
    uid: stage.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

/**
 * What the task's controller goes by. `suspend`, `cancel` and gates are left out: they are changed,
 * not made.
 */
export function flightTaskSpec(
  stage: Stored<MissionStage>,
  { task, isGang }: FlightTaskOptions,
): FlightTaskSpec {
  const { spec } = stage
  const { entry } = task
  const whole = present({
    stageRef: { name: stage.metadata.name },
    missionRef: spec.missionRef,
    missionPriority: spec.priority,
    stageName: stageNameOf(stage),
    stageIndex: spec.stageIndex,
    taskName: task.name,
    taskIndex: task.index,
    attempt: flownAttempt(stage) === 0 ? spec.attempt : flownAttempt(stage),
    aircraftRequirement: present({ type: entry.aircraft, ...entry.aircraftRequirement }),
    role: entry.role,
    priority: entry.priority,
    taskParams: entry.taskParams === undefined ? undefined : { extra: entry.taskParams },
    weaponLoadout: entry.weaponLoadout?.map(({ weapon, quantity, mountPoints }) =>
      present({ weaponRef: { name: weapon }, quantity, mountPoints }),
    ),
    loadoutRef: entry.loadoutRef,
    podTemplate: entry.podTemplate,
    timeout: entry.timeout,
    optional: entry.optional,
    retry: retryPolicyOf(stage),
    gang: isGang ? { name: stage.metadata.name } : undefined,
    cancellationPolicy: spec.cancellationPolicy,
    coordination: spec.coordination,
  }) as unknown as FlightTaskSpec
  return withoutDefaultPolicies(whole)
}

const POLICIES = ['retry', 'cancellationPolicy'] as const
const DEFAULT_POLICIES: ReadonlyMap<string, JsonValue> = new Map(
  POLICIES.map((name) => [name, defaultOf(name)]),
)

function defaultOf(field: string): JsonValue {
  const schema = rootSchema('FlightTask').properties?.['spec']?.properties?.[field]
  return schema === undefined ? {} : applyDefaults(schema, {})
}

/**
 * The spec without policies that say what holds anyway. The API server would decode, default, check and keep an account of their
 * fields with each write of each task.
 */
export function withoutDefaultPolicies(spec: FlightTaskSpec): FlightTaskSpec {
  const said = { ...spec }
  for (const name of POLICIES) {
    if (deepEqual(said[name], DEFAULT_POLICIES.get(name))) delete said[name]
  }
  return said
}

function retryPolicyOf(stage: Stored<MissionStage>): RetryPolicy | undefined {
  const policy = stage.spec.failurePolicy
  if (policy === undefined) return undefined
  const { maxRetries, retryStrategy, backoff } = policy
  return present({ maxRetries, retryStrategy, backoff }) as RetryPolicy
}
