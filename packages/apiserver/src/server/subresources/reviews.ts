/** Reviews: questions about access and identity, answered and not kept. */
import { formatTime, isJsonObject } from '@sortie/machinery'
import { groupVersion, type UserInfo } from '../../registry/definition.ts'
import { badRequest, invalidObject } from '../../registry/failures.ts'
import { decodeBody, mediaTypeOf, requireObject } from '../../request/body.ts'
import { type Fields, objectOf, textOf } from '../../resources/pods/fields.ts'
import { invalid } from '../../schema/fielderror.ts'
import { type Answer, answerWith } from '../answer.ts'
import type { AccessAttributes } from '../authorization.ts'
import type { Call } from '../call.ts'

type Review = (call: Call, spec: Fields) => Fields

/** Reviews by their plural name. */
const REVIEWS: Readonly<Record<string, Review>> = {
  selfsubjectaccessreviews: (call, spec) => reviewAccess(call, spec, call.user),
  subjectaccessreviews: (call, spec) => reviewAccess(call, spec, userOf(spec)),
  localsubjectaccessreviews: (call, spec) => reviewAccess(call, spec, userOf(spec)),
  selfsubjectrulesreviews: reviewRules,
  selfsubjectreviews: (call) => ({ userInfo: userStatus(call.user) }),
  tokenreviews: reviewToken,
}

/** Answers a POST to one of the review resources. */
export function answerReview(call: Call): Answer {
  const { definition, version, path } = call
  const review = REVIEWS[path.plural]
  if (review === undefined) throw badRequest(`${path.plural} is no review`)
  const type = mediaTypeOf(call.request.headers?.['content-type'])
  const fields = requireObject(decodeBody(call.request.body, type))
  const spec = objectOf(fields, 'spec')
  return answerWith(201, {
    kind: definition.kind,
    apiVersion: groupVersion(definition.group, version.version),
    metadata: { creationTimestamp: formatTime(call.parts.clock.now()) },
    ...(definition.kind === 'SelfSubjectReview' ? {} : { spec }),
    status: review(call, spec),
  })
}

export function isReview(plural: string): boolean {
  return Object.hasOwn(REVIEWS, plural)
}

function reviewAccess(call: Call, spec: Fields, user: UserInfo): Fields {
  const resource = spec['resourceAttributes']
  const path = spec['nonResourceAttributes']
  if (isJsonObject(resource) === isJsonObject(path)) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw invalidObject(call.definition, '', [invalid('spec', spec, why)])
  }
  const { allowed, reason } = call.parts.authorizer.authorize(
    isJsonObject(resource) ? resourceAttributes(user, resource) : pathAttributes(user, spec),
  )
  return { allowed, ...(reason === undefined ? {} : { reason }) }
}

function resourceAttributes(user: UserInfo, fields: Fields): AccessAttributes {
  return {
    user,
    verb: textOf(fields, 'verb'),
    group: textOf(fields, 'group'),
    version: textOf(fields, 'version'),
    resource: textOf(fields, 'resource'),
    subresource: textOf(fields, 'subresource'),
    namespace: textOf(fields, 'namespace'),
    name: textOf(fields, 'name'),
  }
}

function pathAttributes(user: UserInfo, spec: Fields): AccessAttributes {
  const fields = objectOf(spec, 'nonResourceAttributes')
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' }
  return { user, ...none, verb: textOf(fields, 'verb'), path: textOf(fields, 'path') }
}

function userOf(spec: Fields): UserInfo {
  const { groups } = spec
  return {
    name: textOf(spec, 'user'),
    groups: Array.isArray(groups) ? groups.filter((one) => typeof one === 'string') : [],
  }
}

function userStatus({ name, uid, groups, extra }: UserInfo): Fields {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  }
}

function reviewRules(call: Call, spec: Fields): Fields {
  const namespace = textOf(spec, 'namespace')
  if (namespace === '') throw badRequest('no namespace on request')
  return { ...call.parts.authorizer.rulesFor(call.user, namespace), incomplete: false }
}

function reviewToken(call: Call, spec: Fields): Fields {
  const user = call.parts.authenticator?.userOf(textOf(spec, 'token'))
  return user === undefined
    ? { user: {}, error: 'invalid token' }
    : { authenticated: true, user: userStatus(user) }
}
