/** Flags that the parts (operator, scheduler, fleet) share, checked. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { PodPolicies, PodPolicy } from '@sortie/api'
import { isJsonObject, type JsonValue } from '@sortie/machinery'
import type { LogLevel } from '@sortie/runtime'
import { parse } from 'yaml'
import type { ConnectionFlags } from '../connection.ts'
import { CommandError, type Environment, EXIT } from '../environment.ts'

export interface PartFlags extends Pick<ConnectionFlags, 'kubeconfig' | 'context'> {
  readonly leaderElect?: boolean
  readonly leaderElectNamespace?: string
  readonly metricsAddress?: string
  readonly healthAddress?: string
  readonly logLevel?: string
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** `:8080` (every interface), `127.0.0.1:8080`, `[::1]:8080`; `0` is undefined: not served. @throws CommandError */
export function parseAddress(flag: string, text: string): Address | undefined {
  if (text === '0' || text === '') return undefined
  const match = /^(\[[0-9a-fA-F:]+\]|[^:]*):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) {
    throw new CommandError(
      `${flag} ${text}: HOST:PORT, :PORT for every interface, or 0 for none`,
      EXIT.usage,
    )
  }
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '')
  return { host: host === '' ? '0.0.0.0' : host, port }
}

/** The number of a port; undefined where none was given. @throws CommandError */
export function portNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (text !== '' && Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new CommandError(`${flag} ${text}: a number from 0 (any free port) to 65535`, EXIT.usage)
}

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/** @throws CommandError for a word that is no level */
export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((candidate) => candidate === text)
  if (level !== undefined) return level
  throw new CommandError(`--log-level ${text}: one of ${LOG_LEVELS.join(', ')}`, EXIT.usage)
}

/** Reads the file of `--pod-policy`. @throws CommandError with the file's name and what is wrong in it */
export async function readPodPolicies(
  environment: Environment,
  path: string | undefined,
): Promise<PodPolicies> {
  if (path === undefined) return {}
  try {
    const text = await readFile(resolve(environment.workingDirectory, path), 'utf8')
    return podPolicies(parse(text) as JsonValue)
  } catch (error) {
    throw new CommandError(`--pod-policy ${path}: ${(error as Error).message}`, EXIT.usage)
  }
}

/** @throws Error that names the field */
export function podPolicies(value: JsonValue): PodPolicies {
  if (value === null) return {}
  const { everywhere, namespaces } = known(value, 'the file', ['everywhere', 'namespaces'])
  return {
    ...(everywhere === undefined ? {} : { everywhere: podPolicy(everywhere, 'everywhere') }),
    ...(namespaces === undefined ? {} : { namespaces: namespacePolicies(namespaces) }),
  }
}

function namespacePolicies(value: JsonValue): Readonly<Record<string, PodPolicy>> {
  if (!isJsonObject(value)) throw new Error('namespaces: must be a mapping from name to policy')
  return Object.fromEntries(
    Object.entries(value).map(([name, policy]) => [
      name,
      podPolicy(policy as JsonValue, `namespaces.${name}`),
    ]),
  )
}

function podPolicy(value: JsonValue, where: string): PodPolicy {
  const { allow = [] } = known(value, where, ['allow'])
  if (Array.isArray(allow) && allow.every((path) => typeof path === 'string')) {
    return { allow: allow as string[] }
  }
  throw new Error(`${where}.allow: must be a list of paths, as spec.hostNetwork`)
}

function known(
  value: JsonValue,
  where: string,
  fields: readonly string[],
): Readonly<Record<string, JsonValue | undefined>> {
  if (!isJsonObject(value)) throw new Error(`${where}: must be a mapping`)
  const unknown = Object.keys(value).find((field) => !fields.includes(field))
  if (unknown !== undefined) {
    throw new Error(`${where}: unknown field ${unknown}; known are ${fields.join(', ')}`)
  }
  return value
}
