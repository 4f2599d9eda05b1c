/** Invariants of changed plans: what a stage that has started does not follow is on record. */
import type { Mission, MissionStage } from '@sortie/api'
import { findCondition, parseDuration } from '@sortie/machinery'
import { type Invariant, seenAs, type Witness } from '../invariant.ts'
import type { Entry, MissionEntry } from '../model.ts'

type Definition = NonNullable<Mission['spec']['stages']>[number]

/** Of behaviour.md, "Cancel, suspend, change, delete": never dropped silently. */
export const driftRecorded: Invariant = {
  number: 19,
  name: 'a generation counts as observed when it was followed, or what was not is in SpecDrift',
  onCommit(seen, witness) {
    const mission = seenAs(seen, 'Mission')
    if (mission === undefined) return
    const { metadata, status } = mission.entry.object
    const before = mission.commit.previous as typeof mission.entry.object | undefined
    const isFirst = before?.status?.observedGeneration === undefined
    const isNew = before?.status?.observedGeneration !== status?.observedGeneration
    if (isFirst || !isNew || status?.observedGeneration !== metadata.generation) return
    const said = findCondition(status?.conditions, 'SpecDrift')
    const drifted = driftedStage(mission.entry, witness)
    if (drifted !== undefined && said?.status !== 'True') {
      witness.report(
        'the stage does not follow its mission, and SpecDrift does not say so',
        mission.entry,
        drifted,
      )
    }
  },
}

/** A stage that started before this commit, and is not as the mission wants it. */
function driftedStage(mission: MissionEntry, { model }: Witness): Entry<MissionStage> | undefined {
  const { spec, metadata } = mission.object
  if (spec.templateRef !== undefined || metadata.deletionTimestamp !== undefined) return undefined
  const stages = model.stagesOf(mission).filter(({ deletedAt }) => deletedAt === undefined)
  return (spec.stages ?? []).reduce<Entry<MissionStage> | undefined>((found, definition) => {
    const stage = stages.find(
      ({ object }) => object.metadata.labels?.['stage-name'] === definition.name,
    )
    if (found !== undefined || stage?.object.status?.startTime === undefined) return found
    return isFollowed(stage, definition) ? undefined : stage
  }, undefined)
}

function isFollowed({ object: { spec } }: Entry<MissionStage>, definition: Definition): boolean {
  return (
    spec.stageType === (definition.type ?? 'parallel') &&
    millis(spec.config?.timeout) === millis(definition.timeout) &&
    textOf(spec.dependsOn) === textOf(definition.dependsOn)
  )
}

function millis(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration)
}

function textOf(names: readonly string[] | undefined): string {
  return (names ?? []).toSorted().join()
}
