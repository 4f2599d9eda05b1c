/** For tests: the network's end of a stream. */
import { type ServerMessage, STREAM_PROTOCOL } from '@sortie/api'
import { vi } from 'vitest'
import type { Socket } from '../stream/connection.ts'

export class TestSocket implements Socket {
  readonly sent: Record<string, unknown>[] = []
  isClosed = false
  onopen: (() => void) | null = null
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }

  close(): void {
    this.isClosed = true
  }

  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  greet(epoch = 'e1', time = 0): void {
    this.say({ type: 'hello', protocol: STREAM_PROTOCOL, epoch, time, mode: 'embedded' })
  }

  drop(code = 1006): void {
    this.onclose?.({ code, reason: '' })
  }

  /** What was asked, without what it was asked about: `subscribe 1`. */
  get asked(): readonly string[] {
    return this.sent.map(({ type, id }) => `${type} ${id}`)
  }
}

/** Stands in for the browser's WebSocket until `vi.unstubAllGlobals`; the function returned gives the newest that was opened. */
export function stubSockets(): () => TestSocket {
  const opened: TestSocket[] = []
  vi.stubGlobal(
    'WebSocket',
    class extends TestSocket {
      constructor() {
        super()
        opened.push(this)
      }
    },
  )
  return () => {
    const newest = opened.at(-1)
    if (newest === undefined) throw new Error('nothing was opened')
    return newest
  }
}
