/** Why a pod has no aircraft: what the fleet says, and where that does not explain it the scheduler's own words. */
import { type NodeObject, type Pod, parseTime } from '@sortie/machinery'
import { LABELS, SCHEDULER_NAME, TAINTS } from '../constants.ts'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Finding, ObjectRef } from './finding.ts'
import type { AircraftMatrix } from './matrix.ts'
import { absent } from './parts.ts'
import { conditionOf, listed, nameOf, refOf, type Scene, TAKE_UP_MS } from './scene.ts'
import { finding } from './sentences.ts'

/** Findings about a pod that waits for a node. */
export function diagnosePlacement(task: FlightTask, pod: Pod, scene: Scene): readonly Finding[] {
  return [
    ...whyUnplaced(task, pod, scene),
    ...quarantined(pod, scene),
    ...excluded(task),
    ...silence(task, pod, scene),
    ...absent('scheduler', scene.evidence, scene.now),
  ]
}

function whyUnplaced(task: FlightTask, pod: Pod, scene: Scene): readonly Finding[] {
  const matrix = scene.matrixOf(pod.spec)
  const objects = [refOf(task), refOf(pod)]
  const name = nameOf(task)
  if (matrix === undefined) return inSchedulersWords(task, pod)
  if (matrix.aircraft.length === 0) return [finding('noAircraft', { task: name }, objects)]
  if (matrix.suitable === 0) return nothingFits(task, matrix, objects)
  const stage = scene.stageOf(task)
  const gang = stage === undefined ? undefined : gangOf(task, stage, scene)
  if (gang !== undefined) return [gang]
  if (matrix.fitting === 0) return [busy(task, matrix, scene)]
  const said = inSchedulersWords(task, pod)
  return said.length > 0 && task.spec.gang !== undefined
    ? said
    : [finding('aircraftFree', { task: name, free: matrix.fitting }, objects)]
}

function inSchedulersWords(task: FlightTask, pod: Pod): readonly Finding[] {
  const held = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const message = held?.message ?? conditionOf(task, 'PodScheduled')?.message ?? ''
  if (message === '') return [finding('aircraftFree', { task: nameOf(task), free: 0 }, [])]
  return [finding('unschedulable', { task: nameOf(task), message }, [refOf(task), refOf(pod)])]
}

/** A finding for the requirements that nothing meets, and one for each nearest miss. */
function nothingFits(
  task: FlightTask,
  matrix: AircraftMatrix,
  objects: readonly ObjectRef[],
): readonly Finding[] {
  const name = nameOf(task)
  const asked = matrix.requirements
    .filter(({ isRequired, rejected }) => isRequired && rejected > 0)
    .map(({ text, rejected, left }) => `${text} (rejects ${rejected}, leaves ${left})`)
  const said = { task: name, aircraft: matrix.aircraft.length, requirements: asked.join(', ') }
  const misses = matrix.relaxations.map(({ count, changes, aircraft }) =>
    finding(
      'nearestMiss',
      { task: name, count, changes: changes.map(({ text }) => text).join(' and ') },
      aircraft.map((node) => ({ kind: 'Node', name: node })),
    ),
  )
  return [finding('noAircraftFits', said, objects), ...misses]
}

function busy(task: FlightTask, matrix: AircraftMatrix, { evidence }: Scene): Finding {
  const nodes = new Set(matrix.aircraft.filter(({ couldFit }) => couldFit).map(({ node }) => node))
  const there = (evidence.pods ?? []).filter(
    ({ spec, status }) =>
      nodes.has(spec.nodeName ?? '') && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  )
  const names = there.flatMap(({ metadata }) => metadata.labels?.[LABELS.flightTask] ?? []).sort()
  const holders = names.length === 0 ? '' : `task ${listed(names, 3)}`
  const said = { task: nameOf(task), fitting: matrix.suitable, holders }
  const objects = [...nodes].sort().slice(0, 5)
  return finding('aircraftBusy', said, [
    refOf(task),
    ...objects.map((name) => ({ kind: 'Node', name })),
  ])
}

/** How many aircraft the members of a gang could have between them now, were it for each alone. */
function gangOf(task: FlightTask, stage: MissionStage, scene: Scene): Finding | undefined {
  if (task.spec.gang === undefined) return undefined
  const members = scene.tasksOf(stage).filter(({ status }) => !hasEnded(status?.phase))
  const [free, placed] = [new Set<string>(), { count: 0 }]
  for (const member of members) {
    const pod = presentPod(member, scene)
    if ((pod?.spec.nodeName ?? '') !== '') placed.count++
    const matrix = pod === undefined ? undefined : scene.matrixOf(pod.spec)
    for (const { node, fits } of matrix?.aircraft ?? []) if (fits) free.add(node)
  }
  const said = { stage: nameOf(stage), size: members.length, placed: placed.count }
  return finding('gangWaits', { ...said, free: free.size }, [refOf(stage), refOf(task)])
}

function hasEnded(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}

/** The pod of a task's present attempt: the one on record, else one that lives. */
export function presentPod(task: FlightTask, scene: Scene): Pod | undefined {
  const pods = scene.podsOf(task)
  const recorded = pods.find(({ metadata }) => metadata.uid === task.status?.podRef?.uid)
  if (recorded !== undefined && conditionOf(task, 'Retrying')?.status !== 'True') return recorded
  return pods.find(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      !hasEnded(status?.phase) &&
      metadata.uid !== recorded?.metadata.uid,
  )
}

/** Aircraft of the right type that are in quarantine: they are what people miss. */
function quarantined({ spec }: Pod, { evidence }: Scene): readonly Finding[] {
  const wanted = Object.entries(spec.nodeSelector ?? {}).filter(([key]) => key !== STATUS)
  const isWanted = ({ metadata }: NodeObject): boolean =>
    wanted.every(([key, value]) => metadata.labels?.[key] === value)
  const held = (evidence.nodes ?? []).filter(
    (node) => isWanted(node) && node.spec?.taints?.some(({ key }) => key === TAINTS.quarantine),
  )
  if (held.length === 0) return []
  return [finding('quarantined', { nodes: listed(held.map(nameOf).sort()) }, held.map(refOf))]
}

const STATUS = 'aircraft.mil/status'

function excluded(task: FlightTask): readonly Finding[] {
  const names = task.status?.excludedNodes ?? []
  if (names.length === 0) return []
  const objects = names.map((name) => ({ kind: 'Node', name }))
  return [finding('excluded', { task: nameOf(task), nodes: listed(names) }, objects)]
}

/** Another scheduler is asked for, or ours has said nothing for longer than it takes. */
function silence(task: FlightTask, pod: Pod, { now }: Scene): readonly Finding[] {
  const scheduler = pod.spec.schedulerName ?? 'default-scheduler'
  const hasSpoken = pod.status?.conditions?.some(({ type }) => type === 'PodScheduled') === true
  const made = parseTime(pod.metadata.creationTimestamp) ?? now
  const isNew = now - made < TAKE_UP_MS
  if (hasSpoken || (isNew && scheduler === SCHEDULER_NAME)) return []
  return [finding('schedulerSilent', { task: nameOf(task), scheduler }, [refOf(pod)])]
}
