/** For tests: a page before a server whose stream says what a test gives it. */
import type { RowKind, RowKinds, SubscriptionState } from '@sortie/api'
import { flushPromises } from '@vue/test-utils'
import { stream } from '../stream/stream.ts'
import { giveSizes, type Mounted, mountInApp } from './mounting.ts'
import { serve } from './server.ts'
import { stubSockets } from './sockets.ts'

export interface StreamedPage extends Mounted {
  /** All rows of a kind, to each subscription that asks for it. */
  rows<K extends RowKind>(kind: K, rows: readonly Partial<RowKinds[K]>[]): Promise<void>
  /** Why there are none of a kind. */
  state(kind: RowKind, state: SubscriptionState): Promise<void>
  /** Takes it out of the document, and the stream with it. */
  leave(): void
}

/** @param page the component @param path its address. Needs `vi.unstubAllGlobals` after it */
export async function mountStreamed(page: object, path: string): Promise<StreamedPage> {
  giveSizes()
  const socket = stubSockets()
  serve(() => ({}))
  stream.start()
  socket().greet()
  const mounted = await mountInApp(page, { path })
  const tell = async (kind: RowKind, message: object): Promise<void> => {
    for (const asked of socket().sent) {
      if (asked['kind'] === kind) socket().say({ ...message, id: asked['id'] } as never)
    }
    await flushPromises()
  }
  return {
    ...mounted,
    rows: (kind, rows) => tell(kind, { type: 'snapshot', first: true, last: true, rows }),
    state: (kind, state) => tell(kind, { type: 'state', ...state }),
    leave() {
      mounted.wrapper.unmount()
      stream.stop()
      stream.forget()
    },
  }
}
