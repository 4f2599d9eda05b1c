/** Reads a container's log from a kubelet's server. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { type ByteSink, TransportError } from '@sortie/machinery'
import type { Query } from '../request/query.ts'
import type { PausableStream } from './answer.ts'
import type { LogRequest } from './logs.ts'

interface KubeletLog {
  readonly url: string
  readonly request: LogRequest
  readonly query: Query
}

/** Opens `/containerLogs/<namespace>/<pod>/<container>`, which every kubelet serves, with the client's own options. */
export function openKubeletLog(
  { url, request, query }: KubeletLog,
  sink: ByteSink,
): PausableStream {
  const { container: _, ...options } = query
  const path = [request.namespace, request.pod, request.container].map(encodeURIComponent).join('/')
  const search = new URLSearchParams(options).toString()
  let open = true
  let incoming: IncomingMessage | undefined
  const end = (error?: Error): void => {
    if (!open) return
    open = false
    sink.onEnd(error)
  }
  const outgoing = httpRequest(`${url}/containerLogs/${path}?${search}`, (response) => {
    if (response.statusCode !== 200) {
      response.resume()
      end(new TransportError(`the kubelet answered ${response.statusCode}`))
      return
    }
    incoming = response
    response.on('data', (chunk: Uint8Array) => {
      if (open) sink.onChunk(chunk)
    })
    response.on('end', () => end())
    response.on('error', (error) => end(new TransportError(error.message)))
  })
  outgoing.on('error', (error) => end(new TransportError(error.message)))
  outgoing.end()
  return {
    close: () => {
      open = false
      outgoing.destroy()
    },
    pause: () => void incoming?.pause(),
    resume: () => void incoming?.resume(),
  }
}
