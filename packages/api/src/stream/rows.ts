/**
 * Rows: what a list, a graph or a timeline shows of an object, and no more. The dashboard's server projects objects to rows; the
 * browser never sees the rest unless a person opens the object. Times are milliseconds since 1970; a field is missing where the
 * object does not have it.
 */
import type { AircraftFacts } from '../aircraft/facts.ts'
import type { Priority } from '../kinds/fields.ts'

export type Millis = number

/** What every row has. */
export interface Row {
  /** Uid of the object: the identity of the row for as long as it lives. */
  readonly uid: string
  /** Missing for what belongs to no namespace. */
  readonly namespace?: string
  readonly name: string
  readonly created: Millis
  /** Since when the object is being deleted. */
  readonly deleting?: Millis
}

export type Phase = 'Pending' | 'Scheduled' | 'Running' | 'Succeeded' | 'Failed' | 'Cancelled'

/** Tasks by phase. */
export interface PhaseCounts {
  readonly total: number
  readonly pending: number
  readonly scheduled: number
  readonly running: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
}

export interface MissionRow extends Row {
  readonly phase: Phase
  /** spec.missionName. */
  readonly title?: string
  readonly missionType?: string
  readonly priority: Priority
  readonly stagesDone: number
  readonly stagesTotal: number
  readonly tasks: PhaseCounts
  readonly message?: string
  readonly started?: Millis
  readonly completed?: Millis
  readonly suspended?: true
  /** spec.cancel is set. */
  readonly cancelled?: true
  /** Stages that were run again, in all. */
  readonly stageRetries?: number
  /** A started stage no longer matches the mission: condition SpecDrift. */
  readonly drift?: true
  readonly templateRef?: string
  readonly stageFailureAction?: string
}

export interface StageRow extends Row {
  /** Name of the Mission object. */
  readonly mission: string
  /** Name within the mission. */
  readonly stage: string
  /** Place in the mission, from 1. */
  readonly index: number
  readonly stageType: 'sequential' | 'parallel' | 'mixed'
  /** Names of stages of the same mission. */
  readonly dependsOn: readonly string[]
  readonly phase: Phase
  readonly tasks: PhaseCounts
  readonly message?: string
  readonly started?: Millis
  readonly completed?: Millis
  readonly timeoutSeconds?: number
  /** How long its clock stood still, in seconds. */
  readonly suspendedSeconds?: number
  readonly suspended?: true
  /** Start gates that hold it, `dependencies` among them. */
  readonly gates: readonly string[]
  /** Condition types that it waits for. */
  readonly conditions?: readonly string[]
  /** How often it was run again. */
  readonly attempt: number
  /** All tasks get an aircraft or none is bound. */
  readonly gang?: true
}

export interface FlightTaskRow extends Row {
  readonly mission?: string
  /** Name of the stage within the mission. */
  readonly stage?: string
  /** Name of the MissionStage object. */
  readonly stageRef?: string
  readonly stageIndex?: number
  /** Name within the stage. */
  readonly task: string
  readonly index: number
  readonly phase: Phase
  /** Required aircraft type. */
  readonly aircraftType?: string
  readonly role?: string
  readonly node?: string
  readonly pod?: string
  readonly retries: number
  readonly replacements?: number
  readonly nextRetry?: Millis
  readonly assigned?: Millis
  readonly started?: Millis
  readonly completed?: Millis
  readonly message?: string
  /** The condition that explains where it stands: `ImagePullFailed`, `Unschedulable`, … */
  readonly reason?: string
  readonly weapons?: readonly string[]
  readonly gates?: readonly string[]
  readonly optional?: true
  readonly suspended?: true
}

/** A container of a pod, as the kubelet last said. */
export interface ContainerRow {
  readonly name: string
  readonly role: 'task' | 'init' | 'sidecar'
  readonly image: string
  readonly state: 'waiting' | 'running' | 'terminated' | 'unknown'
  readonly reason?: string
  readonly restarts: number
  readonly exitCode?: number
  readonly started?: Millis
  readonly finished?: Millis
}

/** A pod of a task: one attempt. */
export interface PodRow extends Row {
  /** Name of the FlightTask; missing for pods of others. */
  readonly flightTask?: string
  readonly mission?: string
  readonly stage?: string
  /** 0 for the first. */
  readonly attempt: number
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  readonly node?: string
  readonly reason?: string
  readonly message?: string
  readonly scheduled?: Millis
  readonly started?: Millis
  readonly finished?: Millis
  readonly containers: readonly ContainerRow[]
}

export interface WeaponRow extends Row {
  readonly title?: string
  readonly weaponType?: string
  readonly category?: string
  readonly phase: 'Available' | 'Updating' | 'Deprecated'
  readonly image: string
  readonly version?: string
  readonly hardpoints: number
  readonly lifecycle: string
  readonly updateStrategy: string
  /** Empty: any. */
  readonly aircraftTypes: readonly string[]
  readonly hardpointTypes: readonly string[]
  readonly deployed: number
  readonly successRate?: string
  readonly message?: string
}

export interface NodeRow extends Row {
  /** Missing where the node is no aircraft. */
  readonly aircraft?: AircraftFacts
  /** What is wrong with its labels: it flies nothing. */
  readonly invalid?: readonly string[]
  readonly ready: boolean
  readonly cordoned?: true
  readonly quarantined?: true
  readonly roles: readonly string[]
  /** `key=value:effect`. */
  readonly taints: readonly string[]
  /** What pods may ask for: cores, bytes, counts. */
  readonly allocatable: {
    readonly cpu?: number
    readonly memory?: number
    readonly pods?: number
    readonly slots?: number
    readonly hardpoints?: number
  }
  /** Conditions that say trouble, with their messages. */
  readonly problems: readonly string[]
  readonly kubeletVersion?: string
  readonly latitude?: number
  readonly longitude?: number
}

export interface EventRow extends Row {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly first: Millis
  readonly last: Millis
  /** What it is about. */
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid?: string }
  readonly component?: string
}

/** What a node uses, from metrics.k8s.io; the row's name is the node's. */
export interface UsageRow extends Row {
  /** Cores. */
  readonly cpu: number
  /** Bytes. */
  readonly memory: number
  readonly measured: Millis
}

/** Counts of one namespace, kept by the server so that a board needs no list. */
export interface SummaryRow extends Row {
  readonly missions: Readonly<Record<string, number>>
  readonly stages: Readonly<Record<string, number>>
  readonly tasks: Readonly<Record<string, number>>
  /** Tasks that wait for their next attempt. */
  readonly retrying: number
}

/** Who leads a part, from its Lease; the row's name is the Lease's. */
export interface LeaseRow extends Row {
  readonly holder?: string
  readonly renewed?: Millis
  /** How long a lease holds without renewal, in seconds. */
  readonly durationSeconds?: number
}

export interface LoadoutRow extends Row {
  readonly aircraftType?: string
  readonly weapons: readonly string[]
}

export interface TemplateRow extends Row {
  readonly parameters: readonly string[]
  readonly description?: string
}

/** Rows by the name of their view. */
export interface RowKinds {
  readonly missions: MissionRow
  readonly stages: StageRow
  readonly tasks: FlightTaskRow
  readonly pods: PodRow
  readonly weapons: WeaponRow
  readonly nodes: NodeRow
  readonly events: EventRow
  readonly usage: UsageRow
  readonly summary: SummaryRow
  readonly leases: LeaseRow
  readonly loadouts: LoadoutRow
  readonly templates: TemplateRow
}

export type RowKind = keyof RowKinds
