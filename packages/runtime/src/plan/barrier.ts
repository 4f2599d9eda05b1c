/**
 * The write barrier: after a write for a key, the key is not acted on again until the caches have seen what was written, so
 * that no decision is made on a state that this process has itself already changed (the cure of KEP-5647).
 */
import { type Informer, newerVersion } from '@sortie/client'
import type { KubeObject, ResourceType } from '@sortie/machinery'

export interface WriteBarrier {
  /** Notes that `key`'s last write of this type left the object at `resourceVersion`. */
  wrote(key: string, type: ResourceType, resourceVersion: string | undefined): void
  /** True where the caches have seen all that was written for the key. Else `onReady` is called once they have. */
  isOpen(key: string, onReady: () => void): boolean
  forget(key: string): void
}

type AnyInformer = Pick<Informer<KubeObject>, 'type' | 'hasSeen' | 'whenSeen'>

export function createWriteBarrier(informers: readonly AnyInformer[]): WriteBarrier {
  const byType = new Map(informers.map((informer) => [typeKey(informer.type), informer]))
  const awaited = new Map<string, Map<AnyInformer, string>>()
  const waiting = new Map<string, () => void>()
  return {
    wrote(key, type, resourceVersion) {
      const informer = byType.get(typeKey(type))
      if (informer === undefined || resourceVersion === undefined) return
      if (informer.hasSeen(resourceVersion)) return
      const versions = awaited.get(key) ?? new Map<AnyInformer, string>()
      const held = versions.get(informer)
      const newest = held === undefined ? resourceVersion : newerVersion(held, resourceVersion)
      awaited.set(key, versions.set(informer, newest))
    },
    isOpen(key, onReady) {
      const versions = awaited.get(key)
      if (versions === undefined) return true
      for (const [informer, version] of versions) {
        if (informer.hasSeen(version)) continue
        if (!waiting.has(key)) {
          const stopWaiting = informer.whenSeen(version, () => {
            waiting.delete(key)
            onReady()
          })
          waiting.set(key, stopWaiting)
        }
        return false
      }
      awaited.delete(key)
      return true
    },
    forget(key) {
      awaited.delete(key)
      waiting.get(key)?.()
      waiting.delete(key)
    },
  }
}

function typeKey(type: ResourceType): string {
  return `${type.group}/${type.plural}`
}
