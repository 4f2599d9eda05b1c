/**
 * The write barrier: after a write for a key, the key is not acted on again until the caches have seen what was written, so
 * that no decision is made on a state that this process has itself already changed (the cure of KEP-5647).
 */
import { type Informer, newerVersion } from '@sortie/client'
import type { KubeObject, ResourceType } from '@sortie/machinery'

export interface WriteBarrier {
  /** Notes that `key`'s last write of this type left the object at `resourceVersion`. */
  wrote(key: string, type: ResourceType, resourceVersion: string | undefined): void
  /** True where the caches have seen all that was written for the key. */
  isOpen(key: string): boolean
  /**
   * Who is told each time the caches have caught up with the writes of a key. What was written may be gone again by then, between two
   * lists and without an event: looking once more is how that is noticed.
   */
  onOpen(wake: (key: string) => void): void
  forget(key: string): void
}

type AnyInformer = Pick<Informer<KubeObject>, 'type' | 'hasSeen' | 'whenSeen'>

/** A version that a key waits for in one informer. */
interface Awaited {
  version: string
  stopWaiting: () => void
}

export function createWriteBarrier(informers: readonly AnyInformer[]): WriteBarrier {
  const byType = new Map(informers.map((informer) => [typeKey(informer.type), informer]))
  const awaited = new Map<string, Map<AnyInformer, Awaited>>()
  let wake: (key: string) => void = () => {}

  const settle = (key: string, informer: AnyInformer): void => {
    const held = awaited.get(key)
    held?.delete(informer)
    if (held?.size !== 0) return
    awaited.delete(key)
    wake(key)
  }
  const waitFor = (key: string, informer: AnyInformer, version: string): Awaited => {
    const one: Awaited = { version, stopWaiting: () => {} }
    const check = (): void => {
      if (informer.hasSeen(one.version)) settle(key, informer)
      else one.stopWaiting = informer.whenSeen(one.version, check)
    }
    one.stopWaiting = informer.whenSeen(version, check)
    return one
  }
  return {
    wrote(key, type, resourceVersion) {
      const informer = byType.get(typeKey(type))
      if (informer === undefined || resourceVersion === undefined) return
      if (informer.hasSeen(resourceVersion)) {
        if (!awaited.has(key)) wake(key)
        return
      }
      const held = awaited.get(key) ?? new Map<AnyInformer, Awaited>()
      awaited.set(key, held)
      const one = held.get(informer)
      if (one === undefined) held.set(informer, waitFor(key, informer, resourceVersion))
      else one.version = newerVersion(one.version, resourceVersion)
    },
    isOpen: (key) => !awaited.has(key),
    onOpen(next) {
      wake = next
    },
    forget(key) {
      for (const { stopWaiting } of awaited.get(key)?.values() ?? []) stopWaiting()
      awaited.delete(key)
    },
  }
}

function typeKey(type: ResourceType): string {
  return `${type.group}/${type.plural}`
}
