/** How long a chain of stages takes per hop, and the two halves of a hop while others fly, by the times of the audit log. */
import { flyMission } from '../embedded.ts'
import type { Figure } from '../figures.ts'
import type { AuditedRequest } from './audit.ts'
import type { Bed } from './bed.ts'
import { chainMission, stageName } from './missions.ts'

export interface LatencyOptions {
  readonly stages: number
  /** Chains that fly side by side for the percentiles. */
  readonly chains: number
}

const POD_SECONDS = 0.1

export async function benchmarkLatency(
  bed: Bed,
  { stages, chains }: LatencyOptions,
): Promise<Figure[]> {
  const alone = await flyMission(bed.client, chainMission('alone', stages, POD_SECONDS))
  await bed.audit.settle()
  const names = Array.from({ length: chains }, (_, index) => `chain-${index}`)
  const started = performance.now()
  await Promise.all(
    names.map((name) => flyMission(bed.client, chainMission(name, stages, POD_SECONDS))),
  )
  const rate = (chains * stages * 1000) / (performance.now() - started)
  const hops = hopsOf(await bed.audit.settle(), names, stages)
  const figure = (name: string, value: number, unit = 'ms'): Figure => ({
    name: `controlplane.${name}`,
    value,
    unit,
  })
  const ready = hops.map(({ ready: value }) => value)
  const ended = hops.map(({ ended: value }) => value)
  return [
    figure(`chain${stages}.hop_less_pod`, (alone.seconds / stages - POD_SECONDS) * 1000),
    figure('latency.load', rate, '1/s'),
    figure('latency.stage_ready_to_pod_p50', percentile(ready, 0.5)),
    figure('latency.stage_ready_to_pod_p99', percentile(ready, 0.99)),
    figure('latency.pod_ended_to_stage_p50', percentile(ended, 0.5)),
    figure('latency.pod_ended_to_stage_p99', percentile(ended, 0.99)),
  ]
}

interface Hop {
  /** From the end of the write that opened the stage's last gate to the end of the pod's create, ms. */
  readonly ready: number
  /** From the end of the pod's last status write to the end of the stage's, ms. */
  readonly ended: number
}

function hopsOf(
  requests: readonly AuditedRequest[],
  missions: readonly string[],
  stages: number,
): Hop[] {
  const times = lastTimes(requests)
  const hops: Hop[] = []
  for (const mission of missions) {
    // The first stage has no gate.
    for (let index = 1; index < stages; index++) {
      const stage = `${mission}-${stageName(index)}`
      const pod = `${stage}-t-pod`
      const at = (action: string): number => times.get(action) ?? Number.NaN
      hops.push({
        ready: at(`create pods/ ${pod}`) - at(`patch missionstages/ ${stage}`),
        ended: at(`patch missionstages/status ${stage}`) - at(`patch pods/status ${pod}`),
      })
    }
  }
  return hops
}

/** When the last request of a kind on an object ended, by `verb resource/subresource name`. */
function lastTimes(requests: readonly AuditedRequest[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const { verb, resource, subresource, name, completed, code } of requests) {
    if (code >= 300) continue
    const key = `${verb} ${resource}/${subresource} ${name}`
    times.set(key, Math.max(completed, times.get(key) ?? 0))
  }
  return times
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
