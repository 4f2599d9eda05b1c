/** Reads kubeconfig files and merges them, by client-go's rules: what a file names first, stays. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { SortieError } from '@sortie/machinery'
import { parse } from 'yaml'

/** A mapping in a kubeconfig, unchecked. */
export type Section = Readonly<Record<string, unknown>>

/** An entry, with the folder that its relative paths start from. */
export interface Entry {
  readonly section: Section
  readonly folder: string
}

export interface Kubeconfig {
  /** The files read, for messages. */
  readonly files: readonly string[]
  readonly currentContext: string | undefined
  readonly clusters: ReadonlyMap<string, Entry>
  readonly users: ReadonlyMap<string, Entry>
  readonly contexts: ReadonlyMap<string, Entry>
}

export interface Places {
  /** Files to read, in order. */
  readonly paths: readonly string[]
  /** Codes of the errors that make a file one that is not there, and is passed over. */
  readonly passedOver: readonly string[]
}

type Env = Readonly<Record<string, string | undefined>>

/** A named file, which must be there, else those of KUBECONFIG, else `~/.kube/config`. */
export function kubeconfigPlaces(path: string | undefined, env: Env): Places {
  if (path !== undefined) return { paths: [path], passedOver: [] }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((item) => item !== '')
  if (listed.length > 0) return { paths: listed, passedOver: ['ENOENT'] }
  return { paths: [inHome(env['HOME'] ?? homedir())], passedOver: ['ENOENT'] }
}

/** The same in a pod, whose user may have no home, or one of another user's. */
export function podPlaces(env: Env): Places {
  const home = env['HOME']
  const paths = home === undefined ? [] : [inHome(home)]
  return { paths, passedOver: ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'] }
}

function inHome(home: string): string {
  return join(home, '.kube', 'config')
}

/**
 * Undefined where none of the files is there and none had to be.
 * @throws SortieError in one sentence, where a file is missing, unreadable or no kubeconfig
 */
export async function readKubeconfig(places: Places): Promise<Kubeconfig | undefined> {
  const read = await Promise.all(places.paths.map((path) => readOne(path, places.passedOver)))
  const found = read.filter((file) => file !== undefined)
  if (found.length === 0) return undefined
  return {
    files: found.map((file) => file.path),
    currentContext: found.map((file) => file.currentContext).find((name) => name !== undefined),
    clusters: merge(found.map((file) => file.clusters)),
    users: merge(found.map((file) => file.users)),
    contexts: merge(found.map((file) => file.contexts)),
  }
}

interface OneFile extends Omit<Kubeconfig, 'files'> {
  readonly path: string
}

async function readOne(path: string, passedOver: readonly string[]): Promise<OneFile | undefined> {
  const text = await readText(path, passedOver)
  if (text === undefined) return undefined
  const document = parseDocument(path, text)
  const folder = dirname(resolve(path))
  const entries = (list: string, item: string): Map<string, Entry> =>
    namedEntries(document[list], { path, list, item, folder })
  return {
    path,
    currentContext: textIn(document, 'current-context'),
    clusters: entries('clusters', 'cluster'),
    users: entries('users', 'user'),
    contexts: entries('contexts', 'context'),
  }
}

async function readText(path: string, passedOver: readonly string[]): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = Object(cause).code
    if (passedOver.includes(code)) return undefined
    if (code === 'ENOENT') {
      throw configError(`there is no kubeconfig at ${path}: check the path, or leave it out`, cause)
    }
    const reason = code === 'EISDIR' ? 'it is a directory' : (READ_PROBLEMS[code] ?? String(code))
    throw configError(`the kubeconfig ${path} can't be read (${reason}): name another file`, cause)
  }
}

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
}

function parseDocument(path: string, text: string): Section {
  let document: unknown
  try {
    document = parse(text) ?? {}
  } catch (cause) {
    const reason =
      cause instanceof Error
        ? (cause.message.split('\n')[0] ?? '').replace(/:$/, '')
        : String(cause)
    throw configError(`the kubeconfig ${path} is no valid YAML: ${reason}`, cause)
  }
  if (!isSection(document)) {
    throw configError(
      `the kubeconfig ${path} holds no mapping: it should begin with "kind: Config"`,
    )
  }
  return document
}

interface EntryContext {
  readonly path: string
  readonly list: string
  readonly item: string
  readonly folder: string
}

function namedEntries(value: unknown, context: EntryContext): Map<string, Entry> {
  const { path, list, item, folder } = context
  const entries = new Map<string, Entry>()
  if (value === undefined || value === null) return entries
  if (!Array.isArray(value)) throw configError(`${list} in the kubeconfig ${path} must be a list`)
  for (const each of value) {
    const name = isSection(each) ? textOf(each['name']) : undefined
    if (name === undefined)
      throw configError(`an item of ${list} in the kubeconfig ${path} has no name`)
    const section: unknown = each[item] ?? {}
    if (!isSection(section))
      throw configError(`${item} ${name} in the kubeconfig ${path} is no mapping`)
    if (!entries.has(name)) entries.set(name, { section, folder })
  }
  return entries
}

function merge(maps: readonly ReadonlyMap<string, Entry>[]): Map<string, Entry> {
  return new Map(maps.toReversed().flatMap((map) => [...map]))
}

export function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The text of a field; undefined where it is left out or empty.
 * @throws SortieError where it is something else: YAML takes an unquoted 2024 for a number, and to pass over it would be to go on without
 */
export function textIn(section: Section, field: string): string | undefined {
  const value = section[field]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return textOf(value)
  throw configError(`${field} in the kubeconfig is no text: put it in quotes`)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A path of an entry, from its own file's folder. */
export function pathIn(entry: Entry, field: string): string | undefined {
  const path = textIn(entry.section, field)
  if (path === undefined) return undefined
  return isAbsolute(path) ? path : join(entry.folder, path)
}

export function configError(message: string, cause?: unknown): SortieError {
  return new SortieError('terminal', message, { cause, code: 'InvalidKubeconfig' })
}
