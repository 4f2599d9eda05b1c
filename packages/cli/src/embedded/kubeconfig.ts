/** The kubeconfig of the embedded cluster: the file that makes kubectl and `sortie` find it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parse } from 'yaml'
import { CommandError, EXIT } from '../environment.ts'
import { toYaml } from '../output/objects.ts'

export interface KubeconfigContent {
  readonly server: string
  /** PEM. */
  readonly authority: string
  readonly token: string
}

/**
 * Writes the file with mode 0600, and its folder where it is missing.
 * @throws CommandError where it can't be written, or is there with somebody's own clusters
 */
export async function writeKubeconfig(path: string, content: KubeconfigContent): Promise<void> {
  try {
    await makeFolder(dirname(path))
    await refuseForeign(path)
    await rm(path, { force: true })
    await writeFile(path, toYaml(kubeconfig(content)), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (error instanceof CommandError) throw error
    const reason = (error as Error).message
    throw new CommandError(
      `can't write the kubeconfig ${path}: ${reason}; name another place with --kubeconfig`,
      EXIT.usage,
    )
  }
}

/** One level only: a path whose parents are missing too is a slip of the pen. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Leaves the file where another `sortie up` has put its own there meanwhile. */
export async function removeKubeconfig(path: string, token: string): Promise<void> {
  if ((await textOf(path))?.includes(token) === true) await rm(path, { force: true })
}

/** The file goes with the cluster: with it would go the way to whatever else it names. */
async function refuseForeign(path: string): Promise<void> {
  const text = await textOf(path)
  if (text === undefined || text.trim() === '' || isEmbedded(text)) return
  throw new CommandError(
    `${path} is there already, and not from \`sortie up\`: name another place with --kubeconfig`,
    EXIT.usage,
  )
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** As a `sortie up` leaves it that was killed: our one user, and nobody else. */
function isEmbedded(text: string): boolean {
  try {
    const { users } = parse(text) as { readonly users?: readonly { readonly name?: unknown }[] }
    return users?.length === 1 && users[0]?.name === NAME
  } catch {
    return false
  }
}

const NAME = 'sortie'

function kubeconfig({ server, authority, token }: KubeconfigContent): unknown {
  const name = NAME
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server,
          'certificate-authority-data': Buffer.from(authority).toString('base64'),
        },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  }
}
