/** Plays a sequence on a server, and keeps of each answer what two servers must agree on. */
import {
  type ApiRequest,
  type ApiResponse,
  isJsonObject,
  type JsonObject,
  type Transport,
} from '@sortie/machinery'
import type { FuzzKind } from './kinds.ts'
import type { Step } from './steps.ts'

/** What a server made of a step. */
export interface Outcome {
  readonly code: number
  readonly reason?: unknown
  readonly message?: string
  /** `field reason`, sorted. */
  readonly causes?: readonly string[]
  readonly warnings?: readonly string[]
  /** Without what differs from run to run. */
  readonly object?: unknown
  readonly owners?: readonly unknown[]
  /** Whether the answer has a resourceVersion that was not seen before. */
  readonly isNew?: boolean
}

export interface Place {
  readonly kind: FuzzKind
  readonly namespace: string
  readonly name: string
}

const MEDIA: Readonly<Record<string, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

const METHODS = {
  create: 'POST',
  update: 'PUT',
  merge: 'PATCH',
  json: 'PATCH',
  strategic: 'PATCH',
  apply: 'PATCH',
  delete: 'DELETE',
} as const

export function collectionPath({ kind, namespace }: Omit<Place, 'name'>): string {
  const root = kind.apiVersion.includes('/')
    ? `/apis/${kind.apiVersion}`
    : `/api/${kind.apiVersion}`
  return kind.namespaced
    ? `${root}/namespaces/${namespace}/${kind.plural}`
    : `${root}/${kind.plural}`
}

/** Plays the steps one after another, and looks at the object in the end. */
export async function play(
  transport: Transport,
  place: Place,
  steps: readonly Step[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let known: JsonObject | undefined
  let version = ''
  const note = (response: ApiResponse): void => {
    const outcome = outcomeOf(response, place)
    const body = response.body as JsonObject
    const given = versionOf(body)
    if (outcome.object === undefined || given === undefined) {
      outcomes.push(outcome)
      return
    }
    outcomes.push(isGone(body) ? lastSight(outcome) : { ...outcome, isNew: given !== version })
    version = given
    known = body
  }
  const path = `${collectionPath(place)}/${place.name}`
  for (const step of steps) {
    const before = version
    note(await transport.request(requestOf(place, step, known)))
    if (version !== before) await settle(transport, path, version)
  }
  note(await transport.request({ method: 'GET', path }))
  return outcomes
}

/**
 * Waits until the server's cache has a version. A write that comes sooner is made on what etcd has, not on what the cache has, and the
 * two differ in what is empty: whether anything is written would be chance.
 */
async function settle(transport: Transport, path: string, resourceVersion: string): Promise<void> {
  for (;;) {
    const query = { resourceVersion }
    const { status } = await transport.request({ method: 'GET', path, query, timeoutMs: 60_000 })
    if (status !== 429 && status !== 504) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * An object that goes with its last finalizer is shown with its last version, or with that of its end, and nobody reads it back: what
 * is empty in its metadata is there, null or absent.
 */
function lastSight(outcome: Outcome): Outcome {
  const { metadata, ...rest } = outcome.object as JsonObject
  const isSaid = ([, value]: readonly [string, unknown]): boolean =>
    typeof value !== 'object' || Object.keys(value ?? {}).length > 0
  const said = Object.fromEntries(Object.entries(metadata as JsonObject).filter(isSaid))
  return { ...outcome, object: { ...rest, metadata: said } }
}

function isGone(body: JsonObject): boolean {
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {}
  return metadata['deletionTimestamp'] !== undefined && metadata['finalizers'] === undefined
}

function versionOf(body: unknown): string | undefined {
  const metadata = isJsonObject(body) ? body['metadata'] : undefined
  return isJsonObject(metadata) ? (metadata['resourceVersion'] as string | undefined) : undefined
}

/** The request of a step, as bytes, so that both servers decode the same text. */
export function requestOf(place: Place, step: Step, known: JsonObject | undefined): ApiRequest {
  const item = `${collectionPath(place)}/${place.name}`
  const sub = step.do === 'create' || step.do === 'delete' ? '' : step.subresource
  const path = step.do === 'create' ? collectionPath(place) : sub === '' ? item : `${item}/${sub}`
  const query: Record<string, string> = {}
  if (step.dryRun) query['dryRun'] = 'All'
  if (step.do !== 'delete') {
    if (step.manager !== '') query['fieldManager'] = step.manager
    if (step.validation !== '') query['fieldValidation'] = step.validation
  }
  if (step.do === 'apply' && step.force) query['force'] = 'true'
  const body = bodyOf(place, step, known)
  return {
    method: METHODS[step.do],
    path,
    query,
    timeoutMs: 60_000,
    headers: { 'content-type': MEDIA[step.do] ?? 'application/json', 'user-agent': 'fuzzer/1' },
    ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
  }
}

function bodyOf(place: Place, step: Step, known: JsonObject | undefined): unknown {
  switch (step.do) {
    case 'delete':
      return undefined
    case 'create':
    case 'apply':
      return named(place, step.content)
    case 'update':
      return updateBody(place, step, known)
    default:
      return step.patch
  }
}

function named({ kind, name }: Place, content: JsonObject): JsonObject {
  const metadata = isJsonObject(content['metadata']) ? content['metadata'] : {}
  const { spec } = content
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    ...content,
    ...(isJsonObject(spec) ? { spec: { ...kind.fixedSpec, ...spec } } : {}),
    metadata: { ...metadata, name },
  }
}

function updateBody(
  place: Place,
  { content, over, version }: Extract<Step, { do: 'update' }>,
  known: JsonObject | undefined,
): JsonObject {
  const object = named(place, content)
  const current = versionOf(known) ?? '1'
  const shown = { fresh: current, stale: '1', none: undefined }[version]
  const metadata = {
    ...(over && isJsonObject(known?.['metadata']) ? known['metadata'] : {}),
    ...(object['metadata'] as JsonObject),
  }
  const { resourceVersion: _, ...rest } = metadata
  return {
    ...(over ? known : {}),
    ...object,
    metadata: { ...rest, ...(shown === undefined ? {} : { resourceVersion: shown }) },
  } as JsonObject
}

/** What an answer says, with what no two servers share taken out. */
export function outcomeOf({ status, headers, body }: ApiResponse, { kind, name }: Place): Outcome {
  const warnings = warningsOf(headers['warning'])
  const said = warnings.length === 0 ? {} : { warnings }
  if (!isJsonObject(body)) return { code: status, ...said, message: String(body) }
  if (body['kind'] === 'Status') {
    const { reason, message, details } = body
    const listed =
      isJsonObject(details) && Array.isArray(details['causes']) ? details['causes'] : []
    // An update is validated more than once, and what is found told as often.
    const causes = [...new Set((listed as readonly JsonObject[]).map(causeText))].sort()
    return {
      code: status,
      reason,
      ...(message === undefined ? {} : { message: String(message).replaceAll(name, 'NAME') }),
      ...(causes.length === 0 ? {} : { causes }),
      ...said,
    }
  }
  const object = kind.builtIn ? withoutTimes(stable(body)) : stable(body)
  return { code: status, object, owners: ownersIn(body), ...said }
}

/** No writer sets the time of a condition: it is the server's clock that is in it. */
function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      key === 'lastTransitionTime' && child !== null ? 'then' : withoutTimes(child),
    ]),
  )
}

/** A patched object that cannot be is shown with its uid and version, and only its problem counts. */
function causeText({ field, reason, message }: JsonObject): string {
  if (field === 'patch') return `patch ${String(reason)}`
  // What follows in a line of its own is Go's picture of two structs.
  const [whole = ''] = String(message).split('\n')
  const first = field === 'metadata.deletionTimestamp' ? whole.replace(/"[^"]*"/, 'now') : whole
  return `${String(field)} ${String(reason)}: ${first}`
}

function warningsOf(header: string | undefined): string[] {
  if (header === undefined) return []
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text).sort()
}

const VOLATILE = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'managedFields'])

function stable(body: JsonObject): JsonObject {
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {}
  const metadata = Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => !VOLATILE.has(key))
      .map(([key, value]) => [
        key,
        key === 'deletionTimestamp' ? 'now' : key === 'name' ? 'NAME' : value,
      ]),
  )
  return { ...body, metadata } as JsonObject
}

function ownersIn(body: JsonObject): readonly unknown[] {
  const given = isJsonObject(body['metadata']) ? body['metadata']['managedFields'] : undefined
  const entries = (Array.isArray(given) ? given : []) as readonly JsonObject[]
  const key = ({ manager, operation, apiVersion, subresource }: JsonObject): string =>
    JSON.stringify([manager, operation, apiVersion, subresource])
  return entries.map(({ time: _, ...rest }) => rest).sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
