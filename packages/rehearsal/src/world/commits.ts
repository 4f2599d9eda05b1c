/** Every committed write, at the moment it is made: the feed of the trace and of the oracle. */
import { createHash } from 'node:crypto'
import { createStore, type Store } from '@sortie/apiserver'
import type { Clock, KubeObject, Stored } from '@sortie/machinery'

export interface Commit {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object after the write; of a deletion its last state. */
  readonly object: Stored<KubeObject>
  readonly previous: Stored<KubeObject> | undefined
  /** Bytes of the object as JSON. */
  readonly size: number
}

export interface Trace {
  /** Of all commits so far. */
  readonly commits: number
  /** One line per commit, where lines are kept. */
  readonly lines: readonly string[]
  /** Hash over every commit in order: kind, key, version and content. */
  hash(): string
}

export interface CommitFeed {
  readonly store: Store
  readonly trace: Trace
}

/** A store in memory that tells each commit to `onCommit` before the writer goes on. */
export function createCommitFeed(
  clock: Clock,
  options: { readonly keepLines: boolean; readonly onCommit: (commit: Commit) => void },
): CommitFeed {
  const inner = createStore({ clock })
  const hash = createHash('sha256')
  const lines: string[] = []
  let commits = 0
  const note = (type: Commit['type'], object: KubeObject, previous: KubeObject | undefined) => {
    const text = JSON.stringify(object)
    commits++
    hash.update(`${clock.monotonic()} ${type} `).update(text).update('\n')
    if (options.keepLines) lines.push(lineOf(clock.monotonic(), type, object))
    options.onCommit({
      type,
      object: object as Stored<KubeObject>,
      previous: previous as Stored<KubeObject> | undefined,
      size: text.length,
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
      hash: () => hash.copy().digest('hex').slice(0, 16),
    },
  }
}

function lineOf(at: number, type: string, object: KubeObject): string {
  const { namespace, name, resourceVersion } = object.metadata
  const { status } = object as KubeObject & { readonly status?: { readonly phase?: unknown } }
  const phase = status?.phase === undefined ? '' : ` ${String(status.phase)}`
  const key = namespace === undefined ? name : `${namespace}/${name}`
  return `${at} ${type} ${object.kind} ${key} @${resourceVersion}${phase}`
}
