/** What a request asks for, as authorisation sees it: before it is known whether there is any such thing. */
import { type ApiRequest, parseFieldSelector } from '@sortie/machinery'
import type { UserInfo, Verb } from '../registry/definition.ts'
import { forbiddenObject, methodNotAllowed } from '../registry/failures.ts'
import type { ResourcePath } from '../request/path.ts'
import { type AccessAttributes, type Authorizer, forbiddenMessage } from './authorization.ts'

/** @throws ApiStatusError MethodNotAllowed */
export function verbOf(request: ApiRequest, { name }: ResourcePath): Verb {
  const collection = name === ''
  switch (request.method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return collection ? 'deletecollection' : 'delete'
    case 'GET':
      if (isWatch(request.query?.['watch'])) return 'watch'
      return collection ? 'list' : 'get'
    default:
      throw methodNotAllowed()
  }
}

function isWatch(value: string | undefined): boolean {
  return value !== undefined && value !== 'false' && value !== '0'
}

const NO_RESOURCE = {
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
} as const

/** @throws ApiStatusError MethodNotAllowed for a method that no resource has */
export function attributesOf(
  request: ApiRequest,
  path: ResourcePath | undefined,
  user: UserInfo,
): AccessAttributes {
  if (path === undefined) {
    return { ...NO_RESOURCE, user, verb: request.method.toLowerCase(), path: request.path }
  }
  const { group, version, plural, subresource } = path
  const verb = verbOf(request, path)
  const name = path.name === '' ? selectedName(request, verb) : path.name
  // A namespace is in itself, so that a role in it may say what is done with it.
  const namespace = group === '' && plural === 'namespaces' ? path.name : path.namespace
  return { user, verb, group, version, resource: plural, subresource, namespace, name }
}

const SELECTING: ReadonlySet<Verb> = new Set(['list', 'watch', 'deletecollection'])

/** A list of the one object that a field selector names needs the right to that object only. */
function selectedName({ query }: ApiRequest, verb: Verb): string {
  const selector = query?.['fieldSelector']
  if (selector === undefined || !selector.includes('metadata.name') || !SELECTING.has(verb)) {
    return ''
  }
  try {
    const found = parseFieldSelector(selector).find(
      ({ field, operator }) => field === 'metadata.name' && operator !== '!=',
    )
    return found?.value ?? ''
  } catch {
    return ''
  }
}

/** @throws ApiStatusError Forbidden, in the API server's words */
export function authorize(authorizer: Authorizer, attributes: AccessAttributes): void {
  const decision = authorizer.authorize(attributes)
  if (decision.allowed) return
  const { group, resource, name } = attributes
  const why = forbiddenMessage(attributes, decision)
  throw forbiddenObject({ group, plural: resource }, name, why)
}
