/** The commands that change a mission by one field: cancel, suspend, resume, retry, approve. */
import {
  ANNOTATIONS,
  GATES,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
} from '@sortie/api'
import { formatTime, type JsonObject, type Stored } from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { objectFormat, printObjects } from '../output/objects.ts'

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
  return withConnection(environment, flags, async ({ client, namespace }) => {
    const missions = client.resource<Mission>(MISSIONS)
    for (const name of names) {
      const body = patch(environment)
      const changed = await missions.patch({ namespace, name }, { type: 'merge', body })
      answer(environment, changed, { flags, text: `mission ${name} ${done}` })
    }
    return EXIT.ok
  })
}

export interface ApproveFlags extends ControlFlags {
  readonly gate?: string
}

/** Gates that the controllers put and take away themselves: not a person's to open. */
const OWN_GATES: ReadonlySet<string> = new Set(Object.values(GATES))

/** Takes a person's gates (or the one named) off a stage. A conflict means that somebody else changed them: asked again. */
export async function approve(
  environment: Environment,
  stage: string,
  flags: ApproveFlags,
): Promise<ExitStatus> {
  return withConnection(environment, flags, async (connection) => {
    const { client, namespace } = connection
    const stages = client.resource<MissionStage>(MISSION_STAGES)
    const held = await stages.get({ namespace, name: stage })
    const gates = held.spec.startGates ?? []
    const opened = gatesToOpen(
      stage,
      gates.map(({ name }) => name),
      flags.gate,
    )
    const changed = await removeGates(connection, held, opened)
    const text = `stage ${stage}: opened ${opened.join(', ')}`
    answer(environment, changed, { flags, text })
    return EXIT.ok
  })
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

function answer(
  environment: Environment,
  object: unknown,
  { flags, text }: { readonly flags: ControlFlags; readonly text: string },
): void {
  const format = objectFormat(flags.output)
  if (format === undefined) environment.out.write(`${text}\n`)
  else printObjects(environment, [object], format)
}
