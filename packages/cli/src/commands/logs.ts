/** `sortie logs TASK`: what the task's containers print. */
import { FLIGHT_TASKS, type FlightTask, POD } from '@sortie/api'
import { objectPath } from '@sortie/client'
import { PODS, type Stored } from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { harmless } from '../output/text.ts'

export interface LogsFlags extends ConnectionFlags {
  readonly container?: string
  readonly follow?: boolean
  readonly previous?: boolean
  readonly tail?: string
  readonly timestamps?: boolean
}

export async function logs(
  environment: Environment,
  task: string,
  flags: LogsFlags,
): Promise<ExitStatus> {
  return withConnection(environment, flags, async (connection) => {
    const { client, namespace } = connection
    const held = await client.resource<FlightTask>(FLIGHT_TASKS).get({ namespace, name: task })
    const container = flags.container ?? mainContainerOf(held)
    await printLog(environment, connection, { pod: podOf(held), flags: { ...flags, container } })
    return environment.signal.aborted ? EXIT.interrupted : EXIT.ok
  })
}

function podOf(task: Stored<FlightTask>): string {
  const name = task.status?.podRef?.name
  if (name !== undefined) return name
  const phase = task.status?.phase ?? 'Pending'
  const message = task.status?.message ?? ''
  const why = message === '' ? '' : `: ${message}`
  throw new CommandError(
    `task ${task.metadata.name} has no pod (it is ${phase}${why})`,
    EXIT.refused,
  )
}

/** Named even where nobody asks: the API server chooses none where a weapon runs beside the task's own. */
function mainContainerOf({ spec }: Stored<FlightTask>): string {
  return spec.podTemplate?.spec?.containers?.[0]?.name ?? POD.taskContainer
}

async function printLog(
  environment: Environment,
  { client, namespace }: Connection,
  {
    pod,
    flags,
  }: { readonly pod: string; readonly flags: LogsFlags & { readonly container: string } },
): Promise<void> {
  const query = {
    container: flags.container,
    ...(flags.follow === true ? { follow: 'true' } : {}),
    ...(flags.previous === true ? { previous: 'true' } : {}),
    ...(flags.tail === undefined ? {} : { tailLines: flags.tail }),
    ...(flags.timestamps === true ? { timestamps: 'true' } : {}),
  }
  const path = objectPath(PODS, { namespace, name: pod }, 'log')
  const decoder = new TextDecoder()
  const { signal } = environment
  await new Promise<void>((resolve, reject) => {
    const sink = {
      onChunk: (chunk: Uint8Array) =>
        environment.out.write(harmless(decoder.decode(chunk, { stream: true }))),
      onEnd: (error?: Error) => (error === undefined ? resolve() : reject(error)),
    }
    signal.addEventListener('abort', () => resolve(), { once: true })
    client.transport.stream({ method: 'GET', path, query, signal }, sink).catch(reject)
  })
}
