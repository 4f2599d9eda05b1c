/**
 * metrics.k8s.io: what `kubectl top` reads. On a cluster metrics-server computes it and it is read-only; here whoever
 * plays the kubelets writes it, by the same API.
 */
import { defineResource } from './define.ts'

const GROUP = 'metrics.k8s.io'
const VERSION = 'v1beta1'

export const METRICS_RESOURCES = [
  defineResource({
    group: GROUP,
    version: VERSION,
    plural: 'nodes',
    kind: 'NodeMetrics',
    singular: '',
    namespaced: false,
    strategy: { createsOnUpdate: true },
  }),
  defineResource({
    group: GROUP,
    version: VERSION,
    plural: 'pods',
    kind: 'PodMetrics',
    singular: '',
    strategy: { createsOnUpdate: true },
  }),
]
