/** From a request to its answer. */
import { type ApiRequest, ApiStatusError, failureStatus, statusError } from '@sortie/machinery'
import { answerDocument } from '../discovery/documents.ts'
import { effectiveUser } from '../rbac/impersonation.ts'
import type { ServedResource } from '../registry/catalog.ts'
import type { UserInfo, Verb } from '../registry/definition.ts'
import { methodNotAllowed, pathNotFound } from '../registry/failures.ts'
import { parseAccept } from '../request/accept.ts'
import { parseResourcePath, type ResourcePath, withoutOldWatch } from '../request/path.ts'
import { warningHeader } from '../request/warning.ts'
import { attributesOf, authorize, verbOf } from './access.ts'
import { type Answer, answerStatus } from './answer.ts'
import type { Call } from './call.ts'
import type { ServerParts } from './parts.ts'
import { patchOne } from './patch.ts'
import { createPresenter } from './present.ts'
import { getOne, listMany, watchMany } from './read.ts'
import { missingSubresource, subresourceEntry, virtualHandler } from './subresources/index.ts'
import { createOne, deleteMany, deleteOne, updateOne } from './write.ts'

/** Answers a request; never throws: what goes wrong becomes a Status. */
export async function route(
  parts: ServerParts,
  request: ApiRequest,
  user: UserInfo,
): Promise<Answer> {
  try {
    const answer = await answerTo(parts, request, user)
    const settled = parts.store.settled()
    if (settled !== undefined) await settled
    return answer
  } catch (error) {
    if (error instanceof ApiStatusError) return answerStatus(error.status)
    parts.log.error('request failed', { method: request.method, path: request.path, error })
    const message = error instanceof Error ? error.message : String(error)
    return answerStatus(
      failureStatus('InternalError', { message: `Internal error occurred: ${message}` }),
    )
  }
}

function answerTo(
  parts: ServerParts,
  asked: ApiRequest,
  caller: UserInfo,
): Answer | Promise<Answer> {
  const request = withoutOldWatch(asked)
  const user = effectiveUser(parts.authorizer, caller, request.headers)
  const path = parseResourcePath(request.path)
  authorize(parts.authorizer, attributesOf(request, path, user))
  const served = path && parts.catalog.find(path.group, path.version, path.plural)
  if (path === undefined || served === undefined) {
    const document = answerDocument(parts, request)
    if (document === undefined) throw pathNotFound()
    return document
  }
  const call = makeCall({ parts, request, user }, path, served)
  return withWarnings(answered(call), call)
}

/** A refusal is an answer, too: what was warned of until then goes with it. */
function answered(call: Call): Answer | Promise<Answer> {
  try {
    const answer = answerCall(call)
    return answer instanceof Promise ? answer.catch(refusalOf) : answer
  } catch (error) {
    return refusalOf(error)
  }
}

/** @throws whatever is no refusal */
function refusalOf(error: unknown): Answer {
  if (error instanceof ApiStatusError) return answerStatus(error.status)
  throw error
}

/** The call's warnings as a header, each as RFC 7234 has it. */
function withWarnings(answer: Answer | Promise<Answer>, call: Call): Answer | Promise<Answer> {
  if (answer instanceof Promise) return answer.then((late) => withWarnings(late, call))
  if (answer.kind !== 'response') return answer
  const { warnings, version } = call
  const all = version.deprecation === undefined ? warnings : [version.deprecation, ...warnings]
  const warning = warningHeader(all)
  if (warning === '') return answer
  const { response } = answer
  return { ...answer, response: { ...response, headers: { ...response.headers, warning } } }
}

interface Asked {
  readonly parts: ServerParts
  readonly request: ApiRequest
  readonly user: UserInfo
}

function makeCall(asked: Asked, path: ResourcePath, served: ServedResource): Call {
  const { request } = asked
  const query = request.query ?? {}
  const accepted = parseAccept(request.headers?.['accept'])
  if (!accepted.acceptable) {
    throw statusError('NotAcceptable', {
      message: 'only the following media types are accepted: application/json',
    })
  }
  return {
    parts: asked.parts,
    request,
    user: asked.user,
    definition: served.definition,
    version: served.version,
    path,
    query,
    accepted,
    verb: verbOf(request, path),
    presenter: createPresenter({
      definition: served.definition,
      version: served.version,
      accepted,
      clock: asked.parts.clock,
      includeObject: query['includeObject'],
    }),
    warnings: [],
  }
}

const HANDLERS: Readonly<Record<Verb, (call: Call) => Answer>> = {
  create: createOne,
  delete: deleteOne,
  deletecollection: deleteMany,
  get: getOne,
  list: listMany,
  patch: patchOne,
  update: updateOne,
  watch: watchMany,
}

/** A path may name a resource and still not be one of its own. @throws ApiStatusError NotFound, MethodNotAllowed */
function checkScope({ definition, path, request }: Call): void {
  const isCollection = path.name === ''
  if (!definition.namespaced && path.namespace !== '') throw pathNotFound()
  if (isCollection && (request.method === 'PUT' || request.method === 'PATCH')) {
    throw methodNotAllowed()
  }
  if (!isCollection && path.subresource === '' && request.method === 'POST') {
    throw methodNotAllowed()
  }
  if (definition.namespaced && path.namespace === '') {
    if (!isCollection) throw pathNotFound()
    if (request.method !== 'GET') throw methodNotAllowed()
  }
}

function answerCall(call: Call): Answer | Promise<Answer> {
  checkScope(call)
  const { definition, path, verb } = call
  if (path.subresource === 'status' && definition.hasStatus) return answerStatusOf(call)
  if (path.subresource !== '') {
    const entry = subresourceEntry(call)
    if (entry === undefined) throw missingSubresource(call)
    if (!entry.verbs.includes(verb)) throw methodNotAllowed()
    return entry.handler(call)
  }
  if (!definition.verbs.includes(verb)) throw methodNotAllowed()
  return (virtualHandler(call) ?? HANDLERS[verb])(call)
}

function answerStatusOf(call: Call): Answer {
  const { verb } = call
  if (verb !== 'get' && verb !== 'patch' && verb !== 'update') throw methodNotAllowed()
  return HANDLERS[verb](call)
}
