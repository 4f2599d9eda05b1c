/** Bodies of requests and answers. */
import { type ApiRequest, type ApiResponse, TransportError } from '@sortie/machinery'
import type { ExchangeHead } from './exchange.ts'

export interface EncodedBody {
  readonly body: string | Uint8Array | null
  /** The content type that follows from the body, where the request names none. */
  readonly headers?: Readonly<Record<string, string>>
}

/** JSON, unless the body is bytes, or text under a content type that is not JSON. */
export function encodeBody(request: ApiRequest): EncodedBody {
  const { body } = request
  if (body === undefined) return { body: null }
  if (body instanceof Uint8Array) return { body }
  const given = request.headers?.['content-type']
  if (given === undefined) {
    return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  }
  if (typeof body === 'string' && !given.includes('json')) return { body }
  return { body: JSON.stringify(body) }
}

/** @throws TransportError where a success is said to be JSON and is not: it was cut off or mangled on the way */
export function decodeResponse(
  head: ExchangeHead,
  chunks: readonly Uint8Array[],
  action: string,
): ApiResponse {
  const text = (chunks.length === 1 ? toBuffer(chunks[0]) : Buffer.concat(chunks)).toString('utf8')
  const { status, headers } = head
  if (headers['content-type']?.includes('json') !== true) return { status, headers, body: text }
  try {
    return { status, headers, body: JSON.parse(text) }
  } catch (cause) {
    if (status >= 400) return { status, headers, body: text }
    throw new TransportError(`${action}: the answer is no valid JSON`, { cause })
  }
}

function toBuffer(bytes: Uint8Array | undefined): Buffer {
  if (bytes === undefined) return Buffer.alloc(0)
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)
}
