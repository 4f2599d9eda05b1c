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
 * container needs beside the sidecars that were started before it; in place of it what the pod as a whole asks for; then the
 * overhead, and one place for a pod. The rules are those of KEP-753 and KEP-2837.
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
  if (spec.resources !== undefined) Object.assign(running, wholeRequests(spec.resources, running))
  addAmounts(running, amountsOf(spec.overhead))
  running['pods'] = 1
  return running
}

/** What the pod as a whole asks for; its limit stands in where no container asks for anything. */
function wholeRequests(
  { requests, limits }: NonNullable<PodSpec['resources']>,
  containers: Amounts,
): Amounts {
  const standIns = Object.entries(amountsOf(limits)).filter(
    ([name]) => containers[name] === undefined,
  )
  const own = Object.entries(amountsOf(requests))
  return Object.fromEntries([...standIns, ...own].filter(([name]) => IS_OF_WHOLE.test(name)))
}

/** What a pod may ask for as a whole. */
const IS_OF_WHOLE = /^(?:cpu|memory|hugepages-.*)$/

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
