/** Holds every committed change against what must always hold. Shares no code with operator or scheduler. */
import type { Clock, KubeObject } from '@sortie/machinery'
import type { PartName } from '../faults/fault.ts'
import type { Commit } from '../world/commits.ts'
import type { Invariant, Seen, Witness } from './invariant.ts'
import {
  aircraftNotOverbooked,
  failedAircraftAvoided,
  gangsWhole,
  quarantinesEnd,
  readyAircraftOnly,
} from './invariants/aircraft.ts'
import {
  attemptsCounted,
  failuresJustified,
  retriesWait,
  timeoutsKept,
} from './invariants/attempts.ts'
import { driftRecorded } from './invariants/drift.ts'
import {
  countersTrue,
  deadPodsLeave,
  nothingOrphaned,
  podsHaveOwners,
  resultsTrue,
  stageTimeoutsKept,
  stoppedPodsEnd,
  weaponsSettled,
} from './invariants/ends.ts'
import { expiredMissionsGo, lostAircraftNoticed } from './invariants/losses.ts'
import {
  nothingStartsWhenStopped,
  oneLivePodPerTask,
  parallelTasksCapped,
  sequentialStagesFlyOne,
  stagesWaitForDependencies,
} from './invariants/order.ts'
import { othersUntouched } from './invariants/others.ts'
import {
  generationsBehind,
  objectsStaySmall,
  phasesFollowArrows,
  retriesWithinBudget,
  stageRunsWithinBudget,
  terminalPhasesStay,
  timesInOrder,
  writesSaySomething,
} from './invariants/phases.ts'
import { type Entry, type KindName, Model, phaseOf } from './model.ts'
import type { Violation } from './violation.ts'

export const INVARIANTS: readonly Invariant[] = [
  stagesWaitForDependencies,
  sequentialStagesFlyOne,
  parallelTasksCapped,
  oneLivePodPerTask,
  podsHaveOwners,
  retriesWithinBudget,
  stageRunsWithinBudget,
  attemptsCounted,
  terminalPhasesStay,
  failuresJustified,
  retriesWait,
  timeoutsKept,
  stageTimeoutsKept,
  othersUntouched,
  phasesFollowArrows,
  aircraftNotOverbooked,
  readyAircraftOnly,
  quarantinesEnd,
  failedAircraftAvoided,
  gangsWhole,
  nothingStartsWhenStopped,
  stoppedPodsEnd,
  deadPodsLeave,
  countersTrue,
  resultsTrue,
  weaponsSettled,
  expiredMissionsGo,
  lostAircraftNoticed,
  nothingOrphaned,
  driftRecorded,
  timesInOrder,
  generationsBehind,
  objectsStaySmall,
  writesSaySomething,
]

export interface OracleOptions {
  readonly clock: Clock
  /** When nothing goes wrong any more and every part works again, milliseconds from the start. */
  readonly calmAt: number
  readonly undisturbed: boolean
  readonly struck: ReadonlySet<PartName>
  /** When a part is over what has struck it so far, milliseconds from the start; 0 where nothing has. */
  recoveredAt(part: PartName): number
  /** Longest way of a request and its answer, milliseconds. */
  readonly latencyMs: number
  /** The wall clock is never set. */
  readonly isClockTrue: boolean
  /** By how much the wall clock is set back in all: deadlines are that much later. Milliseconds. */
  readonly setBackMs: number
}

export interface Oracle {
  readonly model: Model
  readonly violations: readonly Violation[]
  observe(commit: Commit): void
  /** Asks what must hold once nothing changes any more. */
  rest(): void
  /** Something that no commit shows: liveness, silence, a part that fell over. */
  accuse(
    broken: Pick<Violation, 'invariant' | 'name'>,
    message: string,
    about?: readonly Entry<KubeObject>[],
  ): void
}

/** A part has this long to read what was written. */
const READING_MS = 3_000
/** Requests that follow from each other until a cause has had its effect. */
const CHAIN = 40

export function createOracle(options: OracleOptions): Oracle {
  const { clock, calmAt, undisturbed, struck, latencyMs, setBackMs, isClockTrue } = options
  const model = new Model()
  const violations: Violation[] = []
  const now = (): number => clock.monotonic()
  const accuse = (
    { number, name }: Pick<Invariant, 'number' | 'name'>,
    message: string,
    about: readonly (Entry<KubeObject> | KubeObject)[] = [],
  ): void => {
    const objects = about.map((one) => describe('object' in one ? one.object : one))
    violations.push({ invariant: number, name, message, at: now(), objects })
  }
  const witnesses = INVARIANTS.map((invariant): Witness => {
    const report: Witness['report'] = (message, ...about) => accuse(invariant, message, about)
    return {
      model,
      now,
      undisturbed,
      struck,
      isClockTrue,
      wallTime: () => clock.now(),
      mustKnow: (part, since) => {
        const from = Math.max(since, options.recoveredAt(part))
        return now() > from + READING_MS + latencyMs * CHAIN
      },
      due: (since, ms, by = []) => {
        const isFree = by.length > 0 && by.every((part) => !struck.has(part))
        return (isFree ? since : Math.max(since, calmAt)) + ms + latencyMs * CHAIN + setBackMs
      },
      at: (time, check) => void clock.setTimer(time - now(), check),
      report,
    }
  })
  const ask = (question: (invariant: Invariant, witness: Witness) => void): void => {
    for (const [index, invariant] of INVARIANTS.entries()) {
      const witness = witnesses[index]
      if (witness !== undefined) question(invariant, witness)
    }
  }
  return {
    model,
    violations,
    observe(commit) {
      const entry = model.take(commit, now())
      if (entry === undefined) return
      const seen: Seen = {
        kind: commit.object.kind as KindName,
        commit,
        entry,
        from: commit.previous === undefined ? '' : phaseOf(commit.previous),
        to: phaseOf(commit.object),
      }
      ask((invariant, witness) => invariant.onCommit?.(seen, witness))
    },
    rest: () => ask((invariant, witness) => invariant.atRest?.(witness)),
    accuse: ({ invariant, name }, message, about) =>
      accuse({ number: invariant, name }, message, about),
  }
}

/** What a reader needs of an object: of a pod's spec little, of a task's and a stage's everything is in the mission's. */
function describe(object: KubeObject): unknown {
  const { kind, metadata } = object
  const { name, uid, resourceVersion, deletionTimestamp, generation } = metadata
  const { spec, status } = object as { readonly spec?: object; readonly status?: unknown }
  const about = kind === 'Mission' ? spec : brief(spec)
  return { kind, name, uid, resourceVersion, generation, deletionTimestamp, spec: about, status }
}

const TELLING = ['nodeName', 'startGates', 'suspend', 'cancel', 'attempt', 'taskName', 'retry']

function brief(spec: object | undefined): object {
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => TELLING.includes(key)))
}
