/** Where a request comes from, as far as that can be told. */
import { isIP, isIPv6 } from 'node:net'

/** As much of a request as is needed here. */
export interface Sender {
  readonly socket: { readonly remoteAddress?: string | undefined }
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/**
 * The client's address; of IPv6 its network of 64 bits, which one client has to itself. Behind a proxy it is the last that the header
 * names: that one the proxy saw itself, while those before it are what the client says.
 */
export function clientAddress({ socket, headers }: Sender, isProxied: boolean): string {
  const forwarded = isProxied ? String(headers['x-forwarded-for'] ?? '') : ''
  const named = forwarded.slice(forwarded.lastIndexOf(',') + 1).trim()
  return networkOf(isIP(named) === 0 ? (socket.remoteAddress ?? '') : named)
}

function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [left = [], right = []] = address
    .toLowerCase()
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
