/** What a simulated fleet is: its aircraft, and the rules by which the pods on them play out. */

/** A span of time in milliseconds, drawn evenly from `min` to `max`. */
export interface Span {
  readonly min: number
  readonly max: number
}

/** A number of identical aircraft. */
export interface AircraftGroup {
  /** Value of the label `aircraft.mil/type`. */
  readonly type: string
  readonly count: number
  /** Nodes are called `<namePrefix>-<NN>`, counted from 1. */
  readonly namePrefix: string
  /** Given out in turn. */
  readonly zones: readonly string[]
  readonly base?: string
  /** Percent, 0 to 100; spread evenly over the group. */
  readonly fuelLevel: Span
  readonly hardpoints: number
  /** Mount point → hardpoint type, the annotation `aircraft.mil/hardpoints`. */
  readonly hardpointTypes?: Readonly<Record<string, string>>
  readonly capabilities: readonly string[]
  /** Absent where the aircraft takes any weapon. */
  readonly compatibleWeapons?: readonly string[]
  /** Tasks at a time. */
  readonly slots: number
  readonly cpu: string
  readonly memory: string
  /** Pods at a time, as the kubelet's limit. */
  readonly pods: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Percent of the tank per hour of flight. */
  readonly fuelBurnPerHour: number
}

/** Which containers a rule is for. Absent fields match everything; `*` in a text matches any characters. */
export interface PlayMatch {
  readonly namespace?: string
  readonly node?: string
  readonly container?: string
  readonly image?: string
  readonly role?: ContainerRole
  /** All of them must be on the pod. */
  readonly labels?: Readonly<Record<string, string>>
  /** Probability, 0 to 1, drawn once per pod and rule. */
  readonly chance?: number
}

export type ContainerRole = 'init' | 'sidecar' | 'main'

/**
 * How containers that match play out. For each field the first matching rule that says something about it holds;
 * the pod's own annotations come before the rules, and both before what the container's command says.
 */
export interface PlayRule {
  readonly match: PlayMatch
  /** From the image being there to the container running. */
  readonly startDelay?: Span
  readonly duration?: Span | 'forever'
  readonly exitCode?: number
  readonly output?: readonly string[]
  /** How long the image takes to be pulled. */
  readonly pull?: Span
  /** A waiting reason (`ErrImagePull`) with which every pull fails, or the first `pullFailures`. */
  readonly pullError?: string
  readonly pullFailures?: number
  /** How long the container lives on after SIGTERM; `ignore` until it is killed. */
  readonly termination?: Span | 'ignore'
  /** The pod is evicted so long after it was admitted. */
  readonly evictAfter?: Span
}

export interface FuelBehaviour {
  /** Percent of the tank per minute on the ground. */
  readonly refuelPerMinute: number
}

export interface FleetSpec {
  readonly aircraft: readonly AircraftGroup[]
  readonly rules: readonly PlayRule[]
  /** `lease` renews each node's Lease, as a kubelet does; `none` writes nothing at all while idle. */
  readonly heartbeat: 'lease' | 'none'
  readonly heartbeatSeconds: number
  /** Writes what nodes and pods use into metrics.k8s.io, for `kubectl top`. */
  readonly metrics: boolean
  /** Absent: fuel never changes. */
  readonly fuel?: FuelBehaviour
}
