/** CustomResourceDefinitions: what they define is served from the moment they are stored, and goes with them. */
import { isNotFound } from '@sortie/machinery'
import type { CrdDefinition } from '../crd/index.ts'
import { rereadObjects } from '../registry/create.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import { deleteObject } from '../registry/delete.ts'
import {
  CRD_CLEANUP,
  CRD_STORAGE,
  definitionOf,
  isEstablished,
} from '../resources/customresources.ts'
import { instanceResource } from '../resources/instances.ts'
import { objectOf } from '../resources/pods/fields.ts'
import type { ServerParts } from '../server/parts.ts'
import { type Change, placeOf, type StoredObject } from '../store/index.ts'
import { controllerContext, type ServerController } from './controller.ts'

/** Adds what is defined already to the catalog and keeps it in step, from now on and without a start. */
export function followDefinitions({ store, catalog, log }: ServerParts): void {
  /** What each parsed definition became, so that a change of metadata or status changes nothing. */
  const sources = new WeakMap<CrdDefinition, ResourceDefinition>()
  const add = (crd: StoredObject): void => {
    const definition = definitionOf(crd)
    if (definition === undefined) {
      log.error('definition cannot be served', { name: crd.metadata.name })
      return
    }
    const present = catalog.findResource(definition.group, definition.names.plural)
    const source = sources.get(definition)
    if (!isEstablished(crd) || (present !== undefined && source === present)) return
    const resource = instanceResource(definition, Number(crd.metadata.resourceVersion))
    sources.set(definition, resource)
    catalog.add(resource)
    rereadObjects(resource, store)
  }
  for (const crd of store.list(CRD_STORAGE)) add(crd)
  store.subscribe(CRD_STORAGE, (changes) => {
    for (const { type, object } of changes) {
      if (type !== 'DELETED') add(object)
      else {
        const spec = objectOf(object, 'spec')
        catalog.remove(String(spec['group']), String(objectOf(spec, 'names')['plural']))
      }
    }
  })
}

/** Removes the instances of a definition that is deleted, then lets the definition go. */
export function createDefinitionController(parts: ServerParts): ServerController {
  const { store } = parts
  /** Definitions that are being deleted, by the storage of their instances. */
  const terminating = new Map<string, string>()
  let unsubscribe: (() => void) | undefined
  const handle = (changes: readonly Change[]): void => {
    const touched = new Set<string>()
    for (const { resource, type, object } of changes) {
      if (resource !== CRD_STORAGE) {
        if (type === 'DELETED' && terminating.has(resource)) touched.add(resource)
      } else if (type !== 'DELETED' && isWaiting(object)) {
        const definition = instancesOf(parts, object)
        if (definition === undefined) {
          release(parts, object.metadata.name)
          continue
        }
        if (!terminating.has(definition.storage)) deleteInstances(parts, definition)
        terminating.set(definition.storage, object.metadata.name)
        touched.add(definition.storage)
      }
    }
    for (const storage of touched) {
      const name = terminating.get(storage) ?? ''
      if (store.count(storage) > 0) continue
      terminating.delete(storage)
      release(parts, name)
    }
  }
  return {
    start() {
      const waiting = store.list(CRD_STORAGE).map((object) => ({
        resource: CRD_STORAGE,
        type: 'ADDED' as const,
        object,
        previous: undefined,
        revision: 0,
        at: 0,
      }))
      handle(waiting)
      unsubscribe = store.subscribeAll(handle)
    },
    stop: () => unsubscribe?.(),
  }
}

function instancesOf({ catalog }: ServerParts, crd: StoredObject): ResourceDefinition | undefined {
  const definition = definitionOf(crd)
  return definition && catalog.findResource(definition.group, definition.names.plural)
}

function isWaiting({ metadata }: StoredObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(CRD_CLEANUP) === true
  )
}

function deleteInstances(parts: ServerParts, definition: ResourceDefinition): void {
  const context = controllerContext(parts)
  const options = { dryRun: false, propagationPolicy: 'Background' as const }
  for (const object of parts.store.list(definition.storage)) {
    try {
      deleteObject({ definition, place: placeOf(object), options }, context)
    } catch (error) {
      if (!isNotFound(error))
        parts.log.warn('instance stays', { name: object.metadata.name, error })
    }
  }
}

function release({ store }: ServerParts, name: string): void {
  const crd = store.get(CRD_STORAGE, { namespace: '', name })
  if (crd === undefined) return
  const { finalizers = [], ...metadata } = crd.metadata
  const left = finalizers.filter((one) => one !== CRD_CLEANUP)
  if (left.length === 0) store.remove(CRD_STORAGE, { ...crd, metadata })
  else store.put(CRD_STORAGE, { ...crd, metadata: { ...metadata, finalizers: left } })
}
