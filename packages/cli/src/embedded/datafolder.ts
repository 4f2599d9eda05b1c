/** The folder in which the embedded server keeps its objects over a restart (`--data-dir`). */
import { resolve } from 'node:path'
import { createStore, openSqliteJournal, type Store } from '@sortie/apiserver'
import { CommandError, type Environment, EXIT } from '../environment.ts'

/** @throws CommandError where the folder can't be used */
export function openDataFolder(
  environment: Environment,
  path: string | undefined,
): Store | undefined {
  if (path === undefined) return undefined
  try {
    const journal = openSqliteJournal(resolve(environment.workingDirectory, path))
    return createStore({ clock: environment.clock, journal })
  } catch (error) {
    throw new CommandError(`--data-dir ${path}: ${(error as Error).message}`, EXIT.usage)
  }
}
