/** Labels of the objects that controllers make (api.md: names, labels, owners). */
import { toLabelValue } from '@sortie/machinery'
import { LABELS, MANAGED_BY } from '../constants.ts'

export type Labels = Readonly<Record<string, string>>

/** Makes every value a label value; leaves out what is missing. */
function labels(values: Readonly<Record<string, string | number | undefined>>): Labels {
  const made: Record<string, string> = {}
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) made[key] = toLabelValue(String(value))
  }
  return made
}

export interface StageLabelSource {
  /** Name of the Mission object. */
  readonly mission: string
  /** Name of the stage within the mission. */
  readonly stage: string
  /** From 1. */
  readonly stageIndex: number
  readonly missionType?: string | undefined
}

/** Labels of a MissionStage. */
export function stageLabels(source: StageLabelSource): Labels {
  return labels({
    [LABELS.mission]: source.mission,
    [LABELS.stageName]: source.stage,
    [LABELS.stageIndex]: source.stageIndex,
    [LABELS.missionType]: source.missionType,
  })
}

export interface TaskLabelSource {
  /** Name of the Mission object; a standalone stage has none. */
  readonly mission?: string | undefined
  /** Name of the stage within the mission. */
  readonly stage: string
  readonly stageIndex?: number | undefined
  /** Name of the task within the stage. */
  readonly task: string
  /** From 1. */
  readonly taskIndex: number
  readonly aircraft?: string | undefined
  readonly role?: string | undefined
  readonly missionType?: string | undefined
}

/** Labels of a FlightTask that a stage makes. */
export function taskLabels(source: TaskLabelSource): Labels {
  return labels({
    [LABELS.mission]: source.mission,
    [LABELS.stage]: source.stage,
    [LABELS.taskName]: source.task,
    [LABELS.taskIndex]: source.taskIndex,
    [LABELS.aircraft]: source.aircraft,
    [LABELS.taskRole]: source.role,
    [LABELS.stageIndex]: source.stageIndex,
    [LABELS.missionType]: source.missionType,
  })
}

export interface PodLabelSource {
  /** Name of the FlightTask object. */
  readonly flightTask: string
  /** Name of the Mission object. */
  readonly mission?: string | undefined
  /** Name of the stage within the mission. */
  readonly stage?: string | undefined
  /** Name of the MissionStage object. */
  readonly stageRef?: string | undefined
  readonly role?: string | undefined
  readonly aircraft?: string | undefined
  /** What the podTemplate says; ours win. */
  readonly template?: Labels | undefined
}

/** Labels of a task's pod. */
export function podLabels(source: PodLabelSource): Labels {
  return {
    ...source.template,
    ...labels({
      [LABELS.flightTask]: source.flightTask,
      [LABELS.mission]: source.mission,
      [LABELS.stage]: source.stage,
      [LABELS.stageRef]: source.stageRef,
      [LABELS.role]: source.role,
      [LABELS.aircraft]: source.aircraft,
      [LABELS.managedBy]: MANAGED_BY,
    }),
  }
}
