/** `sortie watch` and `sortie tree`: a mission's progress until its end, or as it is now. */
import { FLIGHT_TASKS, MISSION_STAGES, MISSIONS } from '@sortie/api'
import { type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { objectFormat, printList } from '../output/objects.ts'
import { painter } from '../output/text.ts'
import { followMission, missionTime } from '../progress/follow.ts'
import { type MissionWatch, watchMission } from '../progress/snapshot.ts'
import { renderTree } from '../progress/tree.ts'
import { nameOfType } from './resources.ts'

async function withWatch<T>(
  environment: Environment,
  { name, flags }: { readonly name: string; readonly flags: ConnectionFlags },
  work: (watch: MissionWatch) => Promise<T>,
): Promise<T> {
  return withConnection(environment, flags, async ({ client, namespace }) => {
    // Refuses an unknown mission, an unreachable server, a wrong token or a missing right at once, in words.
    await client.resource(MISSIONS).get({ namespace, name })
    for (const type of [MISSIONS, MISSION_STAGES, FLIGHT_TASKS]) {
      await client.resource(type).list({ namespace, limit: 1 })
    }
    const watch = watchMission({ ...environment, client, namespace, name })
    try {
      await watch.whenSynced(environment.signal)
      return await work(watch)
    } finally {
      await watch.stop()
    }
  })
}

/** Follows until the mission has ended: 0 where it Succeeded, 1 where it Failed or was Cancelled. */
export function watch(
  environment: Environment,
  named: string,
  flags: ConnectionFlags,
): Promise<ExitStatus> {
  const name = nameOfType(MISSIONS, named)
  return withWatch(environment, { name, flags }, async (mission) => {
    const phase = await followMission(environment, mission)
    if (environment.signal.aborted) return EXIT.interrupted
    if (phase === undefined) throw new CommandError(`mission ${name} was deleted`)
    environment.out.write(`mission ${name} ${phase}${missionTime(mission.snapshot())}\n`)
    return phase === 'Succeeded' ? EXIT.ok : EXIT.failed
  })
}

export interface TreeFlags extends ConnectionFlags {
  readonly output?: string
}

export function tree(
  environment: Environment,
  named: string,
  flags: TreeFlags,
): Promise<ExitStatus> {
  const name = nameOfType(MISSIONS, named)
  const format = objectFormat(flags.output)
  return withWatch(environment, { name, flags }, async (mission) => {
    const snapshot = mission.snapshot()
    if (snapshot === undefined) throw new CommandError(`mission ${name} was deleted`)
    if (format !== undefined) {
      const parts = snapshot.stages.flatMap(({ stage, tasks }) => [stage, ...tasks])
      printList(environment, [snapshot.mission, ...parts], format)
      return EXIT.ok
    }
    const { out, clock } = environment
    const columns = out.isTTY ? out.columns : Number.POSITIVE_INFINITY
    const paint = painter(environment, out)
    const lines = renderTree(snapshot, { now: clock.now(), paint, columns, tasksPerStage: 100 })
    out.write(`${lines.join('\n')}\n`)
    return EXIT.ok
  })
}
