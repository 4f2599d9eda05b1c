/** Reads the manifests that -f names: files, folders and standard input. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type ManifestDocument, type ManifestProblem, parseManifests } from '@sortie/api'
import { CommandError, type Environment, EXIT } from '../environment.ts'

export interface ReadManifests {
  readonly documents: readonly ManifestDocument[]
  readonly problems: readonly ManifestProblem[]
  /** How many files were read. */
  readonly files: number
}

/** Endings of files that count within a folder, as kubectl has it. */
const MANIFEST = /\.(ya?ml|json)$/

/** @throws CommandError where a path is not there or can't be read */
export async function readManifests(
  environment: Environment,
  paths: readonly string[],
  options: { readonly recursive?: boolean } = {},
): Promise<ReadManifests> {
  if (paths.length === 0) {
    throw new CommandError('name the manifests with -f FILE (a folder, or - for stdin)', EXIT.usage)
  }
  const documents: ManifestDocument[] = []
  const problems: ManifestProblem[] = []
  let files = 0
  for (const path of paths) {
    for (const file of await filesOf(environment, path, options.recursive === true)) {
      const parsed = parseManifests(await textOf(environment, file), nameOf(environment, file))
      documents.push(...parsed.documents)
      problems.push(...parsed.problems)
      files++
    }
  }
  return { documents, problems, files }
}

async function filesOf(
  environment: Environment,
  path: string,
  recursive: boolean,
): Promise<string[]> {
  if (path === '-') return [path]
  const full = resolve(environment.workingDirectory, path)
  try {
    if (!(await stat(full)).isDirectory()) return [full]
    const names = await readdir(full, { recursive })
    const found = names.filter((name) => MANIFEST.test(name)).sort()
    if (found.length === 0) {
      throw new CommandError(`${path}: no .yaml, .yml or .json file in this folder`, EXIT.usage)
    }
    return found.map((name) => join(full, name))
  } catch (error) {
    throw readError(path, error)
  }
}

async function textOf(environment: Environment, file: string): Promise<string> {
  if (file === '-') return environment.readStdin()
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw readError(nameOf(environment, file), error)
  }
}

function nameOf(environment: Environment, file: string): string {
  const short = relative(environment.workingDirectory, file)
  return file === '-' || short === '' || short.startsWith('..') ? file : short
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'no permission to read it',
  EISDIR: 'is a folder',
}

function readError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  return new CommandError(`${path}: ${READ_ERRORS[code] ?? code}`, EXIT.usage)
}
