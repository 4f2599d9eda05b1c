/** serviceaccounts/token: a token of the account, for a while. */
import { formatTime, isJsonObject } from '@sortie/machinery'
import { type BoundObject, ISSUER } from '../../authentication/accounttokens.ts'
import { textsOf } from '../../rbac/model.ts'
import { badRequest, conflict, invalidObject, notFound } from '../../registry/failures.ts'
import { decodeBody, mediaTypeOf, requireObject } from '../../request/body.ts'
import { parseWriteQuery } from '../../request/query.ts'
import { type Fields, objectOf, textOf } from '../../resources/pods/fields.ts'
import { type FieldError, invalid } from '../../schema/fielderror.ts'
import type { StoredObject } from '../../store/index.ts'
import { type Answer, answerWith } from '../answer.ts'
import { type Call, placeOfCall } from '../call.ts'

const KIND = { group: 'authentication.k8s.io', kind: 'TokenRequest' } as const
const DEFAULT_SECONDS = 3_600
const LEAST_SECONDS = 600
const MOST_SECONDS = 2 ** 32

/** @throws ApiStatusError NotFound for an account, or an object to bind to, that is not there; Invalid */
export function answerTokenRequest(call: Call): Answer {
  const { parts, definition } = call
  const { dryRun } = parseWriteQuery(call.query, 'CreateOptions')
  const type = mediaTypeOf(call.request.headers?.['content-type'])
  const fields = requireObject(decodeBody(call.request.body, type))
  const place = placeOfCall(call)
  const account = parts.store.get(definition.storage, place)
  if (account === undefined) throw notFound(definition, place.name)
  const spec = objectOf(fields, 'spec')
  const seconds = secondsOf(spec)
  checkNames(objectOf(fields, 'metadata'), place)
  checkSeconds(seconds)
  const given = textsOf(spec, 'audiences')
  const audiences = given.length === 0 ? [ISSUER] : given
  const bound = boundObject(call, spec['boundObjectRef'])
  const { uid } = account.metadata
  const wish = { account: { ...place, uid }, audiences, seconds }
  const token = dryRun
    ? ''
    : parts.accountTokens.issue(bound === undefined ? wish : { ...wish, bound })
  const now = parts.clock.now()
  return answerWith(201, {
    kind: KIND.kind,
    apiVersion: `${KIND.group}/v1`,
    metadata: { ...place, uid, creationTimestamp: formatTime(now) },
    spec: {
      audiences,
      expirationSeconds: seconds,
      boundObjectRef: spec['boundObjectRef'] ?? null,
    },
    status: { token, expirationTimestamp: formatTime(now + seconds * 1000) },
  })
}

function checkNames(
  metadata: Fields,
  place: { readonly namespace: string; readonly name: string },
) {
  const errors: FieldError[] = []
  for (const [key, whose] of [
    ['name', 'service account name'],
    ['namespace', 'service account namespace'],
  ] as const) {
    const given = textOf(metadata, key)
    if (given === '' || given === place[key]) continue
    errors.push(invalid(`metadata.${key}`, given, `must match the ${whose} if specified`))
  }
  if (errors.length > 0) throw invalidObject(KIND, place.name, errors)
}

/** @throws ApiStatusError BadRequest for what is no whole number */
function secondsOf(spec: Fields): number {
  const seconds = spec['expirationSeconds'] ?? DEFAULT_SECONDS
  if (Number.isInteger(seconds)) return Number(seconds)
  throw badRequest(`spec.expirationSeconds: ${JSON.stringify(seconds)} is no whole number`)
}

function checkSeconds(seconds: number): void {
  const refuse = (why: string): never => {
    throw invalidObject(KIND, '', [invalid('spec.expirationSeconds', seconds, why)])
  }
  if (seconds < LEAST_SECONDS) refuse('may not specify a duration less than 10 minutes')
  if (seconds > MOST_SECONDS) refuse('may not specify a duration larger than 2^32 seconds')
}

/** A pod's token is of the account that the pod runs as. @throws ApiStatusError BadRequest */
function checkAccount(pod: StoredObject, account: string): void {
  if (textOf(objectOf(pod, 'spec'), 'serviceAccountName') === account) return
  throw badRequest(
    `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
  )
}

const BINDABLE = { 'v1/Node': 'nodes', 'v1/Pod': 'pods', 'v1/Secret': 'secrets' } as const

function boundObject(call: Call, reference: unknown): BoundObject | undefined {
  if (!isJsonObject(reference)) return undefined
  const apiVersion = textOf(reference, 'apiVersion')
  const kind = textOf(reference, 'kind')
  const name = textOf(reference, 'name')
  const plural = BINDABLE[`${apiVersion}/${kind}` as keyof typeof BINDABLE]
  if (plural === undefined) {
    const group = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
    throw badRequest(`cannot bind token to object of type ${group}, Kind=${kind}`)
  }
  const namespace = plural === 'nodes' ? '' : call.path.namespace
  const object = call.parts.store.get(plural, { namespace, name })
  if (object === undefined) throw notFound({ group: '', plural }, name)
  const { uid } = object.metadata
  if (plural === 'pods') checkAccount(object, call.path.name)
  const wanted = textOf(reference, 'uid')
  if (wanted !== '' && wanted !== uid) {
    const why = `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`
    throw conflict({ group: '', plural }, name, why)
  }
  return { kind: kind as BoundObject['kind'], name, uid }
}
