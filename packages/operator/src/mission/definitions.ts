/** The stages that a mission goes by: its own, its template's, or those that it began with. */
import {
  MISSION_CONDITIONS,
  type Mission,
  type MissionStage,
  type MissionStageTemplate,
  type MissionTemplate,
  REASONS,
} from '@sortie/api'
import { isConditionTrue, type Stored } from '@sortie/machinery'
import { present } from '../stage/present.ts'
import { stagesFromTemplate } from '../template/render.ts'
import { checkPlan } from './plancheck.ts'
import { stageNames } from './slots.ts'

/** Why the spec as it stands is not followed. */
export interface Refusal {
  readonly reason: string
  readonly message: string
  /** False where the mission waits for something that may yet come. */
  readonly isFinal: boolean
}

export interface Definitions {
  readonly stages: readonly MissionStageTemplate[]
  readonly refusal: Refusal | undefined
}

export interface DefinitionSources {
  readonly mission: Stored<Mission>
  readonly children: readonly Stored<MissionStage>[]
  readonly template: Stored<MissionTemplate> | undefined
}

/**
 * A mission that was accepted goes on with the stages that it has when its spec becomes wrong, and
 * does not follow later edits of its template: only a change of the mission itself renders it anew.
 */
export function defineStages(sources: DefinitionSources): Definitions {
  const { mission } = sources
  const fresh = freshDefinitions(sources)
  if (!wasAccepted(mission)) return fresh
  const { observedGeneration } = mission.status ?? {}
  const isUnchanged = observedGeneration === mission.metadata.generation
  if (mission.spec.templateRef !== undefined && isUnchanged) {
    return { stages: establishedStages(sources, fresh.stages), refusal: undefined }
  }
  if (fresh.refusal === undefined) return fresh
  return { stages: establishedStages(sources, fresh.stages), refusal: fresh.refusal }
}

/** True where the mission's plan was once found right. */
export function wasAccepted(mission: Stored<Mission>): boolean {
  const { conditions, stagesSummary } = mission.status ?? {}
  const accepted = isConditionTrue(conditions, MISSION_CONDITIONS.accepted)
  return accepted || (stagesSummary ?? []).length > 0
}

function freshDefinitions({ mission, template }: DefinitionSources): Definitions {
  const rendered =
    mission.spec.templateRef === undefined
      ? ({ kind: 'stages', stages: mission.spec.stages ?? [] } as const)
      : stagesFromTemplate(mission, template)
  if (rendered.kind === 'missing') {
    return { stages: [], refusal: { ...rendered, isFinal: false } }
  }
  if (rendered.kind === 'invalid') return refused(rendered.reason, rendered.problems)
  const { problems, hasCycle } = checkPlan(mission.spec, rendered.stages)
  if (problems.length > 0) return refused(hasCycle ? REASONS.cycle : REASONS.invalid, problems)
  return { stages: rendered.stages, refusal: undefined }
}

/** Problems that a message shows; one mistake often brings others with it. */
const SHOWN_PROBLEMS = 5

function refused(reason: string, problems: readonly string[]): Definitions {
  const more = problems.length - SHOWN_PROBLEMS
  const shown = problems.slice(0, SHOWN_PROBLEMS).join('; ')
  const message = more > 0 ? `${shown}; and ${more} more` : shown
  return { stages: [], refusal: { reason, message, isFinal: true } }
}

/**
 * The stages as the mission's children have them, in the order of its status; one that is gone as
 * the template has it.
 */
function establishedStages(
  { mission, children }: DefinitionSources,
  fresh: readonly MissionStageTemplate[],
): MissionStageTemplate[] {
  const byName = new Map(children.map((child) => [child.metadata.name, child]))
  return (mission.status?.stagesSummary ?? []).flatMap(({ name }) => {
    const object = stageNames(mission, name).find((candidate) => byName.has(candidate))
    const child = object === undefined ? undefined : byName.get(object)
    if (child !== undefined) return definitionOf(name, child)
    return fresh.find((definition) => definition.name === name) ?? []
  })
}

function definitionOf(name: string, { spec }: Stored<MissionStage>): MissionStageTemplate {
  return present({
    name,
    displayName: spec.stageName,
    type: spec.stageType ?? 'parallel',
    dependsOn: spec.dependsOn,
    flightTasks: spec.flightTasks,
    timeout: spec.config?.timeout,
    synchronization: spec.config?.synchronization,
    dependencies: spec.config?.dependencies,
  }) as MissionStageTemplate
}
