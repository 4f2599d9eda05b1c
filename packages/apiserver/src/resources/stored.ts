/** Built-in resources that are kept and served, and drive nothing here. */
import type { ResourceDefinition, Strategy } from '../registry/definition.ts'
import { type FieldError, forbidden, invalid, required } from '../schema/fielderror.ts'
import type { ApiObject } from '../store/index.ts'
import { CONFIG_MAP_STRATEGY, SECRET_STRATEGY } from './configuration.ts'
import { defineResource, SPEC_AND_STATUS } from './define.ts'
import { disruptionBudgetErrors } from './disruptionbudgets.ts'
import { listOf, mapList, objectOf, withDefaults } from './pods/fields.ts'

const UNNAMED: Strategy = {}
const RETURNS_DELETED: Strategy = { returnsDeleted: true }

const WORKLOAD = { categories: ['all'], hasStatus: true, strategy: SPEC_AND_STATUS } as const
const SCALE = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
} as const

/** What a service shows of itself; nothing here gives it an address. */
function defaultService(service: ApiObject): ApiObject {
  const spec = objectOf(service, 'spec')
  const given = withDefaults(spec, {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  })
  const next = mapList(given, 'ports', (port) => {
    const named = withDefaults(port, { protocol: 'TCP', targetPort: port['port'] })
    const isUnset = named['targetPort'] === 0 || named['targetPort'] === ''
    return isUnset ? { ...named, targetPort: port['port'] } : named
  })
  return next === spec ? service : { ...service, spec: next }
}

/** A service that has an address, or is to get one, says which ports it serves. */
function serviceErrors(service: ApiObject): readonly FieldError[] {
  const spec = objectOf(service, 'spec')
  const needsNone = spec['clusterIP'] === 'None' || spec['type'] === 'ExternalName'
  return needsNone || listOf(spec, 'ports').length > 0 ? [] : [required('spec.ports')]
}

const PRIORITY_CLASS_STRATEGY: Strategy = {
  generation: 'all',
  defaults: (object) =>
    object['preemptionPolicy'] === undefined
      ? { ...object, preemptionPolicy: 'PreemptLowerPriority' }
      : object,
  validateUpdate: ({ object, old }) =>
    object['value'] === old['value']
      ? []
      : [forbidden('value', 'may not be changed in an update.')],
}

const LEASE_STRATEGY: Strategy = {
  createsOnUpdate: true,
  allowsUnconditionalUpdate: false,
  validate: (lease) => {
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = objectOf(lease, 'spec')
    const errors: FieldError[] = []
    if (typeof seconds === 'number' && seconds <= 0) {
      errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'))
    }
    if (typeof transitions === 'number' && transitions < 0) {
      const why = 'must be greater than or equal to 0'
      errors.push(invalid('spec.leaseTransitions', transitions, why))
    }
    return errors
  },
}

const CORE: readonly ResourceDefinition[] = [
  defineResource({
    group: '',
    plural: 'configmaps',
    kind: 'ConfigMap',
    shortNames: ['cm'],
    strategy: CONFIG_MAP_STRATEGY,
  }),
  defineResource({
    group: '',
    plural: 'endpoints',
    kind: 'Endpoints',
    singular: 'endpoints',
    listKind: 'EndpointsList',
    shortNames: ['ep'],
  }),
  defineResource({ group: '', plural: 'limitranges', kind: 'LimitRange', shortNames: ['limits'] }),
  defineResource({
    group: '',
    plural: 'persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    hasStatus: true,
    strategy: RETURNS_DELETED,
  }),
  defineResource({
    group: '',
    plural: 'persistentvolumes',
    kind: 'PersistentVolume',
    namespaced: false,
    shortNames: ['pv'],
    hasStatus: true,
    strategy: RETURNS_DELETED,
  }),
  defineResource({
    group: '',
    plural: 'podtemplates',
    kind: 'PodTemplate',
    strategy: { ...RETURNS_DELETED, generation: 'all' },
  }),
  defineResource({
    group: '',
    plural: 'replicationcontrollers',
    kind: 'ReplicationController',
    shortNames: ['rc'],
    ...WORKLOAD,
    selectableFields: ['status.replicas'],
    scale: SCALE,
  }),
  defineResource({
    group: '',
    plural: 'resourcequotas',
    kind: 'ResourceQuota',
    shortNames: ['quota'],
    hasStatus: true,
    strategy: RETURNS_DELETED,
  }),
  defineResource({
    group: '',
    plural: 'secrets',
    kind: 'Secret',
    selectableFields: ['type'],
    strategy: SECRET_STRATEGY,
  }),
  defineResource({
    group: '',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    shortNames: ['sa'],
    subresources: [
      {
        name: 'token',
        kind: 'TokenRequest',
        group: 'authentication.k8s.io',
        version: 'v1',
        verbs: ['create'],
      },
    ],
    strategy: RETURNS_DELETED,
  }),
  defineResource({
    group: '',
    plural: 'services',
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    hasStatus: true,
    selectableFields: ['spec.clusterIP', 'spec.type'],
    strategy: {
      ...RETURNS_DELETED,
      nameFormat: 'label',
      defaults: defaultService,
      validate: serviceErrors,
    },
  }),
]

const APPS: readonly ResourceDefinition[] = [
  defineResource({ group: 'apps', plural: 'controllerrevisions', kind: 'ControllerRevision' }),
  defineResource({
    group: 'apps',
    plural: 'daemonsets',
    kind: 'DaemonSet',
    shortNames: ['ds'],
    ...WORKLOAD,
  }),
  defineResource({
    group: 'apps',
    plural: 'deployments',
    kind: 'Deployment',
    shortNames: ['deploy'],
    ...WORKLOAD,
    scale: SCALE,
  }),
  defineResource({
    group: 'apps',
    plural: 'replicasets',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    ...WORKLOAD,
    selectableFields: ['status.replicas'],
    scale: SCALE,
  }),
  defineResource({
    group: 'apps',
    plural: 'statefulsets',
    kind: 'StatefulSet',
    shortNames: ['sts'],
    ...WORKLOAD,
    scale: SCALE,
  }),
]

const BATCH: readonly ResourceDefinition[] = [
  defineResource({
    group: 'batch',
    plural: 'cronjobs',
    kind: 'CronJob',
    shortNames: ['cj'],
    ...WORKLOAD,
  }),
  defineResource({
    group: 'batch',
    plural: 'jobs',
    kind: 'Job',
    ...WORKLOAD,
    selectableFields: ['status.successful'],
  }),
]

const OTHERS: readonly ResourceDefinition[] = [
  defineResource({
    group: 'coordination.k8s.io',
    plural: 'leases',
    kind: 'Lease',
    strategy: LEASE_STRATEGY,
  }),
  defineResource({
    group: 'policy',
    plural: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    shortNames: ['pdb'],
    hasStatus: true,
    strategy: {
      ...SPEC_AND_STATUS,
      allowsUnconditionalUpdate: false,
      validate: disruptionBudgetErrors,
    },
  }),
  defineResource({
    group: 'scheduling.k8s.io',
    plural: 'priorityclasses',
    kind: 'PriorityClass',
    namespaced: false,
    shortNames: ['pc'],
    strategy: PRIORITY_CLASS_STRATEGY,
  }),
  defineResource({
    group: 'storage.k8s.io',
    plural: 'storageclasses',
    kind: 'StorageClass',
    namespaced: false,
    shortNames: ['sc'],
    strategy: UNNAMED,
  }),
  defineResource({
    group: 'networking.k8s.io',
    plural: 'networkpolicies',
    kind: 'NetworkPolicy',
    singular: 'networkpolicy',
    shortNames: ['netpol'],
    strategy: { generation: 'spec' },
  }),
  defineResource({
    group: 'networking.k8s.io',
    plural: 'ingresses',
    kind: 'Ingress',
    singular: 'ingress',
    shortNames: ['ing'],
    hasStatus: true,
    strategy: SPEC_AND_STATUS,
  }),
  defineResource({
    group: 'autoscaling',
    version: 'v2',
    plural: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    hasStatus: true,
  }),
]

export const STORED_RESOURCES: readonly ResourceDefinition[] = [
  ...CORE,
  ...APPS,
  ...BATCH,
  ...OTHERS,
]
