/** Fields that several kinds share. */
import type { Condition } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'
import { MESSAGES } from '../messages.ts'
import {
  anything,
  arr,
  bool,
  int,
  intOrString,
  listMap,
  map,
  obj,
  oneOf,
  raw,
  type Schema,
  set,
  str,
} from '../schema/builder.ts'

export const DNS_LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
export const DNS_SUBDOMAIN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'
export const LABEL_VALUE = '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$'
/** A Go duration without a sign. */
export const DURATION = '^([0-9]+(\\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$'
const LATITUDE = '^[-+]?(90(\\.0*)?|[0-8]?[0-9](\\.[0-9]*)?)$'
const LONGITUDE = '^[-+]?(180(\\.0*)?|(1[0-7][0-9]|[0-9]?[0-9])(\\.[0-9]*)?)$'
const INT32 = 2_147_483_647

export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const
export type Priority = (typeof PRIORITIES)[number]

/** Free text, long enough for a name or a sentence. */
export const text = (most = 1024): Schema<string> => str().max(most)

/** The name of an object of ours. */
const objectName = (): Schema<string> => str().min(1).max(253).pattern(DNS_SUBDOMAIN)

export const dnsLabel = (): Schema<string> => str().min(1).max(63).pattern(DNS_LABEL)

/** A positive duration of Go: `30m`, `1h30m`, `300s`. */
export const positiveDuration = (): Schema<string> =>
  str().max(32).pattern(DURATION).cel("self.matches('[1-9]')", MESSAGES.zeroDuration)

/** A duration of Go that may be zero. */
export const duration = (): Schema<string> => str().max(32).pattern(DURATION)

export const nameRef = (what: string) =>
  obj({ name: objectName().doc(`Name of the ${what}, in the same namespace.`) })

/** A reference that the earlier system let stand empty. */
export const looseRef = (what: string) =>
  obj({ name: str().max(253).doc(`Name of the ${what}, in the same namespace.`).optional() })

export const priority = () => oneOf(...PRIORITIES)

export const coordinates = () =>
  obj({
    latitude: str()
      .max(32)
      .pattern(LATITUDE)
      .doc('Degrees north, -90 to 90, as text: `28.5`.')
      .optional(),
    longitude: str()
      .max(32)
      .pattern(LONGITUDE)
      .doc('Degrees east, -180 to 180, as text: `-77.0`.')
      .optional(),
  })

export const startGates = () =>
  listMap(
    obj({ name: dnsLabel().doc('Name of the gate, as in `commander-approval`.') }),
    'name',
  ).max(LIMITS.startGates)

export const stageConfig = {
  synchronization: () =>
    obj({
      waitForAll: bool()
        .doc('Gang: either every task of the stage gets an aircraft, or none is bound.')
        .optional(),
      checkpoint: text(256)
        .doc('Informational: a name for the point that the stage reaches.')
        .optional(),
    }),
  dependencies: () =>
    obj({
      conditions: listMap(
        obj({
          type: str()
            .min(1)
            .max(316)
            .doc(
              "Type of a condition in the stage's own status that must be True before it starts.",
            ),
        }),
        'type',
      )
        .max(16)
        .doc('Conditions that something else must set to True on the stage before it starts.')
        .optional(),
    }),
}

const backoff = () =>
  obj({
    baseSeconds: int()
      .min(0)
      .max(86_400)
      .default(2)
      .doc('Delay before the first retry, in seconds.'),
    factor: int().min(1).max(100).default(2).doc('What each further delay is multiplied by.'),
    maxSeconds: int().min(0).max(604_800).default(300).doc('Longest delay, in seconds.'),
  })

const retryFields = {
  maxRetries: int()
    .min(0)
    .max(LIMITS.retries)
    .default(0)
    .doc('How often a task whose pod failed is tried again.'),
  retryStrategy: oneOf('immediate', 'exponential', 'custom')
    .default('exponential')
    .doc(
      'Delay before a retry. immediate: none. exponential: 2ⁿ seconds up to 5 minutes, with jitter. custom: as backoff says.',
    ),
  backoff: backoff()
    .doc('Delays of the strategy custom; the defaults where it is missing.')
    .optional(),
}

/** How a task is tried again: the part of the mission's failure policy that a task needs. */
export const retry = () => obj(retryFields)

export const failurePolicy = () =>
  obj({
    ...retryFields,
    stageFailureAction: oneOf('abort', 'continue', 'retry')
      .default('abort')
      .doc(
        'What a failed stage does. abort: running work is stopped and the mission fails. continue: dependents go on as if it had succeeded. retry: the stage runs again, up to maxStageRetries times, then abort.',
      ),
    maxStageRetries: int()
      .min(0)
      .max(LIMITS.retries)
      .default(1)
      .doc('How often a failed stage runs again under the action retry.'),
  })

export const cancellationPolicy = () =>
  obj({
    gracePeriod: duration()
      .default('30s')
      .doc('How long pods get to end by themselves on cancel or abort.'),
    cleanup: bool()
      .default(false)
      .doc('Whether ended pods are deleted after a cancel, instead of kept for reading.'),
  })

export const coordination = () =>
  obj({
    dataLinkProtocol: text(256).doc('Passed to every task as DATA_LINK_PROTOCOL.').optional(),
    commandFrequency: text(256).doc('Passed to every task as COMMAND_FREQUENCY.').optional(),
    emergencyFrequency: text(256).doc('Passed to every task as EMERGENCY_FREQUENCY.').optional(),
  })

export const mountPoints = () =>
  arr(
    str().min(1).max(63).doc('A mount point such as `hp1`, or the name of a hardpoint type.'),
  ).max(LIMITS.mountPoints)

export const quantity = () =>
  int().min(0).max(10_000).default(1).doc('How many are carried; passed to the weapon as QUANTITY.')

/** A loadout as Mission, MissionStage and WeaponLoadout write it: by the weapon's name. */
export const loadout = () =>
  listMap(
    obj({
      weapon: objectName().doc('Name of a Weapon.'),
      quantity: quantity(),
      mountPoints: mountPoints()
        .doc('Where it hangs: mount points of the aircraft, or hardpoint types.')
        .optional(),
    }),
    'weapon',
  ).max(LIMITS.loadout)

/** Free parameters of a task: text by name. */
export const textParameters = () => map(str().max(4096)).max(LIMITS.extraParameters)

export const aircraftType = () => str().max(63).pattern(LABEL_VALUE)

const requirementFields = {
  minFuelLevel: int()
    .min(0)
    .max(100)
    .doc('Least fuel level of the aircraft, in per cent.')
    .optional(),
  capabilities: arr(
    str()
      .min(1)
      .max(40)
      .pattern('^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$')
      .doc('Name of a capability.'),
  )
    .max(LIMITS.capabilities)
    .doc('Capabilities that the aircraft must have (label aircraft.mil/capability.<name>).')
    .optional(),
  requiredHardpoints: int()
    .min(0)
    .max(1000)
    .doc('Hardpoints that the aircraft must have free.')
    .optional(),
  preferredLocation: aircraftType()
    .doc('Zone where the aircraft had better be (label aircraft.mil/location.zone).')
    .optional(),
}

/** What a task asks of its aircraft, beside the type. */
export const aircraftRequirement = () => obj(requirementFields)

export const typedAircraftRequirement = () =>
  obj({
    type: aircraftType()
      .doc('Type of the aircraft (label aircraft.mil/type); any where it is missing.')
      .optional(),
    ...requirementFields,
  })

const namedObject = (what: string) =>
  obj({ name: str().max(253).doc('Its name.').optional() })
    .open()
    .doc(what)

const volumeMount = () =>
  obj({
    name: str().max(253).doc('Name of the volume.').optional(),
    mountPath: str().max(4096).doc('Where the container sees it.').optional(),
  })
    .open()
    .doc('A mount, as in core/v1 VolumeMount.')

const podContainer = () =>
  obj({
    name: str()
      .max(63)
      .doc('Name of the container; not one that begins with `weapon-`.')
      .optional(),
    volumeMounts: arr(volumeMount()).max(64).doc('Mounts of the container.').optional(),
  })
    .open()
    .doc('A container, as in core/v1 Container; fields that are not listed here are kept.')

const containers = () =>
  arr(podContainer())
    .max(32)
    .cel("self.all(c, !has(c.name) || !c.name.startsWith('weapon-'))", MESSAGES.reservedContainer)

/**
 * The pod of a task. Only what every policy refuses is typed here, because a policy may be widened per namespace and the
 * schema cannot know it; the rest is kept as written and checked by lint and controller.
 */
export const podTemplate = () =>
  obj({
    metadata: raw().doc("Labels and annotations of the pod; Sortie's own are added.").optional(),
    spec: obj({
      restartPolicy: oneOf('Never', 'OnFailure')
        .doc('Never or OnFailure: a task that is restarted for ever would never end.')
        .optional(),
      containers: containers().doc('Containers of the task.').optional(),
      initContainers: containers().doc('Containers that run before them.').optional(),
      volumes: arr(namedObject('A volume, as in core/v1 Volume.'))
        .max(64)
        .doc('Volumes of the pod.')
        .optional(),
    })
      .open()
      .doc('The pod, as in core/v1 PodSpec; fields that are not listed here are kept.')
      .optional(),
  }).open()

export const time = (): Schema<string> => str().format('date-time')

const conditionShape: Schema<Condition> = obj({
  type: str().min(1).max(316).doc('What the condition is about.'),
  status: oneOf('True', 'False', 'Unknown').doc('Whether it holds.'),
  reason: str().min(1).max(1024).doc('Why, in one CamelCase word that a program can match.'),
  message: str().max(32_768).doc('Why, for people.'),
  lastTransitionTime: time().doc('When the status last changed.'),
  observedGeneration: int()
    .min(0)
    .optional()
    .doc('The generation of the spec that this was said of.'),
}) as unknown as Schema<Condition>

export const conditions = () => listMap(conditionShape.atomic(), 'type').max(64)

export const count = () => int().min(0).max(INT32)

export const observedGeneration = () =>
  int().min(0).doc('The generation of the spec that this status was made from.')

export const ttlSeconds = () => int().min(0).max(INT32)

/** A number with or without a unit, as the earlier system's manifests write it: `8000`, `"8000m"`. */
export const measure = () => intOrString()

export const freeList = () => arr(anything().doc('Any value.'))
export const textSet = (most: number, longest = 63) => set(str().min(1).max(longest)).max(most)
export const freeObjects = (what: string) => arr(raw().doc(what)).max(64)
export const textList = () => arr(str().max(32_768)).max(256)
export const flag = () => bool()
