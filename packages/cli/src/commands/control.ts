/** The commands that change a mission by one field: cancel, suspend, resume, retry, approve. */
import {
  ANNOTATIONS,
  GATES,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
} from '@sortie/api'
import {
  ApiStatusError,
  formatTime,
  isConflict,
  type JsonObject,
  type Stored,
} from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { concernsAll } from '../manifests/apply.ts'
import { objectFormat, printList, printObjects } from '../output/objects.ts'
import { harmless } from '../output/text.ts'
import { nameOfType } from './resources.ts'

export interface ControlFlags extends ConnectionFlags {
  readonly output?: string
}

export type MissionVerb = 'cancel' | 'suspend' | 'resume' | 'retry'

/** What each verb writes, and the word for it having been done. */
const VERBS: Readonly<
  Record<
    MissionVerb,
    { readonly done: string; readonly patch: (environment: Environment) => JsonObject }
  >
> = {
  cancel: { done: 'cancelled', patch: () => ({ spec: { cancel: true } }) },
  suspend: { done: 'suspended', patch: () => ({ spec: { suspend: true } }) },
  resume: { done: 'resumed', patch: () => ({ spec: { suspend: false } }) },
  retry: {
    done: 'asked to run its failed stages again',
    patch: ({ clock }) => ({
      metadata: { annotations: { [ANNOTATIONS.retry]: formatTime(clock.now()) } },
    }),
  },
}

export async function control(
  environment: Environment,
  { verb, names }: { readonly verb: MissionVerb; readonly names: readonly string[] },
  flags: ControlFlags,
): Promise<ExitStatus> {
  const { done, patch } = VERBS[verb]
  const missionNames = names.map((name) => nameOfType(MISSIONS, name))
  const format = objectFormat(flags.output)
  return withConnection(environment, flags, async ({ client, namespace }) => {
    const missions = client.resource<Mission>(MISSIONS)
    const changed: Stored<Mission>[] = []
    for (const name of missionNames) {
      const body = patch(environment)
      try {
        changed.push(await missions.patch({ namespace, name }, { type: 'merge', body }))
        if (format === undefined) environment.out.write(`mission ${name} ${done}\n`)
      } catch (error) {
        // One that is not there does not hold up the others: to cancel is urgent.
        if (!(error instanceof ApiStatusError) || concernsAll(error)) throw error
        environment.err.write(`sortie: ${harmless(error.message)}\n`)
      }
    }
    if (format !== undefined && names.length > 1) printList(environment, changed, format)
    else if (format !== undefined && changed.length > 0) printObjects(environment, changed, format)
    return changed.length === names.length ? EXIT.ok : EXIT.refused
  })
}

export interface ApproveFlags extends ControlFlags {
  readonly gate?: string
}

/** Gates that the controllers put and take away themselves: not a person's to open. */
const OWN_GATES: ReadonlySet<string> = new Set(Object.values(GATES))

/** Takes a person's gates (or the one named) off a stage. */
export async function approve(
  environment: Environment,
  named: string,
  flags: ApproveFlags,
): Promise<ExitStatus> {
  const stage = nameOfType(MISSION_STAGES, named)
  return withConnection(environment, flags, async (connection) => {
    const { changed, opened } = await openGates(connection, stage, flags.gate)
    const format = objectFormat(flags.output)
    if (format !== undefined) printObjects(environment, [changed], format)
    else environment.out.write(`stage ${stage}: opened ${opened.join(', ')}\n`)
    return EXIT.ok
  })
}

interface Opened {
  readonly changed: Stored<MissionStage>
  readonly opened: readonly string[]
}

/** How often a stage is read anew that the operator changes at the same time. */
const TRIES = 5

/** The list of gates is replaced as it was read: where it has changed since (a conflict), it is read again. */
async function openGates(
  connection: Connection,
  stage: string,
  wanted: string | undefined,
): Promise<Opened> {
  const { client, namespace } = connection
  for (let tries = 1; ; tries++) {
    const held = await client.resource<MissionStage>(MISSION_STAGES).get({ namespace, name: stage })
    const gates = (held.spec.startGates ?? []).map(({ name }) => name)
    const opened = gatesToOpen(stage, gates, wanted)
    try {
      return { changed: await removeGates(connection, held, opened), opened }
    } catch (error) {
      if (!isConflict(error) || tries === TRIES) throw error
    }
  }
}

function gatesToOpen(
  stage: string,
  gates: readonly string[],
  wanted: string | undefined,
): readonly string[] {
  const own = gates.filter((name) => !OWN_GATES.has(name))
  const opened = wanted === undefined ? own : own.filter((name) => name === wanted)
  if (opened.length > 0) return opened
  const held = own.length === 0 ? 'it has none that waits for a person' : `it has ${own.join(', ')}`
  throw new CommandError(
    `stage ${stage} has no gate ${wanted ?? 'to approve'}: ${held}`,
    EXIT.refused,
  )
}

function removeGates(
  { client, namespace }: Connection,
  held: Stored<MissionStage>,
  opened: readonly string[],
): Promise<Stored<MissionStage>> {
  const left = (held.spec.startGates ?? []).filter(({ name }) => !opened.includes(name))
  const { name, resourceVersion } = held.metadata
  const body = { metadata: { resourceVersion }, spec: { startGates: left } }
  return client
    .resource<MissionStage>(MISSION_STAGES)
    .patch({ namespace, name }, { type: 'merge', body })
}
