/** Objects as the controllers would have written them: a mission from a sketch of its stages and the phases of their tasks. */
import {
  AIRCRAFT,
  ANNOTATIONS,
  API_VERSION,
  FLIGHT_TASKS,
  LABELS,
  MANAGED_BY,
  MISSION_STAGES,
  MISSIONS,
  type Phase,
  podName,
  SCHEDULER_NAME,
  stageObjectName,
  taskObjectName,
} from '@sortie/api'
import { EVENTS, formatTime, type KubeObject, PODS, type ResourceType } from '@sortie/machinery'
import type { Planned } from '../site/site.ts'
import type {
  EventSketch,
  Fields,
  MissionSketch,
  Moment,
  StageSketch,
  TaskSketch,
} from './sketches.ts'

const ENDED: ReadonlySet<Phase> = new Set<Phase>(['Succeeded', 'Failed', 'Cancelled'])
const ACTIVE: ReadonlySet<Phase> = new Set<Phase>(['Running', 'Succeeded', 'Failed'])

/** Without fields that are undefined. */
export function fieldsOf(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

export function plan(type: ResourceType, at: number, object: Fields): Planned {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  return { type, at, object: { apiVersion, kind: type.kind, ...object } as unknown as KubeObject }
}

/** The mission, its stages, tasks and pods. */
export function missionObjects(sketch: MissionSketch, { now }: Moment): readonly Planned[] {
  const ago = (seconds: number | undefined) =>
    seconds === undefined ? undefined : formatTime(now - seconds * 1000)
  const { name, namespace = 'default', stages } = sketch
  const at = now - sketch.created * 1000
  const tasks = stages.flatMap((stage) => stage.tasks)
  const count = (...phases: Phase[]) => tasks.filter((task) => phases.includes(task.phase)).length
  const mission = plan(MISSIONS, at, {
    metadata: { name, namespace },
    spec: fieldsOf({
      missionName: sketch.title,
      missionType: sketch.type,
      priority: sketch.priority,
      suspend: sketch.suspended,
      cancel: sketch.phase === 'Cancelled' ? true : undefined,
      config: { failurePolicy: { maxRetries: 2, stageFailureAction: 'abort' } },
      stages: stages.map((stage) =>
        fieldsOf({
          name: stage.name,
          dependsOn: stage.dependsOn,
          flightTasks: stage.tasks.map((task) =>
            fieldsOf({ name: task.name, aircraft: task.type ?? 'uav', role: task.role }),
          ),
        }),
      ),
    }),
    status: fieldsOf({
      observedGeneration: 1,
      phase: sketch.phase,
      message: sketch.message,
      startTime: ago(sketch.started),
      completionTime: ago(sketch.ended),
      stagesSummary: stages.map((stage) => ({ name: stage.name, phase: stage.phase })),
      statistics: {
        totalFlightTasks: tasks.length,
        succeededTasks: count('Succeeded'),
        failedTasks: count('Failed'),
        runningTasks: count('Running'),
        pendingTasks: count('Pending', 'Scheduled'),
        cancelledTasks: count('Cancelled'),
      },
      conditions: sketch.drift
        ? [
            condition('SpecDrift', 'True', {
              at,
              reason: 'StageChanged',
              message: 'A started stage no longer matches the mission.',
            }),
          ]
        : undefined,
    }),
  })
  return [mission, ...stages.flatMap((_, index) => stageObjects(sketch, index, { now }))]
}

export function condition(
  type: string,
  status: 'True' | 'False',
  {
    at,
    reason,
    message,
  }: { readonly at: number; readonly reason: string; readonly message: string },
): Fields {
  return { type, status, reason, message, lastTransitionTime: formatTime(at) }
}

function stageObjects(mission: MissionSketch, index: number, { now }: Moment): readonly Planned[] {
  const stage = mission.stages[index]!
  const { namespace = 'default' } = mission
  const at = now - mission.created * 1000
  const ago = (seconds: number | undefined) =>
    seconds === undefined ? undefined : formatTime(now - seconds * 1000)
  const count = (phase: Phase) => stage.tasks.filter((task) => task.phase === phase).length
  const gates = [
    ...(stage.gates ?? []),
    ...(stage.phase === 'Pending' && stage.dependsOn ? ['dependencies'] : []),
  ]
  const made = plan(MISSION_STAGES, at, {
    metadata: {
      name: stageObjectName(mission.name, stage.name),
      namespace,
      labels: { [LABELS.mission]: mission.name, [LABELS.stageName]: stage.name },
    },
    spec: fieldsOf({
      missionRef: { name: mission.name },
      stageName: stage.name,
      stageIndex: index + 1,
      stageType: 'parallel',
      dependsOn: stage.dependsOn,
      startGates: gates.length === 0 ? undefined : gates.map((name) => ({ name })),
      flightTasks: stage.tasks.map((task) => ({ name: task.name, aircraft: task.type ?? 'uav' })),
      config: fieldsOf({
        timeout: stage.timeout,
        synchronization: stage.gang ? { waitForAll: true } : undefined,
      }),
    }),
    status: fieldsOf({
      observedGeneration: 1,
      observedAttempt: 0,
      phase: stage.phase,
      message: stage.message,
      startTime: ago(stage.started),
      completionTime: ago(stage.ended),
      counts: {
        total: stage.tasks.length,
        pending: count('Pending'),
        scheduled: count('Scheduled'),
        running: count('Running'),
        succeeded: count('Succeeded'),
        failed: count('Failed'),
        cancelled: count('Cancelled'),
      },
    }),
  })
  const objects = stage.tasks.flatMap((task, at) =>
    taskObjects({ mission, index, task, at }, { now }),
  )
  return [{ ...made, owner: { kind: 'Mission', name: mission.name } }, ...objects]
}

interface TaskPlace {
  readonly mission: MissionSketch
  readonly index: number
  readonly task: TaskSketch
  readonly at: number
}

function taskObjects(place: TaskPlace, { now }: Moment): readonly Planned[] {
  const { mission, index, task } = place
  const stage = mission.stages[index]!
  const { namespace = 'default' } = mission
  const name = taskObjectName({ mission: mission.name, stage: stage.name, task: task.name })
  const isMade = stage.started !== undefined
  const begun = now - (stage.started ?? mission.created) * 1000
  const started = begun + (12 + place.at * 3) * 1000
  const ended = Math.min(now - 1000, started + (70 + ((place.at * 37) % 120)) * 1000)
  const pod = podName(name, task.retries ?? 0)
  const time = (does: boolean, at: number) => (does ? formatTime(at) : undefined)
  const stageName = stageObjectName(mission.name, stage.name)
  const record = plan(FLIGHT_TASKS, begun, {
    metadata: { name, namespace, labels: labelsOf(mission, stage, name) },
    spec: fieldsOf({
      missionRef: { name: mission.name },
      stageRef: { name: stageName },
      stageName: stage.name,
      stageIndex: index + 1,
      taskName: task.name,
      taskIndex: place.at + 1,
      role: task.role,
      retry: { maxRetries: 2, retryStrategy: 'exponential' },
      aircraftRequirement: { type: task.type ?? 'uav' },
      weaponLoadout: task.weapons?.map((weapon) => ({ weaponRef: { name: weapon } })),
    }),
    status: fieldsOf({
      observedGeneration: 1,
      phase: task.phase,
      message: task.message,
      retryCount: task.retries,
      nextRetryTime: task.retryIn === undefined ? undefined : formatTime(now + task.retryIn * 1000),
      startTime: time(ACTIVE.has(task.phase), started),
      completionTime: time(ENDED.has(task.phase), ended),
      schedulingInfo:
        task.node === undefined
          ? undefined
          : { assignedNode: task.node, assignedTime: formatTime(begun + 2000) },
      podRef:
        isMade && task.retryIn === undefined
          ? { apiVersion: 'v1', kind: 'Pod', namespace, name: pod }
          : undefined,
      conditions: task.conditions,
    }),
  })
  const planned = { ...record, owner: { kind: 'MissionStage', name: stageName } }
  if (!isMade || task.phase === 'Cancelled') return [planned]
  const attempts = Array.from(
    { length: (task.retries ?? 0) + (task.retryIn === undefined ? 1 : 0) },
    (_, attempt) => attempt,
  )
  const pods = attempts.map((attempt) => {
    const isLast = attempt === (task.retries ?? 0)
    const phase = isLast ? task.phase : 'Failed'
    const made = podObject({ place, name, attempt, phase, begun, started, ended })
    return { ...made, owner: { kind: 'FlightTask', name } }
  })
  return [planned, ...pods]
}

function labelsOf(mission: MissionSketch, stage: StageSketch, task: string): Fields {
  return {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.mission]: mission.name,
    [LABELS.stage]: stage.name,
    [LABELS.flightTask]: task,
  }
}

interface PodSketch {
  readonly place: TaskPlace
  readonly name: string
  readonly attempt: number
  readonly phase: Phase
  readonly begun: number
  readonly started: number
  readonly ended: number
}

const POD_PHASES: Readonly<Record<Phase, string>> = {
  Pending: 'Pending',
  Scheduled: 'Pending',
  Running: 'Running',
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Cancelled: 'Failed',
}

function podObject(sketch: PodSketch): Planned {
  const { place, name, attempt, phase, begun } = sketch
  const { mission, index, task } = place
  const { namespace = 'default' } = mission
  const weapons = task.weapons ?? []
  const isPlaced = phase !== 'Pending'
  const state = stateOf(sketch)
  return plan(PODS, begun, {
    metadata: {
      name: podName(name, attempt),
      namespace,
      labels: labelsOf(mission, mission.stages[index]!, name),
      annotations: { [ANNOTATIONS.attempt]: String(attempt) },
    },
    spec: fieldsOf({
      schedulerName: SCHEDULER_NAME,
      nodeSelector: { [AIRCRAFT.type]: task.type ?? 'uav' },
      containers: [{ name: 'task', image: 'registry.example/sim/flight:2.4' }],
      initContainers:
        weapons.length === 0
          ? undefined
          : weapons.map((weapon) => ({
              name: `weapon-${weapon}`,
              image: `registry.example/weapons/${weapon}:1.2`,
              restartPolicy: 'Always',
            })),
      nodeName: isPlaced ? (task.node ?? 'uav-01') : undefined,
    }),
    status: fieldsOf({
      phase: POD_PHASES[phase],
      conditions: [
        isPlaced
          ? { type: 'PodScheduled', status: 'True', lastTransitionTime: formatTime(begun + 2000) }
          : {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/9 aircraft fit: 6 have another type, 2 are busy, 1 is cordoned',
            },
      ],
      containerStatuses: state === undefined ? undefined : [statusOf('task', state)],
      initContainerStatuses:
        state === undefined || weapons.length === 0
          ? undefined
          : weapons.map((weapon) => statusOf(`weapon-${weapon}`, state)),
    }),
  })
}

function statusOf(name: string, state: Fields): Fields {
  return {
    name,
    image: 'registry.example/sim/flight:2.4',
    imageID: '',
    ready: false,
    restartCount: 0,
    state,
  }
}

function stateOf({ phase, started, ended }: PodSketch): Fields | undefined {
  if (phase === 'Pending') return undefined
  const startedAt = formatTime(started)
  if (phase === 'Scheduled') return { waiting: { reason: 'ContainerCreating' } }
  if (phase === 'Running') return { running: { startedAt } }
  const exitCode = phase === 'Succeeded' ? 0 : 3
  const reason = phase === 'Succeeded' ? 'Completed' : 'Error'
  return { terminated: { startedAt, finishedAt: formatTime(ended), exitCode, reason } }
}

export function eventObject(sketch: EventSketch, { now }: Moment): Planned {
  const { namespace = 'default', kind, name, reason, message, ago, count = 1 } = sketch
  const last = formatTime(now - ago * 1000)
  return plan(EVENTS, now - ago * 1000, {
    metadata: {
      name: `${name}.${reason.toLowerCase().replace(/[^a-z0-9]+/g, '')}${ago}`,
      namespace,
    },
    involvedObject: {
      apiVersion: kind === 'Node' || kind === 'Pod' ? 'v1' : API_VERSION,
      kind,
      name,
      ...(kind === 'Node' ? {} : { namespace }),
    },
    reason,
    message,
    type: sketch.warning === true ? 'Warning' : 'Normal',
    count,
    firstTimestamp: formatTime(now - (ago + count * 30) * 1000),
    lastTimestamp: last,
    source: { component: kind === 'Mission' ? 'sortie-mission' : 'sortie-task' },
  })
}
