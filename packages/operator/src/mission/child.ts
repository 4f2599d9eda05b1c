/** The MissionStage of a mission's stage: the plan and the mission's settings, copied down. */
import {
  API_VERSION,
  type Mission,
  type MissionStage,
  type MissionStageSpec,
  type MissionStageTemplate,
  nameTasks,
  stageLabels,
} from '@sortie/api'
import type { OwnerReference, Stored } from '@sortie/machinery'
import { present } from '../stage/present.ts'

export interface ChildOptions {
  readonly definition: MissionStageTemplate
  /** 1-based place in the mission. */
  readonly index: number
  /** Name of the object. */
  readonly name: string
  readonly gates: readonly string[]
  /** Which run of the stage it is for, from 0. */
  readonly attempt?: number
}

/** The object to create. */
export function stageFor(mission: Stored<Mission>, options: ChildOptions): MissionStage {
  const { namespace } = mission.metadata
  const { gates, attempt = 0 } = options
  return {
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: {
      name: options.name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: stageLabels({
        mission: mission.metadata.name,
        stage: options.definition.name,
        stageIndex: options.index,
        missionType: mission.spec.missionType,
      }),
      ownerReferences: [ownerReferenceTo(mission)],
    },
    spec: {
      ...stageSpec(mission, options),
      ...(gates.length === 0 ? {} : { startGates: gates.map((name) => ({ name })) }),
      ...(attempt === 0 ? {} : { attempt }),
      ...(mission.spec.suspend === true ? { suspend: true } : {}),
    },
  }
}

function ownerReferenceTo({ metadata }: Stored<Mission>): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind: 'Mission',
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

/**
 * What the stage is made from, without what is changed while it lives: gates, share, suspend,
 * cancel, attempt.
 */
export function stageSpec(
  mission: Stored<Mission>,
  { definition, index }: Pick<ChildOptions, 'definition' | 'index'>,
): MissionStageSpec {
  const { missionName, missionType, priority, config } = mission.spec
  const stageConfig = present({
    synchronization: definition.synchronization,
    timeout: definition.timeout,
    dependencies: definition.dependencies,
  })
  return present({
    missionRef: { name: mission.metadata.name },
    stageName: definition.displayName ?? definition.name,
    stageIndex: index,
    stageType: definition.type ?? 'parallel',
    dependsOn: definition.dependsOn,
    flightTasks: nameTasks(definition.flightTasks ?? []),
    config: Object.keys(stageConfig).length === 0 ? undefined : stageConfig,
    missionName,
    missionType,
    priority,
    failurePolicy: config?.failurePolicy,
    cancellationPolicy: config?.cancellationPolicy,
    coordination: config?.coordination,
  }) as MissionStageSpec
}
