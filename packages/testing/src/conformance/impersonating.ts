/** A transport whose every request carries more headers. */
import type { ApiRequest, Transport } from '@sortie/machinery'

export function transportAs(
  transport: Transport,
  headers: Readonly<Record<string, string>>,
): Transport {
  const dressed = (request: ApiRequest): ApiRequest => ({
    ...request,
    headers: { ...request.headers, ...headers },
  })
  return {
    request: (request) => transport.request(dressed(request)),
    watch: (request, sink) => transport.watch(dressed(request), sink),
    stream: (request, sink) => transport.stream(dressed(request), sink),
    close: async () => {},
  }
}
