/** A client of one API server: typed resources over any transport, with retries and a cap on concurrency. */
import {
  type ApiRequest,
  type ApiResponse,
  type Clock,
  type KubeObject,
  type Random,
  type ResourceType,
  sleep,
  type Transport,
  TransportError,
} from '@sortie/machinery'
import { assertSuccess } from './failures.ts'
import { createLimiter } from './limiter.ts'
import { createResourceClient, type ResourceClient } from './resource.ts'
import { DEFAULT_RETRY, type RetryPolicy, retryDelay } from './retry.ts'

/** Requests in flight at once, besides watches: what client-go-based controllers of this size use at most. */
const MAX_CONCURRENT_REQUESTS = 32

export interface ClientOptions {
  readonly clock: Clock
  readonly random: Random
  /** Written into managedFields by every write that names none. */
  readonly fieldManager?: string
  readonly retry?: RetryPolicy
  /** Default 32. */
  readonly maxConcurrentRequests?: number
}

export interface Client {
  readonly transport: Transport
  /** The objects of one type. Cheap: keep it or call it again. */
  resource<T extends KubeObject>(type: ResourceType): ResourceClient<T>
  /**
   * Sends a request as it is, by the client's retry policy or the one given.
   * @throws ApiStatusError on a status of 300 or more, TransportError where no answer came
   */
  raw(request: ApiRequest, retry?: RetryPolicy): Promise<ApiResponse>
}

export function createClient(transport: Transport, options: ClientOptions): Client {
  const { clock, random } = options
  const policy = options.retry ?? DEFAULT_RETRY
  const limiter = createLimiter(options.maxConcurrentRequests ?? MAX_CONCURRENT_REQUESTS)

  const raw = async (request: ApiRequest, retry: RetryPolicy = policy): Promise<ApiResponse> => {
    const attemptOnce = async (): Promise<ApiResponse> => {
      if (request.signal?.aborted === true) throw abortError(request.signal)
      return assertSuccess(await transport.request(request))
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await limiter.run(attemptOnce, request.signal)
      } catch (error) {
        const delay = retryDelay({ request, error, attempt, chance: random.next() }, retry)
        if (delay === undefined) throw error
        // The place is given back while waiting, so that a slow answer holds up nobody else.
        await sleep(clock, delay, request.signal)
      }
    }
  }
  return {
    transport,
    raw,
    resource: (type) =>
      createResourceClient({ raw, transport, type, fieldManager: options.fieldManager }),
  }
}

function abortError(signal: AbortSignal): TransportError {
  return new TransportError('the request was aborted', { cause: signal.reason })
}
