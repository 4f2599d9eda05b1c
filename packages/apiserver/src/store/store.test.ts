import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createVirtualClock } from '@sortie/machinery'
import fc from 'fast-check'
import { createHistory } from './history.ts'
import type { ApiObject, Change } from './object.ts'
import { openSqliteJournal } from './sqlite.ts'
import { createStore } from './store.ts'
import { comparePlaces, createTable } from './table.ts'

const clock = createVirtualClock(0, async () => undefined)
const object = (name: string, namespace = 'n', more: object = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace, uid: name },
  ...more,
})

describe('the store', () => {
  test('counts one revision for all resources', () => {
    const store = createStore({ clock })
    const versions = [
      store.put('a', object('x')),
      store.put('b', object('x')),
      store.put('a', object('x')),
    ].map((one) => one.metadata.resourceVersion)
    assert.deepEqual(versions, ['1', '2', '3'])
    assert.equal(store.revision, 3)
  })

  test('tells changes in batches after the turn that made them', async () => {
    const store = createStore({ clock })
    const batches: string[][] = []
    store.subscribe('a', (changes) => batches.push(changes.map((one) => one.type)))
    const stored = store.put('a', object('x'))
    store.put('b', object('y'))
    store.remove('a', stored)
    assert.deepEqual(batches, [])
    await Promise.resolve()
    assert.deepEqual(batches, [['ADDED', 'DELETED']])
  })

  test('shows every past state of a list that its history reaches (property)', () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), gone: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = createStore({ clock })
        const states: [number, readonly string[]][] = []
        for (const { name, gone } of steps) {
          const found = store.get('a', { namespace: 'n', name })
          if (!gone) store.put('a', object(name))
          else if (found !== undefined) store.remove('a', found)
          const shown = store
            .list('a')
            .map((one) => `${one.metadata.name}@${one.metadata.resourceVersion}`)
          states.push([store.revision, shown])
        }
        for (const [revision, shown] of states) {
          const past = store.listAt('a', revision) ?? []
          assert.deepEqual(
            past.map((one) => `${one.metadata.name}@${one.metadata.resourceVersion}`),
            shown,
          )
        }
      }),
    )
  })
})

test('a history keeps what is young or among the last, and knows what it forgot', () => {
  const history = createHistory({ keepMs: 100, least: 2, most: 4 }, 0)
  const add = (revision: number, at: number): void => {
    history.append({ revision, at } as Change)
  }
  for (const revision of [1, 2, 3]) add(revision, 0)
  assert.equal(history.since(0)?.length, 3)
  add(4, 200)
  assert.equal(history.since(1), undefined)
  assert.deepEqual(
    history.since(2)?.map((one) => one.revision),
    [3, 4],
  )
  for (const revision of [5, 6, 7, 8, 9]) add(revision, 200)
  assert.equal(history.forgotten, 5)
  assert.deepEqual(
    history.since(7)?.map((one) => one.revision),
    [8, 9],
  )
})

test('a table lists in the order of keys, where a dash comes before the end of a namespace', () => {
  const table = createTable()
  const places = [
    ['a', 'z'],
    ['a-b', 'a'],
    ['a', 'b'],
    ['b', 'a'],
  ] as const
  for (const [namespace, name] of places) {
    table.set({ namespace, name }, object(name, namespace) as never)
  }
  const keys = table
    .list()
    .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name }))
  assert.deepEqual(keys, [...keys].sort(comparePlaces))
  assert.deepEqual(
    keys.map((key) => key.namespace),
    ['a-b', 'a', 'a', 'b'],
  )
})

describe('the journal', () => {
  const directory = (): string => mkdtempSync(join(tmpdir(), 'journal-'))

  test('brings back objects and the revision', async () => {
    const path = directory()
    const first = createStore({ clock, journal: openSqliteJournal(path) })
    first.put('a', object('x', 'n', { data: 1 }))
    const gone = first.put('a', object('y'))
    first.remove('a', gone)
    await first.settled()
    await first.close()
    const second = createStore({ clock, journal: openSqliteJournal(path) })
    assert.equal(second.revision, 3)
    assert.deepEqual(
      second.list('a').map((one) => [one.metadata.name, one['data']]),
      [['x', 1]],
    )
    assert.equal(second.since('a', 2), undefined)
    assert.deepEqual(second.since('a', 3), [])
    await second.close()
    rmSync(path, { recursive: true })
  })

  test('tells no change before it is safe', async () => {
    const path = directory()
    const journal = openSqliteJournal(path)
    const store = createStore({ clock, journal })
    const told: number[] = []
    store.subscribeAll((changes) => told.push(...changes.map((one) => one.revision)))
    store.put('a', object('x'))
    await Promise.resolve()
    assert.deepEqual([told, journal.safeRevision], [[], 0])
    await store.settled()
    await Promise.resolve()
    assert.deepEqual([told, journal.safeRevision], [[1], 1])
    await store.close()
    rmSync(path, { recursive: true })
  })

  test('has every acknowledged write after a kill', async () => {
    const path = directory()
    const acknowledged = await writeUntilKilled(path)
    const store = createStore({ clock, journal: openSqliteJournal(path) })
    assert.ok(acknowledged > 0)
    assert.ok(store.revision >= acknowledged)
    for (let revision = 1; revision <= acknowledged; revision++) {
      assert.ok(store.get('a', { namespace: 'n', name: `o${revision}` }), `o${revision}`)
    }
    await store.close()
    rmSync(path, { recursive: true })
  })
})

/** Kills a process in the middle of its writes; answers the last revision that it acknowledged. */
function writeUntilKilled(path: string): Promise<number> {
  const program = `
    const { createStore } = await import(${JSON.stringify(new URL('./store.ts', import.meta.url).href)})
    const { openSqliteJournal } = await import(${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)})
    const { writeSync } = await import('node:fs')
    const clock = { now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel() {} }) }
    const store = createStore({ clock, journal: openSqliteJournal(process.argv[1]) })
    for (;;) {
      const name = 'o' + (store.revision + 1)
      store.put('a', { apiVersion: 'v1', kind: 'T', metadata: { name, namespace: 'n', uid: name } })
      await store.settled()
      writeSync(1, store.revision + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path])
  return new Promise((resolve) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.length > 200) child.kill('SIGKILL')
    })
    child.on('exit', () => resolve(Number(text.trim().split('\n').at(-1) ?? 0)))
  })
}
