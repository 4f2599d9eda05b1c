/** All views by what they show; the views that changed are flushed together, a quarter of a second later. */
import { BATCH_MILLIS, type RowKind, type Scope } from '@sortie/api'
import type { Clock, Timer } from '@sortie/machinery'
import { allows, type Grant, grantKey } from '../access/grants.ts'
import type { SourceContext } from '../source/informed.ts'
import { openTables, RESOURCE_OF, type TableScope } from '../source/open.ts'
import type { Lease, SourcePool } from '../source/pool.ts'
import { type Belonging, belongTo, wholeOf } from './belonging.ts'
import { nodeOfScope, type RowFilter, scopeFilter, scopeKey } from './scope.ts'
import { createView, type View } from './view.ts'

/** By whose credentials rows are watched. */
export interface Watcher {
  /** Different for different credentials; views are shared among those with the same. */
  readonly owner: string
  readonly context: SourceContext
  /** True where the credentials are the viewer's own: then what is watched is no more than what is granted. */
  readonly isOwn: boolean
}

export interface Views {
  /** The view of these rows, for a join to come at once. */
  find(watcher: Watcher, wanted: Wanted): View
  readonly size: number
  close(): void
}

export interface Wanted {
  readonly kind: RowKind
  readonly scope: Scope
  readonly grant: Grant
}

export function createViews({
  clock,
  pool,
}: {
  readonly clock: Clock
  readonly pool: SourcePool
}): Views {
  const views = new Map<string, View>()
  const dirty = new Set<View>()
  let timer: Timer | undefined
  const flush = (): void => {
    timer = undefined
    const due = [...dirty]
    dirty.clear()
    for (const view of due) view.flush()
  }
  const open = (key: string, watcher: Watcher, wanted: Wanted): View => {
    const { kind } = wanted
    const { owner, context } = watcher
    const lease = (of: RowKind): readonly Lease[] =>
      tableScopes(watcher, wanted).flatMap((scope) =>
        openTables({ pool, owner, context }, of, scope),
      )
    const whole = wholeOf(kind, wanted.scope)
    const belonging = whole === undefined ? undefined : belongTo(whole, whole.kinds.flatMap(lease))
    return createView({
      kind,
      clock,
      leases: lease(kind),
      filter: filterOf(wanted, belonging),
      ...(belonging === undefined ? {} : { follow: belonging.follow }),
      onDirty(view) {
        dirty.add(view)
        timer ??= clock.setTimer(BATCH_MILLIS, flush)
      },
      onEmpty() {
        views.delete(key)
      },
    })
  }
  return {
    find(watcher, wanted) {
      const { kind, scope, grant } = wanted
      const key = [watcher.owner, kind, grantKey(grant), scopeKey(scope)].join('\n')
      let view = views.get(key)
      if (view === undefined) {
        view = open(key, watcher, wanted)
        views.set(key, view)
      }
      return view
    },
    get size() {
      return views.size
    },
    close() {
      timer?.cancel()
      views.clear()
    },
  }
}

function tableScopes({ isOwn }: Watcher, { kind, scope, grant }: Wanted): readonly TableScope[] {
  const node = kind === 'pods' ? nodeOfScope(scope) : undefined
  const rest = node === undefined ? {} : { node }
  if (!isOwn || grant.all) return [{ namespace: '', ...rest }]
  const namespaces = scope.namespace === undefined ? grant.namespaces : [scope.namespace]
  return namespaces.map((namespace) => ({ namespace, ...rest }))
}

/** What is granted is checked for each row, whoever watched it. */
function filterOf({ kind, scope, grant }: Wanted, belonging: Belonging | undefined): RowFilter {
  const { namespace } = scope
  const inScope: RowFilter =
    belonging === undefined
      ? scopeFilter(kind, scope)
      : (row) => (namespace === undefined || row.namespace === namespace) && belonging.filter(row)
  if (grant.all) return inScope
  return (row) => allows(grant, row.namespace) && inScope(row)
}

/** What is missing, where a scope of a kind may not be shown; undefined where it may. */
export function refusal({ kind, scope, grant }: Wanted): string | undefined {
  if (grant.all) return undefined
  const what = `list ${kind === 'summary' ? 'flighttasks' : resourceName(kind)}`
  const { namespace } = scope
  if (namespace !== undefined) {
    return allows(grant, namespace) ? undefined : `${what} in namespace ${namespace}`
  }
  return grant.namespaces.length > 0 ? undefined : what
}

function resourceName(kind: Exclude<RowKind, 'summary'>): string {
  const { group, plural } = RESOURCE_OF[kind]
  return group === '' || group.startsWith('airforce.') ? plural : `${plural}.${group}`
}
