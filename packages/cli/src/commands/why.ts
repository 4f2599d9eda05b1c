/** `sortie why`: what a mission, a stage or a task is waiting for, or why it failed, and what to do. */
import {
  type Diagnosis,
  diagnose,
  diagnoseUnmade,
  expandTasks,
  FLIGHT_TASKS,
  type FlightTask,
  gatherEvidence,
  LABELS,
  MISSION_STAGES,
  type MissionStage,
  SUBJECT_TYPES,
  type Subject,
  taskObjectName,
  writeDiagnosis,
} from '@sortie/api'
import { isNotFound, type KubeObject, type ResourceType } from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { explainTask, writeAircraft } from '../diagnosis/aircraft.ts'
import { skewOf } from '../doctor/server.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { DEFAULT_SETTINGS } from '../installation/index.ts'
import { objectFormat, printObjects } from '../output/objects.ts'
import { harmless } from '../output/text.ts'
import { resourcesOf } from './resources.ts'

export interface WhyFlags extends ConnectionFlags {
  readonly output?: string
  /** The matrix of aircraft and checks in place of the paragraph. */
  readonly aircraft?: boolean
  readonly systemNamespace?: string
}

export function why(
  environment: Environment,
  words: readonly string[],
  flags: WhyFlags,
): Promise<ExitStatus> {
  const { types, name } = readWords(words)
  const format = objectFormat(flags.output)
  return withConnection(environment, flags, async (connection) => {
    const subject = await findSubject(connection, types, name)
    const { systemNamespace = DEFAULT_SETTINGS.namespace } = flags
    const evidence = await gatherEvidence(subject.object, {
      systemNamespace,
      list: async (type, selection) =>
        (await connection.client.resource<KubeObject>(type).listAll(selection)).items,
    })
    if (flags.aircraft === true) {
      const answer = explainTask(taskOf(subject), evidence)
      if (format === undefined) environment.out.write(writeAircraft(answer))
      else printObjects(environment, [answer], format)
      return EXIT.ok
    }
    const now = await serverTime(environment, connection)
    const diagnosis =
      subject.unmade === undefined
        ? diagnose(subject.object, evidence, now)
        : diagnoseUnmade(subject.unmade, subject.object as MissionStage, { evidence, now })
    answer(environment, diagnosis, format)
    return EXIT.ok
  })
}

function answer(
  environment: Environment,
  diagnosis: Diagnosis,
  format: ReturnType<typeof objectFormat>,
): void {
  if (format === undefined) environment.out.write(`${harmless(writeDiagnosis(diagnosis))}\n`)
  else printObjects(environment, [diagnosis], format)
}

/** `task NAME`, `task/NAME`, or a bare name of any of the three, looked for from the mission down. */
function readWords(words: readonly string[]): {
  readonly types: readonly ResourceType[]
  readonly name: string
} {
  const [first = '', second] = words.flatMap((word) => word.split('/'))
  if (second === undefined) return { types: SUBJECT_TYPES, name: first }
  if (second === '') throw new CommandError(`"${first}/" names no object`, EXIT.usage)
  const types = resourcesOf(first)
  if (types.some((type) => !SUBJECT_TYPES.includes(type))) {
    throw new CommandError(
      `"${first}" has no why: ask about a mission, a stage or a task`,
      EXIT.usage,
    )
  }
  return { types, name: second }
}

interface Found {
  readonly object: Subject
  /** Name of the task that was asked about, where only its stage is there. */
  readonly unmade?: string
}

async function findSubject(
  connection: Connection,
  types: readonly ResourceType[],
  name: string,
): Promise<Found> {
  for (const type of types) {
    const object = await read<Subject>(connection, type, name)
    if (object !== undefined) return { object }
  }
  const stage = types.includes(FLIGHT_TASKS) ? await stageThatPlans(connection, name) : undefined
  if (stage !== undefined) return { object: stage, unmade: name }
  const kinds = types.map(({ kind }) => kind.toLowerCase()).join(', ')
  throw new CommandError(
    `no ${kinds} ${name} in namespace ${connection.namespace}; see: sortie get ${types.map(({ plural }) => plural).join(',')} -n ${connection.namespace}`,
    EXIT.refused,
  )
}

async function read<T extends KubeObject>(
  { client, namespace }: Connection,
  type: ResourceType,
  name: string,
): Promise<T | undefined> {
  try {
    return (await client.resource<T>(type).get({ namespace, name })) as unknown as T
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** A task is made when its turn comes: until then its stage is the one that knows it. */
async function stageThatPlans(
  { client, namespace }: Connection,
  name: string,
): Promise<MissionStage | undefined> {
  const { items } = await client.resource<MissionStage>(MISSION_STAGES).listAll({ namespace })
  return (items as unknown as readonly MissionStage[]).find((stage) => {
    const stageName = stage.metadata.labels?.[LABELS.stageName] ?? ''
    const mission = stage.spec.missionRef?.name ?? ''
    return expandTasks(stage.spec).some(
      (task) => taskObjectName({ mission, stage: stageName, task: task.name }) === name,
    )
  })
}

function taskOf({ object, unmade }: Found): FlightTask {
  if (unmade === undefined && object.kind === 'FlightTask') return object as FlightTask
  throw new CommandError('--aircraft goes with a task that was made', EXIT.usage)
}

/** By the API server's clock, whose times the objects carry. */
async function serverTime({ clock }: Environment, { client }: Connection): Promise<number> {
  const response = await client.raw({ method: 'GET', path: '/version' })
  return clock.now() + (skewOf(response, clock.now()) ?? 0)
}
