/**
 * Runs that have found something, played again with every suite. Each is kept as data under `found/`, named by the seed that drew it

 * at the time, so that it stays what it was when scenarios are drawn in another way. Those below ten were made by hand.
  },
  {
 * at the time, so that it stays what it was when scenarios are drawn in another way. What was written by hand is numbered from 900001.

 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeptRun, Scenario } from '@sortie/rehearsal'

const FOUND = join(import.meta.dirname, 'found')

export interface PinnedRun {
  readonly seed: number
  readonly found: string
}

export const PINNED: readonly PinnedRun[] = [
  {
    seed: 1,
    found:
      'nothing: a pod that was made when its task had been cancelled must wait until it is deleted',
  },
  {
    seed: 2,
    found: 'oracle: a pod of an attempt long given up, late on its way, was to wait like a retry',
  },
  {
    seed: 1010,
    found: 'fleet: a pod in image back-off stood still for ever once the fleet restarted',
  },
  {
    seed: 1044,
    found: 'fleet: a pod whose container was being created stood still after a restart',
  },
  {
    seed: 243,
    found:
      'scheduler: a change of its task had a pod assigned again while its binding was under way',
  },
  {
    seed: 211,
    found: 'operator: stages and missions ended before they started when the clock was set back',
  },
  {
    seed: 44,
    found: 'operator: a sequential stage flew its next task beside a pod that had timed out',
  },
  {
    seed: 40166,
    found: 'operator: a container restarted in a loop put its task’s timeout off for ever',
  },
  {
    seed: 60089,
    found:
      'operator: a task made again under its name took the end of its predecessor’s pod for its own',
  },
  { seed: 5040, found: 'the same, by a fleet that answered late' },
  { seed: 70315, found: 'two operators at once flew two pods of one task, under its two names' },
  {
    seed: 70116,
    found: 'operator: a cap lowered below a gang that had not started held it for ever',
  },
  {
    seed: 70437,
    found:
      'operator: a placed pod that vanished while no operator ran was taken for one that never ran',
  },
  {
    seed: 100150,
    found:
      'operator: a pod that was made and evicted while its watch was broken was waited for for ever',
  },
  {
    seed: 100122,
    found:
      'embedded server: a watch opened between two writes told the later one first, and its reader dropped the earlier',
  },
  { seed: 300, found: 'operator: a stage that the plan dropped while it ran freed its share' },
  { seed: 6531, found: 'scheduler: the first pod of a gang was bound before the others were seen' },
  {
    seed: 5398,
    found: 'scheduler: pods of a stage that was made sequential waited as a gang for ever',
  },
  {
    seed: 6811,
    found: 'operator: each task of a gang ruled aircraft out until too few were left for all',
  },
  {
    seed: 5515,
    found:
      'operator: the last task of a gang got the aircraft that had failed it, beside a free one',
  },
  {
    seed: 20178,
    found:
      'operator: while a broken watch kept the end of its stage from it, it made tasks anew as fast as they were collected',
  },
  {
    seed: 30003,
    found: 'operator: a mission that flies again said that an edit was followed before it was',
  },
  {
    seed: 30303,
    found: 'operator: two leaders, one with an old view, suspended and resumed a stage without end',
  },
  {
    seed: 5828,
    found: 'the same, in a gang of three of which one had failed',
  },
  {
    seed: 100424,
    found:
      'operator: a child got the name with a hash because a cache held a former one, and flew twice beside the one of the usual name',
  },
  {
    seed: 100747,
    found:
      'operator: a stage deleted while a wrong change of its mission was not followed was never made again',
  },
  {
    seed: 101119,
    found: 'operator: with a task taken out while it flew, a sequential stage had two pods',
  },
  {
    seed: 101380,
    found: 'the same, as the pod of the one taken out was replaced',
  },
  {
    seed: 102607,
    found: 'oracle: a quarantine that began late was to be over before its time',
  },
  {
    seed: 105347,
    found:
      'operator: once one pod had another name, so had all that followed, beside those of a second operator',
  },
  {
    seed: 105685,
    found:
      'operator: a stage made by a write long on its way, after it was taken out of the plan, was waited for without end',
  },
  {
    seed: 105798,
    found: 'operator: one made after its mission was cancelled stayed Pending, and another flew',
  },
  {
    seed: 106373,
    found: 'operator: a mission whose stage could not be made had its time written again and again',
  },
  {
    seed: 107291,
    found:
      'operator: an evicted pod that the cache had still was taken for its replacement, and the phase went back',
  },
  {
    seed: 107565,
    found:
      'oracle: an aircraft whose quarantine ended after the pod was made was to be preferred to the one that had failed the task',
  },
  {
    seed: 107628,
    found: 'operator: what changed in a mission while it stopped was neither followed nor recorded',
  },
  {
    seed: 700264,
    found: 'operator: two leaders, one with an old view, wrote the status of a mission without end',
  },
  {
    seed: 122834,
    found:
      'operator: a stage that an old view showed failing was taken for lost although its next run was decided',
  },
  {
    seed: 162623,
    found:
      'operator: two leaders, one without news of a weapon’s image, replaced each other’s pods without end',
  },
  {
    seed: 124255,
    found: 'oracle: a person who said what the spec said already was taken for the operator',
  },
  {
    seed: 127711,
    found:
      'scheduler: a pod that changed while its binding was under way, and refused, was forgotten',
  },
  {
    seed: 143199,
    found:
      'an operator with an old view let a task that had failed follow the spec of the next run, in which it counted as failed',
  },
  {
    seed: 40430,
    found:
      'an operator with an old view made a pod in the place of one that flew and was gone; the next went back to Pending for it, uncounted',
  },
  {
    seed: 167421,
    found:
      'operator: a stage that ran again though all its tasks had succeeded waited for a share for ever',
  },
  {
    seed: 126209,
    found:
      'oracle: a stage that was told to run again was not to be stopped when another one failed before it had begun',
  },
  {
    seed: 167599,
    found: 'oracle: the pod of a task that somebody deleted was to end within the mission’s grace',
  },
  {
    seed: 113125,
    found:
      'oracle: a pod whose node was deleted and registered again, without its kubelet, was to be stopped',
  },
  {
    seed: 1001416,
    found:
      'oracle: an attempt that ended while no operator ran was to be counted before one with an old view knew of it',
  },
  {
    seed: 900001,
    found: 'operator: who had not heard that a mission runs again deleted it for its time to live',
  },
  {
    seed: 900002,
    found:
      'operator: with a view of pods older than that of tasks, it flew two of a sequential stage',
  },
  {
    seed: 900003,
    found: 'the same, with a task that was seen before its stage',
  },
  {
    seed: 1100572,
    found:
      'operator: one that still saw the mission ended cancelled a stage that had been asked to run again',
  },
  {
    seed: 1101122,
    found:
      'oracle: a stage that somebody had deleted, and a finalizer held, was to end when its time was over',
  },
  {
    seed: 3000359,
    found:
      'operator: a pod that got its aircraft just then was replaced for waiting in vain, uncounted',
  },
  {
    seed: 1301009,
    found:
      'oracle: a stage made by a write long on its way, after the plan had dropped it, was to have no share of the cap',
  },
  {
    seed: 5001823,
    found:
      'oracle: a task whose stage was deleted, and which somebody’s finalizer held, was to count for the cap',
  },
  {
    seed: 143200,
    found: 'the mistake of 143199, in a neighbour that shows it still',
  },
  {
    seed: 107292,
    found: 'the mistake of 107291, in a neighbour that shows it still',
  },
  {
    seed: 70316,
    found: 'the mistake of 70315, in a neighbour that shows it still',
  },
  {
    seed: 167423,
    found: 'the mistake of 167421, in a neighbour that shows it still',
  },
  {
    seed: 5003798,
    found:
      'operator: a stage was told to run again, and that was not recorded, where its mission had no status yet',
  },
  {
    seed: 6000948,
    found:
      'operator: a wrong change failed a mission that flew already, where that it was accepted was not recorded yet',
  },
  {
    seed: 5202415,
    found:
      'operator: a stage that came late brought its share of the cap on top of those dealt since',
  },
  {
    seed: 5301147,
    found:
      'operator: the share of a dropped stage that flew, but whose status did not say so yet, was dealt to another',
  },
]

/** The run as it was drawn. */
export function pinnedScenario({ seed }: PinnedRun): Scenario {
  return readScenario(`${seed}.json`)
}

/** All that stand there, as runs to start from. */
export function keptRuns(): readonly KeptRun[] {
  return readdirSync(FOUND).map((name) => ({ name, scenario: readScenario(name) }))
}

function readScenario(name: string): Scenario {
  return JSON.parse(readFileSync(join(FOUND, name), 'utf8')) as Scenario
}
