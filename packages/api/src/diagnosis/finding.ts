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

export type DiagnosisState = 'waiting' | 'failed' | 'running' | 'done'

/** One thing that is known, the most telling first in its diagnosis. */
export interface Finding {
  /** Stable key of the sentence, as in `FINDINGS`; programs and translations go by it. */
  readonly code: FindingCode
  /** What the sentence is filled with. Times are RFC 3339, lists are joined by `, `. */
  readonly parameters: Readonly<Record<string, string | number>>
  /** The sentence in English, with its full stop. */
  readonly text: string
  /** The objects and so the conditions behind it, the one that decides first. */
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

/** Every kind of finding, with the parameters of its sentence. */
export const FINDINGS = {
  // Where the subject stands.
  succeeded: [],
  succeededWithFailures: ['message'],
  running: ['node'],
  stageRunning: ['running', 'total', 'ended'],
  missionRunning: ['stages', 'ended', 'total'],
  failed: ['message'],
  cancelled: [],
  deleting: [],
  notAcceptedYet: [],
  // What a stage or mission waits for, or failed of.
  waitsForStages: ['stages'],
  waitsForGate: ['gates', 'stage'],
  waitsForCondition: ['conditions', 'stage'],
  waitsForShare: ['maxParallelTasks'],
  waitsForTurn: ['tasks'],
  suspended: [],
  invalidPlan: ['message'],
  timedOut: ['timeout'],
  taskFailed: ['task', 'message'],
  stageFailed: ['stage', 'message'],
  abortedByStage: ['stage', 'message'],
  abortedByMission: ['mission', 'message'],
  specDrift: ['message'],
  // What a task waits for, or failed of.
  notCreatedYet: [],
  noAircraftFits: ['aircraft', 'requirements'],
  nearestMiss: ['count', 'changes'],
  aircraftBusy: ['fitting', 'tasks'],
  gangIncomplete: ['placed', 'size', 'missing'],
  gangHeldBack: ['ready', 'size'],
  unschedulable: ['message'],
  retryBackoff: ['until', 'retry', 'retries', 'message'],
  retriesExhausted: ['retries', 'message'],
  imagePullFailed: ['image', 'reason', 'message'],
  imagePulling: ['node'],
  weaponMissing: ['message'],
  weaponDeprecated: ['weapon'],
  weaponUpdating: ['weapon'],
  loadoutMissing: ['message'],
  incompatible: ['message'],
  podRefused: ['message'],
  podNotCreated: ['reason', 'message'],
  nameTaken: ['name'],
  podFailed: ['pod', 'message'],
  podLost: ['node', 'message'],
  podReplaced: ['count'],
  nodeNotReady: ['node', 'since'],
  quarantined: ['nodes'],
  excluded: ['nodes'],
  // What serves it.
  operatorAbsent: ['since'],
  schedulerAbsent: ['since'],
  schedulerOther: ['scheduler'],
} as const

export type FindingCode = keyof typeof FINDINGS

/** A diagnosis as one paragraph: its sentences, then what to do. */
export function writeDiagnosis({ findings }: Diagnosis): string {
  const advice = new Set(findings.flatMap((finding) => finding.advice ?? []))
  return [...findings.map(({ text }) => text), ...advice].join(' ')
}
