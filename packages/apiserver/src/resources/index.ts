/** The resources that every server has. */
import type { ResourceDefinition } from '../registry/definition.ts'
import { CUSTOM_RESOURCES } from './customresources.ts'
import { defineResource } from './define.ts'
import { STORED_RESOURCES } from './stored.ts'

export const BUILT_IN_RESOURCES: readonly ResourceDefinition[] = [
  defineResource({
    group: '',
    plural: 'namespaces',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    hasStatus: true,
    strategy: { nameFormat: 'label' },
  }),
  defineResource({
    group: '',
    plural: 'nodes',
    kind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    hasStatus: true,
    selectableFields: ['spec.unschedulable'],
    strategy: { prepareCreate: (object) => object },
  }),
  defineResource({
    group: '',
    plural: 'pods',
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    hasStatus: true,
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
    strategy: {
      returnsDeleted: true,
      prepareCreate: (object) => ({
        ...object,
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      }),
    },
  }),
  defineResource({
    group: '',
    plural: 'events',
    kind: 'Event',
    shortNames: ['ev'],
    selectableFields: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
    strategy: { createsOnUpdate: true },
  }),
  CUSTOM_RESOURCES,
  ...STORED_RESOURCES,
]
