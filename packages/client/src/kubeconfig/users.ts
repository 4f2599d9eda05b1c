/** Who a kubeconfig says the client is. */
import { dirname, isAbsolute, join } from 'node:path'
import type { Clock } from '@sortie/machinery'
import { certificateFiles } from '../auth/certificates.ts'
import { combinedAuth } from '../auth/combined.ts'
import { type AuthProvider, anonymous, type TlsOptions } from '../auth/credentials.ts'
import { type ExecPlugin, execAuth } from '../auth/exec.ts'
import { impersonating } from '../auth/impersonation.ts'
import { basicAuth, bearerToken, tokenFile } from '../auth/tokens.ts'
import { configError, type Entry, isSection, pathIn, type Section, textIn } from './files.ts'
import { impersonationOf } from './impersonation.ts'
import { fileOf, pemOf } from './material.ts'

export interface UserContext {
  readonly name: string
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  readonly interactive: boolean
  /** For programs that want to know the cluster. */
  readonly cluster: Section
}

type Certificate = Pick<TlsOptions, 'cert' | 'key'>

/** @throws SortieError where the user's section can't be followed */
export async function userTls(entry: Entry, name: string): Promise<Certificate> {
  const [cert, key] = [await pemOf(entry, 'client-certificate'), await pemOf(entry, 'client-key')]
  if (cert !== undefined && key === undefined) {
    throw configError(`user ${name} has a client-certificate, but no client-key`)
  }
  return { ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) }
}

/** Undefined where the user has no credentials, or a certificate only that is in the kubeconfig itself. */
export function userAuth(
  entry: Entry,
  certificate: Certificate,
  context: UserContext,
): AuthProvider | undefined {
  const wanted = impersonationOf(entry.section, context.name)
  const files = filesAuth(entry, certificate, context)
  const providers = [files, ownAuth(entry, context)].filter((each) => each !== undefined)
  const own = providers.length > 1 ? combinedAuth(providers) : providers[0]
  return wanted === undefined ? own : impersonating(own ?? anonymous, wanted)
}

/** Whoever renews a certificate in files counts on their being read again; data stays what it is. */
function filesAuth(
  entry: Entry,
  { cert, key }: Certificate,
  { clock }: UserContext,
): AuthProvider | undefined {
  const [certPath, keyPath] = [fileOf(entry, 'client-certificate'), fileOf(entry, 'client-key')]
  const hasFiles = certPath !== undefined && keyPath !== undefined
  if (!hasFiles || cert === undefined || key === undefined) return undefined
  return certificateFiles({ certPath, keyPath, read: { cert, key }, clock })
}

function ownAuth(entry: Entry, context: UserContext): AuthProvider | undefined {
  const { section } = entry
  const token = textIn(section, 'token')
  const path = pathIn(entry, 'tokenFile')
  if (path !== undefined) {
    return tokenFile({
      path,
      clock: context.clock,
      ...(token === undefined ? {} : { fallback: token }),
    })
  }
  if (token !== undefined) return bearerToken(token)
  const username = textIn(section, 'username')
  if (username !== undefined) return basicAuth(username, textIn(section, 'password') ?? '')
  if (isSection(section['exec'])) return execOf(section['exec'], entry, context)
  if (section['auth-provider'] !== undefined) {
    throw configError(
      `user ${context.name} uses an auth-provider, which kubectl has dropped too: use its exec plugin instead`,
    )
  }
  return undefined
}

function execOf(section: Section, entry: Entry, context: UserContext): AuthProvider {
  const command = textIn(section, 'command')
  const apiVersion = textIn(section, 'apiVersion')
  if (command === undefined || apiVersion === undefined) {
    throw configError(`exec of user ${context.name} needs both command and apiVersion`)
  }
  const installHint = textIn(section, 'installHint')
  const plugin: ExecPlugin = {
    apiVersion,
    command: commandPath(command, entry.folder),
    args: listOf(section['args']).map(String),
    env: Object.fromEntries(listOf(section['env']).filter(isSection).map(variableOf)),
    interactiveMode: interactiveModeOf(section['interactiveMode']),
    ...(installHint === undefined ? {} : { installHint }),
    ...(section['provideClusterInfo'] === true ? { cluster: context.cluster } : {}),
  }
  const { clock, env, interactive } = context
  return execAuth({ plugin, clock, env, interactive })
}

/** A bare name is looked up on the PATH; a relative path starts from the kubeconfig. */
function commandPath(command: string, folder: string): string {
  if (dirname(command) === '.' && !command.startsWith('.')) return command
  return isAbsolute(command) ? command : join(folder, command)
}

function variableOf(item: Section): [string, string] {
  return [String(item['name']), String(item['value'] ?? '')]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function interactiveModeOf(value: unknown): ExecPlugin['interactiveMode'] {
  return value === 'Never' || value === 'Always' ? value : 'IfAvailable'
}
