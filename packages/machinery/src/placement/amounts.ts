/** Amounts of resources, counted as kube-scheduler and the kubelet count them. */
import type { Container, PodSpec, ResourceList } from '../core.ts'
import { quantityMilliValue, quantityValue } from '../quantities.ts'

/** By resource: thousandths of cores, bytes, and numbers of everything else. */
export type Amounts = Readonly<Record<string, number>>

/** @throws SortieError (terminal, InvalidQuantity) */
export function amountsOf(list: ResourceList | undefined): Record<string, number> {
  const amounts: Record<string, number> = {}
  for (const name in list) {
    const written = list[name]
    if (written === undefined) continue
    amounts[name] = name === 'cpu' ? quantityMilliValue(written) : quantityValue(written)
  }
  return amounts
}

/**
 * What a pod takes of its node: the larger of what all its containers need together while they run, and of what each init
 * container needs beside the sidecars that were started before it; then the overhead, and one place for a pod.
 * The rule is that of KEP-753.
 */
export function podRequests(spec: PodSpec): Amounts {
  const sidecars: Record<string, number> = {}
  const starting: Record<string, number> = {}
  for (const container of spec.initContainers ?? []) {
    const requests = containerRequests(container)
    if (container.restartPolicy === 'Always') {
      addAmounts(sidecars, requests)
      raise(starting, sidecars)
    } else {
      addAmounts(requests, sidecars)
      raise(starting, requests)
    }
  }
  const running = sidecars
  for (const container of spec.containers) addAmounts(running, containerRequests(container))
  raise(running, starting)
  addAmounts(running, amountsOf(spec.overhead))
  running['pods'] = 1
  return running
}

/** Limits stand in for requests that are not given, as the API server defaults them. */
function containerRequests({ resources }: Container): Record<string, number> {
  const requests = amountsOf(resources?.requests)
  if (resources?.limits === undefined) return requests
  return { ...amountsOf(resources.limits), ...requests }
}

/** Adds to `target` in place. */
export function addAmounts(target: Record<string, number>, amounts: Amounts): void {
  for (const name in amounts) target[name] = (target[name] ?? 0) + (amounts[name] ?? 0)
}

/** Takes away from `target` in place. */
export function subtractAmounts(target: Record<string, number>, amounts: Amounts): void {
  for (const name in amounts) target[name] = (target[name] ?? 0) - (amounts[name] ?? 0)
}

function raise(target: Record<string, number>, amounts: Amounts): void {
  for (const name in amounts) target[name] = Math.max(target[name] ?? 0, amounts[name] ?? 0)
}
