/** What keeps a pod from being placed on any node at all. */
import type { Pod } from '@sortie/machinery'
import { volumesThatBind } from '../snapshot/podinfo.ts'

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
  const claims = (spec as { resourceClaims?: readonly unknown[] }).resourceClaims ?? []
  if (claims.length === 0) return undefined
  return 'resource claims are not supported by this scheduler: use spec.schedulerName default-scheduler for this pod'
}
