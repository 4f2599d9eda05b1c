/** get, list and watch. */
import { groupVersion } from '../registry/definition.ts'
import { notFound, plainError, tooLarge } from '../registry/failures.ts'
import { parseListQuery } from '../request/query.ts'
import { compileSelection } from '../watch/selection.ts'
import { bookmarkObject, startWatch, type WatchReceiver } from '../watch/watch.ts'
import { type Answer, answerWith, type EventSink } from './answer.ts'
import { type Call, placeOfCall } from './call.ts'
import { listPage } from './list.ts'

export function getOne(call: Call): Answer {
  const { definition, parts, presenter, query } = call
  const stored = parts.store.get(definition.storage, placeOfCall(call))
  const wanted = versionOf(query['resourceVersion'] || '0')
  if (wanted > parts.store.revision) throw tooLarge(wanted, parts.store.revision)
  if (stored === undefined) throw notFound(definition, call.path.name)
  return answerWith(200, presenter.object(stored))
}

/** @throws ApiStatusError 500 without reason, as the API server has it */
function versionOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  const quoted = JSON.stringify(text)
  throw plainError(
    `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
  )
}

export function listMany(call: Call): Answer {
  const { definition, parts, presenter, path } = call
  const query = parseListQuery(call.query)
  const selection = compileSelection(definition, query, path.namespace)
  const { items, metadata } = listPage({ store: parts.store, definition, query, selection })
  return answerWith(200, presenter.list(items, metadata))
}

const MIN_WATCH_MS = 1_800_000

/** A watch lives for what the client asks, or between half an hour and an hour. */
function timeoutOf(call: Call, seconds: number | undefined): number {
  if (seconds !== undefined && seconds > 0) return seconds * 1000
  return MIN_WATCH_MS * (1 + call.parts.random.next())
}

export function watchMany(call: Call): Answer {
  const { definition, parts, path } = call
  const nameField = path.name === '' ? {} : { fieldSelector: `metadata.name=${path.name}` }
  const query = parseListQuery({ ...call.query, watch: 'true', ...nameField })
  const selection = compileSelection(definition, query, path.namespace)
  const version = query.resourceVersion
  const unversioned = version === '' || version === '0'
  const snapshots = query.sendInitialEvents || (unversioned && !declines(call))
  return {
    kind: 'watch',
    open: (sink) =>
      startWatch(
        {
          store: parts.store,
          clock: parts.clock,
          storage: definition.storage,
          selection,
          from: snapshots ? undefined : Number(version) || parts.store.revision,
          least: Number(version),
          oldest: definition.since ?? 0,
          bookmarks: query.bookmarks,
          marksInitialEnd: query.sendInitialEvents && query.bookmarks,
          timeoutMs: timeoutOf(call, query.timeoutSeconds),
        },
        receiverFor(call, sink),
      ),
  }
}

/** True where the client says that it wants no initial events. */
function declines({ query }: Call): boolean {
  return query['sendInitialEvents'] === 'false'
}

function receiverFor(call: Call, sink: EventSink): WatchReceiver {
  const { definition, presenter } = call
  const apiVersion = groupVersion(definition.group, call.version.version)
  const type = { apiVersion, kind: definition.kind }
  return {
    onChange: (change, object) => sink.onEvent({ type: change, object: presenter.event(object) }),
    onBookmark: (revision, initialEnd) => {
      sink.onEvent({ type: 'BOOKMARK', object: bookmarkObject(type, revision, initialEnd) })
      sink.onFlush()
    },
    onError: (status) => sink.onEvent({ type: 'ERROR', object: status }),
    onFlush: () => sink.onFlush(),
    onEnd: () => sink.onEnd(),
  }
}
