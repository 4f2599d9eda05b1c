/** The rules of pods. */
import { type Clock, formatTime, isJsonObject } from '@sortie/machinery'
import type { DeleteOptions, Strategy, Update, WriteContext } from '../../registry/definition.ts'
import { forbiddenObject } from '../../registry/failures.ts'
import type { ApiObject } from '../../store/index.ts'
import { defineResource } from '../define.ts'
import { defaultPod, withDefaultTolerations } from './defaults.ts'
import { listOf, mapList, objectOf, textOf, withDefaults } from './fields.ts'
import { qosClassOf } from './qos.ts'
import { validatePodUpdate, validateStatusUpdate } from './update.ts'
import { validatePod } from './validation.ts'
import { podWarnings } from './warnings.ts'

const NAMES = { group: '', plural: 'pods' }

const strategy: Strategy = {
  generation: 'spec',
  returnsDeleted: true,
  defaults: defaultPod,
  admit: (pod, context) => withPriority(withServiceAccount(pod, context), context),
  prepareCreate: (pod, { clock }) => ({
    ...withDefaultTolerations(pod),
    status: initialStatus(pod, clock),
  }),
  prepareUpdate,
  prepareStatus,
  warn: ({ object, old }, context) => {
    if (old === undefined) context.warnings.push(...podWarnings(object))
  },
  validate: (pod) => validatePod(pod),
  validateUpdate: (update) => validatePodUpdate(update),
  validateStatus: (update) => validateStatusUpdate(update),
  fields: (pod) => ({
    'spec.hostNetwork': String(objectOf(pod, 'spec')['hostNetwork'] === true),
    'status.podIPs': firstIp(pod),
  }),
  graceSeconds,
}

export const POD_RESOURCE = defineResource({
  group: '',
  plural: 'pods',
  kind: 'Pod',
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  subresources: [
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
  ],
  selectableFields: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  strategy,
})

function initialStatus(pod: ApiObject, clock: Clock): object {
  const status = { phase: 'Pending', qosClass: qosClassOf(defaultPod(pod)) }
  if (listOf(objectOf(pod, 'spec'), 'schedulingGates').length === 0) return status
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: formatTime(clock.now()),
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  }
  return { ...status, conditions: [condition] }
}

/** What admission sees to: the tolerations that every pod has, and the priority that it got. */
function prepareUpdate({ object, old }: Update): ApiObject {
  const pod = withDefaultTolerations(object)
  const spec = objectOf(pod, 'spec')
  const { priority, preemptionPolicy } = objectOf(old, 'spec')
  const kept = withDefaults(spec, {
    ...(priority === undefined ? {} : { priority }),
    ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }),
  })
  return kept === spec ? pod : { ...pod, spec: kept }
}

/** A status that does not say the class of service keeps it, and so it does generations that were observed; owners stay. */
function prepareStatus({ object, old }: Update): ApiObject {
  const before = objectOf(old, 'status')
  const status = objectOf(object, 'status')
  const { qosClass, observedGeneration } = before
  let next = withDefaults(status, {
    ...(qosClass === undefined ? {} : { qosClass }),
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  })
  next = mapList(next, 'conditions', (condition) => {
    if (condition['observedGeneration'] !== undefined) return condition
    const known = listOf(before, 'conditions').find((one) => one['type'] === condition['type'])
    const seen = known?.['observedGeneration']
    return seen === undefined ? condition : { ...condition, observedGeneration: seen }
  })
  const { ownerReferences: _, ...metadata } = object.metadata
  const { ownerReferences } = old.metadata
  return {
    ...object,
    metadata: { ...metadata, ...(ownerReferences === undefined ? {} : { ownerReferences }) },
    ...(object['status'] === undefined && next === status ? {} : { status: next }),
  }
}

function firstIp(pod: ApiObject): string {
  return textOf(listOf(objectOf(pod, 'status'), 'podIPs')[0] ?? {}, 'ip')
}

/** A service account other than `default`, which comes with its namespace a moment later, has to exist. */
function withServiceAccount(pod: ApiObject, context: WriteContext): ApiObject {
  const spec = objectOf(pod, 'spec')
  const name = textOf(spec, 'serviceAccountName') || textOf(spec, 'serviceAccount') || 'default'
  const namespace = pod.metadata.namespace ?? ''
  if (name !== 'default' && !context.store.get('serviceaccounts', { namespace, name })) {
    const account = `service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)}`
    throw forbiddenObject(NAMES, pod.metadata.name ?? '', `error looking up ${account} not found`)
  }
  if (!isJsonObject(pod['spec'])) return pod
  return { ...pod, spec: { ...spec, serviceAccountName: name, serviceAccount: name } }
}

const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

/** The priority of the pod's class; a pod without class has that of the default class, or 0. */
function withPriority(pod: ApiObject, context: WriteContext): ApiObject {
  const spec = objectOf(pod, 'spec')
  const name = textOf(spec, 'priorityClassName')
  const found = name === '' ? defaultClass(context) : classNamed(pod, name, context)
  const given = spec['priority']
  if (given !== undefined && given !== (found?.priority ?? 0)) {
    const why = `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${found?.priority ?? 0} from the given PriorityClass name`
    throw forbiddenObject(NAMES, pod.metadata.name ?? '', why)
  }
  if (!isJsonObject(pod['spec'])) return pod
  const { className, priority, preemptionPolicy } = found ?? NO_CLASS
  return {
    ...pod,
    spec: {
      ...spec,
      ...(className === '' ? {} : { priorityClassName: className }),
      priority,
      preemptionPolicy: spec['preemptionPolicy'] ?? preemptionPolicy,
    },
  }
}

interface PriorityClass {
  readonly className: string
  readonly priority: number
  readonly preemptionPolicy: unknown
}

const NO_CLASS: PriorityClass = {
  className: '',
  priority: 0,
  preemptionPolicy: 'PreemptLowerPriority',
}

const CLASSES = 'scheduling.k8s.io/priorityclasses'

function classNamed(pod: ApiObject, name: string, { store }: WriteContext): PriorityClass {
  const found = store.get(CLASSES, { namespace: '', name })
  if (found !== undefined) return priorityClass(found)
  const priority = SYSTEM_PRIORITIES[name]
  if (priority === undefined) {
    const why = `no PriorityClass with name ${name} was found`
    throw forbiddenObject(NAMES, pod.metadata.name ?? '', why)
  }
  return { className: name, priority, preemptionPolicy: 'PreemptLowerPriority' }
}

function defaultClass({ store }: WriteContext): PriorityClass | undefined {
  if (store.count(CLASSES) === 0) return undefined
  const found = store.list(CLASSES).find((one) => one['globalDefault'] === true)
  return found === undefined ? undefined : priorityClass(found)
}

function priorityClass(object: ApiObject): PriorityClass {
  return {
    className: object.metadata.name ?? '',
    priority: Number(object['value'] ?? 0),
    preemptionPolicy: object['preemptionPolicy'] ?? 'PreemptLowerPriority',
  }
}

/** A pod on a node is given time to end; one that has no node or has ended goes at once. */
function graceSeconds(pod: ApiObject, options: DeleteOptions): number {
  const spec = objectOf(pod, 'spec')
  const phase = textOf(objectOf(pod, 'status'), 'phase')
  if (textOf(spec, 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return 0
  const seconds = options.gracePeriodSeconds ?? spec['terminationGracePeriodSeconds'] ?? 0
  return Number(seconds) < 0 ? 1 : Number(seconds)
}
