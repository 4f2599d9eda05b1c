/** `sortie logs TASK`: what the task's containers print. */
import { FLIGHT_TASKS, type FlightTask, POD } from '@sortie/api'
import { objectPath } from '@sortie/client'
import { PODS, type Stored } from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { harmless } from '../output/text.ts'
import { nameOfType } from './resources.ts'

export interface LogsFlags extends ConnectionFlags {
  readonly container?: string
  readonly follow?: boolean
  readonly previous?: boolean
  readonly tail?: string
  readonly timestamps?: boolean
}

/** As kubectl has it; the API server takes none for all. */
const ALL_LINES = '-1'

export async function logs(
  environment: Environment,
  named: string,
  flags: LogsFlags,
): Promise<ExitStatus> {
  const task = nameOfType(FLIGHT_TASKS, named)
  checkTail(flags.tail)
  return withConnection(environment, flags, async (connection) => {
    const { client, namespace } = connection
    const held = await client.resource<FlightTask>(FLIGHT_TASKS).get({ namespace, name: task })
    const container = flags.container ?? mainContainerOf(held)
    await printLog(environment, connection, { pod: podOf(held), flags: { ...flags, container } })
    return environment.signal.aborted ? EXIT.interrupted : EXIT.ok
  })
}

function checkTail(tail: string | undefined): void {
  if (tail === undefined || tail === ALL_LINES || /^\d+$/.test(tail)) return
  throw new CommandError(`--tail ${tail}: a number of lines, or -1 for all`, EXIT.usage)
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
    ...(flags.tail === undefined || flags.tail === ALL_LINES ? {} : { tailLines: flags.tail }),
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
