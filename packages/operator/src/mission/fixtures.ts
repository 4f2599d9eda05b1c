/**
 * Builders of missions and their stages for tests: whatever a test does not say is what the API
 * server would fill in.
 */
import {
  API_VERSION,
  type Mission,
  type MissionSpec,
  type MissionStage,
  type MissionStageStatus,
  type MissionStageTemplate,
  type MissionStatus,
} from '@sortie/api'
import { deepFreeze, findCondition, type Instant, type Stored } from '@sortie/machinery'
import type { Plan } from '@sortie/runtime'
import { START, START_TIME, statusOf } from '../stage/fixtures.ts'
import { stageFor } from './child.ts'
import { decideMission } from './decide.ts'
import { type MissionSources, type ObservedMission, observeMission } from './observe.ts'
import { stageNames } from './slots.ts'

type StagePart = Partial<MissionStageTemplate> & { readonly name: string }

/** A stage of a plan: its name, and what it depends on. */
export function stage(name: string, dependsOn: readonly string[] = []): StagePart {
  return dependsOn.length === 0 ? { name } : { name, dependsOn }
}

export interface MissionParts {
  readonly spec?: Partial<MissionSpec>
  readonly status?: Partial<MissionStatus>
  readonly generation?: number
  readonly name?: string
  readonly uid?: string
  /** What a failed stage does. */
  readonly onFailure?: 'abort' | 'continue' | 'retry'
}

/** A mission with these stages, each with one task unless it says otherwise. */
export function makeMission(
  stages: readonly (string | StagePart)[],
  parts: MissionParts = {},
): Stored<Mission> {
  const { spec, status, generation = 1, name = 'm', uid = 'mission-uid', onFailure } = parts
  const templates = stages.map((part): MissionStageTemplate => {
    const given = typeof part === 'string' ? { name: part } : part
    return { type: 'parallel', flightTasks: [{ name: 'a' }], ...given }
  })
  return deepFreeze({
    apiVersion: API_VERSION,
    kind: 'Mission',
    metadata: {
      name,
      namespace: 'default',
      uid,
      resourceVersion: '5',
      generation,
      creationTimestamp: START_TIME,
    },
    spec: {
      priority: 'medium' as const,
      ...(templates.length === 0 ? {} : { stages: templates }),
      config: {
        failurePolicy: {
          maxRetries: 0,
          retryStrategy: 'exponential' as const,
          stageFailureAction: onFailure ?? ('abort' as const),
          maxStageRetries: 1,
        },
        cancellationPolicy: { gracePeriod: '30s', cleanup: false },
      },
      ...spec,
    },
    status: { phase: 'Pending' as const, ...status },
  })
}

export interface ChildParts {
  readonly spec?: Partial<MissionStage['spec']>
  readonly status?: Partial<MissionStageStatus>
  readonly gates?: readonly string[]
  readonly share?: number
  readonly generation?: number
}

/** The mission's child for a stage of its plan, as it stands. */
export function makeChild(
  mission: Stored<Mission>,
  name: string,
  parts: ChildParts = {},
): Stored<MissionStage> {
  const definitions = mission.spec.stages ?? []
  const index = definitions.findIndex((candidate) => candidate.name === name)
  const definition = definitions[index] ?? { name, type: 'parallel' as const }
  const [objectName] = stageNames(mission, name)
  const { gates = [], share, generation = 1 } = parts
  const made = stageFor(mission, { definition, index: index + 1, name: objectName, gates })
  const { suspend: _mission, ...unsuspended } = made.spec
  return deepFreeze({
    ...made,
    metadata: {
      ...made.metadata,
      name: objectName,
      uid: `uid-${name}`,
      resourceVersion: '7',
      generation,
      creationTimestamp: START_TIME,
    },
    spec: {
      ...unsuspended,
      ...(share === undefined ? {} : { maxParallelTasks: share }),
      ...parts.spec,
    },
    status: { phase: 'Pending' as const, ...parts.status },
  })
}

/** Status of a stage in this phase, as its controller would write it. */
export function inPhase(
  phase: MissionStageStatus['phase'],
  more: Partial<MissionStageStatus> = {},
): ChildParts {
  const ended = phase !== 'Pending' && phase !== 'Running'
  return {
    status: {
      phase,
      observedGeneration: 1,
      ...(phase === 'Pending' ? {} : { startTime: START_TIME }),
      ...(ended ? { completionTime: START_TIME } : {}),
      ...more,
    },
  }
}

/** What the mission's controller sees. */
export function observed(
  mission: Stored<Mission>,
  children: readonly Stored<MissionStage>[] = [],
  more: Partial<MissionSources> = {},
): ObservedMission {
  return observeMission({ mission, children, template: undefined, ...more })
}

type MissionPlan = Plan<MissionStatus>

export interface DecideOptions {
  readonly now?: Instant
  readonly sources?: Partial<MissionSources>
}

/** What the mission's controller does, with children in these states. */
export function decide(
  mission: Stored<Mission>,
  children: Readonly<Record<string, ChildParts>> = {},
  { now = START, sources }: DecideOptions = {},
): MissionPlan {
  const made = Object.entries(children).map(([name, parts]) => makeChild(mission, name, parts))
  return decideMission(observed(mission, made, sources), now)
}

/** The stages that a plan makes. */
export function creates(plan: MissionPlan): MissionStage[] {
  return (plan.operations ?? []).flatMap((operation) =>
    operation.kind === 'create' ? [operation.object as MissionStage] : [],
  )
}

/** `True Succeeded`: status and reason of a condition that a plan writes. */
export function conditionOf(plan: MissionPlan, type: string): string {
  const condition = findCondition(statusOf(plan).conditions, type)
  return `${condition?.status} ${condition?.reason}`
}
