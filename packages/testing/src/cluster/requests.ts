/** A transport that keeps a record of what goes through it: for tests that count requests. */
import type { ApiRequest, HttpMethod, Transport } from '@sortie/machinery'

export interface RequestRecord {
  readonly method: HttpMethod | 'WATCH'
  readonly path: string
  readonly body: unknown
  /** Undefined while no answer has come. */
  status?: number
}

export interface RecordedTransport {
  readonly transport: Transport
  readonly requests: RequestRecord[]
}

export function recordRequests(inner: Transport): RecordedTransport {
  const requests: RequestRecord[] = []
  const note = (method: RequestRecord['method'], { path, body }: ApiRequest): RequestRecord => {
    const record: RequestRecord = { method, path, body }
    requests.push(record)
    return record
  }
  return {
    requests,
    transport: {
      async request(request) {
        const record = note(request.method, request)
        const response = await inner.request(request)
        record.status = response.status
        return response
      },
      watch(request, sink) {
        note('WATCH', request)
        return inner.watch(request, sink)
      },
      stream: (request, sink) => inner.stream(request, sink),
      close: () => inner.close(),
    },
  }
}

/** Requests that write, events apart: what the budget of a flight task counts. */
export function writesOf(requests: readonly RequestRecord[]): RequestRecord[] {
  return requests.filter(
    ({ method, path }) => method !== 'GET' && method !== 'WATCH' && !path.includes('/events'),
  )
}
