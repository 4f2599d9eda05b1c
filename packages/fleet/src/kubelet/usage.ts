/** CPU and memory in use, for metrics.k8s.io: a steady share of what pods ask for. Computed when asked, never written. */
import { type Amounts, amountsOf, type Pod, podRequests, stableHash } from '@sortie/machinery'
import type { Aircraft } from '../nodes/node.ts'

export interface Usage {
  /** Thousandths of a core. */
  readonly cpuMillis: number
  readonly memoryBytes: number
}

export interface NodeUsage extends Usage {
  readonly node: string
}

export interface PodUsage {
  readonly containers: readonly (Usage & { readonly name: string })[]
}

/** What a container uses that asks for nothing. */
const LEAST = { cpu: 5, memory: 16 * 2 ** 20 }
/** What a node uses for itself, as a share of what it has. */
const OWN_SHARE = 0.02

export function nodeUsage(aircraft: Aircraft, pods: readonly Pod[]): NodeUsage {
  const capacity = amountsOf({ cpu: aircraft.group.cpu, memory: aircraft.group.memory })
  let cpuMillis = (capacity['cpu'] ?? 0) * OWN_SHARE
  let memoryBytes = (capacity['memory'] ?? 0) * OWN_SHARE
  for (const pod of pods) {
    if (pod.status?.phase !== 'Running') continue
    const usage = usageOf(podRequests(pod.spec), pod.metadata.uid ?? '')
    cpuMillis += usage.cpuMillis
    memoryBytes += usage.memoryBytes
  }
  return {
    node: aircraft.name,
    cpuMillis: Math.round(cpuMillis),
    memoryBytes: Math.round(memoryBytes),
  }
}

export function podUsage(pod: Pod): PodUsage {
  const sidecars = (pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')
  if (pod.status?.phase !== 'Running') return { containers: [] }
  return {
    containers: [...sidecars, ...pod.spec.containers].map(({ name, resources }) => ({
      name,
      ...usageOf(amountsOf(resources?.requests), `${pod.metadata.uid}/${name}`),
    })),
  }
}

/** Between half and nine tenths of what is asked for, the same whenever it is looked at. */
function usageOf(requests: Amounts, seed: string): Usage {
  const share = 0.5 + (Number.parseInt(stableHash(seed).slice(0, 4), 36) % 400) / 1000
  return {
    cpuMillis: Math.round(Math.max(LEAST.cpu, (requests['cpu'] ?? 0) * share)),
    memoryBytes: Math.round(Math.max(LEAST.memory, (requests['memory'] ?? 0) * share)),
  }
}
