/** The namespace and what runs in it. */
import { SCHEDULER_NAME } from '@sortie/api'
import { dashboardWorkloads } from './dashboard.ts'
import {
  type InstallationSettings,
  labelsOf,
  type Manifest,
  nameOf,
  type PartName,
  partsOf,
} from './manifest.ts'
import { onMachines } from './placement.ts'
import { containerSecurity, podSecurity } from './podsecurity.ts'

export const METRICS_PORT = 8080
export const HEALTH_PORT = 8081

/** Any pod in it must pass Kubernetes' strictest level. */
export function namespace(settings: InstallationSettings): Manifest {
  const level = 'restricted'
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: settings.namespace,
      labels: {
        ...labelsOf(),
        'pod-security.kubernetes.io/enforce': level,
        'pod-security.kubernetes.io/audit': level,
        'pod-security.kubernetes.io/warn': level,
      },
    },
  }
}

/** Deployments, disruption budgets, and the Service of the metrics. */
export function workloads(settings: InstallationSettings): readonly Manifest[] {
  const parts = partsOf(settings)
  return [
    ...parts.map((part) => deployment(settings, part)),
    ...parts.map((part) => disruptionBudget(settings, part)),
    metricsService(settings),
    ...(settings.dashboard === false ? [] : dashboardWorkloads(settings)),
  ]
}

/** On pods that serve metrics: what the Service of the metrics goes by. Not part of any selector that cannot change. */
const SERVES_METRICS = { 'sortie/metrics': 'served' }

function metadataOf(settings: InstallationSettings, part: PartName) {
  return {
    name: nameOf(settings, part),
    namespace: settings.namespace,
    labels: labelsOf(part),
  }
}

function deployment(settings: InstallationSettings, part: PartName): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(settings, part),
    spec: {
      replicas: 2,
      selector: { matchLabels: labelsOf(part) },
      // A new leader takes over while the old one still serves its probes.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } },
      template: {
        metadata: { labels: { ...labelsOf(part), ...SERVES_METRICS } },
        spec: {
          serviceAccountName: nameOf(settings, part),
          automountServiceAccountToken: true,
          securityContext: podSecurity(),
          // Long enough to finish writes under way and to give up the lease.
          terminationGracePeriodSeconds: 30,
          affinity: { nodeAffinity: onMachines(), podAntiAffinity: apart(part) },
          containers: [container(settings, part)],
        },
      },
    },
  }
}

/** Replicas on different nodes, where there are several. */
function apart(part: PartName) {
  const podAffinityTerm = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: labelsOf(part) },
  }
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] }
}

function container(settings: InstallationSettings, part: PartName) {
  const probe = (path: string, periodSeconds: number) => ({
    httpGet: { path, port: 'health' },
    periodSeconds,
  })
  return {
    name: part,
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    args: argumentsOf(settings, part),
    env: [fieldRef('POD_NAME', 'metadata.name'), fieldRef('POD_NAMESPACE', 'metadata.namespace')],
    ports: [
      { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
      { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
    ],
    livenessProbe: { ...probe('/healthz', 20), initialDelaySeconds: 15 },
    readinessProbe: probe('/readyz', 5),
    // Sized for 10,000 live tasks, and for the lists of a restart beside them (docs/reference/figures.md).
    resources: {
      requests: { cpu: '200m', memory: '256Mi' },
      limits: { cpu: '2', memory: '1Gi' },
    },
    securityContext: containerSecurity(),
  }
}

function fieldRef(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } }
}

function argumentsOf(settings: InstallationSettings, part: PartName): readonly string[] {
  const { watchNamespace, schedulerName = SCHEDULER_NAME } = settings
  return [
    part,
    '--leader-elect',
    `--metrics-address=:${METRICS_PORT}`,
    `--health-address=:${HEALTH_PORT}`,
    '--log-level=info',
    ...(watchNamespace === undefined ? [] : [`--namespace=${watchNamespace}`]),
    ...(schedulerName === SCHEDULER_NAME ? [] : [`--scheduler-name=${schedulerName}`]),
  ]
}

function disruptionBudget(settings: InstallationSettings, part: PartName): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(settings, part),
    spec: { minAvailable: 1, selector: { matchLabels: labelsOf(part) } },
  }
}

/** Headless: Prometheus wants each replica. */
function metricsService(settings: InstallationSettings): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `${settings.prefix}-metrics`,
      namespace: settings.namespace,
      labels: labelsOf('metrics'),
    },
    spec: {
      clusterIP: 'None',
      selector: { ...labelsOf(), ...SERVES_METRICS },
      ports: [{ name: 'metrics', port: METRICS_PORT, targetPort: 'metrics', protocol: 'TCP' }],
    },
  }
}
