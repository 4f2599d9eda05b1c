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
import { isEndedPhase } from '../stage/phase.ts'
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
  const stated = statedDefinitions(sources)
  const { refusal } = stated
  if (!wasAccepted(sources)) return refusal === undefined ? stated : { stages: [], refusal }
  if (mission.spec.templateRef !== undefined && !isRenderedAnew(mission)) {
    return { stages: establishedStages(sources, stated.stages).stages, refusal: undefined }
  }
  if (refusal === undefined) return stated
  const { stages, gone } = establishedStages(sources, stated.stages)
  if (gone.length === 0) return { stages, refusal }
  const message = `${refusal.message}; until that is mended there is nothing to make ${gone.join(', ')} from again`
  return { stages, refusal: { ...refusal, message } }
}

/** True where the mission's plan was once found right. Its stages are made before that is on record. */
export function wasAccepted({
  mission,
  children,
}: Pick<DefinitionSources, 'mission' | 'children'>): boolean {
  return children.length > 0 || isAcceptanceRecorded(mission)
}

function isAcceptanceRecorded(mission: Stored<Mission>): boolean {
  const { conditions, stagesSummary } = mission.status ?? {}
  const accepted = isConditionTrue(conditions, MISSION_CONDITIONS.accepted)
  return accepted || (stagesSummary ?? []).length > 0
}

/** True where its stages come from the template as that is now, not from those that it has: it is new, or its spec has changed. */
export function isRenderedAnew(mission: Stored<Mission>): boolean {
  const { observedGeneration } = mission.status ?? {}
  return !isAcceptanceRecorded(mission) || observedGeneration !== mission.metadata.generation
}

/** What the spec says, right or wrong. */
function statedDefinitions({ mission, template }: DefinitionSources): Definitions {
  const rendered =
    mission.spec.templateRef === undefined
      ? ({ kind: 'stages', stages: mission.spec.stages ?? [] } as const)
      : stagesFromTemplate(mission, template)
  if (rendered.kind === 'missing') {
    return { stages: [], refusal: { ...rendered, isFinal: false } }
  }
  if (rendered.kind === 'invalid') {
    return { stages: [], refusal: refusalOf(rendered.reason, rendered.problems) }
  }
  const { stages } = rendered
  const { problems, hasCycle } = checkPlan(mission.spec, stages)
  if (problems.length === 0) return { stages, refusal: undefined }
  return { stages, refusal: refusalOf(hasCycle ? REASONS.cycle : REASONS.invalid, problems) }
}

/** Problems that a message shows; one mistake often brings others with it. */
const SHOWN_PROBLEMS = 5

function refusalOf(reason: string, problems: readonly string[]): Refusal {
  const more = problems.length - SHOWN_PROBLEMS
  const shown = problems.slice(0, SHOWN_PROBLEMS).join('; ')
  const message = more > 0 ? `${shown}; and ${more} more` : shown
  return { reason, message, isFinal: true }
}

interface Established {
  readonly stages: readonly MissionStageTemplate[]
  /** Names of those that are gone before their end, and that the spec does not have either. */
  readonly gone: readonly string[]
}

/**
 * The stages as the mission's children have them, in the order of its status; one that is gone as the spec or the template has it,
 * but for dependencies that would make a circle with the others'.
 */
function establishedStages(
  { mission, children }: DefinitionSources,
  stated: readonly MissionStageTemplate[],
): Established {
  const byName = new Map(children.map((child) => [child.metadata.name, child]))
  const rows = mission.status?.stagesSummary ?? []
  const names = rows.map(({ name }) => name)
  const known = new Map<string, MissionStageTemplate>()
  for (const name of names) {
    const object = stageNames(mission, name).find((candidate) => byName.has(candidate))
    const child = object === undefined ? undefined : byName.get(object)
    if (child !== undefined) known.set(name, definitionOf(name, child))
  }
  for (const definition of stated) {
    const { name, dependsOn } = definition
    if (known.has(name) || !names.includes(name)) continue
    const kept = dependsOn?.filter(
      (other) => names.includes(other) && !waitsFor(other, name, known),
    )
    known.set(name, kept === undefined ? definition : { ...definition, dependsOn: kept })
  }
  return {
    stages: names.flatMap((name) => known.get(name) ?? []),
    gone: rows.flatMap(({ name, phase }) => (known.has(name) || isEndedPhase(phase) ? [] : name)),
  }
}

/** True where the stage is the other one, or comes after it. */
function waitsFor(
  stage: string,
  other: string,
  known: ReadonlyMap<string, MissionStageTemplate>,
): boolean {
  const open = [stage]
  const seen = new Set(open)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === other) return true
    for (const before of known.get(name)?.dependsOn ?? []) {
      if (seen.has(before)) continue
      seen.add(before)
      open.push(before)
    }
  }
  return false
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
