/** What a FlightTask says of its mission and stage, which was copied down into it: nothing else need be read. */
import { LABELS } from '@sortie/api'
import type { KubeObject, Stored } from '@sortie/machinery'
import { durationOf, fieldOf, type MissionFacts, textMapOf, textOf } from '../pod/index.ts'

export function readMissionFacts(task: Stored<KubeObject>): MissionFacts {
  const spec = fieldOf(task, 'spec')
  const labels = textMapOf(task.metadata.labels)
  const coordination = fieldOf(spec, 'coordination')
  return {
    missionName: textOf(fieldOf(spec, 'missionRef'), 'name') ?? labels[LABELS.mission] ?? '',
    stageName: textOf(spec, 'stageName') ?? labels[LABELS.stage] ?? '',
    stageRef: textOf(fieldOf(spec, 'stageRef'), 'name') ?? '',
    missionPriority: textOf(spec, 'missionPriority'),
    gang: textOf(fieldOf(spec, 'gang'), 'name'),
    coordination: {
      dataLinkProtocol: textOf(coordination, 'dataLinkProtocol') ?? '',
      commandFrequency: textOf(coordination, 'commandFrequency') ?? '',
      emergencyFrequency: textOf(coordination, 'emergencyFrequency') ?? '',
    },
  }
}

/** Grace of pods that are stopped where no mission says otherwise. */
const DEFAULT_GRACE_MS = 30_000

export interface CancellationFacts {
  readonly graceSeconds: number
  readonly cleanup: boolean
}

export function readCancellation(task: Stored<KubeObject>): CancellationFacts {
  const policy = fieldOf(fieldOf(task, 'spec'), 'cancellationPolicy')
  const grace = durationOf(policy, 'gracePeriod') ?? DEFAULT_GRACE_MS
  return { graceSeconds: Math.ceil(grace / 1000), cleanup: fieldOf(policy, 'cleanup') === true }
}

export function isSuspended(task: Stored<KubeObject>): boolean {
  return fieldOf(fieldOf(task, 'spec'), 'suspend') === true
}
