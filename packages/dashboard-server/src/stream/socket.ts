/** One browser's WebSocket as the stream uses it: whole messages, shared ones without copies, and an end for slow readers. */
import { type ServerMessage, STREAM_CLOSE } from '@sortie/api'
import type { WebSocket } from 'ws'

/** What may wait to be sent before the client is told to begin anew. */
export const MAX_BUFFERED_BYTES = 4 * 1024 * 1024

export interface StreamSocket {
  readonly isOpen: boolean
  /** Bytes that wait. */
  readonly waiting: number
  send(message: ServerMessage): void
  /** A message in two pieces: a head of the client's own and a rest that many share. */
  sendShared(type: 'batch', id: number, tail: Buffer): void
  /** As `sendShared`, compressed where that was agreed on; calls back once it is on its way. */
  sendLarge(
    type: 'snapshot',
    message: { readonly id: number; readonly tail: Buffer },
    sent: () => void,
  ): void
  /** Says why, and closes. */
  end(code: number, reason: string): void
}

export function createStreamSocket(socket: WebSocket): StreamSocket {
  const isOpen = (): boolean => socket.readyState === socket.OPEN
  const end = (code: number, reason: string): void => {
    if (!isOpen()) return
    socket.send(JSON.stringify({ type: 'bye', code, reason }), { compress: false })
    socket.close(code, reason)
  }
  /** A reader who does not keep up is better off with a new snapshot than with all that came since. */
  const keepsUp = (): boolean => {
    if (!isOpen()) return false
    if (socket.bufferedAmount <= MAX_BUFFERED_BYTES) return true
    // The close frame waits behind what is there; ws ends the connection where it is not read in time.
    socket.close(STREAM_CLOSE.slow, 'too slow')
    return false
  }
  const head = (type: string, id: number): string => `{"type":"${type}","id":${id},`
  return {
    get isOpen() {
      return isOpen()
    },
    get waiting() {
      return socket.bufferedAmount
    },
    send(message) {
      if (keepsUp()) socket.send(JSON.stringify(message), { compress: false })
    },
    sendShared(type, id, tail) {
      if (!keepsUp()) return
      socket.send(head(type, id), { fin: false, compress: false })
      socket.send(tail, { binary: false, fin: true, compress: false })
    },
    sendLarge(type, { id, tail }, sent) {
      if (!keepsUp()) return
      socket.send(head(type, id), { fin: false, compress: true })
      socket.send(tail, { binary: false, fin: true, compress: true }, (error) => {
        if (error === undefined || error === null) sent()
      })
    },
    end,
  }
}
