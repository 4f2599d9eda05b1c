/** The folder in which the embedded server keeps its objects over a restart (`--data-dir`). */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createPersistentStore, type Store } from '@sortie/apiserver'
import { CommandError, type Environment, EXIT } from '../environment.ts'

export interface DataFolder {
  readonly store: Store
  close(): Promise<void>
}

/** @throws CommandError where the folder can't be used */
export function openDataFolder(
  environment: Environment,
  path: string | undefined,
): DataFolder | undefined {
  if (path === undefined) return undefined
  const folder = resolve(environment.workingDirectory, path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return createPersistentStore({ clock: environment.clock, file: join(folder, 'objects.db') })
  } catch (error) {
    throw new CommandError(`--data-dir ${path}: ${(error as Error).message}`, EXIT.usage)
  }
}
