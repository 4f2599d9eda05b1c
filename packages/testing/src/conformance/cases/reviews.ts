/** Reviews of access, and tokens of service accounts. */
import assert from 'node:assert/strict'
import { type Answer, badRequest, created, invalid, notFound, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { type Send, sender } from '../collection.ts'
import { pod } from '../fixtures.ts'
import {
  account,
  binding,
  grant,
  RBAC,
  rule,
  someone,
  untilStatus,
  userSubject,
} from '../rights.ts'

const AUTHORIZATION = '/apis/authorization.k8s.io/v1'

function asker(context: ConformanceContext, send: Send) {
  return (plural: string, spec: object) => {
    const local = plural.startsWith('local') ? `/namespaces/${context.namespace}` : ''
    return send('POST', `${AUTHORIZATION}${local}/${plural}`, { body: { spec } })
  }
}

/** A review that the administrator asks for. */
const ask = (context: ConformanceContext, plural: string, spec: object) =>
  asker(context, context.send)(plural, spec)

const listMaps = ({ namespace }: ConformanceContext) => ({
  verb: 'list',
  resource: 'configmaps',
  namespace,
})

const reviews = casesOf('reviews of access', {
  'says by which binding': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('list', 'configmaps')])
    const answer = await context.eventually(
      () =>
        asker(context, who.send)('selfsubjectaccessreviews', {
          resourceAttributes: listMaps(context),
        }),
      (found) => found.at('status.allowed') === true,
    )
    assert.deepEqual(created(answer).at('status'), {
      allowed: true,
      reason: `RBAC: allowed by RoleBinding "granted/${context.namespace}" of Role "granted" to User "${who.name}"`,
    })
  },
  'says no without a reason': async (context) => {
    const spec = { resourceAttributes: listMaps(context) }
    const answer = await asker(context, someone(context).send)('selfsubjectaccessreviews', spec)
    assert.deepEqual(created(answer).at('status'), { allowed: false })
  },
  'another user is asked about': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('list', 'configmaps')])
    const spec = { user: who.name, resourceAttributes: listMaps(context) }
    await context.eventually(
      () => ask(context, 'subjectaccessreviews', spec),
      (found) => found.at('status.allowed') === true,
    )
  },
  'a group without a user is asked about': async (context) => {
    const group = context.unique('wing')
    await grant(context, { kind: 'Group', name: group }, [rule('list', 'configmaps')])
    const spec = { groups: [group], resourceAttributes: listMaps(context) }
    const answer = await context.eventually(
      () => ask(context, 'subjectaccessreviews', spec),
      (found) => found.at('status.allowed') === true,
    )
    assert.match(String(answer.at('status.reason')), new RegExp(`to Group "${group}"$`))
  },
  'a service account is asked about by its user’s name': async (context) => {
    const subject = { kind: 'ServiceAccount', name: 'robot', namespace: context.namespace }
    await grant(context, subject, [rule('list', 'configmaps')])
    const spec = { user: account(context, 'robot').name, resourceAttributes: listMaps(context) }
    const answer = await context.eventually(
      () => ask(context, 'subjectaccessreviews', spec),
      (found) => found.at('status.allowed') === true,
    )
    const why = `to ServiceAccount "robot/${context.namespace}"`
    assert.ok(String(answer.at('status.reason')).endsWith(why))
  },
  'a path is asked about': async (context) => {
    const spec = (path: string) => ({
      user: 'ann',
      groups: ['system:authenticated'],
      nonResourceAttributes: { path, verb: 'get' },
    })
    const yes = created(await ask(context, 'subjectaccessreviews', spec('/apis/apps')))
    assert.deepEqual(yes.at('status'), {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    })
    const no = created(await ask(context, 'subjectaccessreviews', spec('/metrics')))
    assert.equal(no.at('status.allowed'), false)
  },
  'a question needs one of two kinds of attributes': async (context) => {
    const cases = [
      [{}, 'spec.resourceAttributes', /exactly one of nonResourceAttributes or resourceAttributes/],
      [
        { resourceAttributes: listMaps(context), nonResourceAttributes: { path: '/x' } },
        'spec.nonResourceAttributes',
        /cannot be specified in combination with resourceAttributes/,
      ],
    ] as const
    for (const [spec, field, message] of cases) {
      const answer = await ask(context, 'selfsubjectaccessreviews', spec)
      invalid(answer, [field, 'FieldValueInvalid', message])
    }
  },
  'a question needs someone to ask about': async (context) => {
    const answer = await ask(context, 'subjectaccessreviews', {
      resourceAttributes: { verb: 'get' },
    })
    invalid(answer, ['spec.user', 'FieldValueInvalid', /at least one of user or group/])
  },
  'a local review is of its own namespace': async (context) => {
    const user = 'ann'
    const spec = (namespace: string) => ({
      user,
      resourceAttributes: { ...listMaps(context), namespace },
    })
    invalid(await ask(context, 'localsubjectaccessreviews', spec('elsewhere')), [
      'spec.resourceAttributes.namespace',
      'FieldValueInvalid',
      'Invalid value: "elsewhere": must match metadata.namespace',
    ])
    const path = { user, nonResourceAttributes: { path: '/x', verb: 'get' } }
    invalid(await ask(context, 'localsubjectaccessreviews', path), [
      'spec.nonResourceAttributes',
      'FieldValueInvalid',
      /disallowed on this kind of request/,
    ])
  },
  'a local review is answered': async (context) => {
    const { namespace } = context
    const body = {
      metadata: { namespace },
      spec: { user: 'ann', resourceAttributes: listMaps(context) },
    }
    const path = `${AUTHORIZATION}/namespaces/${namespace}/localsubjectaccessreviews`
    const answer = created(await context.send('POST', path, { body }))
    assert.equal(answer.at('kind'), 'LocalSubjectAccessReview')
    assert.deepEqual(answer.at('status'), { allowed: false })
  },
  'who may list may not ask about others': async (context) => {
    const spec = { user: 'ann', resourceAttributes: listMaps(context) }
    const asked = asker(context, someone(context).send)
    const answer = await asked('subjectaccessreviews', spec)
    refused(answer, { code: 403, reason: 'Forbidden' })
  },
  'the rules of a user are listed': async (context) => {
    const who = someone(context)
    const own = rule('get,list', 'configmaps')
    await grant(context, userSubject(who.name), [
      own,
      { ...rule('get', 'secrets'), resourceNames: ['a'] },
    ])
    const answer = await context.eventually(
      () => asker(context, who.send)('selfsubjectrulesreviews', { namespace: context.namespace }),
      (found) => JSON.stringify(found.body).includes('configmaps'),
    )
    const rules = answer.all('status.resourceRules') as object[]
    assert.deepEqual(
      rules.filter((one) => JSON.stringify(one).includes('"configmaps"')),
      [own],
    )
    assert.ok(rules.some((one) => JSON.stringify(one).includes('"resourceNames":["a"]')))
    assert.ok(rules.some((one) => JSON.stringify(one).includes('selfsubjectrulesreviews')))
    assert.ok(JSON.stringify(answer.at('status.nonResourceRules')).includes('/apis/*'))
    assert.equal(answer.at('status.incomplete'), false)
  },
  'rules of roles that are not there are told to be missing': async (context) => {
    const who = someone(context)
    const subjects = [userSubject(who.name)]
    const bindings = context.namespaced(RBAC, 'rolebindings')
    created(await bindings.create(binding({ role: 'Role/gone', subjects })))
    await context.eventually(
      () => asker(context, who.send)('selfsubjectrulesreviews', { namespace: context.namespace }),
      (found) =>
        found.at('status.evaluationError') === 'role.rbac.authorization.k8s.io "gone" not found',
    )
  },
  'rules need a namespace': async (context) => {
    badRequest(await ask(context, 'selfsubjectrulesreviews', {}), 'no namespace on request')
  },
})

const tokenPath = ({ namespace }: ConformanceContext, name: string): string =>
  `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`

async function robot(context: ConformanceContext): Promise<Answer> {
  return created(
    await context.namespaced('v1', 'serviceaccounts').create({ metadata: { name: 'robot' } }),
  )
}

function request(context: ConformanceContext, spec: object = {}, name = 'robot') {
  return context.send('POST', tokenPath(context, name), { body: { spec } })
}

const bearer = ({ server }: ConformanceContext, token: unknown) =>
  sender(server.bearer(String(token)))

const REVIEW = '/apis/authentication.k8s.io/v1/tokenreviews'
const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

const tokens = casesOf('tokens of service accounts', {
  'a token is made for an hour, for this server': async (context) => {
    const made = await robot(context)
    const answer = created(await request(context))
    assert.equal(answer.at('kind'), 'TokenRequest')
    assert.equal(answer.name, 'robot')
    assert.equal(answer.at('spec.expirationSeconds'), 3600)
    assert.equal(answer.all('spec.audiences').length, 1)
    const claims = claimsOf(answer)
    assert.equal(claims['sub'], `system:serviceaccount:${context.namespace}:robot`)
    assert.deepEqual(claims['kubernetes.io'], {
      namespace: context.namespace,
      serviceaccount: { name: 'robot', uid: made.uid },
    })
    assert.equal(Number(claims['exp']) - Number(claims['iat']), 3600)
  },
  'its bearer is the account': async (context) => {
    const made = await robot(context)
    const token = created(await request(context)).at('status.token')
    const answer = created(await bearer(context, token)('POST', SELF, { body: {} }))
    const user = answer.at('status.userInfo') as Readonly<Record<string, unknown>>
    assert.equal(user['username'], `system:serviceaccount:${context.namespace}:robot`)
    assert.equal(user['uid'], made.uid)
    assert.deepEqual(user['groups'], [
      'system:serviceaccounts',
      `system:serviceaccounts:${context.namespace}`,
      'system:authenticated',
    ])
    const id = answer.at('status.userInfo.extra[authentication.kubernetes.io/credential-id]')
    assert.match(String((id as string[])[0]), /^JTI=/)
  },
  'its bearer may what the account may': async (context) => {
    await robot(context)
    const send = bearer(context, created(await request(context)).at('status.token'))
    const path = `/api/v1/namespaces/${context.namespace}/configmaps`
    refused(await send('GET', path), {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps is forbidden: User "system:serviceaccount:${context.namespace}:robot" cannot list resource "configmaps" in API group "" in the namespace "${context.namespace}"`,
    })
    const subject = { kind: 'ServiceAccount', name: 'robot', namespace: context.namespace }
    await grant(context, subject, [rule('list', 'configmaps')])
    await untilStatus(context, () => send('GET', path), 200)
  },
  'a token that was tampered with is none': async (context) => {
    await robot(context)
    const token = String(created(await request(context)).at('status.token'))
    const [head, body, signature = ''] = token.split('.')
    const forged = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    refused(await bearer(context, forged)('POST', SELF, { body: {} }), {
      code: 401,
      reason: 'Unauthorized',
    })
  },
  'a token dies with its account': async (context) => {
    await robot(context)
    const token = created(await request(context)).at('status.token')
    created(await bearer(context, token)('POST', SELF, { body: {} }))
    ok(await context.namespaced('v1', 'serviceaccounts').item('robot').delete())
    await untilStatus(context, () => bearer(context, token)('POST', SELF, { body: {} }), 401)
  },
  'a token for somebody else is none for this server': async (context) => {
    await robot(context)
    const answer = created(await request(context, { audiences: ['elsewhere'] }))
    assert.deepEqual(answer.at('spec.audiences'), ['elsewhere'])
    const token = answer.at('status.token')
    refused(await bearer(context, token)('POST', SELF, { body: {} }), {
      code: 401,
      reason: 'Unauthorized',
    })
    const body = { spec: { token, audiences: ['elsewhere', 'nowhere'] } }
    const reviewed = created(await context.send('POST', REVIEW, { body }))
    assert.equal(reviewed.at('status.authenticated'), true)
    assert.deepEqual(reviewed.at('status.audiences'), ['elsewhere'])
  },
  'a token lives ten minutes at least': async (context) => {
    await robot(context)
    refused(await request(context, { expirationSeconds: 5 }), {
      code: 422,
      reason: 'Invalid',
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
    })
    invalid(await request(context, { expirationSeconds: 5_000_000_000 }), [
      'spec.expirationSeconds',
      'FieldValueInvalid',
      /may not specify a duration larger than 2\^32 seconds/,
    ])
  },
  'a token is of an account that is there': async (context) => {
    notFound(await request(context, {}, 'nope'), 'serviceaccounts "nope" not found')
  },
  'a token’s name is its account’s': async (context) => {
    await robot(context)
    const body = { metadata: { name: 'other' }, spec: {} }
    invalid(await context.send('POST', tokenPath(context, 'robot'), { body }), [
      'metadata.name',
      'FieldValueInvalid',
      /must match the service account name if specified/,
    ])
  },
  'a token is bound to pods, secrets and nodes only': async (context) => {
    await robot(context)
    const boundObjectRef = { kind: 'Deployment', apiVersion: 'apps/v1', name: 'd' }
    badRequest(
      await request(context, { boundObjectRef }),
      'cannot bind token to object of type apps/v1, Kind=Deployment',
    )
  },
  'what a token is bound to is there': async (context) => {
    await robot(context)
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 'none' }
    notFound(await request(context, { boundObjectRef }), 'secrets "none" not found')
  },
  'a token dies with what it is bound to': async (context) => {
    await robot(context)
    const secrets = context.namespaced('v1', 'secrets')
    created(await secrets.create({ metadata: { name: 's' } }))
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 's' }
    const token = created(await request(context, { boundObjectRef })).at('status.token')
    created(await bearer(context, token)('POST', SELF, { body: {} }))
    ok(await secrets.item('s').delete())
    await untilStatus(context, () => bearer(context, token)('POST', SELF, { body: {} }), 401)
  },
  'a pod’s token names the pod': async (context) => {
    await robot(context)
    const pods = context.namespaced('v1', 'pods')
    const made = created(await pods.create(pod('p', { serviceAccountName: 'robot' })))
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: made.uid }
    const token = created(await request(context, { boundObjectRef })).at('status.token')
    const answer = created(await bearer(context, token)('POST', SELF, { body: {} }))
    const extra = answer.at('status.userInfo.extra') as Readonly<Record<string, unknown>>
    assert.deepEqual(extra['authentication.kubernetes.io/pod-name'], ['p'])
    assert.deepEqual(extra['authentication.kubernetes.io/pod-uid'], [made.uid])
  },
  'a review of a token tells whose it is': async (context) => {
    const made = await robot(context)
    const token = created(await request(context)).at('status.token')
    const answer = created(await context.send('POST', REVIEW, { body: { spec: { token } } }))
    assert.equal(answer.at('status.authenticated'), true)
    assert.equal(answer.at('status.user.uid'), made.uid)
    assert.equal(answer.all('status.audiences').length, 1)
  },
  'a review of no token that is known tells nothing': async ({ send }) => {
    const answer = created(await send('POST', REVIEW, { body: { spec: { token: 'none' } } }))
    assert.equal(answer.at('status.authenticated'), undefined)
    assert.deepEqual(answer.at('status.user'), {})
  },
  'a review needs a token': async ({ send }) => {
    badRequest(
      await send('POST', REVIEW, { body: { spec: {} } }),
      'token is required for TokenReview in authentication',
    )
  },
  'to make tokens is a right of its own': async (context) => {
    await robot(context)
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('get,create', 'serviceaccounts')])
    const item = who.namespaced('v1', 'serviceaccounts').item('robot')
    await untilStatus(context, () => item.get(), 200)
    refused(await item.sub('token').post({ spec: {} }), {
      code: 403,
      reason: 'Forbidden',
      message: /cannot create resource "serviceaccounts\/token"/,
    })
  },
})

function claimsOf(answer: Answer): Readonly<Record<string, unknown>> {
  const body = String(answer.at('status.token')).split('.')[1] ?? ''
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
}

export const REVIEW_CASES = [...reviews, ...tokens]
