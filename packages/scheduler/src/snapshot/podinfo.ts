/** What the scheduler needs to know about a pod, worked out once. */
import { EXTENDED_RESOURCES } from '@sortie/api'
import type { Amounts, Pod, PodAffinityTerm, Stored } from '@sortie/machinery'
import { keyOf, podRequests } from '@sortie/machinery'
import { hashText } from './hash.ts'

export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

export interface PodInfo {
  readonly pod: Stored<Pod>
  readonly uid: string
  /** `namespace/name`. */
  readonly key: string
  readonly namespace: string
  /** Breaks ties between aircraft, differently for each pod and always the same for one. */
  readonly hash: number
  readonly requests: Amounts
  readonly hostPorts: readonly HostPort[]
  /** It takes an aircraft's slot, so that what it leaves of the aircraft hardly matters. */
  readonly takesSlot: boolean
  /** Where it may go depends on where other pods of the same batch go. */
  readonly interacts: boolean
  readonly antiAffinity: readonly PodAffinityTerm[]
  /** Equal for pods that can go to the same nodes at the same cost, but for those that others there keep away by labels. */
  readonly signature: string
}

const infos = new WeakMap<object, PodInfo>()

/** Remembered for as long as the object lives. */
export function podInfo(pod: Stored<Pod>): PodInfo {
  const known = infos.get(pod)
  if (known !== undefined) return known
  const info = describePod(pod)
  infos.set(pod, info)
  return info
}

function describePod(pod: Stored<Pod>): PodInfo {
  const { spec, metadata } = pod
  const requests = podRequests(spec)
  const hostPorts = hostPortsOf(pod)
  const antiAffinity =
    spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return {
    pod,
    uid: metadata.uid,
    key: keyOf(pod as Pod),
    namespace: metadata.namespace ?? '',
    hash: hashText(metadata.uid),
    requests,
    hostPorts,
    takesSlot: (requests[EXTENDED_RESOURCES.slot] ?? 0) > 0,
    interacts: hostPorts.length > 0 || looksAtPods(pod),
    antiAffinity,
    signature: signatureOf(pod, { requests, hostPorts }),
  }
}

function looksAtPods({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  return (
    podAffinity !== undefined ||
    podAntiAffinity !== undefined ||
    (spec.topologySpreadConstraints ?? []).length > 0
  )
}

/**
 * Everything of a pod that filters and scores look at. Of its labels only those by which it selects pods, which may be like itself:
 * all tasks differ by some label, and those that are alike otherwise are to be looked at once.
 */
function signatureOf(
  { spec, metadata }: Pod,
  derived: Pick<PodInfo, 'requests' | 'hostPorts'>,
): string {
  const { labels = {} } = metadata
  const selecting = selectingKeys(spec).map((key) => [key, labels[key]])
  return JSON.stringify([
    spec.nodeName,
    spec.nodeSelector,
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
    derived.requests,
    derived.hostPorts,
    volumesThatBind(spec),
    selecting,
    metadata.namespace,
  ])
}

/** All terms of affinity to pods, required and preferred, for and against. */
export function affinityTerms({ affinity }: Pod['spec']): readonly PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((one) => [
    ...(one?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(one?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ])
}

/** The labels by which a pod selects pods, each once. */
function selectingKeys(spec: Pod['spec']): readonly string[] {
  const keys = new Set<string>()
  for (const term of [...affinityTerms(spec), ...(spec.topologySpreadConstraints ?? [])]) {
    const { matchLabels = {}, matchExpressions = [] } = term.labelSelector ?? {}
    for (const key of Object.keys(matchLabels)) keys.add(key)
    for (const { key } of matchExpressions) keys.add(key)
    const { matchLabelKeys = [] } = term
    for (const key of matchLabelKeys) keys.add(key)
    if ('mismatchLabelKeys' in term) for (const key of term.mismatchLabelKeys ?? []) keys.add(key)
  }
  return [...keys]
}

/** Volumes that bind only once the pod has a node, which this scheduler does not wait for. */
export function volumesThatBind(spec: Pod['spec']): readonly string[] {
  const volumes = spec.volumes ?? []
  return volumes
    .filter((volume) => 'persistentVolumeClaim' in volume || 'ephemeral' in volume)
    .map(({ name }) => name)
}

const ANY_ADDRESS = '0.0.0.0'

function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')
  const ports: HostPort[] = []
  for (const container of [...sidecars, ...spec.containers]) {
    for (const { containerPort, hostPort, hostIP, protocol = 'TCP' } of container.ports ?? []) {
      const port = hostPort ?? (spec.hostNetwork === true ? containerPort : 0)
      if (port > 0) ports.push({ ip: hostIP ?? ANY_ADDRESS, protocol, port })
    }
  }
  return ports
}

/** Whether two pods can't have these ports on one node. */
export function portsClash(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS)
  )
}

/** A pod in one of the two phases that give up its resources. */
export function hasEnded(pod: Pick<Pod, 'status'>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}
