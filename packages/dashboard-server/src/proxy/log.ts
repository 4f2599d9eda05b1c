/** A container's log as a stream of bytes, however the API server answers. */
import { toStatusError } from '@sortie/client'
import {
  type ApiRequest,
  type ByteSink,
  type OpenStream,
  type Transport,
  TransportError,
} from '@sortie/machinery'

/**
 * Opens a log. A pod that has written nothing yet may be answered with an empty text, which the in-process transport takes for no
 * stream: then the text is the log.
 * @throws ApiStatusError where the server refuses, TransportError where no answer comes
 */
export async function openLog(
  transport: Transport,
  request: ApiRequest,
  sink: ByteSink,
): Promise<OpenStream> {
  try {
    return await transport.stream(request, sink)
  } catch (error) {
    if (!(error instanceof TransportError) || request.signal?.aborted === true) throw error
    const response = await transport.request(request)
    if (response.status >= 300) throw toStatusError(response)
    sink.onChunk(Buffer.from(String(response.body ?? '')))
    sink.onEnd()
    return { close() {} }
  }
}
