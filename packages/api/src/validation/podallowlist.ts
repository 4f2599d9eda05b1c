/** The allow-list of behaviour.md ("What a podTemplate may say") as a tree. What it does not name is refused. */
import { SCHEDULER_NAME } from '../constants.ts'

/** `any`: a plain value, or a list or map of such. A list: exactly these values. */
export type Allowed =
  | 'any'
  | { readonly only: readonly (string | number | boolean)[] }
  | { readonly fields: AllowedFields }
  | { readonly items: Allowed }

type AllowedFields = Readonly<Record<string, Allowed>>

const only = (...values: readonly (string | number | boolean)[]): Allowed => ({ only: values })
const fields = (tree: AllowedFields): Allowed => ({ fields: tree })
const items = (tree: Allowed): Allowed => ({ items: tree })
const plain = <K extends string>(...names: readonly K[]): Record<K, 'any'> =>
  Object.fromEntries(names.map((name) => [name, 'any'])) as Record<K, 'any'>

const keyRef = fields(plain('name', 'key', 'optional'))
const fieldRef = fields(plain('apiVersion', 'fieldPath'))
const resourceFieldRef = fields(plain('containerName', 'resource', 'divisor'))

const env = items(
  fields({
    ...plain('name', 'value'),
    valueFrom: fields({
      configMapKeyRef: keyRef,
      secretKeyRef: keyRef,
      fieldRef,
      resourceFieldRef,
    }),
  }),
)

const envFrom = items(
  fields({
    ...plain('prefix'),
    configMapRef: fields(plain('name', 'optional')),
    secretRef: fields(plain('name', 'optional')),
  }),
)

// A host of its own would let the kubelet be sent anywhere.
const httpGet = fields({
  ...plain('path', 'port', 'scheme'),
  httpHeaders: items(fields(plain('name', 'value'))),
})
const handler = { exec: fields(plain('command')), httpGet, tcpSocket: fields(plain('port')) }
const probe = fields({
  ...handler,
  grpc: fields(plain('port', 'service')),
  ...plain(
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
    'terminationGracePeriodSeconds',
  ),
})
const hook = fields({ ...handler, sleep: fields(plain('seconds')) })

const seccompProfile = fields({
  type: only('RuntimeDefault', 'Localhost'),
  localhostProfile: 'any',
})
const appArmorProfile = fields({
  type: only('RuntimeDefault', 'Localhost'),
  localhostProfile: 'any',
})

const containerSecurity = fields({
  privileged: only(false),
  allowPrivilegeEscalation: only(false),
  procMount: only('Default'),
  capabilities: fields(plain('drop')),
  ...plain('runAsUser', 'runAsGroup', 'runAsNonRoot', 'readOnlyRootFilesystem'),
  seccompProfile,
  appArmorProfile,
})

const resources = fields(plain('requests', 'limits'))

const container = fields({
  ...plain('name', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'restartPolicy'),
  ...plain('terminationMessagePath', 'terminationMessagePolicy', 'stdin', 'stdinOnce', 'tty'),
  env,
  envFrom,
  ports: items(fields({ ...plain('name', 'containerPort', 'protocol'), hostPort: only(0) })),
  resources,
  resizePolicy: items(fields(plain('resourceName', 'restartPolicy'))),
  volumeMounts: items(
    fields({
      ...plain('name', 'mountPath', 'readOnly', 'recursiveReadOnly', 'subPath', 'subPathExpr'),
      mountPropagation: only('None'),
    }),
  ),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: fields({ postStart: hook, preStop: hook }),
  securityContext: containerSecurity,
})

const keysToPaths = items(fields(plain('key', 'path', 'mode')))
const configMap = { ...plain('name', 'optional'), items: keysToPaths }
const downwardItems = items(fields({ ...plain('path', 'mode'), fieldRef, resourceFieldRef }))
const claimSpec = fields({
  ...plain('accessModes', 'storageClassName', 'volumeMode', 'volumeName'),
  resources,
})

const volume = fields({
  name: 'any',
  emptyDir: fields(plain('medium', 'sizeLimit')),
  configMap: fields({ ...configMap, defaultMode: 'any' }),
  secret: fields({ ...plain('secretName', 'optional', 'defaultMode'), items: keysToPaths }),
  downwardAPI: fields({ defaultMode: 'any', items: downwardItems }),
  persistentVolumeClaim: fields(plain('claimName', 'readOnly')),
  ephemeral: fields({ volumeClaimTemplate: fields({ spec: claimSpec }) }),
  projected: fields({
    defaultMode: 'any',
    sources: items(
      fields({
        configMap: fields(configMap),
        secret: fields(configMap),
        downwardAPI: fields({ items: downwardItems }),
      }),
    ),
  }),
})

const requirements = items(fields(plain('key', 'operator', 'values')))
const selector = fields({ ...plain('matchLabels'), matchExpressions: requirements })
const nodeTerm = fields({ matchExpressions: requirements, matchFields: requirements })
const podTerm = fields({
  ...plain('namespaces', 'topologyKey', 'matchLabelKeys', 'mismatchLabelKeys'),
  labelSelector: selector,
  namespaceSelector: selector,
})
const podAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: items(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: items(
    fields({ weight: 'any', podAffinityTerm: podTerm }),
  ),
})
const nodeAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: items(nodeTerm) }),
  preferredDuringSchedulingIgnoredDuringExecution: items(
    fields({ weight: 'any', preference: nodeTerm }),
  ),
})

const podSecurity = fields({
  ...plain('runAsUser', 'runAsGroup', 'runAsNonRoot', 'supplementalGroups'),
  ...plain('supplementalGroupsPolicy', 'fsGroup', 'fsGroupChangePolicy'),
  seccompProfile,
  appArmorProfile,
})

const spread = fields({
  ...plain('maxSkew', 'topologyKey', 'whenUnsatisfiable', 'minDomains', 'matchLabelKeys'),
  ...plain('nodeAffinityPolicy', 'nodeTaintsPolicy'),
  labelSelector: selector,
})

const dnsConfig = fields({
  ...plain('nameservers', 'searches'),
  options: items(fields(plain('name', 'value'))),
})

const podSpec = fields({
  containers: items(container),
  initContainers: items(container),
  volumes: items(volume),
  restartPolicy: only('Never', 'OnFailure'),
  ...plain('terminationGracePeriodSeconds', 'activeDeadlineSeconds', 'nodeSelector'),
  ...plain('hostname', 'subdomain', 'setHostnameAsFQDN', 'enableServiceLinks', 'dnsPolicy'),
  ...plain('shareProcessNamespace'),
  dnsConfig,
  affinity: fields({ nodeAffinity, podAffinity, podAntiAffinity: podAffinity }),
  tolerations: items(fields(plain('key', 'operator', 'value', 'effect', 'tolerationSeconds'))),
  topologySpreadConstraints: items(spread),
  imagePullSecrets: items(fields(plain('name'))),
  hostAliases: items(fields(plain('ip', 'hostnames'))),
  os: fields({ name: only('linux') }),
  resources,
  securityContext: podSecurity,
  serviceAccountName: only('', 'default'),
  serviceAccount: only('', 'default'),
  automountServiceAccountToken: only(false),
  hostNetwork: only(false),
  hostPID: only(false),
  hostIPC: only(false),
  hostUsers: only(false),
  schedulerName: only('', SCHEDULER_NAME),
})

/** What metadata and spec of a pod may hold by default. */
export const DEFAULT_ALLOWED: Allowed = fields({
  apiVersion: only('v1'),
  kind: only('Pod'),
  metadata: fields(plain('labels', 'annotations', 'name', 'namespace', 'creationTimestamp')),
  spec: podSpec,
})
