/** What a mission, a stage or a task is waiting for, or why it failed. */
import type { Instant } from '@sortie/machinery'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { Mission } from '../kinds/mission.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Evidence } from './evidence.ts'
import type { Diagnosis, Finding } from './finding.ts'
import { diagnoseMission } from './mission.ts'
import { nameOf, refOf, setScene } from './scene.ts'
import { finding } from './sentences.ts'
import { diagnoseStage } from './stage.ts'
import { diagnoseTask, type Standing } from './task.ts'

/**
 * Pure: the same for the same objects and the same time. What is missing from the evidence is not guessed at.
 * @param now by the API server's clock
 */
export function diagnose(
  subject: Mission | MissionStage | FlightTask,
  evidence: Evidence,
  now: Instant,
): Diagnosis {
  const scene = setScene(evidence, now)
  const { state, findings } = standingOf(subject, scene)
  return { subject: refOf(subject), state, findings }
}

function standingOf(
  subject: Mission | MissionStage | FlightTask,
  scene: ReturnType<typeof setScene>,
): Standing {
  if (isKind<Mission>(subject, 'Mission')) return diagnoseMission(subject, scene)
  if (isKind<MissionStage>(subject, 'MissionStage')) return diagnoseStage(subject, scene)
  return diagnoseTask(subject as FlightTask, scene)
}

function isKind<T>(
  subject: { readonly kind: string },
  kind: string,
): subject is T & typeof subject {
  return subject.kind === kind
}

/** Of a task that its stage knows and that has no object yet: the stage's own diagnosis, with this said first. */
export function diagnoseUnmade(
  task: string,
  stage: MissionStage,
  { evidence, now }: { readonly evidence: Evidence; readonly now: Instant },
): Diagnosis {
  const { namespace } = stage.metadata
  const subject = {
    kind: 'FlightTask',
    name: task,
    ...(namespace === undefined ? {} : { namespace }),
  }
  const unmade: Finding = finding('taskUnmade', { task, stage: nameOf(stage) }, [refOf(stage)])
  const { findings } = diagnose(stage, evidence, now)
  return { subject, state: 'waiting', findings: [unmade, ...findings] }
}
