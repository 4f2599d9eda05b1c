/**
 * Objects in a file, by node:sqlite. Writes of one turn of the event loop are committed together, and are safe when
 * `settled` resolves: WAL with synchronous=FULL, so that neither a kill nor a power cut takes them back.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { onNextTurn } from '@sortie/machinery'
import { encodeObject } from '../http/encoding.ts'
import type { Change, StoredObject } from './object.ts'
import { placeOf } from './object.ts'
import type { Journal } from './store.ts'

const FILE = 'objects.sqlite'
const SCHEMA = `
CREATE TABLE IF NOT EXISTS objects (
  resource TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  object TEXT NOT NULL,
  PRIMARY KEY (resource, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`

interface Statements {
  readonly put: StatementSync
  readonly remove: StatementSync
  readonly revision: StatementSync
}

/**
 * Opens the journal in a directory, making both where they are missing.
 * @throws Error where the file cannot be used, or another process uses it
 */
export function openSqliteJournal(directory: string): Journal {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const database = openDatabase(join(directory, FILE))
  const statements: Statements = {
    put: database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)'),
    remove: database.prepare(
      'DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?',
    ),
    revision: database.prepare("INSERT OR REPLACE INTO counters VALUES ('revision', ?)"),
  }
  const revision = readRevision(database)
  const batch = createBatch(revision, (changes) => commit(database, statements, changes))
  return {
    revision,
    get safeRevision() {
      return batch.safeRevision
    },
    load: (visit) => loadObjects(database, visit),
    append: batch.append,
    settled: batch.settled,
    async close() {
      await batch.settled()
      database.close()
    },
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec(SCHEMA)
  return database
}

function readRevision(database: DatabaseSync): number {
  const row = database.prepare("SELECT value FROM counters WHERE name = 'revision'").get()
  return Number(row?.['value'] ?? 0)
}

function loadObjects(
  database: DatabaseSync,
  visit: (resource: string, object: StoredObject) => void,
): void {
  for (const row of database.prepare('SELECT resource, object FROM objects').iterate()) {
    visit(String(row['resource']), JSON.parse(String(row['object'])) as StoredObject)
  }
}

function commit(database: DatabaseSync, statements: Statements, changes: readonly Change[]): void {
  database.exec('BEGIN')
  try {
    for (const { type, resource, object } of changes) {
      const { namespace, name } = placeOf(object)
      if (type === 'DELETED') statements.remove.run(resource, namespace, name)
      else statements.put.run(resource, namespace, name, encodeObject(object))
    }
    statements.revision.run(changes[changes.length - 1]?.revision ?? 0)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

interface Batch {
  readonly safeRevision: number
  append(change: Change): void
  settled(): Promise<void> | undefined
}

/** Gathers the changes of a turn; one promise for all of them. What cannot be written is kept for the next turn. */
function createBatch(revision: number, write: (changes: readonly Change[]) => void): Batch {
  let pending: readonly Change[] = []
  let growing: Change[] = []
  let safeRevision = revision
  let done: Promise<void> | undefined
  const flush = (resolve: () => void, reject: (error: unknown) => void): void => {
    const changes = pending.length === 0 ? growing : [...pending, ...growing]
    growing = []
    done = undefined
    try {
      write(changes)
      pending = []
      safeRevision = changes[changes.length - 1]?.revision ?? safeRevision
      resolve()
    } catch (error) {
      pending = changes
      reject(error)
    }
  }
  return {
    get safeRevision() {
      return safeRevision
    },
    append(change) {
      growing.push(change)
      if (done !== undefined) return
      done = new Promise((resolve, reject) => {
        onNextTurn(() => flush(resolve, reject))
      })
      // Whoever waits hears of a failure; where nobody does it must not end the process.
      done.catch(() => undefined)
    },
    settled: () => done,
  }
}
