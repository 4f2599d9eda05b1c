/** Who may reach the pods of an installation, and whom they may reach, on clusters whose network keeps to NetworkPolicies. */
import {
  type InstallationSettings,
  labelsOf,
  type Manifest,
  nameOf,
  PODS_OF_INSTALLATION,
  type PodName,
} from './manifest.ts'
import { METRICS_PORT } from './workloads.ts'

/** Where API servers listen, once the Service `kubernetes` is resolved. Others need a change of the policy. */
export const API_SERVER_PORTS: readonly number[] = [443, 6443]

/** One policy for each part. Probes and `kubectl port-forward` come from the pod's own node, which no policy keeps out. */
export function networkPolicies(settings: InstallationSettings): readonly Manifest[] {
  return PODS_OF_INSTALLATION.map((pod) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: nameOf(settings, pod),
      namespace: settings.namespace,
      labels: labelsOf(pod),
    },
    spec: {
      podSelector: { matchLabels: labelsOf(pod) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: INGRESS[pod],
      egress: [
        {
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        { ports: API_SERVER_PORTS.map((port) => ({ protocol: 'TCP', port })) },
      ],
    },
  }))
}

const METRICS = [{ ports: [{ protocol: 'TCP', port: METRICS_PORT }] }]
/** Nobody but a node reaches the dashboard: an ingress controller needs a rule of its own. */
const INGRESS: Readonly<Record<PodName, readonly object[]>> = {
  operator: METRICS,
  scheduler: METRICS,
  dashboard: [],
}
