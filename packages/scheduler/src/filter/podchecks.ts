/** What keeps a pod from being placed on any node at all. */
import { labelSelectorOf, type Pod, type PodSpec } from '@sortie/machinery'
import { affinityTerms, volumesThatBind } from '../snapshot/podinfo.ts'
import { isEmpty } from './topology.ts'

/** Pods that are not to be looked at yet: someone holds a gate closed. */
export function isGated({ spec }: Pod): boolean {
  return (spec.schedulingGates ?? []).length > 0
}

/** Why this scheduler never places such a pod; undefined where it may. */
export function unsupported({ spec }: Pod): string | undefined {
  const volumes = volumesThatBind(spec)
  if (volumes.length > 0) {
    return (
      `volume ${volumes.join(', ')} is bound to a node together with its pod, which this scheduler does not do: ` +
      `use spec.schedulerName default-scheduler for this pod`
    )
  }
  const unread = unreadableSelector(spec)
  if (unread !== undefined) return unread
  if (affinityTerms(spec).some(({ namespaceSelector = {} }) => !isEmpty(namespaceSelector))) {
    return (
      'a namespaceSelector of pod affinity is not supported by this scheduler: ' +
      'name the namespaces, or use spec.schedulerName default-scheduler for this pod'
    )
  }
  const claims = (spec as { resourceClaims?: readonly unknown[] }).resourceClaims ?? []
  if (claims.length === 0) return undefined
  return 'resource claims are not supported by this scheduler: use spec.schedulerName default-scheduler for this pod'
}

/** What is wrong with a selector of pods: an API server that is less strict than Kubernetes' lets it through. */
function unreadableSelector(spec: PodSpec): string | undefined {
  try {
    for (const { labelSelector } of [
      ...affinityTerms(spec),
      ...(spec.topologySpreadConstraints ?? []),
    ]) {
      labelSelectorOf(labelSelector)
    }
    return undefined
  } catch (error) {
    return `a label selector of its affinity or spreading cannot be read: ${String((error as Error).message)}`
  }
}
