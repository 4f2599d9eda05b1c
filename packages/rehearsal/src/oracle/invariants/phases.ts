/** Invariants of single objects: phases, retries, times, generations, size. */
import { deepEqual, type KubeObject, parseTime } from '@sortie/machinery'
import { type Invariant, type Seen, seenAs, type Witness } from '../invariant.ts'
import { isTerminal, type KindName } from '../model.ts'

const OURS: ReadonlySet<KindName> = new Set(['Mission', 'MissionStage', 'FlightTask'])

export const retriesWithinBudget: Invariant = {
  number: 5,
  name: 'retryCount ≤ maxRetries',
  onCommit(seen, witness) {
    const task = seenAs(seen, 'FlightTask')
    if (task === undefined) return
    const { spec, status } = task.entry.object
    const before = task.commit.previous as typeof task.entry.object | undefined
    const retries = status?.retryCount ?? 0
    const had = before?.status?.retryCount ?? 0
    if (retries < had) witness.report(`retryCount went back from ${had} to ${retries}`, task.entry)
    // A budget that is cut below what was used takes nothing back.
    if (retries > had && retries > (spec.retry?.maxRetries ?? 0)) {
      witness.report(`retryCount ${retries} of ${spec.retry?.maxRetries ?? 0}`, task.entry)
    }
    if (retries > had + 1) witness.report(`retryCount rose from ${had} to ${retries}`, task.entry)
  },
}

/** Of behaviour.md, "Failure, level by level", 3; a run that somebody asked for is beside it. */
export const stageRunsWithinBudget: Invariant = {
  number: 5,
  name: 'a stage is run again at most maxStageRetries times',
  onCommit(seen, witness) {
    const mission = seenAs(seen, 'Mission')
    if (mission === undefined || wasAsked(seen)) return
    const { spec, status } = mission.entry.object
    const before = mission.commit.previous as typeof mission.entry.object | undefined
    const most = Math.max(
      spec.config.failurePolicy.maxStageRetries ?? 1,
      before?.spec.config.failurePolicy.maxStageRetries ?? 1,
    )
    for (const [stage, runs] of Object.entries(status?.stageRetries ?? {})) {
      const had = before?.status?.stageRetries?.[stage] ?? 0
      if (runs > had && runs > most) {
        witness.report(`stage ${stage} is run again ${runs} times of ${most}`, mission.entry)
      }
    }
  },
}

/** Whether a terminal phase was left on request. */
function wasAsked(seen: Seen): boolean {
  const mission = seenAs(seen, 'Mission')
  if (mission !== undefined) {
    const before = mission.commit.previous as typeof mission.entry.object | undefined
    return before?.status?.handledRetry !== mission.entry.object.status?.handledRetry
  }
  const stage = seenAs(seen, 'MissionStage')
  if (stage === undefined) return false
  const before = stage.commit.previous as typeof stage.entry.object | undefined
  const { status } = stage.entry.object
  return (status?.observedAttempt ?? 0) > (before?.status?.observedAttempt ?? 0)
}

/** A stage that was told to run again may be stopped before it has begun, because the mission is cancelled or another stage has failed. */
function isStoppedWithOthers(seen: Seen, { model }: Witness): boolean {
  const stage = seenAs(seen, 'MissionStage')
  const mission = stage === undefined ? undefined : model.missionOf(stage.entry)
  if (stage === undefined || mission === undefined || seen.to !== 'Cancelled') return false
  const others = model.stagesOf(mission).filter((other) => other !== stage.entry)
  return mission.cancelledAt !== undefined || others.some(({ phases }) => phases.has('Failed'))
}

export const terminalPhasesStay: Invariant = {
  number: 6,
  name: 'terminal phases stay',
  onCommit(seen, witness) {
    if (!OURS.has(seen.kind) || seen.from === seen.to || !isTerminal(seen.from)) return
    if (wasAsked(seen) && (!isTerminal(seen.to) || isStoppedWithOthers(seen, witness))) return
    witness.report(`${seen.from} became ${seen.to}`, seen.entry)
  },
}

const TASK_RANKS = ['', 'Pending', 'Scheduled', 'Running']

export const phasesFollowArrows: Invariant = {
  number: 7,
  name: 'phases move only along the arrows',
  onCommit(seen, witness) {
    if (!OURS.has(seen.kind) || seen.from === seen.to || seen.from === '') return
    if (isTerminal(seen.from)) return
    const back = TASK_RANKS.indexOf(seen.to) < TASK_RANKS.indexOf(seen.from)
    if (isTerminal(seen.to) || !back) return
    if (seen.kind === 'MissionStage' && wasAsked(seen)) return
    if (!isRetry(seen)) witness.report(`${seen.from} became ${seen.to}`, seen.entry)
  },
}

/** A task goes back only together with a count that says why. */
function isRetry(seen: Seen): boolean {
  const task = seenAs(seen, 'FlightTask')
  if (task === undefined || seen.to !== 'Pending') return false
  const before = task.commit.previous as typeof task.entry.object | undefined
  const sum = (object: typeof before): number =>
    (object?.status?.retryCount ?? 0) + (object?.status?.replacements ?? 0)
  return sum(task.entry.object) > sum(before) || isRenewal(task)
}

/** A pod that a weapon's update replaces costs neither. */
function isRenewal(task: Seen<'FlightTask'>): boolean {
  return (task.entry.object.spec.weaponLoadout?.length ?? 0) > 0
}

interface Times {
  readonly phase?: string
  readonly startTime?: string
  readonly completionTime?: string
}

export const timesInOrder: Invariant = {
  number: 18,
  name: 'startTime ≤ completionTime, and what ended has both',
  onCommit(seen, witness) {
    if (!OURS.has(seen.kind)) return
    const { status } = seen.entry.object as { readonly status?: Times }
    const start = parseTime(status?.startTime)
    const end = parseTime(status?.completionTime)
    if (start !== undefined && end !== undefined && start > end) {
      witness.report(
        `startTime ${status?.startTime} > completionTime ${status?.completionTime}`,
        seen.entry,
      )
    }
    if (isTerminal(seen.to) && end === undefined) {
      witness.report(`${seen.to} without completionTime`, seen.entry)
    }
    if (seen.to === 'Succeeded' && start === undefined) {
      witness.report('Succeeded without startTime', seen.entry)
    }
    if (!isTerminal(seen.to) && end !== undefined) {
      witness.report(`${seen.to} with completionTime`, seen.entry)
    }
  },
}

export const generationsBehind: Invariant = {
  number: 19,
  name: 'observedGeneration is never ahead',
  onCommit(seen, witness) {
    if (!OURS.has(seen.kind)) return
    const { metadata, status } = seen.entry.object as {
      readonly metadata: { readonly generation?: number }
      readonly status?: { readonly observedGeneration?: number }
    }
    const observed = status?.observedGeneration ?? 0
    if (observed > (metadata.generation ?? 0)) {
      witness.report(`observedGeneration ${observed} of ${metadata.generation}`, seen.entry)
    }
  },
}

const LARGEST = 256 * 1024

export const objectsStaySmall: Invariant = {
  number: 20,
  name: 'no object grows past 256 KiB',
  onCommit(seen, witness) {
    if (seen.commit.size > LARGEST) witness.report(`${seen.commit.size} bytes`, seen.entry)
  },
}

/** Who has written what of the status, and when last. */
function statusWriters({ metadata }: KubeObject): unknown {
  return metadata.managedFields?.filter(({ subresource }) => subresource === 'status')
}

/** A status that is written says something new: when it was written last is no news. */
export const writesSaySomething: Invariant = {
  number: 15,
  name: 'no write says what was there already',
  onCommit(seen, witness) {
    const { previous, object, type } = seen.commit
    if (!OURS.has(seen.kind) || previous === undefined || type !== 'MODIFIED') return
    // Whoever does not know what it has written may write it again.
    if (witness.struck.has('operator')) return
    if (object.metadata.generation !== previous.metadata.generation) return
    // A person who says what the spec says already has a part in the field from then on.
    if (deepEqual(statusWriters(object), statusWriters(previous))) return
    const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata
    const { resourceVersion: ___, managedFields: ____, ...before } = previous.metadata
    if (!deepEqual(metadata, before) || !deepEqual(newsOf(object), newsOf(previous))) return
    witness.report('the write changed nothing but its own time', seen.entry)
  },
}

function newsOf(object: object): unknown {
  const { lastUpdateTime: _, ...news } =
    (object as { status?: { lastUpdateTime?: string } }).status ?? {}
  return news
}
