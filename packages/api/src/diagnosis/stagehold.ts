/** What keeps a stage from starting, in the order in which its controller asks. */
import { isConditionTrue } from '@sortie/machinery'
import { GATES, LABELS } from '../constants.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Finding } from './finding.ts'
import { nameOf, refOf, type Scene } from './scene.ts'
import { finding } from './sentences.ts'

/** Name of a stage within its mission. */
export function stageNameOf(stage: MissionStage): string {
  return stage.metadata.labels?.[LABELS.stageName] ?? nameOf(stage)
}

/** Everything that holds a stage that has not started; empty where nothing does. */
export function holdsOf(stage: MissionStage, scene: Scene): readonly Finding[] {
  const gates = (stage.spec.startGates ?? []).map(({ name }) => name)
  return [
    ...(gates.includes(GATES.dependencies) ? [dependencies(stage, scene)] : []),
    ...(gates.includes(GATES.share) ? [share(stage)] : []),
    ...suspended(stage, scene),
    ...people(stage, gates),
    ...conditions(stage),
  ]
}

/** Each stage that it depends on, with the state that it is in. */
function dependencies(stage: MissionStage, scene: Scene): Finding {
  const mission = scene.missionOf(stage)
  const siblings = mission === undefined ? [] : scene.stagesOf(mission)
  const wanted = stage.spec.dependsOn ?? []
  const found = siblings.filter((one) => wanted.includes(stageNameOf(one)))
  const named = wanted.map((name) => {
    const sibling = found.find((one) => stageNameOf(one) === name)
    return `${name} (${sibling?.status?.phase ?? 'Pending'})`
  })
  const open = found.filter(({ status }) => status?.phase !== 'Succeeded')
  const stages = named.length === 0 ? 'the stages before it' : named.join(', ')
  const said = { stage: stageNameOf(stage), stages }
  return finding('waitsForStages', said, [refOf(stage), ...open.map(refOf)])
}

function share(stage: MissionStage): Finding {
  const said = { stage: stageNameOf(stage), mission: stage.spec.missionRef?.name ?? '' }
  return finding('waitsForShare', said, [refOf(stage)])
}

function suspended(stage: MissionStage, scene: Scene): readonly Finding[] {
  const held = [scene.missionOf(stage), stage].find((one) => one?.spec.suspend === true)
  if (held === undefined) return []
  return [finding('suspended', { kind: held.kind, name: nameOf(held) }, [refOf(held)])]
}

const OWN: ReadonlySet<string> = new Set(Object.values(GATES))

function people(stage: MissionStage, gates: readonly string[]): readonly Finding[] {
  const held = gates.filter((name) => !OWN.has(name))
  if (held.length === 0) return []
  const word = held.length === 1 ? 'the gate' : 'the gates'
  const said = {
    stage: stageNameOf(stage),
    gates: `${word} ${held.join(', ')}`,
    name: nameOf(stage),
  }
  return [finding('waitsForGate', said, [refOf(stage)])]
}

function conditions(stage: MissionStage): readonly Finding[] {
  const wanted = stage.spec.config?.dependencies?.conditions ?? []
  const missing = wanted.filter(({ type }) => !isConditionTrue(stage.status?.conditions, type))
  if (missing.length === 0) return []
  const word = missing.length === 1 ? 'condition' : 'conditions'
  const types = `${word} ${missing.map(({ type }) => type).join(', ')}`
  const said = { stage: stageNameOf(stage), conditions: types, name: nameOf(stage) }
  return [finding('waitsForCondition', said, [refOf(stage)])]
}
