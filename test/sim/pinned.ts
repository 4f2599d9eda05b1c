/**
 * Seeds that have found something, run again with every suite. A seed belongs to the generator as it stood: where that changes, the
 * regression test beside the code that was mended still holds.
 */
export interface PinnedSeed {
  readonly seed: number
  /** Without faults, or without people, as in the run that found it. */
  readonly without?: 'faults' | 'actions'
  readonly found: string
}

export const PINNED: readonly PinnedSeed[] = [
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
    without: 'faults',
    found:
      'scheduler: a change of its task had a pod assigned again while its binding was under way',
  },
  {
    seed: 211,
    without: 'faults',
    found: 'operator: stages and missions ended before they started when the clock was set back',
  },
  {
    seed: 44,
    without: 'faults',
    found: 'operator: a sequential stage flew its next task beside a pod that had timed out',
  },
  {
    seed: 40166,
    without: 'faults',
    found: 'operator: a container restarted in a loop put its task’s timeout off for ever',
  },
  {
    seed: 60089,
    found:
      'operator: a task made again under its name took the end of its predecessor’s pod for its own',
  },
  {
    seed: 70315,
    found: 'two operators at once flew two pods of one task, under its two names',
  },
  {
    seed: 70116,
    found: 'operator: a cap lowered below a gang that had not started held it for ever',
  },
  {
    seed: 70437,
    found:
      'operator: a placed pod that vanished while no operator ran was taken for one that never ran',
  },
  { seed: 5040, found: 'the same, by a fleet that answered late' },
]
