/** Follows a mission on the terminal until it has ended: a tree redrawn in place, or plain lines where there is no terminal. */
import { parseTime, sleep } from '@sortie/machinery'
import type { Environment } from '../environment.ts'
import { harmless, humanTime, oneLine, painter } from '../output/text.ts'
import { ENDED_PHASES, type MissionSnapshot, type MissionWatch } from './snapshot.ts'
import { renderTree } from './tree.ts'

/** Shortest time between two drawings: changes come in bursts. */
const REDRAW_MS = 100
/** Clocks on the screen move on at this pace even when nothing changes. */
const TICK_MS = 1000

/** What shows progress: told of every state, and of the end. */
interface View {
  show(snapshot: MissionSnapshot): void
  end(): void
}

/**
 * Shows the mission until it has ended or the signal is aborted.
 * @returns the phase that it ended in; undefined where it was interrupted or the mission was deleted
 */
export async function followMission(
  environment: Environment,
  watch: MissionWatch,
): Promise<string | undefined> {
  const view = environment.out.isTTY ? redrawnTree(environment) : phaseLines(environment)
  let seen = false
  let ended: string | undefined
  let wake: () => void = () => {}
  watch.onChange(() => wake())
  await watch.whenSynced(environment.signal)
  while (!environment.signal.aborted) {
    const snapshot = watch.snapshot()
    if (snapshot === undefined && seen) break
    if (snapshot !== undefined) {
      seen = true
      view.show(snapshot)
      const phase = snapshot.mission.status?.phase ?? 'Pending'
      if (ENDED_PHASES.includes(phase)) {
        ended = phase
        break
      }
    }
    const change = new AbortController()
    wake = () => change.abort()
    await sleep(environment.clock, REDRAW_MS, environment.signal)
    await sleep(environment.clock, TICK_MS, AbortSignal.any([change.signal, environment.signal]))
  }
  view.end()
  return ended
}

/** Draws the tree over itself; what does not fit on the screen is left out, so that the place to draw over is known. */
function redrawnTree(environment: Environment): View {
  const { out, clock } = environment
  const paint = painter(environment, out)
  let drawn = 0
  return {
    show(snapshot) {
      const room = Math.max(5, out.rows - 2)
      const stages = Math.max(1, snapshot.stages.length)
      const tasksPerStage = Math.max(1, Math.floor((room - 2 - stages) / stages) - 1)
      const options = { now: clock.now(), paint, columns: out.columns, tasksPerStage }
      const lines = renderTree(snapshot, options).slice(0, room)
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`
      out.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[0J`)
      drawn = lines.length
    },
    end() {},
  }
}

/** One line for each phase that changes, with the time since the mission began. */
function phaseLines(environment: Environment): View {
  const { out, clock } = environment
  const phases = new Map<string, string>()
  const began = clock.now()
  const line = (what: string, phase: string, detail: string): void => {
    if ((phases.get(what) ?? 'Pending') === phase) return
    phases.set(what, phase)
    const time = humanTime(clock.now() - began).padStart(6)
    out.write(`${time}  ${phase.padEnd(9)}  ${what}${detail === '' ? '' : `  ${detail}`}\n`)
  }
  return {
    show({ mission, stages }) {
      for (const { stage, tasks } of stages) {
        for (const task of tasks) {
          const node = task.status?.schedulingInfo?.assignedNode
          const detail = [node === undefined ? '' : `on ${harmless(node)}`, whyNot(task.status)]
          line(
            `task ${harmless(task.metadata.name)}`,
            task.status?.phase ?? 'Pending',
            join(detail),
          )
        }
        line(
          `stage ${harmless(stage.metadata.name)}`,
          stage.status?.phase ?? 'Pending',
          whyNot(stage.status),
        )
      }
      line(
        `mission ${harmless(mission.metadata.name)}`,
        mission.status?.phase ?? 'Pending',
        whyNot(mission.status),
      )
    },
    end() {},
  }
}

function whyNot(
  status: { readonly phase?: string; readonly message?: string } | undefined,
): string {
  return status?.phase === 'Failed' || status?.phase === 'Cancelled'
    ? oneLine(status.message ?? '')
    : ''
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('  ')
}

/** `in 12s`: how long the mission took, where both times are known. */
export function missionTime(snapshot: MissionSnapshot | undefined): string {
  const start = parseTime(snapshot?.mission.status?.startTime)
  const end = parseTime(snapshot?.mission.status?.completionTime)
  return start === undefined || end === undefined ? '' : ` in ${humanTime(end - start)}`
}
