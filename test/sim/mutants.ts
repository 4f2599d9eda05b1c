/** Deliberate mistakes of the operator and the scheduler: each is one replacement in one file, and rehearsals must find it. */
export interface Mutant {
  readonly name: string
  /** From `packages/`. */
  readonly file: string
  /** Stands in the file once. */
  readonly from: string
  readonly to: string
  /** The pinned run that finds it, where it is so rare that seeds would take long. */
  readonly pinned?: number
}

const TASK = 'operator/src/flighttask'
const STAGE = 'operator/src/stage'
const MISSION = 'operator/src/mission'
const SCHEDULER = 'scheduler/src'

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a dependency between stages is ignored',
    file: `${MISSION}/children.ts`,
    from: '(definition.dependsOn ?? []).every((name) => passed.has(name))',
    to: '(definition.dependsOn ?? []).every((name) => name !== "" || passed.has(name))',
  },
  {
    name: 'the cap is dealt out without what is taken',
    file: `${MISSION}/shares.ts`,
    from: 'raiseShares(budget - bound, holders)',
    to: 'raiseShares(budget + 0 * bound, holders)',
  },
  {
    name: 'a cap below a waiting gang is followed',
    file: `${MISSION}/budget.ts`,
    from: 'return Math.max(maxParallelTasks, ...gangs)',
    to: 'return Math.max(maxParallelTasks, ...gangs.slice(gangs.length))',
    pinned: 70116,
  },
  {
    name: 'a stage that the plan dropped frees its share',
    file: `${MISSION}/budget.ts`,
    from: '.map((stage) => formerHolder(stage, recorded, planned))',
    to: '.flatMap((stage) => (planned.size < 0 ? [formerHolder(stage, recorded, planned)] : []))',
    pinned: 300,
  },
  {
    name: 'a stage that comes when its mission has ended is left alone',
    file: `${MISSION}/decide.ts`,
    from: 'if (late.length === 0) return expiry',
    to: 'if (late.length >= 0) return expiry',
    pinned: 105798,
  },
  {
    name: 'a stage that comes when it is no longer planned is left alone',
    file: `${MISSION}/children.ts`,
    from: 'else if (!isDeleting(stage as MissionStage))\n',
    to: 'else if (context.isChanged)\n',
    pinned: 105685,
  },
  {
    name: 'a stage that runs again with nothing left to fly asks for no share',
    file: `${MISSION}/budget.ts`,
    from: 'isClosed && !isEnded ? Math.max(1, remaining)',
    to: 'isClosed && isEnded ? Math.max(1, remaining)',
    pinned: 167423,
  },
  {
    name: 'a stage whose next run is decided is taken for lost',
    file: `${MISSION}/slots.ts`,
    from: 'isFailing(child) && flownAttempt(child) >= attempt',
    to: 'isFailing(child) && flownAttempt(child) >= 0 * attempt',
  },
  {
    name: 'a mission that stops leaves its other stages running',
    file: `${MISSION}/decide.ts`,
    from: 'const operations = live.filter(isToBeStopped)',
    to: 'const operations = live.filter((stage) => !isToBeStopped(stage))',
  },
  {
    name: 'a mission writes its status though nothing differs',
    file: `${MISSION}/status.ts`,
    from: 'if (observed.record === undefined && deepEqual(before, status)) return { events }',
    to: 'if (observed.record === undefined && deepEqual(before, status.phase)) return { events }',
  },
  {
    name: 'drift is dropped silently',
    file: `${MISSION}/children.ts`,
    from: 'drift.push(...kept.map(([field]) =>',
    to: 'drift.push(...kept.slice(kept.length).map(([field]) =>',
  },
  {
    name: 'a request to run again is heard again and again',
    file: `${MISSION}/rerun.ts`,
    from: 'return requested !== undefined && requested !== mission.status?.handledRetry',
    to: 'return requested !== undefined && requested !== mission.status?.message',
  },
  {
    name: 'a stage runs again once too often',
    file: `${MISSION}/rerun.ts`,
    from: 'return wantedAttempt(mission, slot.definition.name) < maxStageRetries',
    to: 'return wantedAttempt(mission, slot.definition.name) <= maxStageRetries',
  },
  {
    name: 'a stage that was deleted by hand is forgotten by the mission',
    file: `${MISSION}/children.ts`,
    from: 'if (isEndedPhase(slot.phase)) continue',
    to: 'if (isEndedPhase(slot.phase) || observed.mission.status?.startTime !== undefined) continue',
  },
  {
    name: 'a sequential stage starts all its tasks',
    file: `${STAGE}/order.ts`,
    from: 'sequential: firstOpen,',
    to: 'sequential: (entries, rules) => firstOpen(entries, rules).concat(entries.filter((entry) => !isMade(entry))),',
  },
  {
    name: 'a mixed stage ignores the dependencies of tasks',
    file: `${STAGE}/order.ts`,
    from: '!entry.planned.dependsOn.some((name) => open.has(name))',
    to: "!entry.planned.dependsOn.some((name) => open.has(name.concat('?')))",
  },
  {
    name: 'a task follows its stage though it has changed since it was seen',
    file: `${STAGE}/drift.ts`,
    from: 'patchSpec(FLIGHT_TASKS, refAsSeen(object), change)',
    to: 'patchSpec(FLIGHT_TASKS, { ...refAsSeen(object), resourceVersion: undefined } as never, change)',
    pinned: 143200,
  },
  {
    name: 'a stage that fails leaves its other tasks flying',
    file: `${STAGE}/decide.ts`,
    from: 'const operations = live.filter(isToBeStopped)',
    to: 'const operations = live.filter((task) => !isToBeStopped(task))',
  },
  {
    name: 'a stage succeeds though tasks failed',
    file: `${STAGE}/decide.ts`,
    from: 'if (isFinished && tally.failures.count === 0) return planSucceeded(facts)',
    to: 'if (isFinished && tally.failures.count >= 0) return planSucceeded(facts)',
  },
  {
    name: 'stages are not told that their mission is suspended',
    file: `${MISSION}/children.ts`,
    from: '...((child.spec.suspend === true) === suspend ? {}',
    to: '...((child.spec.suspend === true) === suspend || suspend ? {}',
  },
  {
    name: 'the timeout of a stage is ignored',
    file: `${STAGE}/stop.ts`,
    from: 'if (deadline === undefined || now < deadline) return undefined',
    to: 'if (deadline === undefined || now < deadline * 2) return undefined',
  },
  {
    name: 'failed tasks count as cancelled',
    file: `${STAGE}/tally.ts`,
    from: "Failed: 'failed',",
    to: "Failed: 'cancelled',",
  },
  {
    name: 'a retry is not counted',
    file: `${TASK}/attempts.ts`,
    from: 'retryCount: retry,',
    to: 'retryCount: retries,',
  },
  {
    name: 'one attempt more than the budget',
    file: `${TASK}/attempts.ts`,
    from: 'if (retries >= maxRetries) return exhaust(observed, failure, now)',
    to: 'if (retries > maxRetries) return exhaust(observed, failure, now)',
  },
  {
    name: 'an aircraft that failed the task is forgotten',
    file: `${TASK}/attempts.ts`,
    from: 'excludedNodes: excludeNode(observed.status, blamedNode(failure)),',
    to: 'excludedNodes: excludeNode(observed.status, blamedNode({ ...failure, pod: undefined })),',
  },
  {
    name: 'a retry does not wait',
    file: `${TASK}/start.ts`,
    from: 'delay(parseTime(status.nextRetryTime), now),',
    to: 'delay(parseTime(status.nextRetryTime), now * 2),',
  },
  {
    name: 'aircraft that failed a task of a gang are ruled out for it',
    file: 'operator/src/aircraft/facts.ts',
    from: 'return others.length >= gangSize',
    to: 'return others.length >= Math.min(1, gangSize)',
  },
  {
    name: 'a pod is taken for the one on record that flew and is gone',
    file: `${TASK}/observation.ts`,
    from: 'if (isOnRecord && givenUp === undefined) return undefined',
    to: 'if (isOnRecord && givenUp === undefined && !observed.podConfirmedGone) return undefined',
    pinned: 40430,
  },
  {
    name: 'a pod is taken for the one on record that the cache has not yet',
    file: `${TASK}/observation.ts`,
    from: 'if (isOnRecord && givenUp === undefined) return undefined',
    to: 'if (isOnRecord && candidates.length === 0) return undefined',
    pinned: 107292,
  },
  {
    name: 'an ended task is looked at again',
    file: `${TASK}/decide.ts`,
    from: 'if (!hasEnded(observed.status)) return undefined',
    to: "if (!hasEnded(observed.status) || observed.status.phase !== 'Cancelled') return undefined",
  },
  {
    name: 'a cancelled task flies on',
    file: `${TASK}/decide.ts`,
    from: 'if (!observed.order.cancel) return undefined',
    to: 'if (!observed.order.cancel || observed.generation > 0) return undefined',
  },
  {
    name: 'a pod that the cache has not is taken to be lost',
    file: `${TASK}/decide.ts`,
    from: 'if (!observed.podConfirmedGone) return { ...leaveAlone(observed), askForPod: true }',
    to: 'if (observed.generation < 0) return { ...leaveAlone(observed), askForPod: true }',
  },
  {
    name: 'a pod that was deleted while it ran is not counted',
    file: `${TASK}/decide.ts`,
    from: "loseAttempt(observed, { pod, reason: REASONS.podDeleted, what: 'was deleted' }, moment),",
    to: "replacePod(observed, { pod, reason: REASONS.podDeleted, message: 'deleted' }, moment.now),",
  },
  {
    name: 'the timeout of a task is ignored',
    file: `${TASK}/decide.ts`,
    from: 'if (due === undefined || due > moment.now) return undefined',
    to: 'if (due === undefined || due * 2 > moment.now) return undefined',
  },
  {
    name: 'an error that passes fails the task for good',
    file: `${TASK}/failures.ts`,
    from: 'if (isInvalid(error) || isUnreadable(error)) {',
    to: 'if (isInvalid(error) || error !== undefined) {',
  },
  {
    name: 'an ended task says no start',
    file: `${TASK}/status.ts`,
    from: 'startTime: started === undefined ? undefined : formatTime(started),',
    to: 'startTime: started === undefined ? undefined : formatTime(started).slice(0, 0) || undefined,',
  },
  {
    name: 'a pod is deleted by its name alone',
    file: `${TASK}/plan.ts`,
    from: 'ref: { namespace: pod.namespace, name: pod.name, uid: pod.uid },',
    to: 'ref: { namespace: pod.namespace, name: pod.name } as never,',
  },
  {
    name: 'a weapon counts one pod too many',
    file: 'operator/src/weapon/decide.ts',
    from: 'totalDeployed: podCount(observed) }',
    to: 'totalDeployed: podCount(observed) + 1 }',
  },
  {
    name: 'a quarantine never ends',
    file: 'operator/src/aircraft/decide.ts',
    from: 'if (since + QUARANTINE_MS > now) return',
    to: 'if (since + QUARANTINE_MS * 1e6 > now) return',
  },
  {
    name: 'two pods of one task are bound',
    file: `${SCHEDULER}/gang/gate.ts`,
    from: "standingOf(pod, sources.tasks) === 'wanted' && isFirstOfItsTask(pod, sources)",
    to: "standingOf(pod, sources.tasks) === 'wanted' && isFirstOfItsTask !== undefined",
    pinned: 70316,
  },
  {
    name: 'pods of tasks that ended are bound',
    file: `${SCHEDULER}/gang/records.ts`,
    from: "if (hasTaskEnded(task) || task.spec.cancel === true) return 'unwanted'",
    to: "if (hasTaskEnded(task) && task.spec.cancel === null) return 'unwanted'",
    pinned: 1,
  },
  {
    name: 'pods of attempts that were given up are bound',
    file: `${SCHEDULER}/gang/records.ts`,
    from: "return attempt > recorded ? 'unknown' : 'unwanted'",
    to: "return attempt > recorded ? 'unknown' : 'wanted'",
    pinned: 2,
  },
  {
    name: 'a gang counts the members that have ended',
    file: `${SCHEDULER}/gang/records.ts`,
    from: 'if (hasTaskEnded(task)) {',
    to: 'if (hasTaskEnded(task) && attempt < 0) {',
  },
  {
    name: 'a gang does not wait for its members',
    file: `${SCHEDULER}/gang/units.ts`,
    from: 'Math.max(0, gang.size - gang.placed - pods.length)',
    to: 'Math.max(0, 0 * (gang.size - gang.placed - pods.length))',
  },
  {
    name: 'a pod that changes while it is being bound leaves the queue',
    file: `${SCHEDULER}/cycle.ts`,
    from: 'if (!this.#isOurs(pod)) this.#giveUp(pod)',
    to: 'if (!this.#isOurs(pod) || this.#state.nodeOf(uid) !== undefined) this.#giveUp(pod)',
  },
  {
    name: 'what was bound and not seen yet takes no room',
    file: `${SCHEDULER}/snapshot/clusterstate.ts`,
    from: 'this.#put({ pod, node, isAssumed: true })',
    to: "this.#put({ pod, node: '?', isAssumed: true })",
  },
  {
    name: 'an aircraft that is not ready takes pods',
    file: `${SCHEDULER}/filter/filters.ts`,
    from: `  taintToleration,
  nodeReady,
  nodeSelector,`,
    to: `  taintToleration,
  nodeSelector,`,
  },
  {
    name: 'a cordoned aircraft takes pods',
    file: `${SCHEDULER}/filter/filters.ts`,
    from: `  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeReady,`,
    to: `  nodeName,
  taintToleration,
  nodeReady,`,
  },
]
