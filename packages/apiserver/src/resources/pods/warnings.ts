/** What is valid in a new pod and yet unwise, in the API server's words. */
import { dnsLabelErrors, parseQuantity } from '@sortie/machinery'
import type { ApiObject } from '../../store/index.ts'
import { type Fields, listOf, objectOf, textOf } from './fields.ts'

/** The warnings for a new pod. */
export function podWarnings(pod: ApiObject): readonly string[] {
  const spec = objectOf(pod, 'spec')
  const containers = (['initContainers', 'containers'] as const).flatMap((list) =>
    listOf(spec, list).map((container, index) => ({ container, at: `spec.${list}[${index}]` })),
  )
  const warnings = [
    ...nameWarnings(pod.metadata.name ?? ''),
    ...repeated(listOf(spec, 'hostAliases'), 'ip', 'spec.hostAliases'),
    ...repeated(listOf(spec, 'imagePullSecrets'), 'name', 'spec.imagePullSecrets'),
    ...listOf(spec, 'imagePullSecrets').flatMap((secret, index) =>
      textOf(secret, 'name') === ''
        ? [`spec.imagePullSecrets[${index}].name: invalid empty name ""`]
        : [],
    ),
    ...containers.flatMap(({ container, at }) => [
      ...fractions(container, at),
      ...hiddenVariables(listOf(container, 'env'), at),
    ]),
    ...portWarnings(containers),
  ]
  return warnings
}

function nameWarnings(name: string): readonly string[] {
  const problems = dnsLabelErrors(name)
  if (problems.length === 0) return []
  const why =
    "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended"
  return [`metadata.name: ${why}: [${problems.join(' ')}]`]
}

function repeated(items: readonly Fields[], key: string, at: string): readonly string[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const value = textOf(item, key)
    if (seen.has(value))
      return [`${at}[${index}].${key}: duplicate ${key} ${JSON.stringify(value)}`]
    seen.add(value)
    return []
  })
}

/** Bytes are whole. */
function fractions(container: Fields, at: string): readonly string[] {
  const resources = objectOf(container, 'resources')
  return ['memory', 'ephemeral-storage'].flatMap((name) =>
    ['limits', 'requests'].flatMap((list) => {
      const amount = objectOf(resources, list)[name]
      if (amount === undefined) return []
      if (parseQuantity(String(amount)).nanos % 1_000_000_000n === 0n) return []
      const field = `${at}.resources.${list}[${name}]`
      return [`${field}: fractional byte value "${amount}" is invalid, must be an integer`]
    }),
  )
}

function hiddenVariables(env: readonly Fields[], at: string): readonly string[] {
  const seen = new Set<string>()
  return env.flatMap((variable, index) => {
    const name = textOf(variable, 'name')
    const value = textOf(variable, 'value')
    const isNew = !seen.has(name)
    seen.add(name)
    const reference = `$(${name})`
    const builds = value !== reference && value.includes(reference)
    if (isNew || (builds && variable['valueFrom'] === undefined)) return []
    const why = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`
    return [`${at}.env[${index}]: ${why}`]
  })
}

interface Placed {
  readonly container: Fields
  readonly at: string
}

function portWarnings(containers: readonly Placed[]): readonly string[] {
  const ports = containers.flatMap(({ container, at }) =>
    listOf(container, 'ports').map((port, index) => ({ port, at: `${at}.ports[${index}]` })),
  )
  const warnings: string[] = []
  const named = new Map<string, string>()
  for (const [number, { port, at }] of ports.entries()) {
    for (const other of ports.slice(0, number)) {
      const said = overlap(port, other.port)
      if (said !== undefined) warnings.push(`${at}: ${said} port definition with ${other.at}`)
    }
  }
  for (const { port, at } of ports) {
    const name = textOf(port, 'name')
    const first = named.get(name)
    if (name === '') continue
    if (first === undefined) named.set(name, at)
    else {
      const why = `services and probes that select ports by name will use ${first}`
      warnings.push(`${at}: duplicate port name ${JSON.stringify(name)} with ${first}, ${why}`)
    }
  }
  return warnings
}

function overlap(a: Fields, b: Fields): string | undefined {
  const key = (port: Fields): string => `${port['containerPort']}/${textOf(port, 'protocol')}`
  if (key(a) !== key(b)) return undefined
  const [host, otherHost] = [Number(a['hostPort'] ?? 0), Number(b['hostPort'] ?? 0)]
  const [ip, otherIp] = [textOf(a, 'hostIP'), textOf(b, 'hostIP')]
  if (ip === otherIp && host === otherHost) return 'duplicate'
  if (host === 0 || otherHost === 0) return 'overlapping'
  return host === otherHost && (ip === '') !== (otherIp === '')
    ? 'dangerously ambiguous'
    : undefined
}
