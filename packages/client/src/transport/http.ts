/** The transport over HTTP/1.1: pooled requests, one connection per stream, credentials, TLS, time limits. */
import { ApiStatusError, type OpenStream, type Transport } from '@sortie/machinery'
import { MAX_LINE_BYTES } from './lines.ts'
import { endlessPatience, patienceOf } from './patience.ts'
import { sendRequest } from './requests.ts'
import { openStream, type StreamOpening, watchLines } from './streams.ts'
import { createWire, type HttpTransportOptions, type Wire } from './wire.ts'

/**
 * A transport to one API server. Beside what its interface says, its methods throw SortieError where the auth provider has no
 * credentials. After a 401 a request is sent once more where the provider can get other credentials. Waiting for credentials ends by the
 * request's signal and by a time limit that the request names; the default limit begins when the request is sent.
 * @throws TypeError where `server` is no URL
 */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const wire = createWire(options)
  const maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES
  return {
    parses: true,
    async request(request) {
      const patience = patienceOf(request, wire.clock)
      const access = await wire.access(patience)
      const response = await sendRequest(wire, access, patience)
      if (response.status !== 401 || !wire.rejected(access.credentials)) return response
      return sendRequest(wire, await wire.access(patience), patience)
    },
    watch: (request, sink) => open(wire, { request, sink: watchLines(sink, maxLineBytes) }),
    stream: (request, sink) => open(wire, { request, sink }),
    close: () => wire.close(),
  }
}

async function open(wire: Wire, opening: StreamOpening): Promise<OpenStream> {
  const patience = endlessPatience(opening.request)
  const access = await wire.access(patience)
  try {
    return await openStream(wire, access, opening)
  } catch (error) {
    const unauthorized = error instanceof ApiStatusError && error.code === 401
    if (!unauthorized || !wire.rejected(access.credentials)) throw error
    return await openStream(wire, await wire.access(patience), opening)
  }
}
