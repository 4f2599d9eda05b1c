/** How attempts ended that carried a weapon, image by image: from the pods that are still kept. Pure. */
import { type PodRow, weaponContainerName } from '@sortie/api'
import type { Instant } from '@sortie/machinery'

export interface VersionRecord {
  readonly image: string
  /** Attempts that carried it, whatever became of them. */
  readonly attempts: number
  readonly failed: number
  /** Of the failed ones, those in which the weapon's own container ended with an error. */
  readonly byWeapon: number
  /** When the last failure was. */
  readonly last?: Instant | undefined
}

/** The image that failed most comes first. */
export function recordOf(weapon: string, pods: readonly PodRow[]): readonly VersionRecord[] {
  const own = weaponContainerName(weapon)
  const carried = pods.flatMap((pod) => {
    const container = pod.containers.find(({ name }) => name === own)
    return container === undefined ? [] : [{ pod, container }]
  })
  return [...Map.groupBy(carried, ({ container }) => container.image)]
    .map(([image, all]) => {
      const failed = all.filter(({ pod }) => pod.phase === 'Failed')
      const times = failed.flatMap(({ pod }) => pod.finished ?? [])
      return {
        image,
        attempts: all.length,
        failed: failed.length,
        byWeapon: failed.filter(({ container }) => (container.exitCode ?? 0) !== 0).length,
        last: times.length === 0 ? undefined : Math.max(...times),
      }
    })
    .toSorted((a, b) => b.failed - a.failed || a.image.localeCompare(b.image))
}
