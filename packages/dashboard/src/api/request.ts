/** Requests to the dashboard's server: JSON both ways, the header that other sites cannot set, and errors that say what happened. */
import { CSRF_HEADER } from '@sortie/api'

/** An answer that is no success: HTTP's code (0 where there was no answer) and a sentence for people. */
export class RequestError extends Error {
  readonly status: number
  /** Kubernetes' reason, where the API server gave one: `Conflict`, `Forbidden`, `Invalid`. */
  readonly reason: string
  /** What is wrong, field by field. */
  readonly causes: readonly { readonly field: string; readonly message: string }[]

  constructor(
    status: number,
    message: string,
    detail: { reason?: string; causes?: RequestError['causes'] } = {},
  ) {
    super(message)
    this.name = 'RequestError'
    this.status = status
    this.reason = detail.reason ?? ''
    this.causes = detail.causes ?? []
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  /** Content type of the body; JSON where it is missing. */
  readonly contentType?: string
  readonly signal?: AbortSignal
}

interface StatusBody {
  readonly message?: string
  readonly reason?: string
  readonly details?: {
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[]
  }
}

/** @throws RequestError for everything but a success */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options)
  const text = await response.text()
  const body = parse(text)
  if (response.ok) return body as T
  throw problemOf(response, body as StatusBody | undefined, text)
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const { method = 'GET', body, contentType = 'application/json', signal } = options
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers[CSRF_HEADER] = '1'
  if (body !== undefined) headers['content-type'] = contentType
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    throw new RequestError(0, error instanceof Error ? error.message : String(error))
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function problemOf(response: Response, body: StatusBody | undefined, text: string): RequestError {
  const message = body?.message ?? (text.slice(0, 300) || response.statusText)
  const causes = (body?.details?.causes ?? []).map((cause) => ({
    field: cause.field ?? '',
    message: cause.message ?? '',
  }))
  return new RequestError(response.status, message, { reason: body?.reason ?? '', causes })
}
