/** Reviews: questions about access and identity, answered and not kept. */
import { formatTime, isJsonObject } from '@sortie/machinery'
import { ISSUER } from '../../authentication/accounttokens.ts'
import { joinErrors } from '../../rbac/authorizer.ts'
import { textsOf } from '../../rbac/model.ts'
import { groupVersion, type UserInfo } from '../../registry/definition.ts'
import { badRequest, invalidObject } from '../../registry/failures.ts'
import { decodeBody, mediaTypeOf, requireObject } from '../../request/body.ts'
import { type Fields, objectOf, textOf } from '../../resources/pods/fields.ts'
import { type FieldError, GoText, invalid } from '../../schema/fielderror.ts'
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
  const isSelf = definition.kind === 'SelfSubjectReview'
  const metadata = isSelf ? { creationTimestamp: formatTime(call.parts.clock.now()) } : {}
  return answerWith(201, {
    kind: definition.kind,
    apiVersion: groupVersion(definition.group, version.version),
    metadata: path.namespace === '' ? metadata : { ...metadata, namespace: path.namespace },
    ...(isSelf ? {} : { spec }),
    status: review(call, spec),
  })
}

export function isReview(plural: string): boolean {
  return Object.hasOwn(REVIEWS, plural)
}

function reviewAccess(call: Call, spec: Fields, user: UserInfo): Fields {
  checkQuestion(call, spec)
  const resource = spec['resourceAttributes']
  const { allowed, reason } = call.parts.authorizer.authorize(
    isJsonObject(resource) ? resourceAttributes(user, resource) : pathAttributes(user, spec),
  )
  return { allowed, ...(reason === undefined ? {} : { reason }) }
}

/** @throws ApiStatusError Invalid, as the API server has it: with the group, and no kind */
function checkQuestion(call: Call, spec: Fields): void {
  const { group, plural, namespace } = call.path
  const errors = [
    ...attributeErrors(spec),
    ...(plural === 'selfsubjectaccessreviews' ? [] : subjectErrors(spec)),
  ]
  if (errors.length === 0 && plural === 'localsubjectaccessreviews') {
    errors.push(...scopeErrors(spec, namespace))
  }
  if (errors.length > 0) throw invalidObject({ group, kind: '' }, '', errors)
}

function attributeErrors(spec: Fields): FieldError[] {
  const resource = isJsonObject(spec['resourceAttributes'])
  const path = isJsonObject(spec['nonResourceAttributes'])
  if (resource && path) {
    const why = 'cannot be specified in combination with resourceAttributes'
    return [invalid('spec.nonResourceAttributes', shownPath(spec), why)]
  }
  if (resource || path) return []
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [invalid('spec.resourceAttributes', null, why)]
}

function subjectErrors(spec: Fields): FieldError[] {
  if (textOf(spec, 'user') !== '' || textsOf(spec, 'groups').length > 0) return []
  return [invalid('spec.user', '', 'at least one of user or group must be specified')]
}

/** A local review is of something in its own namespace. */
function scopeErrors(spec: Fields, namespace: string): FieldError[] {
  if (isJsonObject(spec['nonResourceAttributes'])) {
    const why = 'disallowed on this kind of request'
    return [invalid('spec.nonResourceAttributes', shownPath(spec), why)]
  }
  const given = textOf(objectOf(spec, 'resourceAttributes'), 'namespace')
  if (given === namespace) return []
  return [invalid('spec.resourceAttributes.namespace', given, 'must match metadata.namespace')]
}

function shownPath(spec: Fields): GoText {
  const fields = objectOf(spec, 'nonResourceAttributes')
  return new GoText(JSON.stringify({ Path: textOf(fields, 'path'), Verb: textOf(fields, 'verb') }))
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
  return { name: textOf(spec, 'user'), groups: textsOf(spec, 'groups') }
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
  const { errors, ...rules } = call.parts.authorizer.rulesFor(call.user, namespace)
  const problem = errors === undefined ? {} : { evaluationError: joinErrors(errors) }
  return { ...rules, incomplete: false, ...problem }
}

/** @throws ApiStatusError BadRequest where no token is given */
function reviewToken({ parts }: Call, spec: Fields): Fields {
  const token = textOf(spec, 'token')
  if (token === '') throw badRequest('token is required for TokenReview in authentication')
  const wanted = textsOf(spec, 'audiences')
  const known = parts.authenticator?.userOf(token)
  if (known !== undefined) return { authenticated: true, user: userStatus(known) }
  const verified = parts.accountTokens.verify(token)
  if (verified === undefined) return { user: {}, error: 'invalid bearer token' }
  const audiences = verified.audiences.filter((one) =>
    wanted.length === 0 ? one === ISSUER : wanted.includes(one),
  )
  if (audiences.length > 0) {
    return { authenticated: true, user: userStatus(verified.user), audiences }
  }
  const targets = wanted.length === 0 ? [ISSUER] : wanted
  const error = `[invalid bearer token, token audiences ${JSON.stringify(verified.audiences)} is invalid for the target audiences ${JSON.stringify(targets)}]`
  return { user: {}, error }
}
