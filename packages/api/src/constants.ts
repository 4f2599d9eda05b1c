/** Names that more than one part of Sortie must spell alike. */

export const GROUP = 'airforce.airforce.mil'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}`

/** The scheduler that a task's pod asks for. */
export const SCHEDULER_NAME = 'sortie-scheduler'

/** Labels that Sortie puts on its objects. Unprefixed ones are the earlier system's contract. */
export const LABELS = {
  mission: 'mission',
  stage: 'stage',
  stageName: 'stage-name',
  stageIndex: 'stage-index',
  stageRef: 'stageRef',
  taskName: 'task-name',
  taskIndex: 'task-index',
  taskRole: 'task-role',
  aircraft: 'aircraft',
  role: 'role',
  flightTask: 'flighttask',
  missionType: 'mission-type',
  managedBy: 'app.kubernetes.io/managed-by',
  /** On a pod: the gang that it is placed with. */
  gang: `${GROUP}/gang`,
} as const

/** The value of the label `app.kubernetes.io/managed-by`. */
export const MANAGED_BY = 'sortie'

/** Prefixes of labels and annotations that only Sortie may set on what it makes. */
export const RESERVED_PREFIXES = [`${GROUP}/`, 'aircraft.mil/'] as const

/** Annotations that Sortie reads or writes on its objects. */
export const ANNOTATIONS = {
  /** On a Mission: a new value runs its failed and cancelled stages again. */
  retry: `${GROUP}/retry`,
  /** On a MissionStage or FlightTask: the value of the mission's retry annotation that it was made for. */
  retryHandled: `${GROUP}/retry-handled`,
  /** On a FlightTask or pod: which attempt it is, from 0. */
  attempt: `${GROUP}/attempt`,
  /** On a pod: the mission's priority, `low` to `critical`. */
  priority: `${GROUP}/priority`,
  /** On a pod: how many members its gang has. */
  gangSize: `${GROUP}/gang-size`,
  /** On a pod: aircraft to avoid, as a JSON list of node names. */
  excludedNodes: `${GROUP}/excluded-nodes`,
  /** On a pod: hash of the spec that it was built from. */
  specHash: `${GROUP}/spec-hash`,
  /** On a MissionStage or FlightTask: who opened a start gate, and when. */
  approvedBy: `${GROUP}/approved-by`,
  /** On a binding, and so on the pod: why this aircraft was chosen, as JSON. */
  assignment: `${GROUP}/assignment`,
} as const

export const FINALIZERS = {
  /** On a pod of a task, until its end has been counted. */
  podTracking: `${GROUP}/tracking`,
} as const

/** Labels and annotations of a Node that make it an aircraft. */
export const AIRCRAFT = {
  type: 'aircraft.mil/type',
  status: 'aircraft.mil/status',
  fuelLevel: 'aircraft.mil/fuel.level',
  fuelStatus: 'aircraft.mil/fuel.status',
  hardpointTotal: 'aircraft.mil/hardpoint.total',
  hardpointAvailable: 'aircraft.mil/hardpoint.available',
  capabilityPrefix: 'aircraft.mil/capability.',
  zone: 'aircraft.mil/location.zone',
  base: 'aircraft.mil/location.base',
  missionCurrent: 'aircraft.mil/mission.current',
  missionCount: 'aircraft.mil/mission.count',
  health: 'aircraft.mil/health',
  /** Annotation: JSON list of weapon names. */
  compatibleWeapons: 'aircraft.mil/compatible-weapons',
  /** Annotation: JSON object about maintenance. */
  maintenance: 'aircraft.mil/maintenance',
  /** Annotation: JSON object from mount point to hardpoint type. */
  hardpoints: 'aircraft.mil/hardpoints',
} as const

export const TAINTS = {
  /** NoSchedule on an aircraft whose tasks failed too often lately. */
  quarantine: 'aircraft.mil/quarantine',
} as const

/** Extended resources of an aircraft, which the kubelet checks again when it admits a pod. */
export const EXTENDED_RESOURCES = {
  /** One per task that an aircraft can fly at a time. */
  slot: 'aircraft.mil/slot',
  hardpoint: 'aircraft.mil/hardpoint',
} as const

/** Start gates that Sortie's own controllers put on and take away. */
export const GATES = {
  /** On a MissionStage: a stage that it depends on has not succeeded yet. */
  dependencies: 'dependencies',
  /** On a MissionStage: it has no share of the mission's maxParallelTasks yet. */
  share: 'parallel-budget',
  /** On a FlightTask: its turn within the stage has not come. */
  order: 'order',
} as const

/** Names inside a task's pod. */
export const POD = {
  taskContainer: 'task',
  weaponPrefix: 'weapon-',
  interfaceVolume: 'weapon-interface',
  interfacePath: '/interface',
} as const

export const DEFAULT_IMAGES = {
  /** Of a task without podTemplate. */
  task: 'busybox:1.36',
} as const

/** How long a task without podTemplate and without missionDuration runs, in seconds. */
export const DEFAULT_TASK_SECONDS = 5

/** Environment variables that every container of a task's pod gets, and those of a weapon's container. */
export const ENV = {
  missionName: 'MISSION_NAME',
  stageName: 'STAGE_NAME',
  taskName: 'TASK_NAME',
  taskRole: 'TASK_ROLE',
  dataLinkProtocol: 'DATA_LINK_PROTOCOL',
  commandFrequency: 'COMMAND_FREQUENCY',
  emergencyFrequency: 'EMERGENCY_FREQUENCY',
  weaponName: 'WEAPON_NAME',
  weaponType: 'WEAPON_TYPE',
  quantity: 'QUANTITY',
  mountPoints: 'MOUNT_POINTS',
  aircraftType: 'AIRCRAFT_TYPE',
} as const

/** Who writes what, in managedFields. */
export const FIELD_MANAGERS = {
  mission: 'sortie-mission',
  stage: 'sortie-stage',
  task: 'sortie-task',
  weapon: 'sortie-weapon',
  aircraft: 'sortie-aircraft',
  catalogue: 'sortie-catalogue',
  scheduler: 'sortie-scheduler',
  fleet: 'sortie-fleet',
  dashboard: 'sortie-dashboard',
  cli: 'sortie-cli',
} as const

export const MISSION_CONDITIONS = {
  accepted: 'Accepted',
  suspended: 'Suspended',
  progressing: 'Progressing',
  complete: 'Complete',
  specDrift: 'SpecDrift',
} as const

export const STAGE_CONDITIONS = {
  accepted: 'Accepted',
  suspended: 'Suspended',
  complete: 'Complete',
  specDrift: 'SpecDrift',
  /** False where a stage that waits for all is placed by a scheduler that knows no gangs. */
  gangScheduled: 'GangScheduled',
} as const

export const TASK_CONDITIONS = {
  podCreated: 'PodCreated',
  podScheduled: 'PodScheduled',
  imagePullFailed: 'ImagePullFailed',
  loadoutValid: 'LoadoutValid',
  retrying: 'Retrying',
  specDrift: 'SpecDrift',
} as const

export const LOADOUT_CONDITIONS = { loadoutValid: 'LoadoutValid' } as const

export const TEMPLATE_CONDITIONS = { accepted: 'Accepted' } as const

export const WEAPON_CONDITIONS = { rolledOut: 'RolledOut' } as const

/** Reasons of conditions and of events. A program may match them; they never change meaning. */
export const REASONS = {
  accepted: 'Accepted',
  invalid: 'Invalid',
  cycle: 'DependencyCycle',
  templateNotFound: 'TemplateNotFound',
  templateInvalid: 'TemplateInvalid',
  suspended: 'Suspended',
  resumed: 'Resumed',
  started: 'Started',
  running: 'Running',
  succeeded: 'Succeeded',
  succeededWithFailures: 'SucceededWithFailures',
  failed: 'Failed',
  aborted: 'Aborted',
  cancelled: 'Cancelled',
  timedOut: 'TimedOut',
  waitingForDependencies: 'WaitingForDependencies',
  waitingForGate: 'WaitingForGate',
  waitingForCondition: 'WaitingForCondition',
  gateOpened: 'GateOpened',
  conditionMet: 'ConditionMet',
  retrying: 'Retrying',
  retriesExhausted: 'RetriesExhausted',
  stageRetried: 'StageRetried',
  stageFailed: 'StageFailed',
  stopped: 'Stopped',
  retried: 'Retried',
  retryRefused: 'RetryRefused',
  replaced: 'Replaced',
  podCreated: 'PodCreated',
  podInvalid: 'PodInvalid',
  podPolicy: 'PodPolicy',
  podFailed: 'PodFailed',
  podDeleted: 'PodDeleted',
  nodeLost: 'NodeLost',
  nameTaken: 'NameTaken',
  loadoutValid: 'LoadoutValid',
  loadoutNotFound: 'LoadoutNotFound',
  weaponNotFound: 'WeaponNotFound',
  weaponDeprecated: 'WeaponDeprecated',
  incompatible: 'Incompatible',
  imagePullFailed: 'ImagePullFailed',
  imagePulled: 'ImagePulled',
  scheduled: 'Scheduled',
  failedScheduling: 'FailedScheduling',
  otherScheduler: 'OtherScheduler',
  specDrift: 'SpecDrift',
  quarantined: 'Quarantined',
  released: 'Released',
  invalidAircraftLabel: 'InvalidAircraftLabel',
  imageChanged: 'ImageChanged',
  rolledOut: 'RolledOut',
} as const

/** Limits that schema, validation and controllers share. */
export const LIMITS = {
  stages: 64,
  /** Shares of a mission's maxParallelTasks: its plan's stages, and those that it dropped while they ran. */
  shares: 1024,
  tasksPerStage: 256,
  /** Copies that one task's `count` may ask for, and tasks of a stage once counted out. */
  copies: 10_000,
  stageDependencies: 63,
  taskDependencies: 16,
  startGates: 16,
  loadout: 16,
  mountPoints: 16,
  capabilities: 32,
  extraParameters: 64,
  templateParameters: 64,
  stageName: 63,
  taskName: 63,
  retries: 100,
  /** Bytes of one object that etcd takes by default. */
  objectBytes: 1_572_864,
  /** Bytes past which no object that Sortie makes may grow. */
  ownObjectBytes: 262_144,
  /** Rows of MissionStage.status.flightTasksStatus. */
  taskRows: 100,
  /** Characters of each of MissionStage.status.results: half of what an object may have. */
  resultsText: 131_072,
  /** Longest deadline, `8760h`: a year. */
  durationMillis: 31_536_000_000,
  /** Characters of an offending value that a message shows. */
  shownValue: 64,
} as const
