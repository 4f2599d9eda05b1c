/** Certificates and keys of a kubeconfig. */
import { readFile } from 'node:fs/promises'
import type { SortieError } from '@sortie/machinery'
import { configError, type Entry, pathIn, textIn } from './files.ts'

/**
 * The PEM under `field-data` (base64), else in the file that `field` names.
 * @throws SortieError where there is one and it can't be read
 */
export async function pemOf(entry: Entry, field: string): Promise<string | undefined> {
  const data = textIn(entry.section, `${field}-data`)
  if (data !== undefined) {
    const pem = Buffer.from(data, 'base64').toString('utf8')
    if (!pem.includes('-----BEGIN'))
      throw configError(`${field}-data in the kubeconfig is no base64 of a PEM text`)
    return pem
  }
  const path = fileOf(entry, field)
  if (path === undefined) return undefined
  const pem = await readPem(path, field)
  // An empty authority is none for TLS, so that any would do that the machine trusts.
  if (pem.trim() === '') throw fileError(field, path, { problem: 'is empty' })
  return pem
}

async function readPem(path: string, field: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = Object(cause).code ?? String(cause)
    throw fileError(field, path, { problem: `can't be read (${reason})`, cause })
  }
}

function fileError(
  field: string,
  path: string,
  { problem, cause }: { readonly problem: string; readonly cause?: unknown },
): SortieError {
  return configError(`${field} of the kubeconfig names ${path}, which ${problem}`, cause)
}

/** Where the PEM of `field` is, if it is in a file. */
export function fileOf(entry: Entry, field: string): string | undefined {
  const hasData = textIn(entry.section, `${field}-data`) !== undefined
  return hasData ? undefined : pathIn(entry, field)
}
