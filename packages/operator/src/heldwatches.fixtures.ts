/** A line to the API server of which single watches can be held up, so that its process has an old view of one kind of objects. */
import type { Transport, WatchEvent, WatchSink } from '@sortie/machinery'

export interface HeldWatches {
  wrap(inner: Transport): Transport
  /** From now on nothing is told of objects of this kind, by the plural of its name. */
  hold(plural: string): void
  /** What was held up is told, and all that follows. */
  release(): void
}

export function createHeldWatches(): HeldWatches {
  const held = new Set<string>()
  const waiting: (() => void)[] = []
  const holding = (plural: string, sink: WatchSink): WatchSink => ({
    ...sink,
    onEvent(event: WatchEvent) {
      if (held.has(plural)) waiting.push(() => sink.onEvent(event))
      else sink.onEvent(event)
    },
  })
  return {
    wrap: (inner) => ({
      ...inner,
      request: (request) => inner.request(request),
      watch: (request, sink) =>
        inner.watch(request, holding(request.path.split('/').at(-1) ?? '', sink)),
    }),
    hold: (plural) => void held.add(plural),
    release() {
      held.clear()
      for (const tell of waiting.splice(0)) tell()
    },
  }
}
