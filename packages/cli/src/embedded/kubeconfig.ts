/** The kubeconfig of the embedded cluster: the file that makes kubectl and `sortie` find it. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandError, EXIT } from '../environment.ts'
import { toYaml } from '../output/objects.ts'

export interface KubeconfigContent {
  readonly server: string
  /** PEM. */
  readonly authority: string
  readonly token: string
}

/** Writes the file with mode 0600, and its folder where it is missing. @throws CommandError where it can't be written */
export async function writeKubeconfig(path: string, content: KubeconfigContent): Promise<void> {
  try {
    await makeFolder(dirname(path))
    await rm(path, { force: true })
    await writeFile(path, toYaml(kubeconfig(content)), { mode: 0o600, flag: 'wx' })
  } catch (error) {
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

export async function removeKubeconfig(path: string): Promise<void> {
  await rm(path, { force: true })
}

function kubeconfig({ server, authority, token }: KubeconfigContent): unknown {
  const name = 'sortie'
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
