/** `sortie get`: tables as the API server renders them, or the objects themselves. */
import { collectionPath, objectPath } from '@sortie/client'
import type { KubeObject, ResourceType } from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { objectFormat, printList, printObjects } from '../output/objects.ts'
import { alignColumns, oneLine } from '../output/text.ts'
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
  const [resources = '', ...names] = words
  const types = resourcesOf(resources)
  if (names.length > 0) checkNamed(types, flags)
  const wide = flags.output === 'wide'
  const format = wide ? undefined : objectFormat(flags.output)
  return withConnection(environment, flags, async (connection) => {
    if (format !== undefined) {
      const objects = await readObjects(connection, { types, names, flags })
      // By its name it is one object; what was looked for is a List however much was found.
      const print = names.length === 1 ? printObjects : printList
      print(environment, objects, format)
      return EXIT.ok
    }
    for (const [index, type] of types.entries()) {
      if (index > 0) environment.out.write('\n')
      const tables = await readTables(connection, { type, names, flags })
      const titled = types.length > 1 ? type : undefined
      const namespaces = flags.allNamespaces === true && type.namespaced
      printTable(environment, tables, { wide, titled, namespaces })
    }
    return EXIT.ok
  })
}

/** What a name would make the command pass over is refused: the answer would be to another question. */
function checkNamed(types: readonly ResourceType[], { allNamespaces, selector }: GetFlags): void {
  const refuse = (message: string): never => {
    throw new CommandError(message, EXIT.usage)
  }
  if (types.length > 1) refuse('names go with one resource only')
  if (allNamespaces === true) refuse('names are looked for in one namespace: leave out -A')
  if (selector !== undefined) refuse('names do not go with a selector: leave out one of them')
}

interface Wanted {
  readonly names: readonly string[]
  readonly flags: GetFlags
}

function pathsOf(connection: Connection, type: ResourceType, { names, flags }: Wanted): string[] {
  const namespace = flags.allNamespaces === true ? undefined : connection.namespace
  if (names.length === 0) return [collectionPath(type, namespace)]
  return names.map((name) => objectPath(type, { namespace: connection.namespace, name }))
}

function queryOf({ names, flags }: Wanted): { readonly query?: Readonly<Record<string, string>> } {
  if (names.length > 0 || flags.selector === undefined) return {}
  return { query: { labelSelector: flags.selector } }
}

async function readTables(
  connection: Connection,
  wanted: Wanted & { readonly type: ResourceType },
): Promise<Table[]> {
  const tables: Table[] = []
  for (const path of pathsOf(connection, wanted.type, wanted)) {
    const request = { method: 'GET', path, headers: { accept: TABLE }, ...queryOf(wanted) } as const
    const { body } = await connection.client.raw(request)
    tables.push(body as Table)
  }
  return tables
}

async function readObjects(
  connection: Connection,
  wanted: Wanted & { readonly types: readonly ResourceType[] },
): Promise<unknown[]> {
  const objects: unknown[] = []
  for (const type of wanted.types) {
    for (const path of pathsOf(connection, type, wanted)) {
      const { body } = await connection.client.raw({ method: 'GET', path, ...queryOf(wanted) })
      const { items } = body as { readonly items?: readonly object[] }
      objects.push(...(items?.map((item) => named(type, item)) ?? [body]))
    }
  }
  return objects
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
  if (rows.length === 0) {
    environment.err.write('No resources found\n')
    return
  }
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
