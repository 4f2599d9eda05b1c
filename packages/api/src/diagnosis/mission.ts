/** Where a mission stands, and why. */
import { MISSION_CONDITIONS, REASONS } from '../constants.ts'
import type { Mission } from '../kinds/mission.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Finding } from './finding.ts'
import { absent } from './parts.ts'
import {
  conditionOf,
  deletionOf,
  driftOf,
  NO_MESSAGE,
  nameOf,
  notTakenUp,
  refOf,
  refusalOf,
  type Scene,
} from './scene.ts'
import { finding } from './sentences.ts'
import { diagnoseStage, distinct } from './stage.ts'
import { stageNameOf } from './stagehold.ts'
import type { Standing } from './task.ts'

export function diagnoseMission(mission: Mission, scene: Scene): Standing {
  const { state, findings } = BY_PHASE[mission.status?.phase ?? 'Pending'](mission, scene)
  const isOpen = state === 'waiting' || state === 'running'
  const operator = isOpen ? absent('operator', scene.evidence, scene.now) : []
  const refusal = isOpen ? refusalOf(mission, scene) : []
  const all = [...deletionOf(mission), ...findings, ...refusal, ...driftOf(mission), ...operator]
  return { state, findings: distinct(all) }
}

type Phase = NonNullable<Mission['status']>['phase']

const BY_PHASE: Readonly<Record<Phase, (mission: Mission, scene: Scene) => Standing>> = {
  Pending: living,
  Running: living,
  Succeeded: (mission, scene) => {
    const said = finding('missionSucceeded', messageOf(mission), [refOf(mission)])
    return { state: 'done', findings: [said, ...ofStages(mission, scene, ['Failed'])] }
  },
  Failed: (mission, scene) => ({ state: 'failed', findings: whyFailed(mission, scene) }),
  Cancelled: (mission) => ({
    state: 'done',
    findings: [finding('missionCancelled', { mission: nameOf(mission) }, [refOf(mission)])],
  }),
}

function messageOf(mission: Mission): { readonly mission: string; readonly message: string } {
  return { mission: nameOf(mission), message: mission.status?.message ?? NO_MESSAGE }
}

function living(mission: Mission, scene: Scene): Standing {
  const objects = [refOf(mission)]
  const name = nameOf(mission)
  const taken = mission.status?.observedGeneration !== undefined
  const accepted = conditionOf(mission, MISSION_CONDITIONS.accepted)
  const message = accepted?.message ?? ''
  if (accepted?.status === 'Unknown') {
    return {
      state: 'waiting',
      findings: [finding('planWaits', { mission: name, message }, objects)],
    }
  }
  const summary = mission.status?.stagesSummary ?? []
  const running = summary.filter(({ phase }) => phase === 'Running').map((row) => row.name)
  const counts = {
    ended: summary.filter(({ phase }) => isEnded(phase)).length,
    // The operator may not have counted them yet; those of a template only it knows.
    stages: Math.max(summary.length, mission.spec.stages?.length ?? 0),
  }
  const headline =
    running.length === 0
      ? finding('missionWaiting', { mission: name, ...counts }, objects)
      : finding(
          'missionRunning',
          { mission: name, ...counts, running: running.join(', ') },
          objects,
        )
  const refused =
    accepted?.status === 'False'
      ? [finding('changeRefused', { mission: name, message }, objects)]
      : []
  const findings = [
    ...stopOf(mission),
    ...(taken ? [headline] : notTakenUp(mission, scene.now)),
    ...refused,
    ...(mission.spec.suspend === true
      ? [finding('suspended', { kind: 'Mission', name }, objects)]
      : []),
    ...ofStages(mission, scene, ['Running', 'Failed', 'Pending']),
  ]
  return {
    state: running.length > 0 ? 'running' : 'waiting',
    findings: findings.length > 0 ? findings : [headline],
  }
}

function stopOf(mission: Mission): readonly Finding[] {
  const complete = conditionOf(mission, MISSION_CONDITIONS.complete)
  const isStopping = complete?.reason === REASONS.aborted || complete?.reason === REASONS.cancelled
  if (complete?.status !== 'False' || !isStopping) return []
  const said = { mission: nameOf(mission), message: complete.message }
  return [finding('missionStopping', said, [refOf(mission)])]
}

function isEnded(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}

/** What is to be said of the stages in these phases, in this order of phases and in the plan's within them. */
function ofStages(mission: Mission, scene: Scene, phases: readonly string[]): readonly Finding[] {
  const stages = scene
    .stagesOf(mission)
    .toSorted((a, b) => (a.spec.stageIndex ?? 0) - (b.spec.stageIndex ?? 0))
  const inPhase = (phase: string) => (stage: MissionStage) =>
    (stage.status?.phase ?? 'Pending') === phase
  return phases.flatMap((phase) =>
    stages.filter(inPhase(phase)).flatMap((stage) => diagnoseStage(stage, scene).findings),
  )
}

function whyFailed(mission: Mission, scene: Scene): readonly Finding[] {
  const objects = [refOf(mission)]
  const accepted = conditionOf(mission, MISSION_CONDITIONS.accepted)
  const complete = conditionOf(mission, MISSION_CONDITIONS.complete)
  const isRefused = accepted?.status === 'False' && complete?.reason === accepted.reason
  if (isRefused) return [finding('planRefused', messageOf(mission), objects)]
  const failed = scene.stagesOf(mission).filter(({ status }) => status?.phase === 'Failed')
  const below = failed.flatMap((stage) => diagnoseStage(stage, scene).findings)
  const [first] = failed
  if (complete?.reason !== REASONS.aborted || first === undefined) {
    return [finding('missionFailed', messageOf(mission), objects), ...below]
  }
  const cause = { mission: nameOf(mission), stage: stageNameOf(first), message: complete.message }
  return [finding('missionAborted', cause, [...objects, refOf(first)]), ...below]
}
