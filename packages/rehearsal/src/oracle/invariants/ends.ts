/** Invariants of how things end: pods that must go, counts, results. */
import { controllerOf, durationProblem, type KubeObject, parseDuration } from '@sortie/machinery'
import { type Invariant, seenAs, type Witness } from '../invariant.ts'
import { type Entry, hasEnded, isFlying, isLive, type MissionEntry, phaseOf } from '../model.ts'

/** Garbage collection has this long. */
const COLLECTION_MS = 60_000

export const podsHaveOwners: Invariant = {
  number: 4,
  name: 'no pod of ours without an owner that exists',
  onCommit(seen, witness) {
    const task = seenAs(seen, 'FlightTask')
    if (task?.entry.deletedAt === undefined) return
    const { entry } = task
    witness.at(witness.due(witness.now(), COLLECTION_MS + graceOf(entry)), () => {
      for (const pod of witness.model.podsOf(entry)) {
        if (pod.deletedAt === undefined) witness.report('its task is gone', pod)
      }
    })
  },
  atRest({ model, report }) {
    for (const pod of model.pods.values()) {
      if (pod.deletedAt !== undefined || controllerOf(pod.object) === undefined) continue
      const owner = model.ownerOf(pod.object)
      if (owner === undefined || owner.deletedAt !== undefined) report('its task is gone', pod)
    }
  },
}

function graceOf(entry: Entry<KubeObject>): number {
  const { spec } = entry.object as {
    spec?: {
      cancellationPolicy?: { gracePeriod?: string }
      config?: { cancellationPolicy?: { gracePeriod?: string } }
    }
  }
  const text = (spec?.cancellationPolicy ?? spec?.config?.cancellationPolicy)?.gracePeriod ?? '30s'
  return durationProblem(text) === undefined ? parseDuration(text) : 0
}

export const stoppedPodsEnd: Invariant = {
  number: 11,
  name: 'after cancel or abort no pod lives longer than the grace period and 5 s',
  onCommit(seen, witness) {
    const mission = seenAs(seen, 'Mission')
    if (mission === undefined) return
    const { entry } = mission
    const isCancel = entry.cancelledAt === witness.now()
    const isEnd = mission.from !== mission.to && hasEnded(entry)
    if (!isCancel && !isEnd) return
    const generation = entry.object.metadata.annotations?.['airforce.airforce.mil/retry']
    witness.at(witness.due(witness.now(), graceOf(entry) + 5_000), () => {
      if (entry.object.metadata.annotations?.['airforce.airforce.mil/retry'] !== generation) return
      const alive = podsBelow(entry, witness).filter(isFlying)
      const [first] = alive.filter((pod) => !isOnSilentNode(pod.object.spec.nodeName, witness))
      if (first !== undefined) witness.report('the pod lives on', first, entry)
    })
  },
}

function isOnSilentNode(name: string | undefined, { model }: Witness): boolean {
  const nodes = [...model.nodes.values()].filter(({ object }) => object.metadata.name === name)
  const live = nodes.find(({ deletedAt }) => deletedAt === undefined)
  return live?.object.status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True'
}

function podsBelow(mission: MissionEntry, { model }: Witness) {
  return model
    .stagesOf(mission)
    .flatMap((stage) => model.tasksOf(stage))
    .flatMap((task) => model.podsOf(task))
}

export const countersTrue: Invariant = {
  number: 12,
  name: 'counters equal what a fresh count gives',
  atRest(witness) {
    const { model, report } = witness
    for (const mission of model.missions.values()) {
      // What someone deletes by hand keeps its place in the record, and cannot be counted afresh.
      const isWhole = model.stagesOf(mission).every(({ deletedAt }) => deletedAt === undefined)
      if (mission.deletedAt !== undefined || !isWhole) continue
      const wrong = miscount(mission, witness)
      if (wrong !== undefined) report(wrong, mission)
    }
  },
}

function miscount(mission: MissionEntry, { model }: Witness): string | undefined {
  const rows = mission.object.status?.stagesSummary ?? []
  const stages = model.stagesOf(mission).filter(({ deletedAt }) => deletedAt === undefined)
  for (const stage of stages) {
    const name = stage.object.metadata.labels?.['stage-name']
    const row = rows.find((one) => one.name === name)
    // One whose end nobody waits for any more may never have been looked at.
    const phase = phaseOf(stage.object) || 'Pending'
    if (row !== undefined && row.phase !== phase) {
      return `stage ${name} is ${phase}, the summary says ${row.phase}`
    }
    const wrong = stageMiscount(stage, model.tasksOf(stage))
    if (wrong !== undefined) return `stage ${name}: ${wrong}`
  }
  const statistics = mission.object.status?.statistics
  const named = stages.filter((stage) =>
    rows.some((row) => row.name === stage.object.metadata.labels?.['stage-name']),
  )
  const sum = (field: 'succeeded' | 'failed' | 'total') =>
    named.reduce((total, { object }) => total + (object.status?.counts?.[field] ?? 0), 0)
  const pairs = [
    ['succeededTasks', sum('succeeded')],
    ['failedTasks', sum('failed')],
  ] as const
  for (const [field, count] of pairs) {
    const said = statistics?.[field] ?? 0
    if (said !== count) return `${field} ${said}, the stages' counts give ${count}`
  }
  return undefined
}

type StageEntry = Parameters<Witness['model']['tasksOf']>[0]
type TaskEntries = ReturnType<Witness['model']['tasksOf']>

/** Of the tasks that are there: a rerun's former tasks may be kept or gone, so each name counts by its newest. */
function stageMiscount(stage: StageEntry, all: TaskEntries): string | undefined {
  const newest = new Map<string, TaskEntries[number]>()
  for (const task of all) {
    if (task.deletedAt !== undefined) continue
    const name = task.object.spec.taskName ?? ''
    const held = newest.get(name)
    if (held === undefined || (held.object.spec.attempt ?? 0) < (task.object.spec.attempt ?? 0)) {
      newest.set(name, task)
    }
  }
  // A stage that is run again counts its failed tasks anew, those that it has not made yet included.
  const attempt = stage.object.status?.observedAttempt ?? 0
  const counts = stage.object.status?.counts
  for (const phase of ['Succeeded', 'Failed'] as const) {
    const count = [...newest.values()].filter(
      ({ object }) =>
        phaseOf(object) === phase &&
        (phase === 'Succeeded' || (object.spec.attempt ?? 0) === attempt),
    ).length
    const said = counts?.[phase === 'Succeeded' ? 'succeeded' : 'failed'] ?? 0
    // Where nothing was deleted and nothing run again, every one that is counted is there.
    const isWhole = attempt === 0 && all.every(({ deletedAt }) => deletedAt === undefined)
    if (isWhole ? said !== count : said < count)
      return `${said} ${phase}, a fresh count gives ${count}`
  }
  return undefined
}

/** Of behaviour.md, "Phases": Succeeded is true, and Failed has a cause. */
export const resultsTrue: Invariant = {
  number: 12,
  name: 'a result is what the parts of it came to',
  onCommit(seen, witness) {
    const stage = seenAs(seen, 'MissionStage')
    if (stage !== undefined && seen.from !== seen.to && seen.to === 'Succeeded') {
      const bad = lostTask(stage.entry, witness)
      if (bad !== undefined) witness.report('a task has not succeeded', stage.entry, bad)
    }
    const mission = seenAs(seen, 'Mission')
    if (mission === undefined || seen.from === seen.to) return
    const stages = witness.model.stagesOf(mission.entry)
    const isContinuing =
      mission.entry.object.spec.config.failurePolicy.stageFailureAction === 'continue'
    if (seen.to === 'Succeeded') {
      const bad = stages.find(
        (stage) =>
          stage.deletedAt === undefined && phaseOf(stage.object) !== 'Succeeded' && !isContinuing,
      )
      const isKnown = mission.entry.object.spec.stages?.some(
        ({ name }) => name === bad?.object.metadata.labels?.['stage-name'],
      )
      if (bad !== undefined && isKnown === true)
        witness.report('a stage has not succeeded', mission.entry, bad)
    }
  },
}

/** A task of the stage's present run that failed and is not optional. */
function lostTask({ object }: StageEntry, { model }: Witness) {
  const { attempt = 0, flightTasks } = object.spec
  const names = new Set(flightTasks?.map(({ name }) => name))
  const stage = model.stages.get(object.metadata.uid)
  const tasks = stage === undefined ? [] : model.tasksOf(stage)
  return tasks.find(
    (task) =>
      task.deletedAt === undefined &&
      phaseOf(task.object) === 'Failed' &&
      task.object.spec.optional !== true &&
      (task.object.spec.attempt ?? 0) === attempt &&
      names.has(task.object.spec.taskName ?? ''),
  )
}

export const deadPodsLeave: Invariant = {
  number: 11,
  name: 'nothing flies once its mission has ended',
  atRest({ model, report }) {
    for (const pod of model.pods.values()) {
      const task = model.taskOf(pod)
      if (isLive(pod) && task !== undefined && hasEnded(task)) report('lives on', pod, task)
    }
  },
}

/** Of behaviour.md, "Weapons". */
export const weaponsSettled: Invariant = {
  number: 12,
  name: 'a weapon counts the live pods that carry it',
  atRest({ model, report }) {
    for (const weapon of model.weapons.values()) {
      if (weapon.deletedAt !== undefined) continue
      const { name, namespace } = weapon.object.metadata
      const carriers = [...model.pods.values()].filter(
        (pod) =>
          isLive(pod) &&
          pod.object.metadata.namespace === namespace &&
          pod.object.spec.containers.some((container) => container.name === `weapon-${name}`),
      )
      const { usage, phase } = weapon.object.status ?? {}
      const said = usage?.totalDeployed ?? 0
      if (said !== carriers.length) report(`${said} deployed, ${carriers.length} are`, weapon)
      if (phase === 'Updating' && carriers.length === 0) report('still Updating', weapon)
    }
  },
}

/** Of behaviour.md, "Cancel, suspend, change, delete". */
export const nothingOrphaned: Invariant = {
  number: 4,
  name: 'no stage and no task without an owner that exists',
  atRest({ model, report }) {
    for (const entry of [...model.stages.values(), ...model.tasks.values()]) {
      if (entry.deletedAt !== undefined || controllerOf(entry.object) === undefined) continue
      const owner = model.ownerOf(entry.object)
      if (owner === undefined || owner.deletedAt !== undefined) report('its owner is gone', entry)
    }
  },
}

/** A controller has this long to notice that a time is over, and a task to end beyond its grace. */
const NOTICE_MS = 10_000

/** Of behaviour.md, "Phases": the clock starts with the stage, and stands still while the mission is suspended. */
export const stageTimeoutsKept: Invariant = {
  number: 11,
  name: 'a stage that timed out is stopped',
  onCommit(seen, witness) {
    const stage = seenAs(seen, 'MissionStage')
    if (stage === undefined || seen.from === seen.to || seen.to !== 'Running') return
    const { entry } = stage
    const timeout = entry.object.spec.config?.timeout
    if (timeout === undefined || durationProblem(timeout) !== undefined) return
    const attempt = entry.object.status?.observedAttempt
    witness.at(witness.due(witness.now(), parseDuration(timeout) + NOTICE_MS, ['operator']), () => {
      const { status, spec, metadata } = entry.object
      const isSameRun = status?.observedAttempt === attempt && spec.config?.timeout === timeout
      const stoodStill = status?.suspendedSince !== undefined || (status?.suspendedSeconds ?? 0) > 0
      const isStopping = status?.conditions?.some(
        ({ type, status: is, reason }) =>
          type === 'Complete' && is === 'False' && reason !== 'Running',
      )
      // One that somebody deleted is the garbage collector's to end, however long somebody's finalizer holds it.
      const isLeaving = entry.deletedAt !== undefined || metadata.deletionTimestamp !== undefined
      const isOver = isLeaving || hasEnded(entry) || isStopping === true
      if (isSameRun && !stoodStill && !isOver) witness.report(`runs longer than ${timeout}`, entry)
    })
  },
}
