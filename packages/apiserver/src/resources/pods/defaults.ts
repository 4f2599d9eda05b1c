/** What the API server fills into a pod. Containers that lack nothing are kept as they are. */
import { isJsonObject } from '@sortie/machinery'
import type { ApiObject } from '../../store/index.ts'
import { type Fields, listOf, mapList, textOf, withDefaults } from './fields.ts'

const SPEC_DEFAULTS: Fields = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
  enableServiceLinks: true,
}
const CONTAINER_DEFAULTS: Fields = {
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
}
const PROBE_DEFAULTS: Fields = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
}
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
const FILE_VOLUMES = ['secret', 'configMap', 'downwardAPI', 'projected'] as const
const FILE_MODE: Fields = { defaultMode: 420 }
const NOT_READY_TOLERATIONS: readonly Fields[] = ['not-ready', 'unreachable'].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))

/** The defaults of the kind itself, idempotent. */
export function defaultPod(pod: ApiObject): ApiObject {
  const { spec, status } = pod
  const defaulted = isJsonObject(spec) ? defaultPodSpec(spec) : spec
  const addressed = isJsonObject(status) ? withAddresses(status) : status
  if (defaulted === spec && addressed === status) return pod
  return { ...pod, spec: defaulted, ...(status === undefined ? {} : { status: addressed }) }
}

/** The first address stands by itself and in the list; where the two differ the single one holds. */
function withAddresses(status: Fields): Fields {
  const single = textOf(status, 'podIP')
  const first = textOf(listOf(status, 'podIPs')[0] ?? {}, 'ip')
  if (single === first) return status
  if (single === '') return { ...status, podIP: first }
  return { ...status, podIPs: [{ ip: single }] }
}

function defaultPodSpec(spec: Fields): Fields {
  let next = withDefaults(spec, SPEC_DEFAULTS)
  if (next['serviceAccountName'] !== undefined) {
    next = withDefaults(next, { serviceAccount: next['serviceAccountName'] })
  }
  if (Number(next['terminationGracePeriodSeconds']) < 0) {
    next = { ...next, terminationGracePeriodSeconds: 1 }
  }
  next = mapList(next, 'containers', defaultContainer)
  next = mapList(next, 'initContainers', defaultContainer)
  if (next['hostNetwork'] === true) {
    next = mapList(next, 'containers', withHostPorts)
    next = mapList(next, 'initContainers', withHostPorts)
  }
  return mapList(next, 'volumes', defaultVolume)
}

/** What admission adds to a new pod: how long it stays on a node that is not ready. */
export function withDefaultTolerations(pod: ApiObject): ApiObject {
  const { spec } = pod
  if (!isJsonObject(spec)) return pod
  const given = listOf(spec, 'tolerations')
  const missing = NOT_READY_TOLERATIONS.filter(
    (wanted) => !given.some((one) => toleratesKey(one, String(wanted['key']))),
  )
  if (missing.length === 0) return pod
  return { ...pod, spec: { ...spec, tolerations: [...given, ...missing] } }
}

function toleratesKey(toleration: Fields, key: string): boolean {
  const effect = toleration['effect'] ?? ''
  const covers = toleration['key'] === key || (toleration['key'] ?? '') === ''
  return covers && (effect === '' || effect === 'NoExecute')
}

function defaultContainer(container: Fields): Fields {
  let next = withDefaults(container, {
    imagePullPolicy: pullPolicyOf(String(container['image'] ?? '')),
    ...CONTAINER_DEFAULTS,
  })
  next = mapList(next, 'ports', (port) => withDefaults(port, { protocol: 'TCP' }))
  for (const probe of PROBES) {
    const given = next[probe]
    if (isJsonObject(given)) next = replace(next, probe, defaultProbe(given))
  }
  next = mapList(next, 'env', defaultEnv)
  return defaultRequests(next)
}

/** On the node's network a container's ports are the node's. */
const withHostPorts = (container: Fields): Fields =>
  mapList(container, 'ports', (port) =>
    port['containerPort'] === 0 ? port : withDefaults(port, { hostPort: port['containerPort'] }),
  )

/** What is no image at all is taken for one with a tag. */
const IMAGE =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+|\/)[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@[\w.+-]+:[0-9a-fA-F]{32,})?$/

function pullPolicyOf(image: string): string {
  if (!IMAGE.test(image)) return 'IfNotPresent'
  const name = image.slice(image.lastIndexOf('/') + 1)
  if (name.includes('@')) return 'IfNotPresent'
  const colon = name.lastIndexOf(':')
  return colon < 0 || name.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultProbe(probe: Fields): Fields {
  const next = withDefaults(probe, PROBE_DEFAULTS)
  const { httpGet } = next
  if (!isJsonObject(httpGet)) return next
  return replace(next, 'httpGet', withDefaults(httpGet, { path: '/', scheme: 'HTTP' }))
}

function defaultEnv(env: Fields): Fields {
  const { valueFrom } = env
  if (!isJsonObject(valueFrom) || !isJsonObject(valueFrom['fieldRef'])) return env
  const fieldRef = withDefaults(valueFrom['fieldRef'], { apiVersion: 'v1' })
  return replace(env, 'valueFrom', replace(valueFrom, 'fieldRef', fieldRef))
}

/** A limit without a request asks for as much as it allows. */
function defaultRequests(container: Fields): Fields {
  const { resources } = container
  if (!isJsonObject(resources)) return container
  let next: Fields = resources
  const { limits, requests } = next
  if (isJsonObject(limits)) {
    const given: Fields = isJsonObject(requests) ? requests : {}
    const asked = withDefaults(given, limits)
    if (asked !== given) next = replace(next, 'requests', asked)
  }
  return replace(container, 'resources', next)
}

function defaultVolume(volume: Fields): Fields {
  if (Object.keys(volume).length === 1) return { ...volume, emptyDir: {} }
  let next = volume
  for (const source of FILE_VOLUMES) {
    const given = next[source]
    if (isJsonObject(given)) next = replace(next, source, withDefaults(given, FILE_MODE))
  }
  const { hostPath } = next
  return isJsonObject(hostPath)
    ? replace(next, 'hostPath', withDefaults(hostPath, { type: '' }))
    : next
}

function replace(fields: Fields, key: string, value: Fields): Fields {
  return fields[key] === value ? fields : { ...fields, [key]: value }
}
