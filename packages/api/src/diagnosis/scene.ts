/** The evidence as a diagnosis walks it: up and down by owners, and the little that every check needs to know. */
import {
  type Condition,
  controllerOf,
  type EventObject,
  findCondition,
  type Instant,
  type KubeObject,
  type NodeObject,
  type Pod,
  type PodSpec,
  parseTime,
  podRequests,
} from '@sortie/machinery'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { Mission } from '../kinds/mission.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import { type AircraftView, viewAircraft } from './aircraftview.ts'
import type { Evidence } from './evidence.ts'
import type { Finding, ObjectRef } from './finding.ts'
import { type AircraftMatrix, matchAircraft } from './matrix.ts'
import { finding } from './sentences.ts'

export interface Scene {
  readonly evidence: Evidence
  readonly now: Instant
  stagesOf(mission: Mission): readonly MissionStage[]
  tasksOf(stage: MissionStage): readonly FlightTask[]
  podsOf(task: FlightTask): readonly Pod[]
  missionOf(stage: MissionStage): Mission | undefined
  stageOf(task: FlightTask): MissionStage | undefined
  nodeOf(name: string): NodeObject | undefined
  /** The aircraft as a pod meets them; undefined where nodes or pods may not be read. */
  matrixOf(spec: PodSpec): AircraftMatrix | undefined
}

/** Indexed once for each list: a mission of ten thousand tasks is walked in one go. */
export function setScene(evidence: Evidence, now: Instant): Scene {
  const stages = byOwner(evidence.stages)
  const tasks = byOwner(evidence.tasks)
  const pods = byOwner(evidence.pods)
  const missionByUid = byUid(evidence.missions)
  const stageByUid = byUid(evidence.stages)
  const nodes = new Map(evidence.nodes?.map((node) => [node.metadata.name, node]))
  const below =
    <T>(index: Map<string, T[]>) =>
    (owner: KubeObject): readonly T[] =>
      index.get(owner.metadata.uid ?? '') ?? []
  const above =
    <T>(index: Map<string, T>) =>
    (child: KubeObject): T | undefined =>
      index.get(controllerOf(child)?.uid ?? '')
  return {
    evidence,
    now,
    stagesOf: below(stages),
    tasksOf: below(tasks),
    podsOf: below(pods),
    missionOf: above(missionByUid),
    stageOf: above(stageByUid),
    nodeOf: (name) => nodes.get(name),
    matrixOf: createMatcher(evidence),
  }
}

/** Pods that ask for the same are matched once. */
function createMatcher({ nodes, pods }: Evidence): Scene['matrixOf'] {
  if (nodes === undefined || pods === undefined) return () => undefined
  const known = new Map<string, AircraftMatrix>()
  let views: readonly AircraftView[] | undefined
  return (spec) => {
    const { nodeName, nodeSelector, affinity, tolerations } = spec
    const key = JSON.stringify([nodeName, nodeSelector, affinity, tolerations, podRequests(spec)])
    views ??= viewAircraft(nodes, pods)
    const matrix = known.get(key) ?? matchAircraft(spec, views)
    known.set(key, matrix)
    return matrix
  }
}

function byOwner<T extends KubeObject>(objects: readonly T[] = []): Map<string, T[]> {
  const index = new Map<string, T[]>()
  for (const object of objects) {
    const uid = controllerOf(object)?.uid
    if (uid === undefined) continue
    const known = index.get(uid)
    if (known === undefined) index.set(uid, [object])
    else known.push(object)
  }
  return index
}

function byUid<T extends KubeObject>(objects: readonly T[] = []): Map<string, T> {
  return new Map(objects.map((object) => [object.metadata.uid ?? '', object]))
}

export function refOf({ kind, metadata }: KubeObject): ObjectRef {
  const { name = '', namespace } = metadata
  return namespace === undefined ? { kind, name } : { kind, namespace, name }
}

/** Said in place of a message where an object that failed has none. */
export const NO_MESSAGE = 'no message was kept'

export function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? ''
}

interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

export function conditionOf(object: Conditioned, type: string): Condition | undefined {
  return findCondition(object.status?.conditions, type)
}

/** A deletion that has begun, and a suspension or drift that the conditions tell: the same for all kinds. */
export function deletionOf(object: KubeObject): readonly Finding[] {
  const { deletionTimestamp, finalizers = [] } = object.metadata
  if (deletionTimestamp === undefined) return []
  const { kind } = object
  const said = { kind, name: nameOf(object), finalizers: finalizers.join(', ') }
  return [finding('deleting', said, [refOf(object)])]
}

export function driftOf(object: Conditioned): readonly Finding[] {
  const drift = conditionOf(object, 'SpecDrift')
  if (drift?.status !== 'True') return []
  const said = { kind: object.kind, name: nameOf(object), message: drift.message }
  return [finding('specDrift', said, [refOf(object)])]
}

/** How long a refusal that is not said again counts: the operator tries again within that. */
const REFUSAL_MS = 10 * 60_000

/** The last thing that the API server refused to make for the object, by the operator's events. */
export function refusalOf(object: KubeObject, { evidence, now }: Scene): readonly Finding[] {
  const { uid } = object.metadata
  const said = (evidence.events ?? []).filter(
    (event) => event.involvedObject.uid === uid && event.reason === 'Refused',
  )
  const last = said.toSorted((a, b) => timeOf(a) - timeOf(b)).at(-1)
  if (last === undefined || now - timeOf(last) > REFUSAL_MS) return []
  const { kind } = object
  const message = last.message ?? ''
  return [finding('serverRefuses', { kind, name: nameOf(object), message }, [refOf(object)])]
}

/** When an event was last seen, ms; 0 where it does not say. */
export function timeOf({ lastTimestamp, eventTime, metadata }: EventObject): number {
  return parseTime(lastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0
}

/** For so long nobody need have looked at what is new. */
export const TAKE_UP_MS = 10_000

/** Said where nobody has taken an object up for longer than anybody should need. */
export function notTakenUp(object: KubeObject, now: Instant): readonly Finding[] {
  const { creationTimestamp } = object.metadata
  const since = parseTime(creationTimestamp)
  if (since === undefined || now - since < TAKE_UP_MS) return []
  const said = { kind: object.kind, name: nameOf(object), since: creationTimestamp ?? '' }
  return [finding('notTakenUp', said, [refOf(object)])]
}

/** Names, the first few and how many more. */
export function listed(names: readonly string[], most = 5): string {
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return names.slice(0, most).join(', ') + more
}
