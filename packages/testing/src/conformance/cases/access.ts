/** What a user may do: roles, bindings, subjects, paths, and whom one may speak for. */
import assert from 'node:assert/strict'
import { type Answer, created, notFound, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { collectionAt, sender } from '../collection.ts'
import { configMap } from '../fixtures.ts'
import { transportAs } from '../impersonating.ts'
import {
  account,
  binding,
  clusterRole,
  grant,
  grantEverywhere,
  RBAC,
  rule,
  someone,
  untilStatus,
  userSubject,
} from '../rights.ts'

const forbidden = (answer: Answer, message: string): Answer =>
  refused(answer, { code: 403, reason: 'Forbidden', message })

const mapsOf = (context: ConformanceContext, who = someone(context)) =>
  who.namespaced('v1', 'configmaps')

const refusals = casesOf('access: refusals', {
  'a list names the verb, the resource and the namespace': async (context) => {
    const { name } = someone(context)
    const answer = forbidden(
      await mapsOf(context).list(),
      `configmaps is forbidden: User "${name}" cannot list resource "configmaps" in API group "" in the namespace "${context.namespace}"`,
    )
    assert.deepEqual(answer.at('details'), { kind: 'configmaps' })
  },
  'a get names the object': async (context) => {
    const { name } = someone(context)
    const answer = forbidden(
      await mapsOf(context).item('a').get(),
      `configmaps "a" is forbidden: User "${name}" cannot get resource "configmaps" in API group "" in the namespace "${context.namespace}"`,
    )
    assert.deepEqual(answer.at('details'), { name: 'a', kind: 'configmaps' })
  },
  'a watch is a verb of its own': async (context) => {
    const { name } = someone(context)
    forbidden(
      await mapsOf(context).list({ watch: 'true' }),
      `configmaps is forbidden: User "${name}" cannot watch resource "configmaps" in API group "" in the namespace "${context.namespace}"`,
    )
  },
  'a subresource is named after its resource': async (context) => {
    const who = someone(context)
    forbidden(
      await who.namespaced('v1', 'pods').item('p').sub('log').get(),
      `pods "p" is forbidden: User "${who.name}" cannot get resource "pods/log" in API group "" in the namespace "${context.namespace}"`,
    )
  },
  'a resource of a group is named with it': async (context) => {
    const who = someone(context)
    const answer = forbidden(
      await who.namespaced('apps/v1', 'deployments').item('d').delete(),
      `deployments.apps "d" is forbidden: User "${who.name}" cannot delete resource "deployments" in API group "apps" in the namespace "${context.namespace}"`,
    )
    assert.deepEqual(answer.at('details'), { name: 'd', group: 'apps', kind: 'deployments' })
  },
  'the cluster is its own scope': async (context) => {
    const who = someone(context)
    forbidden(
      await who.send('GET', '/api/v1/nodes'),
      `nodes is forbidden: User "${who.name}" cannot list resource "nodes" in API group "" at the cluster scope`,
    )
  },
  'a namespace is asked for in itself': async (context) => {
    const who = someone(context)
    forbidden(
      await who.send('GET', `/api/v1/namespaces/${context.namespace}`),
      `namespaces "${context.namespace}" is forbidden: User "${who.name}" cannot get resource "namespaces" in API group "" in the namespace "${context.namespace}"`,
    )
  },
  'a path that is no resource is refused as a path': async (context) => {
    const who = someone(context)
    const answer = forbidden(
      await who.send('GET', '/metrics'),
      `forbidden: User "${who.name}" cannot get path "/metrics"`,
    )
    assert.deepEqual(answer.at('details') ?? {}, {})
  },
  'whether a resource exists is not told': async (context) => {
    const who = someone(context)
    forbidden(
      await who.send('GET', '/apis/no.such.group/v1/things'),
      `things.no.such.group is forbidden: User "${who.name}" cannot list resource "things" in API group "no.such.group" at the cluster scope`,
    )
  },
  'a create says nothing of the name in the body': async (context) => {
    const who = someone(context)
    forbidden(
      await mapsOf(context).create(configMap('a')),
      `configmaps is forbidden: User "${who.name}" cannot create resource "configmaps" in API group "" in the namespace "${context.namespace}"`,
    )
  },
  'a role that is not there is told': async (context) => {
    const who = someone(context)
    const bindings = context.namespaced(RBAC, 'rolebindings')
    const subjects = [userSubject(who.name)]
    created(await bindings.create(binding({ role: 'Role/gone', subjects })))
    const message = `configmaps is forbidden: User "${who.name}" cannot list resource "configmaps" in API group "" in the namespace "${context.namespace}": RBAC: role.rbac.authorization.k8s.io "gone" not found`
    const answer = await context.eventually(
      () => mapsOf(context).list(),
      (found) => found.at('message') === message,
    )
    forbidden(answer, message)
  },
})

const grants = casesOf('access: grants', {
  'a role gives its verbs in its namespace and no others': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('get,list', 'configmaps')])
    await untilStatus(context, () => mapsOf(context).list(), 200)
    notFound(await mapsOf(context).item('a').get())
    refused(await mapsOf(context).create(configMap('a')), { code: 403, reason: 'Forbidden' })
    const elsewhere = await who.send('GET', '/api/v1/namespaces/default/configmaps')
    refused(elsewhere, { code: 403, reason: 'Forbidden' })
    refused(await who.send('GET', '/api/v1/configmaps'), { code: 403, reason: 'Forbidden' })
  },
  'a name gives that object only': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [
      { ...rule('get,update,list', 'configmaps'), resourceNames: ['a'] },
    ])
    await untilStatus(context, () => mapsOf(context).item('a').get(), 404)
    refused(await mapsOf(context).item('b').get(), { code: 403, reason: 'Forbidden' })
    refused(await mapsOf(context).list(), { code: 403, reason: 'Forbidden' })
    ok(await mapsOf(context).list({ fieldSelector: 'metadata.name=a' }))
    const other = await mapsOf(context).list({ fieldSelector: 'metadata.name=b' })
    refused(other, { code: 403, reason: 'Forbidden' })
  },
  'a resource does not give its subresources': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('get,patch', 'pods')])
    const pods = who.namespaced('v1', 'pods')
    await untilStatus(context, () => pods.item('p').get(), 404)
    refused(await pods.item('p').sub('status').get(), { code: 403, reason: 'Forbidden' })
    refused(await pods.item('p').sub('log').get(), { code: 403, reason: 'Forbidden' })
  },
  'a subresource does not give its resource': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('get', 'pods/log')])
    const pods = who.namespaced('v1', 'pods')
    await untilStatus(context, () => pods.item('p').sub('log').get(), 404)
    refused(await pods.item('p').get(), { code: 403, reason: 'Forbidden' })
  },
  'a star before a slash gives that subresource of everything': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('get', '*/status')])
    const pods = who.namespaced('v1', 'pods')
    await untilStatus(context, () => pods.item('p').sub('status').get(), 404)
    refused(await pods.item('p').get(), { code: 403, reason: 'Forbidden' })
  },
  'stars give everything': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('*', '*', '*')])
    await untilStatus(context, () => mapsOf(context).list(), 200)
    created(await mapsOf(context).create(configMap('a')))
    notFound(await who.namespaced('apps/v1', 'deployments').item('d').sub('scale').get())
    refused(await who.send('GET', '/api/v1/nodes'), { code: 403, reason: 'Forbidden' })
  },
  'a group gives to its members': async (context) => {
    const group = context.unique('wing')
    const who = someone(context, 'member', group)
    await grant(context, { kind: 'Group', name: group }, [rule('list', 'configmaps')])
    await untilStatus(context, () => mapsOf(context, who).list(), 200)
    const other = mapsOf(context, someone(context, 'other'))
    refused(await other.list(), { code: 403, reason: 'Forbidden' })
  },
  'a service account is a subject of its own kind': async (context) => {
    const robot = account(context, 'robot')
    const subject = { kind: 'ServiceAccount', name: 'robot', namespace: context.namespace }
    await grant(context, subject, [rule('list', 'configmaps')])
    await untilStatus(context, () => mapsOf(context, robot).list(), 200)
    const other = mapsOf(context, account(context, 'other'))
    refused(await other.list(), { code: 403, reason: 'Forbidden' })
  },
  'all service accounts of a namespace are a group': async (context) => {
    const subject = { kind: 'Group', name: `system:serviceaccounts:${context.namespace}` }
    await grant(context, subject, [rule('list', 'configmaps')])
    await untilStatus(context, () => mapsOf(context, account(context, 'any')).list(), 200)
  },
  'a cluster role is bound in a namespace': async (context) => {
    const who = someone(context)
    const bindings = context.namespaced(RBAC, 'rolebindings')
    const wish = { role: 'ClusterRole/edit', subjects: [userSubject(who.name)] }
    created(await bindings.create(binding(wish)))
    await untilStatus(context, () => mapsOf(context).list(), 200)
    created(await mapsOf(context).create(configMap('a')))
    refused(await who.namespaced(RBAC, 'roles').list(), { code: 403, reason: 'Forbidden' })
    refused(await who.send('GET', '/api/v1/configmaps'), { code: 403, reason: 'Forbidden' })
  },
  'view reads, and no secrets': async (context) => {
    const who = someone(context)
    const bindings = context.namespaced(RBAC, 'rolebindings')
    const wish = { role: 'ClusterRole/view', subjects: [userSubject(who.name)] }
    created(await bindings.create(binding(wish)))
    await untilStatus(context, () => mapsOf(context).list(), 200)
    refused(await mapsOf(context).create(configMap('a')), { code: 403, reason: 'Forbidden' })
    refused(await who.namespaced('v1', 'secrets').list(), { code: 403, reason: 'Forbidden' })
    ok(await who.send('GET', `/api/v1/namespaces/${context.namespace}`))
  },
  'admin gives roles, too': async (context) => {
    const who = someone(context)
    const bindings = context.namespaced(RBAC, 'rolebindings')
    const wish = { role: 'ClusterRole/admin', subjects: [userSubject(who.name)] }
    created(await bindings.create(binding(wish)))
    await untilStatus(context, () => who.namespaced(RBAC, 'roles').list(), 200)
    ok(await who.namespaced('v1', 'secrets').list())
  },
  'a binding of the cluster gives everywhere': async (context) => {
    const who = someone(context)
    await grantEverywhere(context, userSubject(who.name), [rule('list', 'configmaps,nodes')])
    await untilStatus(context, () => who.send('GET', '/api/v1/configmaps'), 200)
    ok(await who.send('GET', '/api/v1/nodes'))
    ok(await mapsOf(context).list())
  },
  'a path is given by a cluster role, with a star for what follows': async (context) => {
    const who = someone(context)
    const rules = [{ verbs: ['get'], nonResourceURLs: ['/nowhere/*'] }]
    await grantEverywhere(context, userSubject(who.name), rules)
    await untilStatus(context, () => who.send('GET', '/nowhere/at/all'), 404)
    refused(await who.send('GET', '/nowhere'), { code: 403, reason: 'Forbidden' })
  },
  'a right that is taken away is gone': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('list', 'configmaps')])
    await untilStatus(context, () => mapsOf(context).list(), 200)
    ok(await context.namespaced(RBAC, 'rolebindings').item('granted').delete())
    await untilStatus(context, () => mapsOf(context).list(), 403)
  },
  'a rule that is added to a role counts': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('get', 'configmaps')])
    await untilStatus(context, () => mapsOf(context).item('a').get(), 404)
    const rules = [rule('get,list', 'configmaps')]
    ok(await context.namespaced(RBAC, 'roles').item('granted').merge({ rules }))
    await untilStatus(context, () => mapsOf(context).list(), 200)
  },
  'a subject that is taken off a binding loses what it gave': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('list', 'configmaps')])
    await untilStatus(context, () => mapsOf(context).list(), 200)
    ok(await context.namespaced(RBAC, 'rolebindings').item('granted').merge({ subjects: [] }))
    await untilStatus(context, () => mapsOf(context).list(), 403)
  },
  'a role that comes after its binding counts': async (context) => {
    const who = someone(context)
    const name = context.unique('late')
    const wish = { role: `ClusterRole/${name}`, subjects: [userSubject(who.name)] }
    created(await context.namespaced(RBAC, 'rolebindings').create(binding(wish)))
    const body = clusterRole(name, rule('list', 'configmaps'))
    created(await context.cluster(RBAC, 'clusterroles').create(body))
    await untilStatus(context, () => mapsOf(context).list(), 200)
  },
  'a role made of others has their rules': async (context) => {
    const who = someone(context)
    const [whole, part] = [context.unique('whole'), context.unique('part')]
    const labels = { [`sortie.test/${whole}`]: 'true' }
    const roles = context.cluster(RBAC, 'clusterroles')
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labels }] }
    created(await roles.create({ ...clusterRole(whole), aggregationRule }))
    const wish = { role: `ClusterRole/${whole}`, subjects: [userSubject(who.name)] }
    created(await context.namespaced(RBAC, 'rolebindings').create(binding(wish)))
    const body = clusterRole(part, rule('list', 'configmaps'))
    created(await roles.create({ ...body, metadata: { name: part, labels } }))
    await untilStatus(context, () => mapsOf(context).list(), 200)
    assert.deepEqual(ok(await roles.item(whole).get()).at('rules'), [rule('list', 'configmaps')])
    ok(await roles.item(part).delete())
    await untilStatus(context, () => mapsOf(context).list(), 403)
  },
  'apply needs create where there is nothing yet': async (context) => {
    const who = someone(context)
    await grant(context, userSubject(who.name), [rule('get,patch', 'configmaps')])
    await untilStatus(context, () => mapsOf(context).item('a').get(), 404)
    const answer = await mapsOf(context).item('a').apply(configMap('a'))
    forbidden(
      answer,
      `configmaps "a" is forbidden: User "${who.name}" cannot create resource "configmaps" in API group "" in the namespace "${context.namespace}"`,
    )
    created(await context.namespaced('v1', 'configmaps').create(configMap('a')))
    ok(
      await mapsOf(context)
        .item('a')
        .apply(configMap('a', { k: 'v' })),
    )
  },
  'everybody may ask for versions and documents': async (context) => {
    const { send } = someone(context)
    for (const path of ['/version', '/api', '/apis', '/api/v1', '/apis/apps/v1', '/openapi/v3']) {
      ok(await send('GET', path))
    }
  },
})

const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const WHO = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }

const impersonation = casesOf('access: impersonation', {
  'the administrator is whom they say': async (context) => {
    const { send, name } = someone(context, 'pilot', 'wing')
    const answer = created(await send('POST', SELF, { body: WHO }))
    assert.deepEqual(answer.at('status.userInfo'), {
      username: name,
      groups: ['wing', 'system:authenticated'],
    })
  },
  'a service account comes with its groups': async (context) => {
    const { send, name } = account(context, 'robot')
    const answer = created(await send('POST', SELF, { body: WHO }))
    assert.deepEqual(answer.at('status.userInfo'), {
      username: name,
      groups: [
        'system:serviceaccounts',
        `system:serviceaccounts:${context.namespace}`,
        'system:authenticated',
      ],
    })
  },
  'the uid and more can be said': async ({ server }) => {
    const headers = {
      'impersonate-user': 'ann',
      'impersonate-uid': '7',
      'impersonate-extra-scopes': 'all',
    }
    const send = sender(transportAs(server.admin, headers))
    const answer = created(await send('POST', SELF, { body: WHO }))
    assert.equal(answer.at('status.userInfo.uid'), '7')
    assert.deepEqual(answer.at('status.userInfo.extra'), { scopes: ['all'] })
  },
  'a group without a user is no one': async ({ server }) => {
    const send = sender(transportAs(server.admin, { 'impersonate-group': 'wing' }))
    refused(await send('GET', '/api/v1/nodes'), {
      code: 400,
      reason: 'BadRequest',
      message: /without impersonating a user name/,
    })
  },
  'nobody may be another': async ({ server }) => {
    const send = sender(transportAs(server.nobody, { 'impersonate-user': 'ann' }))
    refused(await send('GET', '/api/v1/nodes'), {
      code: 403,
      reason: 'Forbidden',
      message: /User "nobody" cannot impersonate/,
    })
  },
  'nobody may be a group': async (context) => {
    const { server } = context
    const name = context.unique('ann')
    await grantEverywhere(context, userSubject('nobody'), [
      { ...rule('impersonate', 'users'), resourceNames: [name] },
    ])
    const as = (group?: string) =>
      collectionAt(
        transportAs(server.nobody, {
          'impersonate-user': name,
          ...(group === undefined ? {} : { 'impersonate-group': group }),
        }),
        '/api/v1/nodes',
      )
    const message = `nodes is forbidden: User "${name}" cannot list resource "nodes" in API group "" at the cluster scope`
    await context.eventually(
      () => as().list(),
      (answer) => answer.at('message') === message,
    )
    refused(await as('system:masters').list(), {
      code: 403,
      reason: 'Forbidden',
      message: /User "nobody" cannot impersonate/,
    })
  },
})

export const ACCESS_CASES = [...refusals, ...grants, ...impersonation]
