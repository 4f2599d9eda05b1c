/**
 * What a diagnosis says: data, so that a terminal writes it as a paragraph and the dashboard in the reader's language. The
 * English text of a finding is complete by itself; another language writes its own sentence from code and parameters.
 */

/** An object that a finding is about. */
export interface ObjectRef {
  readonly kind: string
  readonly name: string
  /** Absent for kinds without namespaces. */
  readonly namespace?: string
}

/** `done`: nothing more will happen and nothing is wrong with that; what was cancelled is done too. */
export type DiagnosisState = 'waiting' | 'failed' | 'running' | 'done'

/** One thing that is known, the most telling first in its diagnosis. */
export interface Finding {
  /** Stable key of the sentence, as in `FINDINGS`; programs and translations go by it. */
  readonly code: FindingCode
  /** What the sentence is filled with. Times are RFC 3339, lists are joined by `, `. */
  readonly parameters: Readonly<Record<string, string | number>>
  /** The sentence in English, with its full stop. */
  readonly text: string
  /** The objects whose conditions and fields are behind it, the one that decides first. */
  readonly objects: readonly ObjectRef[]
  /** What to do, in English, where something can be done; translated by the same code and parameters. */
  readonly advice?: string
}

export interface Diagnosis {
  readonly subject: ObjectRef
  readonly state: DiagnosisState
  /** Never empty: the first says where the subject stands, the rest why. */
  readonly findings: readonly Finding[]
}

/** Every kind of finding, with the parameters of its sentence. Texts of the cluster (`message`) are in English always. */
export const FINDINGS = {
  // Missions.
  missionSucceeded: ['mission', 'message'],
  missionFailed: ['mission', 'message'],
  missionAborted: ['mission', 'stage', 'message'],
  missionStopping: ['mission', 'message'],
  missionCancelled: ['mission'],
  missionRunning: ['mission', 'ended', 'stages', 'running'],
  missionWaiting: ['mission', 'ended', 'stages'],
  planRefused: ['mission', 'message'],
  planWaits: ['mission', 'message'],
  changeRefused: ['mission', 'message'],
  // Stages.
  stageSucceeded: ['stage', 'message'],
  stageFailed: ['stage', 'message'],
  stageTimedOut: ['stage', 'timeout'],
  stageStopping: ['stage', 'message'],
  stageCancelled: ['stage', 'mission'],
  stageAborted: ['stage', 'mission', 'message'],
  stageRunning: ['stage', 'ended', 'tasks', 'running', 'waiting'],
  stageReady: ['stage'],
  waitsForStages: ['stage', 'stages'],
  waitsForGate: ['stage', 'gates', 'name'],
  waitsForCondition: ['stage', 'conditions', 'name'],
  waitsForShare: ['stage', 'mission'],
  waitsForTasks: ['stage', 'count'],
  // Tasks.
  taskUnmade: ['task', 'stage'],
  taskSucceeded: ['task'],
  taskFailed: ['task', 'message'],
  taskTimedOut: ['task', 'message'],
  taskCancelled: ['task', 'message'],
  taskRunning: ['task', 'node', 'since'],
  taskStarting: ['task', 'node', 'pod'],
  taskWaits: ['task', 'message'],
  taskHeld: ['task', 'gates'],
  retriesExhausted: ['task', 'attempts', 'message'],
  retryBackoff: ['task', 'until', 'attempt', 'attempts', 'message'],
  wasRetried: ['task', 'retries', 'message'],
  podReplaced: ['task', 'count'],
  podMissing: ['task', 'pod'],
  podRefused: ['task', 'message'],
  podNotCreated: ['task', 'reason', 'message'],
  nameTaken: ['task', 'message'],
  incompatible: ['task', 'message'],
  weaponMissing: ['task', 'message'],
  loadoutMissing: ['task', 'message'],
  weaponDeprecated: ['task', 'weapon'],
  weaponUpdating: ['task', 'weapon'],
  podWarning: ['task', 'reason', 'message'],
  imagePullFailed: ['task', 'node', 'reason', 'message'],
  // Aircraft for tasks.
  noAircraft: ['task'],
  noAircraftFits: ['task', 'aircraft', 'requirements'],
  nearestMiss: ['task', 'count', 'changes'],
  aircraftBusy: ['task', 'fitting', 'holders'],
  aircraftFree: ['task', 'free'],
  gangWaits: ['stage', 'size', 'placed', 'free'],
  unschedulable: ['task', 'message'],
  excluded: ['task', 'nodes'],
  quarantined: ['nodes'],
  nodeNotReady: ['task', 'node', 'since'],
  nodeLost: ['task', 'node'],
  // All of them.
  suspended: ['kind', 'name'],
  specDrift: ['kind', 'name', 'message'],
  deleting: ['kind', 'name', 'finalizers'],
  notTakenUp: ['kind', 'name', 'since'],
  serverRefuses: ['kind', 'name', 'message'],
  operatorAbsent: ['since'],
  schedulerAbsent: ['since'],
  schedulerSilent: ['task', 'scheduler'],
} as const

export type FindingCode = keyof typeof FINDINGS

/** The parameters of one kind of finding. */
export type FindingParameters<Code extends FindingCode> = Readonly<
  Record<(typeof FINDINGS)[Code][number], string | number>
>

/** A diagnosis as one paragraph: its sentences, then what to do, each advice once. */
export function writeDiagnosis({ findings }: Diagnosis): string {
  const advice = new Set(findings.flatMap((finding) => finding.advice ?? []))
  return [...findings.map(({ text }) => text), ...advice].join(' ')
}
