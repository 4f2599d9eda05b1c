/** The in-process transport: the same router as HTTP, without bytes. */
import {
  type ApiRequest,
  ApiStatusError,
  type OpenStream,
  type StatusObject,
  type Transport,
  TransportError,
  type WatchSink,
} from '@sortie/machinery'
import type { UserInfo } from '../registry/definition.ts'
import type { Answer, EventSink } from '../server/answer.ts'

export interface TransportParts {
  readonly serve: (request: ApiRequest, user: UserInfo) => Promise<Answer>
  readonly user: UserInfo
}

export function createTransport({ serve, user }: TransportParts): Transport {
  const open = new Set<OpenStream & { end(): void }>()
  let closed = false
  const ask = async (request: ApiRequest): Promise<Answer> => {
    if (closed) throw new TransportError('the transport is closed')
    refuseAborted(request)
    const answer = await serve(request, user)
    refuseAborted(request)
    return answer
  }
  return {
    async request(request) {
      const answer = await ask(request)
      if (answer.kind === 'response') return answer.response
      throw new TransportError('the server answers this request with a stream')
    },
    async watch(request, sink) {
      const answer = await ask(request)
      if (answer.kind !== 'watch') throw refusal(answer)
      return track(open, (end) => answer.open(eventSink(sink, end)), {
        signal: request.signal,
        onEnd: (error) => sink.onEnd(error),
      })
    },
    async stream(request, sink) {
      const answer = await ask(request)
      if (answer.kind !== 'stream') throw refusal(answer)
      const ending = (end: () => void) => ({
        onChunk: (chunk: Uint8Array) => sink.onChunk(chunk),
        onEnd: (error?: Error) => {
          end()
          sink.onEnd(error)
        },
      })
      return track(open, (end) => answer.open(ending(end)), {
        signal: request.signal,
        onEnd: (error) => sink.onEnd(error),
      })
    },
    async close() {
      closed = true
      for (const stream of [...open]) stream.end()
    },
  }
}

function refuseAborted(request: ApiRequest): void {
  if (request.signal?.aborted === true) throw new TransportError('the request was aborted')
}

type Tracked = OpenStream & { end(): void }

interface Ending {
  readonly signal: AbortSignal | undefined
  readonly onEnd: (error?: Error) => void
}

/** Opens a stream that ends by itself, by its closing, by the transport's, or by an abort, which its sink hears of. */
function track(
  open: Set<Tracked>,
  start: (end: () => void) => OpenStream,
  { signal, onEnd }: Ending,
): OpenStream {
  let stream: OpenStream | undefined
  const abort = (): void => {
    tracked.close()
    onEnd(new TransportError('the request was aborted', { cause: signal?.reason }))
  }
  const forget = (): void => {
    open.delete(tracked)
    signal?.removeEventListener('abort', abort)
  }
  const tracked: Tracked = {
    close() {
      forget()
      stream?.close()
    },
    end() {
      tracked.close()
      onEnd()
    },
  }
  open.add(tracked)
  signal?.addEventListener('abort', abort, { once: true })
  stream = start(forget)
  return tracked
}

function eventSink(sink: WatchSink, ended: () => void): EventSink {
  return {
    onEvent: (event) => sink.onEvent(event),
    onFlush: () => sink.onActivity?.(),
    onEnd: () => {
      ended()
      sink.onEnd()
    },
  }
}

/** What the server said instead of opening the stream. */
function refusal(answer: Answer): Error {
  if (answer.kind !== 'response')
    return new TransportError('the server answers with another stream')
  const { body, status } = answer.response
  if (status < 400) return new TransportError('the server answered without opening a stream')
  return new ApiStatusError(body as StatusObject)
}
