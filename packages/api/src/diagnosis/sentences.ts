/** The English of every finding, and what to do about it. */
import type { Finding, FindingCode, FindingParameters, ObjectRef } from './finding.ts'

type Sentences = { readonly [Code in FindingCode]: (said: FindingParameters<Code>) => string }
type Advice = {
  readonly [Code in FindingCode]?: (
    said: FindingParameters<Code>,
    objects: readonly ObjectRef[],
  ) => string
}

/** `1 task`, `3 tasks`. */
export function counted(count: string | number, noun: string): string {
  return `${count} ${noun}${Number(count) === 1 ? '' : 's'}`
}

/** Messages of the cluster come with and without a full stop. */
function ended(message: string | number): string {
  return String(message).replace(/[.\s]+$/, '')
}

const SENTENCES: Sentences = {
  missionSucceeded: ({ mission, message }) =>
    `Mission ${mission} has succeeded: ${ended(message)}.`,
  missionFailed: ({ mission, message }) => `Mission ${mission} has failed: ${ended(message)}.`,
  missionAborted: ({ mission, stage, message }) =>
    `Mission ${mission} was aborted because stage ${stage} failed: ${ended(message)}.`,
  missionStopping: ({ mission, message }) =>
    `Mission ${mission} is being stopped: ${ended(message)}.`,
  missionCancelled: ({ mission }) => `Mission ${mission} was cancelled.`,
  missionRunning: ({ mission, ended: done, stages, running }) =>
    `Mission ${mission} runs: ${done} of ${counted(stages, 'stage')} ended, running: ${running}.`,
  missionWaiting: ({ mission, ended: done, stages }) =>
    `Mission ${mission} waits: ${done} of ${counted(stages, 'stage')} ended, none runs.`,
  planRefused: ({ mission, message }) =>
    `The plan of mission ${mission} was refused: ${ended(message)}.`,
  planWaits: ({ mission, message }) => `Mission ${mission} cannot begin yet: ${ended(message)}.`,
  changeRefused: ({ mission, message }) =>
    `The last change of mission ${mission} is not followed: ${ended(message)}.`,
  stageSucceeded: ({ stage, message }) => `Stage ${stage} has succeeded: ${ended(message)}.`,
  stageFailed: ({ stage, message }) => `Stage ${stage} has failed: ${ended(message)}.`,
  stageTimedOut: ({ stage, timeout }) => `Stage ${stage} ran into its time limit of ${timeout}.`,
  stageStopping: ({ stage, message }) => `Stage ${stage} is being stopped: ${ended(message)}.`,
  stageCancelled: ({ stage, mission }) =>
    `Stage ${stage} was cancelled with its mission ${mission}.`,
  stageAborted: ({ stage, mission, message }) =>
    `Stage ${stage} was cancelled because mission ${mission} was aborted: ${ended(message)}.`,
  stageRunning: ({ stage, ended: done, tasks, running, waiting }) =>
    `Stage ${stage} runs: ${done} of ${counted(tasks, 'task')} ended, ${running} running, ${waiting} waiting.`,
  stageReady: ({ stage }) => `Stage ${stage} may start; nothing holds it.`,
  waitsForStages: ({ stage, stages }) => `Stage ${stage} waits for ${stages}.`,
  waitsForGate: ({ stage, gates }) => `Stage ${stage} waits until someone opens ${gates}.`,
  waitsForCondition: ({ stage, conditions }) =>
    `Stage ${stage} waits until its ${conditions} becomes True.`,
  waitsForShare: ({ stage, mission }) =>
    `Stage ${stage} waits for its share of maxParallelTasks of mission ${mission}.`,
  waitsForTasks: ({ stage, count }) =>
    `${counted(count, 'task')} of stage ${stage} ${Number(count) === 1 ? 'has' : 'have'} yet to be started: their turn has not come.`,
  taskUnmade: ({ task, stage }) =>
    `Task ${task} has not been made: stage ${stage} makes it when its turn comes.`,
  taskSucceeded: ({ task }) => `Task ${task} has succeeded.`,
  taskFailed: ({ task, message }) => `Task ${task} has failed: ${ended(message)}.`,
  taskTimedOut: ({ task, message }) => `Task ${task} took too long: ${ended(message)}.`,
  taskCancelled: ({ task, message }) => `Task ${task} was cancelled: ${ended(message)}.`,
  taskRunning: ({ task, node, since }) => `Task ${task} runs on ${node} since ${since}.`,
  taskStarting: ({ task, node, pod }) =>
    `Task ${task} has the aircraft ${node}; its pod ${pod} is starting there.`,
  taskWaits: ({ task, message }) => `Task ${task} waits: ${ended(message)}.`,
  taskHeld: ({ task, gates }) => `Task ${task} waits for its turn (${gates}).`,
  retriesExhausted: ({ task, attempts, message }) =>
    `Task ${task} has failed after ${counted(attempts, 'attempt')}: ${ended(message)}.`,
  retryBackoff: ({ task, until, attempt, attempts, message }) =>
    `Task ${task} waits until ${until} for attempt ${attempt} of ${attempts}: ${ended(message)}.`,
  wasRetried: ({ task, retries, message }) =>
    `Task ${task} was tried again ${Number(retries) === 1 ? 'once' : `${retries} times`}; the last time because ${ended(message)}.`,
  podReplaced: ({ task, count }) =>
    `${counted(count, 'pod')} of task ${task} never ran and ${Number(count) === 1 ? 'was' : 'were'} replaced without counting as a retry.`,
  podMissing: ({ task, pod }) =>
    `Pod ${pod} of task ${task} is gone; the operator is about to notice.`,
  podRefused: ({ task, message }) => `The pod of task ${task} was refused: ${ended(message)}.`,
  podNotCreated: ({ task, reason, message }) =>
    `The pod of task ${task} cannot be created yet (${reason}): ${ended(message)}.`,
  nameTaken: ({ task, message }) =>
    `The pod of task ${task} cannot be created, since another object has its name: ${ended(message)}.`,
  incompatible: ({ task, message }) =>
    `The loadout of task ${task} does not fit: ${ended(message)}.`,
  weaponMissing: ({ task, message }) => `Task ${task} waits for a weapon: ${ended(message)}.`,
  loadoutMissing: ({ task, message }) => `Task ${task} waits for its loadout: ${ended(message)}.`,
  weaponDeprecated: ({ task, weapon }) =>
    `Weapon ${weapon} of task ${task} is deprecated; it is carried all the same.`,
  weaponUpdating: ({ task, weapon }) =>
    `Weapon ${weapon} of task ${task} is being updated to another image.`,
  podWarning: ({ task, reason, message }) =>
    `The aircraft says of the pod of task ${task}: ${reason}: ${ended(message)}.`,
  imagePullFailed: ({ task, node, reason, message }) =>
    `Task ${task} has the aircraft ${node}, but a container cannot start there (${reason}): ${ended(message)}.`,
  noAircraft: ({ task }) => `Task ${task} waits for an aircraft, and the cluster has none.`,
  noAircraftFits: ({ task, aircraft, requirements }) =>
    `Task ${task} waits, since none of ${aircraft} aircraft fits: ${requirements}.`,
  nearestMiss: ({ count, changes }) => `${count} aircraft would fit if ${changes}.`,
  aircraftBusy: ({ task, fitting, holders }) =>
    `Task ${task} waits for an aircraft: ${fitting} would fit, all taken${holders === '' ? '' : ` by ${holders}`}.`,
  aircraftFree: ({ task, free }) =>
    `Task ${task} waits to be placed: ${free} aircraft that would fit ${Number(free) === 1 ? 'is' : 'are'} free.`,
  gangWaits: ({ stage, size, placed, free }) =>
    `The tasks of stage ${stage} fly together or not at all: ${size} aircraft are needed at once, ${placed} taken already, ${free} that fit free.`,
  unschedulable: ({ task, message }) => `Task ${task} waits for an aircraft: ${ended(message)}.`,
  excluded: ({ task, nodes }) =>
    `Task ${task} failed on ${nodes} before; its next pod avoids what failed it.`,
  quarantined: ({ nodes }) => `In quarantine, since too many tasks failed there lately: ${nodes}.`,
  nodeNotReady: ({ task, node, since }) =>
    `The aircraft ${node} of task ${task} is not ready since ${since}.`,
  nodeLost: ({ task, node }) => `The aircraft ${node} of task ${task} is gone.`,
  suspended: ({ kind, name }) => `${kind} ${name} is suspended: nothing new starts.`,
  specDrift: ({ kind, name, message }) =>
    `A change of ${String(kind).toLowerCase()} ${name} is only followed in part: ${ended(message)}.`,
  deleting: ({ kind, name, finalizers }) =>
    `${kind} ${name} is being deleted${finalizers === '' ? '' : `, and waits for the finalizers ${finalizers}`}.`,
  notTakenUp: ({ kind, name, since }) =>
    `${kind} ${name} was made at ${since}, and no controller has taken it up.`,
  serverRefuses: ({ kind, name, message }) =>
    `The API server refuses what ${String(kind).toLowerCase()} ${name} needs: ${ended(message)}.`,
  operatorAbsent: ({ since }) => `No operator leads: the lease was last renewed at ${since}.`,
  schedulerAbsent: ({ since }) => `No scheduler leads: the lease was last renewed at ${since}.`,
  schedulerSilent: ({ task, scheduler }) =>
    `The pod of task ${task} asks for the scheduler ${scheduler}, which has said nothing about it yet.`,
}

const inNamespace = ([first]: readonly ObjectRef[]): string =>
  first?.namespace === undefined ? '' : ` -n ${first.namespace}`

const READ_LOGS = (
  { task }: { readonly task: string | number },
  objects: readonly ObjectRef[],
): string => `Read what it printed: sortie logs ${task}${inNamespace(objects)}.`

const ADVICE: Advice = {
  missionFailed: ({ mission }, objects) =>
    `Mend the cause, then run what failed again: sortie retry ${mission}${inNamespace(objects)}.`,
  missionAborted: ({ mission }, objects) =>
    `Mend the cause, then run what failed again: sortie retry ${mission}${inNamespace(objects)}.`,
  missionCancelled: () => 'A cancelled mission stays so; make a new one to fly it again.',
  planRefused: () => 'Correct the manifest (sortie lint names every mistake), and apply it again.',
  changeRefused: () => 'Correct the change and apply it again; the mission goes on as it was.',
  stageTimedOut: () => 'Give the stage more time (timeout), or find out what its tasks waited for.',
  waitsForGate: ({ name }, objects) =>
    `Whoever may patch missionstages can open it: sortie approve ${name}${inNamespace(objects)}.`,
  waitsForCondition: ({ name }) =>
    `Whoever watches over it sets the condition in the status of missionstage ${name}.`,
  taskFailed: READ_LOGS,
  retriesExhausted: READ_LOGS,
  retryBackoff: READ_LOGS,
  taskTimedOut: () => 'Give the task more time (timeout), or make it faster.',
  podRefused: () =>
    'Correct the podTemplate; what an operator allows beyond the list is set by its podPolicy.',
  podNotCreated: () => 'It is tried again by itself; remove what refuses it, such as a quota.',
  nameTaken: () => 'Rename or delete the other object.',
  incompatible: () => 'Choose another weapon, mount point or aircraft type.',
  weaponMissing: () => 'Apply the Weapon, or correct its name in the loadout.',
  loadoutMissing: () => 'Apply the WeaponLoadout, or correct loadoutRef.',
  weaponDeprecated: () => 'Plan for its successor.',
  imagePullFailed: () =>
    'Check the image’s name and tag, and that the aircraft may pull it; it goes on by itself.',
  noAircraft: () => 'Label nodes with aircraft.mil/type, or start a fleet: sortie fleet.',
  noAircraftFits: ({ task }, objects) =>
    `See every check for every aircraft: sortie why task ${task}${inNamespace(objects)} --aircraft.`,
  aircraftBusy: () => 'It goes on when one of them is free; a higher priority goes first.',
  gangWaits: () => 'Free or add aircraft, or give up waitForAll.',
  quarantined: () => 'A quarantine ends by itself ten minutes after it began.',
  nodeNotReady: ({ node }) =>
    `Look at the aircraft: kubectl describe node ${node}. Its task is given up within 40 s.`,
  suspended: ({ kind, name }, objects) =>
    kind === 'Mission' ? `Let it go on: sortie resume ${name}${inNamespace(objects)}.` : '',
  specDrift: () => 'To fly the change, start the mission anew.',
  notTakenUp: () => 'Check that the operator runs: sortie doctor.',
  serverRefuses: () =>
    'Remove what refuses it, such as a quota or a policy; it is tried again by itself.',
  operatorAbsent: () => 'Nothing moves without it: sortie doctor.',
  schedulerAbsent: () => 'No pod gets an aircraft without it: sortie doctor.',
  schedulerSilent: () => 'Check that it runs: sortie doctor.',
}

/** Findings that may come with an advice: what another language has to have words for. */
export const ADVISED_FINDINGS = Object.keys(ADVICE) as readonly FindingCode[]

/** A finding in English. */
export function finding<Code extends FindingCode>(
  code: Code,
  parameters: FindingParameters<Code>,
  objects: readonly ObjectRef[],
): Finding {
  const sentence: Sentences[Code] = SENTENCES[code]
  const advise: Advice[Code] = ADVICE[code]
  const advice = advise?.(parameters, objects) ?? ''
  const said = { code, parameters, text: sentence(parameters), objects }
  return advice === '' ? said : { ...said, advice }
}
