/** `sortie get`: tables as the API server renders them, or the objects themselves. */
import { collectionPath, objectPath } from '@sortie/client'
import { ApiStatusError, type KubeObject, type ResourceType } from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import {
  type ObjectFormat,
  objectFormat,
  printList,
  printObjects,
  qualifiedName,
} from '../output/objects.ts'
import { alignColumns, harmless, oneLine } from '../output/text.ts'
import { resourcesOf } from './resources.ts'

export interface GetFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly output?: string
}

/** meta.k8s.io/v1 Table, as far as it is read here. */
interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[]
  readonly rows: readonly {
    readonly cells: readonly unknown[]
    readonly object?: KubeObject
  }[]
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

export async function get(
  environment: Environment,
  words: readonly string[],
  flags: GetFlags,
): Promise<ExitStatus> {
  const wanted = wantedOf(words)
  if (wanted.some(({ names }) => names.length > 0)) checkNamed(flags)
  const { output } = flags
  const isTable = output === undefined || output === 'wide'
  const format = isTable || output === 'name' ? undefined : objectFormat(output)
  return withConnection(environment, flags, async (connection) => {
    const reader: Reader = { environment, connection, flags, refused: 0 }
    if (isTable) await printTables(reader, wanted)
    else {
      const objects = await readObjects(reader, wanted)
      if (format === undefined) printNames(environment, objects)
      else printFound(environment, { wanted, objects, format })
    }
    return reader.refused === 0 ? EXIT.ok : EXIT.refused
  })
}

/** One type that is asked for, with all its objects or those of these names. */
interface Wanted {
  readonly type: ResourceType
  readonly names: readonly string[]
}

/** `missions,stages`, `missions dawn dusk` or `mission/dawn stage/dawn-one`. */
function wantedOf([resources = '', ...names]: readonly string[]): readonly Wanted[] {
  if ([resources, ...names].some((word) => word.includes('/')))
    return pairsOf([resources, ...names])
  const types = resourcesOf(resources)
  if (names.length > 0 && types.length > 1) {
    throw new CommandError('names go with one resource only', EXIT.usage)
  }
  return types.map((type) => ({ type, names }))
}

function pairsOf(words: readonly string[]): readonly Wanted[] {
  const named = new Map<ResourceType, string[]>()
  for (const word of words) {
    const [said = '', name = '', ...more] = word.split('/')
    if (name === '' || more.length > 0) {
      const advice = 'write TYPE/NAME for each, or the type once before the names'
      throw new CommandError(`"${word}": ${advice}`, EXIT.usage)
    }
    for (const type of resourcesOf(said)) named.set(type, [...(named.get(type) ?? []), name])
  }
  return [...named].map(([type, names]) => ({ type, names }))
}

/** What a name would make the command pass over is refused: the answer would be to another question. */
function checkNamed({ allNamespaces, selector }: GetFlags): void {
  const refuse = (message: string): never => {
    throw new CommandError(message, EXIT.usage)
  }
  if (allNamespaces === true) refuse('names are looked for in one namespace: leave out -A')
  if (selector !== undefined) refuse('names do not go with a selector: leave out one of them')
}

interface Reader {
  readonly environment: Environment
  readonly connection: Connection
  readonly flags: GetFlags
  /** Objects that were not there, or that one may not see. */
  refused: number
}

/** The answers for one type: its list, or each object by its name. One that is refused does not hide the others. */
async function readAll(
  reader: Reader,
  { type, names }: Wanted,
  headers: Readonly<Record<string, string>>,
): Promise<unknown[]> {
  const { environment, connection, flags } = reader
  const { client, namespace } = connection
  if (names.length === 0) {
    const path = collectionPath(type, flags.allNamespaces === true ? undefined : namespace)
    const query = flags.selector === undefined ? {} : { query: { labelSelector: flags.selector } }
    return [(await client.raw({ method: 'GET', path, headers, ...query })).body]
  }
  const answers: unknown[] = []
  for (const name of names) {
    try {
      const path = objectPath(type, { namespace, name })
      answers.push((await client.raw({ method: 'GET', path, headers })).body)
    } catch (error) {
      if (!concernsOne(error)) throw error
      reader.refused++
      environment.err.write(`sortie: ${harmless(error.message)}\n`)
    }
  }
  return answers
}

/** A refusal that names the object says nothing of the next one. */
function concernsOne(error: unknown): error is ApiStatusError {
  return error instanceof ApiStatusError && error.status.details?.name !== undefined
}

async function printTables(reader: Reader, wanted: readonly Wanted[]): Promise<void> {
  const { environment, connection, flags } = reader
  for (const [index, one] of wanted.entries()) {
    const { type, names } = one
    if (index > 0) environment.out.write('\n')
    const tables = (await readAll(reader, one, { accept: TABLE })) as Table[]
    const everywhere = flags.allNamespaces === true || !type.namespaced
    if (tables.some(({ rows }) => rows.length > 0)) {
      printTable(environment, tables, {
        wide: flags.output === 'wide',
        titled: wanted.length > 1 ? type : undefined,
        namespaces: flags.allNamespaces === true && type.namespaced,
      })
    } else if (names.length === 0) {
      const where = everywhere ? '' : ` in ${connection.namespace} namespace.`
      environment.err.write(`No resources found${where}\n`)
    }
  }
}

async function readObjects(reader: Reader, wanted: readonly Wanted[]): Promise<KubeObject[]> {
  const objects: KubeObject[] = []
  for (const one of wanted) {
    for (const body of await readAll(reader, one, {})) {
      const { items } = body as { readonly items?: readonly object[] }
      const found = items?.map((item) => named(one.type, item)) ?? [body]
      objects.push(...(found as KubeObject[]))
    }
  }
  return objects
}

function printNames({ out }: Environment, objects: readonly KubeObject[]): void {
  for (const object of objects) out.write(`${harmless(qualifiedName(object))}\n`)
}

interface Found {
  readonly wanted: readonly Wanted[]
  readonly objects: readonly KubeObject[]
  readonly format: ObjectFormat
}

/** By its name it is one object, or nothing; what was looked for is a List however much was found. */
function printFound(environment: Environment, { wanted, objects, format }: Found): void {
  const [first] = wanted
  if (wanted.length > 1 || first?.names.length !== 1) printList(environment, objects, format)
  else if (objects.length > 0) printObjects(environment, objects, format)
}

/** Kubernetes leaves out of a list's items what they are; by themselves they have to say it. */
function named({ group, version, kind }: ResourceType, item: object): object {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...item }
}

interface TableStyle {
  readonly wide: boolean
  /** Put before each name where several resources are shown. */
  readonly titled: ResourceType | undefined
  readonly namespaces: boolean
}

function printTable(environment: Environment, tables: readonly Table[], style: TableStyle): void {
  const columns = tables[0]?.columnDefinitions ?? []
  const shown = columns.flatMap((column, index) =>
    style.wide || (column.priority ?? 0) === 0 ? [index] : [],
  )
  const rows = tables.flatMap((table) => table.rows)
  const header = shown.map((index) => columns[index]?.name.toUpperCase() ?? '')
  const body = rows.map(({ cells, object }) => [
    ...(style.namespaces ? [object?.metadata.namespace ?? ''] : []),
    ...shown.map((index) => cellText(cells[index], index === 0 ? style.titled : undefined)),
  ])
  const titles = style.namespaces ? ['NAMESPACE', ...header] : header
  environment.out.write(alignColumns([titles, ...body]))
}

function cellText(cell: unknown, titled: ResourceType | undefined): string {
  const text = cell === null || cell === undefined ? '<none>' : oneLine(String(cell))
  return titled === undefined ? text : `${titled.kind.toLowerCase()}/${text}`
}
