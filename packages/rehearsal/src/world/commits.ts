/** Every committed write, at the moment it is made: the feed of the trace and of the oracle. */
import { createHash } from 'node:crypto'
import { createStore, type Store } from '@sortie/apiserver'
import type { Clock, KubeObject, Stored } from '@sortie/machinery'

export interface Commit {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object after the write; of a deletion its last state. */
  readonly object: Stored<KubeObject>
  readonly previous: Stored<KubeObject> | undefined
  /** Characters of the object as JSON. */
  readonly size: number
}

export interface Trace {
  /** Of all commits so far. */
  readonly commits: number
  /** One line per commit, where lines are kept. */
  readonly lines: readonly string[]
  /** Hash over every commit in order: its time, what it was, and its content; undefined where none is kept. */
  hash(): string | undefined
}

export interface CommitFeed {
  readonly store: Store
  readonly trace: Trace
}

export interface CommitFeedOptions {
  /** Keeps a line per commit. */
  readonly keepLines: boolean
  /** Keeps the hash, which costs as much as a third of the store. */
  readonly keepHash: boolean
  readonly onCommit: (commit: Commit) => void
}

/** A store in memory that tells each commit to `onCommit` before the writer goes on. */
export function createCommitFeed(clock: Clock, options: CommitFeedOptions): CommitFeed {
  const inner = createStore({ clock })
  const hash = options.keepHash ? createHash('sha256') : undefined
  const sizeOf = createMeasure()
  const lines: string[] = []
  let commits = 0
  const note = (type: Commit['type'], object: KubeObject, previous: KubeObject | undefined) => {
    commits++
    hash?.update(`${clock.monotonic()} ${type} ${JSON.stringify(object)}\n`)
    if (options.keepLines) lines.push(lineOf(clock.monotonic(), type, object))
    options.onCommit({
      type,
      object: object as Stored<KubeObject>,
      previous: previous as Stored<KubeObject> | undefined,
      size: sizeOf(object),
    })
  }
  const store: Store = {
    ...inner,
    get revision() {
      return inner.revision
    },
    put(resource, object) {
      const { namespace = '', name = '' } = object.metadata
      const previous = inner.get(resource, { namespace, name })
      const stored = inner.put(resource, object)
      note(previous === undefined ? 'ADDED' : 'MODIFIED', stored, previous)
      return stored
    },
    remove(resource, object) {
      const last = inner.remove(resource, object)
      note('DELETED', last, object)
      return last
    },
  }
  return {
    store,
    trace: {
      get commits() {
        return commits
      },
      lines,
      hash: () => hash?.copy().digest('hex').slice(0, 16),
    },
  }
}

/** Measures objects as JSON; what an object shares with its former version is not measured again. */
function createMeasure(): (object: KubeObject) => number {
  const known = new WeakMap<object, number>()
  const texts = new Map<string, number>()
  const sizeOfText = (text: string): number => {
    let size = texts.get(text)
    if (size === undefined) {
      size = JSON.stringify(text).length
      texts.set(text, size)
    }
    return size
  }
  const sizeOfPart = (part: unknown): number => {
    // Kinds and versions.
    if (typeof part === 'string') return sizeOfText(part)
    if (typeof part !== 'object' || part === null) return JSON.stringify(part).length
    let size = known.get(part)
    if (size === undefined) {
      size = JSON.stringify(part).length
      known.set(part, size)
    }
    return size
  }
  return (object) => {
    // The braces, and a comma less than there are parts.
    let size = 1
    for (const [key, part] of Object.entries(object)) {
      if (part !== undefined) size += key.length + '"":,'.length + sizeOfPart(part)
    }
    return size
  }
}

function lineOf(at: number, type: string, object: KubeObject): string {
  const { namespace, name, resourceVersion } = object.metadata
  const { status } = object as KubeObject & { readonly status?: { readonly phase?: unknown } }
  const phase = status?.phase === undefined ? '' : ` ${String(status.phase)}`
  const key = namespace === undefined ? name : `${namespace}/${name}`
  return `${at} ${type} ${object.kind} ${key} @${resourceVersion}${phase}`
}
