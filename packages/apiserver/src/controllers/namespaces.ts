/** Namespaces: a service account for each new one, and the end of what is in one that is deleted. */
import { formatTime, isNotFound } from '@sortie/machinery'
import { createObject } from '../registry/create.ts'
import { kindName, type ResourceDefinition, resourceName } from '../registry/definition.ts'
import { deleteObject } from '../registry/delete.ts'
import { untracked } from '../registry/fieldtracker.ts'
import { finalizersOf } from '../resources/namespaces.ts'
import { objectOf } from '../resources/pods/fields.ts'
import type { ServerParts } from '../server/parts.ts'
import type { Change, StoredObject } from '../store/index.ts'
import { controllerContext, type ServerController } from './controller.ts'

const KUBERNETES = 'kubernetes'
const NAMESPACES = 'namespaces'
const DEFAULT_ACCOUNT = 'default'

export function createNamespaceController(parts: ServerParts): ServerController {
  const { store } = parts
  const terminating = new Set<string>()
  let unsubscribe: (() => void) | undefined
  const handle = (changes: readonly Change[]): void => {
    const emptied = new Set<string>()
    for (const change of changes) {
      if (change.resource === NAMESPACES) namespaceChanged(parts, change, terminating)
      else if (change.type === 'DELETED') contentDeleted(change, emptied)
    }
    for (const name of emptied) {
      if (terminating.has(name)) finish(parts, name)
      else ensureAccount(parts, name)
    }
  }
  return {
    start() {
      unsubscribe = store.subscribeAll(handle)
      for (const object of store.list(NAMESPACES)) {
        const change = { type: 'ADDED', object } as const
        namespaceChanged(parts, change, terminating)
      }
    },
    stop: () => unsubscribe?.(),
  }
}

function namespaceChanged(
  parts: ServerParts,
  { type, object }: Pick<Change, 'type' | 'object'>,
  terminating: Set<string>,
): void {
  const { name, deletionTimestamp } = object.metadata
  if (type === 'DELETED') {
    terminating.delete(name)
    return
  }
  if (deletionTimestamp === undefined) {
    ensureAccount(parts, name)
    return
  }
  if (terminating.has(name)) return
  terminating.add(name)
  deleteContent(parts, name)
  finish(parts, name)
}

function contentDeleted({ object }: Change, emptied: Set<string>): void {
  const { namespace } = object.metadata
  if (namespace !== undefined) emptied.add(namespace)
}

/** Every namespace has the service account `default`. */
function ensureAccount(parts: ServerParts, namespace: string): void {
  const { store, catalog } = parts
  const definition = catalog.findResource('', 'serviceaccounts')
  const live = store.get(NAMESPACES, { namespace: '', name: namespace })
  const exists = store.get('serviceaccounts', { namespace, name: DEFAULT_ACCOUNT }) !== undefined
  if (definition === undefined || exists) return
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return
  const object = {
    kind: 'ServiceAccount',
    apiVersion: 'v1',
    metadata: { name: DEFAULT_ACCOUNT, namespace },
  }
  createObject({ definition, object, namespace, tracker: untracked }, controllerContext(parts))
}

/** What can be in a namespace, each storage once. */
function contentTypes({ catalog }: ServerParts): readonly ResourceDefinition[] {
  const seen = new Set<string>()
  return catalog.all().filter((definition) => {
    const counts = definition.namespaced && definition.verbs.includes('delete')
    if (!counts || seen.has(definition.storage)) return false
    seen.add(definition.storage)
    return true
  })
}

/** Deletes everything in a namespace, pods with their grace. */
function deleteContent(parts: ServerParts, namespace: string): void {
  const context = controllerContext(parts)
  for (const definition of contentTypes(parts)) {
    for (const { metadata } of parts.store.list(definition.storage, namespace)) {
      const place = { namespace, name: metadata.name }
      const options = { propagationPolicy: 'Background' as const, dryRun: false }
      try {
        deleteObject({ definition, place, options }, context)
      } catch (error) {
        if (!isNotFound(error))
          parts.log.warn('namespace content stays', { kind: kindName(definition), error })
      }
    }
  }
}

/** Lets the namespace go once it is empty; until then its status says what is left. */
function finish(parts: ServerParts, name: string): void {
  const namespace = parts.store.get(NAMESPACES, { namespace: '', name })
  if (namespace === undefined) return
  const left = contentTypes(parts)
    .map((definition) => ({ definition, count: parts.store.count(definition.storage, name) }))
    .filter(({ count }) => count > 0)
  if (left.length === 0) {
    release(parts, namespace)
    return
  }
  const status = objectOf(namespace, 'status')
  if (status['conditions'] !== undefined) return
  const remaining = left
    .map(({ definition, count }) => `${resourceName(definition)} has ${count} resource instances`)
    .join(', ')
  const conditions = deletionConditions(`Some resources are remaining: ${remaining}`, parts)
  parts.store.put(NAMESPACES, { ...namespace, status: { ...status, conditions } })
}

function release(parts: ServerParts, namespace: StoredObject): void {
  const finalizers = finalizersOf(namespace).filter((one) => one !== KUBERNETES)
  const next = { ...namespace, spec: { ...objectOf(namespace, 'spec'), finalizers } }
  const isFree = finalizers.length === 0 && (namespace.metadata.finalizers ?? []).length === 0
  if (isFree) parts.store.remove(NAMESPACES, next)
  else parts.store.put(NAMESPACES, next)
}

function deletionConditions(remaining: string, { clock }: ServerParts): readonly object[] {
  const lastTransitionTime = formatTime(clock.now())
  const rows = [
    [
      'NamespaceDeletionDiscoveryFailure',
      'False',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    ['NamespaceContentRemaining', 'True', 'SomeResourcesRemain', remaining],
    [
      'NamespaceFinalizersRemaining',
      'False',
      'ContentHasNoFinalizers',
      'All content-preserving finalizers finished',
    ],
  ] as const
  return rows.map(([type, status, reason, message]) => ({
    type,
    status,
    lastTransitionTime,
    reason,
    message,
  }))
}
