/** The dashboard in a cluster: people sign in with tokens of their own, so that it needs no rights and has no token itself. */
import { DASHBOARD_PORT } from '../dashboard/port.ts'
import { type InstallationSettings, labelsOf, type Manifest, nameOf } from './manifest.ts'
import { onMachines } from './placement.ts'
import { containerSecurity, podSecurity } from './podsecurity.ts'

/** Where the kubelet puts a service account's files; here all of them but the token. */
const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** One replica, since sessions are in its memory, and a Service for `kubectl port-forward` or an ingress. */
export function dashboardWorkloads(settings: InstallationSettings): readonly Manifest[] {
  return [deployment(settings), service(settings)]
}

function metadataOf(settings: InstallationSettings) {
  return {
    name: nameOf(settings, 'dashboard'),
    namespace: settings.namespace,
    labels: labelsOf('dashboard'),
  }
}

function deployment(settings: InstallationSettings): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(settings),
    spec: {
      replicas: 1,
      selector: { matchLabels: labelsOf('dashboard') },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels: labelsOf('dashboard') },
        spec: {
          serviceAccountName: nameOf(settings, 'dashboard'),
          automountServiceAccountToken: false,
          securityContext: podSecurity(),
          terminationGracePeriodSeconds: 10,
          affinity: { nodeAffinity: onMachines() },
          containers: [container(settings)],
          volumes: [{ name: 'cluster', projected: { defaultMode: 0o444, sources: CLUSTER_FILES } }],
        },
      },
    },
  }
}

/** By what the API server is known, and where this pod is. */
const CLUSTER_FILES = [
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  {
    downwardAPI: {
      items: [
        { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
      ],
    },
  },
]

function container(settings: InstallationSettings) {
  // The server answers by names that it knows alone, and a kubelet would ask by the pod's address.
  const httpHeaders = [{ name: 'Host', value: 'localhost' }]
  const httpGet = { path: '/healthz', port: 'http', httpHeaders }
  return {
    name: 'dashboard',
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    args: argumentsOf(settings),
    ports: [{ name: 'http', containerPort: DASHBOARD_PORT, protocol: 'TCP' }],
    livenessProbe: { httpGet, periodSeconds: 20, initialDelaySeconds: 15 },
    readinessProbe: { httpGet, periodSeconds: 5 },
    resources: {
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { cpu: '1', memory: '512Mi' },
    },
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'cluster', mountPath: ACCOUNT_FOLDER, readOnly: true }],
  }
}

/** Its command line. The namespace is where people begin, which is no matter of rights. */
function argumentsOf({ watchNamespace }: InstallationSettings): readonly string[] {
  return [
    'dashboard',
    '--in-cluster',
    `--port=${DASHBOARD_PORT}`,
    '--log-level=info',
    `--namespace=${watchNamespace ?? 'default'}`,
  ]
}

/** By the port at which it serves, so that `kubectl port-forward` needs one number. */
function service(settings: InstallationSettings): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(settings),
    spec: {
      selector: labelsOf('dashboard'),
      ports: [{ name: 'http', port: DASHBOARD_PORT, targetPort: 'http', protocol: 'TCP' }],
    },
  }
}
