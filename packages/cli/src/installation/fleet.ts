/** Simulated aircraft as a Deployment, for trials on a cluster without machines; no part of an installation. */
import { type InstallationSettings, labelsOf, type Manifest } from './manifest.ts'
import { onMachines } from './placement.ts'
import { containerSecurity, podSecurity } from './podsecurity.ts'
import { type Rule, rule } from './rights.ts'
import { HEALTH_PORT } from './workloads.ts'

/**
 * What simulated aircraft do: they register as nodes, play out the pods bound to them, and renew their leases. Cluster-wide, since the
 * namespaces of missions and of the nodes' leases are not known.
 */
export const FLEET_RULES: readonly Rule[] = [
  rule('', ['nodes'], 'list', 'watch', 'create', 'patch'),
  rule('', ['nodes/status', 'pods/status'], 'patch'),
  rule('', ['pods'], 'list', 'watch', 'delete'),
  rule('coordination.k8s.io', ['leases'], 'get', 'create', 'update'),
]

/** ServiceAccount, rights and Deployment. */
export function fleetManifests(settings: InstallationSettings): readonly Manifest[] {
  const name = `${settings.prefix}-fleet`
  const labels = labelsOf('fleet')
  const here = { name, namespace: settings.namespace, labels }
  const group = 'rbac.authorization.k8s.io'
  const apiVersion = `${group}/v1`
  const subjects = [{ kind: 'ServiceAccount', name, namespace: settings.namespace }]
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: here,
      automountServiceAccountToken: false,
    },
    { apiVersion, kind: 'ClusterRole', metadata: { name, labels }, rules: FLEET_RULES },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects,
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: here, spec: deploymentSpec(settings) },
  ]
}

function deploymentSpec({ prefix, image }: InstallationSettings) {
  const labels = labelsOf('fleet')
  return {
    replicas: 1,
    selector: { matchLabels: labels },
    // Two at a time would both play out the same pods.
    strategy: { type: 'Recreate' },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: `${prefix}-fleet`,
        automountServiceAccountToken: true,
        securityContext: podSecurity(),
        affinity: { nodeAffinity: onMachines() },
        containers: [
          {
            name: 'fleet',
            image,
            imagePullPolicy: 'IfNotPresent',
            args: ['fleet', '--log-level=info'],
            livenessProbe: { httpGet: { path: '/healthz', port: HEALTH_PORT }, periodSeconds: 20 },
            resources: {
              requests: { cpu: '100m', memory: '128Mi' },
              limits: { cpu: '1', memory: '512Mi' },
            },
            securityContext: containerSecurity(),
          },
        ],
      },
    },
  }
}
