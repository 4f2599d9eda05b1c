/** Server-side apply of manifests, in an order in which they can stand. */
import type { ManifestDocument } from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  ApiStatusError,
  deepEqual,
  isNotFound,
  type KubeObject,
  type ResourceType,
  type Stored,
  TransportError,
} from '@sortie/machinery'
import { CommandError } from '../environment.ts'
import { harmless } from '../output/text.ts'
import { createDiscovery, type Discovery } from './discovery.ts'

export interface ApplyTarget {
  readonly client: Client
  /** Where objects go that name no namespace. */
  readonly namespace: string
}

export interface ApplySettings {
  readonly dryRun?: boolean
  /** Takes over fields that others own. */
  readonly force?: boolean
}

export interface Applied {
  readonly object: Stored<KubeObject>
  readonly outcome: 'created' | 'configured' | 'unchanged'
}

export interface ApplyFailure {
  /** File, line, object and what is wrong with it, in one line. */
  readonly message: string
}

export interface ApplyOutcome {
  readonly applied: readonly Applied[]
  readonly failures: readonly ApplyFailure[]
}

/** Kinds that others need come first; the rest keeps the order of the files. */
const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'Weapon',
  'WeaponLoadout',
  'MissionTemplate',
]

/** Applies all that can be applied; one that can't does not hold up the others. @throws TransportError, ApiStatusError where the credentials are refused */
export async function applyDocuments(
  target: ApplyTarget,
  documents: readonly ManifestDocument[],
  settings: ApplySettings,
): Promise<ApplyOutcome> {
  const applied: Applied[] = []
  const failures: ApplyFailure[] = []
  for await (const step of applyEach(target, documents, settings)) {
    if ('object' in step) applied.push(step)
    else failures.push(step)
  }
  return { applied, failures }
}

/** As `applyDocuments`, one after another: what was applied is known where the server is lost in the middle. */
export async function* applyEach(
  target: ApplyTarget,
  documents: readonly ManifestDocument[],
  settings: ApplySettings,
): AsyncGenerator<Applied | ApplyFailure> {
  const discovery = createDiscovery(target.client)
  for (const document of inOrder(documents)) {
    try {
      yield await applyObject({ ...target, discovery }, toObject(document), settings)
    } catch (error) {
      if (!(error instanceof Error) || concernsAll(error)) throw error
      const place = `${document.source}:${document.locate([]).line}`
      yield { message: `${place}: ${nameOf(document)}: ${harmless(error.message)}` }
    }
  }
}

/** No server, or one that does not take the credentials: the next object would fare no better. */
export function concernsAll(error: unknown): boolean {
  return error instanceof TransportError || (error instanceof ApiStatusError && error.code === 401)
}

/** Applies one object. @throws CommandError, ApiStatusError, TransportError */
export async function applyObject(
  target: ApplyTarget & { readonly discovery: Discovery },
  object: KubeObject,
  settings: ApplySettings,
): Promise<Applied> {
  const type = await target.discovery.resourceOf(object)
  const ref = refOf(type, object, target.namespace)
  const before = await findObject(target.client, type, ref)
  const body = { ...object, metadata: { ...object.metadata, ...ref } }
  const after = await target.client.resource(type).patch(
    ref,
    { type: 'apply', body },
    {
      fieldManager: 'sortie',
      force: settings.force === true,
      dryRun: settings.dryRun === true,
      fieldValidation: 'Strict',
    },
  )
  if (object.kind === 'CustomResourceDefinition') target.discovery.reset()
  return { object: after, outcome: outcome(before, after) }
}

interface Ref {
  readonly namespace?: string
  readonly name: string
}

function refOf(type: ResourceType, { metadata }: KubeObject, namespace: string): Ref {
  const { name } = metadata
  if (name === undefined || name === '') throw new CommandError('metadata.name is missing')
  return type.namespaced ? { namespace: metadata.namespace ?? namespace, name } : { name }
}

/** The object as it is stored; undefined where it is not there. @throws ApiStatusError, TransportError */
export async function findObject(
  client: Client,
  type: ResourceType,
  ref: Ref,
): Promise<Stored<KubeObject> | undefined> {
  try {
    return await client.resource(type).get(ref)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function outcome(
  before: Stored<KubeObject> | undefined,
  after: Stored<KubeObject>,
): Applied['outcome'] {
  if (before === undefined) return 'created'
  return deepEqual(contentOf(before), contentOf(after)) ? 'unchanged' : 'configured'
}

/** What people see of an object: a server may store the same anew, as where defaults came only when it was read. */
function contentOf(object: Stored<KubeObject>): KubeObject {
  const { resourceVersion: _, managedFields: _managedFields, ...metadata } = object.metadata
  return { ...object, metadata }
}

function inOrder(documents: readonly ManifestDocument[]): ManifestDocument[] {
  const rank = ({ value }: ManifestDocument): number => {
    const index = FIRST.indexOf((value as { kind?: string } | null)?.kind ?? '')
    return index < 0 ? FIRST.length : index
  }
  return documents.toSorted((a, b) => rank(a) - rank(b))
}

/** @throws CommandError where the document is no API object */
export function toObject({ value }: ManifestDocument): KubeObject {
  const object = value as Partial<KubeObject> | null
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new CommandError('not an API object: a mapping with apiVersion, kind and metadata')
  }
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof object[field] !== 'string' || object[field] === '') {
      throw new CommandError(`${field} is missing`)
    }
  }
  if (typeof object.metadata !== 'object' || object.metadata === null) {
    throw new CommandError('metadata is missing')
  }
  return object as KubeObject
}

function nameOf({ value }: ManifestDocument): string {
  const object = value as { kind?: unknown; metadata?: { name?: unknown } } | null
  const kind = typeof object?.kind === 'string' ? object.kind : 'document'
  const name = object?.metadata?.name
  return harmless(typeof name === 'string' ? `${kind} ${name}` : kind)
}
