/** Whole objects of the cluster, by the server's narrow way through to the API server with the person's own token. */
import { GROUP, VERSION } from '@sortie/api'
import type { KubeObject, Stored } from '@sortie/machinery'
import { request } from './request.ts'

/** The kinds that can be opened, by their plural. */
export type Plural =
  | 'missions'
  | 'missionstages'
  | 'flighttasks'
  | 'weapons'
  | 'weaponloadouts'
  | 'missiontemplates'
  | 'pods'
  | 'nodes'

const CORE: ReadonlySet<Plural> = new Set<Plural>(['pods', 'nodes'])

export interface ObjectPlace {
  readonly plural: Plural
  readonly namespace?: string
  readonly name?: string
}

export function pathOf({ plural, namespace, name }: ObjectPlace): string {
  const root = CORE.has(plural) ? '/api/kube/api/v1' : `/api/kube/apis/${GROUP}/${VERSION}`
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const tail = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${within}/${plural}${tail}`
}

export function getObject<T extends KubeObject>(
  place: ObjectPlace,
  signal?: AbortSignal,
): Promise<Stored<T>> {
  return request(pathOf(place), signal === undefined ? {} : { signal })
}

export interface WriteOptions {
  /** Asks what would become of it; nothing is stored. */
  readonly dryRun?: boolean
}

function query({ dryRun }: WriteOptions): string {
  return dryRun === true ? '?dryRun=All&fieldValidation=Strict' : '?fieldValidation=Strict'
}

export function createObject<T extends KubeObject>(
  place: ObjectPlace,
  object: T,
  options: WriteOptions = {},
): Promise<Stored<T>> {
  const { plural, namespace } = place
  const at = pathOf({ plural, ...(namespace === undefined ? {} : { namespace }) })
  return request(`${at}${query(options)}`, { method: 'POST', body: object })
}

/** Replaces the object; refused with 409 where it has changed since the resourceVersion that the given one carries. */
export function updateObject<T extends KubeObject>(
  place: ObjectPlace,
  object: T,
  options: WriteOptions = {},
): Promise<Stored<T>> {
  return request(`${pathOf(place)}${query(options)}`, { method: 'PUT', body: object })
}

export function patchObject<T extends KubeObject>(
  place: ObjectPlace,
  patch: unknown,
  options: WriteOptions = {},
): Promise<Stored<T>> {
  return request(`${pathOf(place)}${query(options)}`, {
    method: 'PATCH',
    body: patch,
    contentType: 'application/merge-patch+json',
  })
}

export function deleteObject(place: ObjectPlace, options: WriteOptions = {}): Promise<unknown> {
  return request(`${pathOf(place)}${options.dryRun === true ? '?dryRun=All' : ''}`, {
    method: 'DELETE',
    body: {},
  })
}
