/** The proxy that the environment names, by the rules of Go's `golang.org/x/net/http/httpproxy`, which kubectl follows. */
import { BlockList, isIP } from 'node:net'
import { configError } from './files.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where a server is, as NO_PROXY speaks of it: no brackets, lower case, the port always there. */
interface Address {
  readonly host: string
  readonly port: string
}

const PROXY_PROTOCOLS: readonly string[] = ['http:', 'https:', 'socks5:']

/** True for what a client can go through. */
export function isProxyUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && PROXY_PROTOCOLS.includes(url.protocol) && url.hostname !== ''
}

/**
 * By HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or the same in lower case. Undefined where the server is reached without a proxy, as those of
 * this machine always are.
 * @throws SortieError where the variable holds no proxy
 */
export function proxyOfEnvironment(server: string, env: Env): string | undefined {
  const { protocol, hostname, port } = new URL(server)
  const names =
    protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy']
  const name = names.find((each) => isSet(env[each]))
  if (name === undefined) return undefined
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const address = { host, port: port || (protocol === 'https:' ? '443' : '80') }
  if (isThisMachine(host) || isException(address, env)) return undefined
  const value = env[name] ?? ''
  const proxy = value.includes('://') ? value : `http://${value}`
  if (isProxyUrl(proxy)) return proxy
  throw configError(`${name} must be an http, https or socks5 URL, or host:port`)
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || isWithin(host, '127.0.0.0/8') || host === '::1'
}

function isException(address: Address, env: Env): boolean {
  const list = [env['NO_PROXY'], env['no_proxy']].find(isSet) ?? ''
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry === '*' || isWithin(address.host, entry) || isNamed(address, entry))
}

/** Whether the host is an address of that network: `10.0.0.0/8`. */
function isWithin(host: string, network: string): boolean {
  const [start = '', length = '', ...rest] = network.split('/')
  const family = isIP(start)
  const isNetwork = family !== 0 && /^\d{1,3}$/.test(length) && rest.length === 0
  if (!isNetwork || isIP(host) !== family || Number(length) > (family === 4 ? 32 : 128))
    return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const addresses = new BlockList()
  addresses.addSubnet(start, Number(length), type)
  return addresses.check(host, type)
}

/** `example.com` and what is below it; `.example.com` and `*.example.com` only what is below; an address; each with a port or without. */
function isNamed({ host, port }: Address, entry: string): boolean {
  const [, bracketed, plain, wantedPort] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? []
  const name = bracketed ?? plain ?? entry
  if (name === '' || (wantedPort !== undefined && wantedPort !== port)) return false
  const family = isIP(name)
  if (family !== 0) return isWithin(host, `${name}/${family === 4 ? 32 : 128}`)
  if (isIP(host) !== 0) return false
  const below = name.replace(/^\*?\.?/, '.')
  return host === name || host.endsWith(below)
}
