/** Wires the mission's decisions to the caches and the API server. */
import {
  FIELD_MANAGERS,
  MISSION_STAGES,
  MISSION_TEMPLATES,
  MISSIONS,
  type Mission,
  type MissionStage,
  type MissionTemplate,
} from '@sortie/api'
import { type Client, type Informer, OWNER_UID_INDEX } from '@sortie/client'
import { controllerOf, type Instant, keyOf, type Stored } from '@sortie/machinery'
import {
  applyPlan,
  type Controller,
  createController,
  ownerKeys,
  type ReconcileResult,
  sourceOf,
} from '@sortie/runtime'
import {
  type ControllerDeps,
  noteTakenNames,
  queuePriority,
  recordRefusals,
  selectionOf,
  writingFor,
} from '../controllers.ts'
import { isEndedPhase } from '../stage/phase.ts'
import { decideMission } from './decide.ts'
import { isRenderedAnew } from './definitions.ts'
import { observeMission } from './observe.ts'

/** Index of missions by the key of the template that they refer to. */
const TEMPLATE_INDEX = 'missionTemplate'

interface MissionMemory {
  readonly uid: string
  readonly taken: Set<string>
  /** Names of its stages that were deleted before their end. */
  readonly gone: Set<string>
  readonly firstSeenAt: Instant
  writtenAt: Instant | undefined
}

interface Caches {
  readonly missions: Informer<Mission>
  readonly stages: Informer<MissionStage>
  readonly templates: Informer<MissionTemplate>
}

/**
 * The controller of Missions: makes their stages, opens their gates, stops them, and says how they
 * stand.
 */
export function createMissionController(deps: ControllerDeps): Controller {
  const { clock, config } = deps
  const caches = cachesOf(deps)
  const memories = new Map<string, MissionMemory>()
  const writing = writingFor(deps, FIELD_MANAGERS.mission, [caches.missions, caches.stages])

  rememberDeletedStages(caches.stages, memories)

  const pass = async (mission: Stored<Mission>, memory: MissionMemory) => {
    const template = await templateOf(mission, caches, writing.client)
    const plan = decideMission(observe(mission, { memory, caches, template }), clock.now())
    const result = await applyPlan(writing, { type: MISSIONS, object: mission }, plan)
    if (plan.status !== undefined && result.unsaid !== true) memory.writtenAt = clock.now()
    return result
  }
  const reconcile = async (key: string): Promise<ReconcileResult> => {
    const mission = caches.missions.get(key)
    if (mission === undefined) {
      memories.delete(key)
      return undefined
    }
    const memory = memoryOf(memories, mission, clock.now())
    try {
      return await pass(mission, memory)
    } catch (error) {
      recordRefusals(error, mission as Mission, writing.recorder)
      return noteTakenNames(error, memory.taken, clock.now())
    }
  }
  return createController({
    ...deps,
    name: 'mission',
    primary: caches.missions,
    sources: [
      sourceOf(caches.stages, ownerKeys('Mission')),
      sourceOf(caches.templates, (template) => missionsOf(template, caches.missions)),
    ],
    barrier: writing.barrier,
    reconcile,
    workers: config.workers,
    priorityOf: ({ spec }) => queuePriority(spec.priority),
  })
}

function cachesOf(deps: ControllerDeps): Caches {
  const selection = selectionOf(deps)
  const missions = deps.informers.informer<Mission>(MISSIONS, selection)
  missions.addIndexer(TEMPLATE_INDEX, ({ metadata, spec }) =>
    spec.templateRef === undefined ? [] : [`${metadata.namespace ?? ''}/${spec.templateRef.name}`],
  )
  return {
    missions,
    stages: deps.informers.informer<MissionStage>(MISSION_STAGES, selection),
    templates: deps.informers.informer<MissionTemplate>(MISSION_TEMPLATES, selection),
  }
}

function memoryOf(
  memories: Map<string, MissionMemory>,
  mission: Stored<Mission>,
  now: Instant,
): MissionMemory {
  const key = keyOf(mission as Mission)
  const { uid } = mission.metadata
  const held = memories.get(key)
  if (held?.uid === uid) return held
  const fresh: MissionMemory = {
    uid,
    taken: new Set(),
    gone: new Set(),
    firstSeenAt: now,
    writtenAt: undefined,
  }
  memories.set(key, fresh)
  return fresh
}

/** A stage that is gone before its end is made again, unless a newer spec of its mission wanted it gone. */
function rememberDeletedStages(
  stages: Informer<MissionStage>,
  memories: ReadonlyMap<string, MissionMemory>,
): void {
  stages.addHandler({
    onDelete(stage) {
      const { metadata, status } = stage
      const owner = controllerOf(stage as MissionStage)
      const memory = memories.get(`${metadata.namespace ?? ''}/${owner?.name ?? ''}`)
      if (memory === undefined || memory.uid !== owner?.uid || isEndedPhase(status?.phase)) return
      memory.gone.add(metadata.name)
    },
  })
}

function* missionsOf(
  template: Stored<MissionTemplate>,
  missions: Informer<Mission>,
): Generator<string> {
  const key = keyOf(template as MissionTemplate)
  for (const mission of missions.byIndex(TEMPLATE_INDEX, key)) yield keyOf(mission as Mission)
}

/**
 * The template that the mission refers to. Where stages are about to be made from it it is as the API server has it: an older one, or
 * none, would be flown without a word, or the mission refused for good.
 */
async function templateOf(
  mission: Stored<Mission>,
  { templates }: Caches,
  client: Client,
): Promise<Stored<MissionTemplate> | undefined> {
  const { name } = mission.spec.templateRef ?? {}
  if (name === undefined) return undefined
  const { namespace = '' } = mission.metadata
  if (!isRenderedAnew(mission)) return templates.get(`${namespace}/${name}`)
  // A list of one: the operator may list templates, not get one.
  const { items } = await client
    .resource<MissionTemplate>(MISSION_TEMPLATES)
    .list({ namespace, fieldSelector: `metadata.name=${name}` })
  return items[0]
}

interface Sources {
  readonly memory: MissionMemory
  readonly caches: Caches
  readonly template: Stored<MissionTemplate> | undefined
}

function observe(mission: Stored<Mission>, { memory, caches, template }: Sources) {
  return observeMission({
    mission,
    children: caches.stages.byIndex(OWNER_UID_INDEX, mission.metadata.uid),
    template,
    firstSeenAt: memory.firstSeenAt,
    writtenAt: memory.writtenAt,
    isGone: (name) => memory.gone.has(name),
    isTaken: (name) => memory.taken.has(name),
  })
}
