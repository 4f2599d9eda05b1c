/** Roles and bindings as objects, who may write them, and the roles that every server has. */
import assert from 'node:assert/strict'
import { created, invalid, notFound, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import {
  binding,
  clusterRole,
  grant,
  grantBy,
  grantEverywhere,
  RBAC,
  role,
  rule,
  someone,
  untilStatus,
  userSubject,
} from '../rights.ts'

const rolesOf = ({ namespaced }: ConformanceContext) => namespaced(RBAC, 'roles')
const bindingsOf = ({ namespaced }: ConformanceContext) => namespaced(RBAC, 'rolebindings')

const objects = casesOf('roles and bindings', {
  'a rule needs verbs, groups and resources': async (context) => {
    const body = role('r', { verbs: [] }, { verbs: ['get'], apiGroups: [''] })
    invalid(
      await rolesOf(context).create(body),
      ['rules[0].verbs', 'FieldValueRequired', /verbs must contain at least one value/],
      ['rules[0].apiGroups', 'FieldValueRequired', /must supply at least one api group/],
      ['rules[0].resources', 'FieldValueRequired', /must supply at least one resource/],
      ['rules[1].resources', 'FieldValueRequired'],
    )
  },
  'a role of a namespace has no paths': async (context) => {
    const body = role('r', { verbs: ['get'], nonResourceURLs: ['/x'] })
    invalid(await rolesOf(context).create(body), [
      'rules[0].nonResourceURLs',
      'FieldValueInvalid',
      'Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ])
  },
  'a rule is of resources or of paths': async (context) => {
    const body = clusterRole(context.unique('r'), {
      ...rule('get', 'pods'),
      nonResourceURLs: ['/x'],
    })
    invalid(await context.cluster(RBAC, 'clusterroles').create(body), [
      'rules[0].nonResourceURLs',
      'FieldValueInvalid',
      /rules cannot apply to both regular resources and non-resource URLs/,
    ])
  },
  'an aggregation needs selectors': async (context) => {
    const body = { ...clusterRole(context.unique('r')), aggregationRule: {} }
    invalid(await context.cluster(RBAC, 'clusterroles').create(body), [
      'aggregationRule.clusterRoleSelectors',
      'FieldValueRequired',
    ])
  },
  'a binding has its groups filled in': async (context) => {
    const body = {
      metadata: { name: 'b' },
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's', namespace: 'n' },
        { kind: 'Group', name: 'g' },
      ],
    }
    const answer = created(await bindingsOf(context).create(body))
    const apiGroup = 'rbac.authorization.k8s.io'
    assert.deepEqual(answer.at('roleRef'), { apiGroup, kind: 'Role', name: 'r' })
    assert.deepEqual(answer.at('subjects'), [
      { apiGroup, kind: 'User', name: 'u' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
      { apiGroup, kind: 'Group', name: 'g' },
    ])
  },
  'a binding names a role of a known kind': async (context) => {
    const body = {
      metadata: { name: 'b' },
      roleRef: { apiGroup: 'x', kind: 'Y', name: '' },
    }
    invalid(
      await bindingsOf(context).create(body),
      ['roleRef.apiGroup', 'FieldValueNotSupported'],
      ['roleRef.kind', 'FieldValueNotSupported', /supported values: "Role", "ClusterRole"/],
      ['roleRef.name', 'FieldValueRequired'],
    )
  },
  'a binding of the cluster names a cluster role': async (context) => {
    const name = context.unique('b')
    const body = binding({ name, role: 'Role/r' }, 'ClusterRoleBinding')
    invalid(await context.cluster(RBAC, 'clusterrolebindings').create(body), [
      'roleRef.kind',
      'FieldValueNotSupported',
      /supported values: "ClusterRole"/,
    ])
  },
  'subjects are of three kinds, and have names': async (context) => {
    const subjects = [
      { kind: 'User', name: '' },
      { kind: 'Squadron', name: 'a' },
      { kind: 'ServiceAccount', name: 'A_' },
      { kind: 'ServiceAccount', name: 'a', apiGroup: 'g' },
      { kind: 'Group', name: 'a', apiGroup: 'q' },
    ]
    invalid(
      await bindingsOf(context).create(binding({ role: 'Role/r', subjects })),
      ['subjects[0].name', 'FieldValueRequired'],
      ['subjects[1].kind', 'FieldValueNotSupported', /"ServiceAccount", "User", "Group"/],
      ['subjects[2].name', 'FieldValueInvalid'],
      ['subjects[3].apiGroup', 'FieldValueNotSupported'],
      ['subjects[4].apiGroup', 'FieldValueNotSupported'],
    )
  },
  'a service account of a cluster’s binding has a namespace': async (context) => {
    const name = context.unique('b')
    const subjects = [{ kind: 'ServiceAccount', name: 'a' }]
    const body = binding({ name, role: 'ClusterRole/view', subjects }, 'ClusterRoleBinding')
    invalid(await context.cluster(RBAC, 'clusterrolebindings').create(body), [
      'subjects[0].namespace',
      'FieldValueRequired',
    ])
  },
  'subjects of a binding change, its role does not': async (context) => {
    created(await bindingsOf(context).create(binding({ role: 'Role/r' })))
    ok(
      await bindingsOf(context)
        .item('b')
        .merge({ subjects: [userSubject('u')] }),
    )
    invalid(
      await bindingsOf(context)
        .item('b')
        .merge({ roleRef: { name: 's' } }),
      ['roleRef', 'FieldValueInvalid', /cannot change roleRef/],
    )
  },
})

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-'

const defaults = casesOf('roles of every server', {
  'cluster-admin may do everything': async ({ cluster }) => {
    const answer = ok(await cluster(RBAC, 'clusterroles').item('cluster-admin').get())
    assert.deepEqual(answer.at('rules'), [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ])
    const bound = ok(await cluster(RBAC, 'clusterrolebindings').item('cluster-admin').get())
    assert.equal(bound.at('subjects.0.name'), 'system:masters')
  },
  'admin, edit and view are made of others': async ({ cluster, eventually }) => {
    for (const name of ['admin', 'edit', 'view']) {
      const answer = await eventually(
        () => cluster(RBAC, 'clusterroles').item(name).get(),
        (found) => found.all('rules').length > 0,
      )
      assert.deepEqual(answer.at('aggregationRule'), {
        clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${name}`]: 'true' } }],
      })
    }
  },
  'what view reads of the core group': async ({ cluster }) => {
    const parts = cluster(RBAC, 'clusterroles').item('system:aggregate-to-view')
    const answer = ok(await parts.get())
    assert.equal(answer.at(`metadata.labels[${AGGREGATE}view]`), 'true')
    assert.deepEqual(answer.at('rules.0'), {
      verbs: ['get', 'list', 'watch'],
      apiGroups: [''],
      resources: [
        'configmaps',
        'endpoints',
        'persistentvolumeclaims',
        'persistentvolumeclaims/status',
        'pods',
        'replicationcontrollers',
        'replicationcontrollers/scale',
        'serviceaccounts',
        'services',
        'services/status',
      ],
    })
  },
  'everybody may ask what they may': async ({ cluster }) => {
    const roles = cluster(RBAC, 'clusterroles')
    const answer = ok(await roles.item('system:basic-user').get())
    assert.deepEqual(answer.at('rules.0.resources'), [
      'selfsubjectaccessreviews',
      'selfsubjectrulesreviews',
    ])
    const bindings = cluster(RBAC, 'clusterrolebindings')
    const bound = ok(await bindings.item('system:basic-user').get())
    assert.equal(bound.at('subjects.0.name'), 'system:authenticated')
  },
})

const held = rule(
  'create,update,patch,get,delete',
  'roles,rolebindings',
  'rbac.authorization.k8s.io',
)

/** A user who may write roles and read pods, once the server knows. */
async function officer(context: ConformanceContext) {
  const who = someone(context, 'officer')
  await grant(context, userSubject(who.name), [held, rule('get,list', 'pods')])
  await untilStatus(context, () => who.namespaced(RBAC, 'roles').item('none').get(), 404)
  return who
}

const groupsOf = '(groups=["system:authenticated"])'

const escalation = casesOf('escalation', {
  'what one has one may give': async (context) => {
    const who = await officer(context)
    created(await who.namespaced(RBAC, 'roles').create(role('r', rule('get', 'pods'))))
    const named = { ...rule('list', 'pods'), resourceNames: ['p'] }
    created(await who.namespaced(RBAC, 'roles').create(role('s', named)))
  },
  'what one lacks one may not, and all of it is named': async (context) => {
    const who = await officer(context)
    const rules = [
      { verbs: ['get', 'delete'], apiGroups: ['', 'apps'], resources: ['pods', 'secrets'] },
    ]
    const answer = await who.namespaced(RBAC, 'roles').create(role('r', ...rules))
    refused(answer, {
      code: 403,
      reason: 'Forbidden',
      message: `roles.rbac.authorization.k8s.io "r" is forbidden: user "${who.name}" ${groupsOf} is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}
{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}
{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "delete"]}
{APIGroups:["apps"], Resources:["secrets"], Verbs:["get" "delete"]}`,
    })
  },
  'a name that one lacks is named': async (context) => {
    const who = await officer(context)
    const named = { ...rule('get', 'secrets'), resourceNames: ['s'] }
    refused(await who.namespaced(RBAC, 'roles').create(role('r', named)), {
      code: 403,
      reason: 'Forbidden',
      message:
        /\{APIGroups:\[""\], Resources:\["secrets"\], ResourceNames:\["s"\], Verbs:\["get"\]\}$/,
    })
  },
  'a role is not changed to more either': async (context) => {
    const who = await officer(context)
    const roles = who.namespaced(RBAC, 'roles')
    created(await roles.create(role('r', rule('get', 'pods'))))
    ok(await roles.item('r').merge({ metadata: { labels: { a: 'b' } } }))
    ok(await roles.item('r').merge({ rules: [] }))
    refused(await roles.item('r').merge({ rules: [rule('get', 'secrets')] }), {
      code: 403,
      reason: 'Forbidden',
      message: /attempting to grant RBAC permissions not currently held/,
    })
  },
  'nor do the labels of a role that holds more': async (context) => {
    const who = await officer(context)
    created(await rolesOf(context).create(role('big', rule('*', '*', '*'))))
    const roles = who.namespaced(RBAC, 'roles')
    refused(await roles.item('big').merge({ metadata: { labels: { a: 'b' } } }), {
      code: 403,
      reason: 'Forbidden',
      message: /attempting to grant RBAC permissions not currently held/,
    })
  },
  'the verb escalate gives more than one has': async (context) => {
    const who = await officer(context)
    const more = rule('escalate', 'roles', 'rbac.authorization.k8s.io')
    await grantBy('more', { context, subject: userSubject(who.name), rules: [more] })
    const roles = who.namespaced(RBAC, 'roles')
    await untilStatus(context, () => roles.create(role('r', rule('get', 'secrets'))), 201)
  },
  'a role that one holds may be bound': async (context) => {
    const who = await officer(context)
    created(await rolesOf(context).create(role('small', rule('get', 'pods'))))
    const bindings = who.namespaced(RBAC, 'rolebindings')
    await untilStatus(context, () => bindings.create(binding({ role: 'Role/small' })), 201)
  },
  'a role that one does not hold may not': async (context) => {
    const who = await officer(context)
    const bindings = who.namespaced(RBAC, 'rolebindings')
    refused(await bindings.create(binding({ role: 'ClusterRole/cluster-admin' })), {
      code: 403,
      reason: 'Forbidden',
      message: `rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "${who.name}" ${groupsOf} is attempting to grant RBAC permissions not currently held:
{APIGroups:["*"], Resources:["*"], Verbs:["*"]}
{NonResourceURLs:["*"], Verbs:["*"]}`,
    })
  },
  'a role that is not there is bound by those who may do anything': async (context) => {
    const who = await officer(context)
    const bindings = who.namespaced(RBAC, 'rolebindings')
    notFound(
      await bindings.create(binding({ role: 'Role/none' })),
      'rolebindings.rbac.authorization.k8s.io "none" not found',
    )
    created(await bindingsOf(context).create(binding({ role: 'Role/none' })))
  },
  'the verb bind gives a role that one does not hold': async (context) => {
    const who = await officer(context)
    const more = {
      ...rule('bind', 'clusterroles', 'rbac.authorization.k8s.io'),
      resourceNames: ['view'],
    }
    await grantBy('more', { context, subject: userSubject(who.name), rules: [more] })
    const bindings = who.namespaced(RBAC, 'rolebindings')
    await untilStatus(context, () => bindings.create(binding({ role: 'ClusterRole/view' })), 201)
    const other = binding({ name: 'c', role: 'ClusterRole/edit' })
    refused(await bindings.create(other), { code: 403, reason: 'Forbidden' })
  },
  'a subject is not added to a role that one does not hold': async (context) => {
    const who = await officer(context)
    created(await bindingsOf(context).create(binding({ role: 'ClusterRole/edit' })))
    const item = who.namespaced(RBAC, 'rolebindings').item('b')
    refused(await item.merge({ subjects: [userSubject(who.name)] }), {
      code: 403,
      reason: 'Forbidden',
      message: /attempting to grant RBAC permissions not currently held/,
    })
  },
  'to aggregate takes all rights there are': async (context) => {
    const who = someone(context, 'officer')
    await grantEverywhere(context, userSubject(who.name), [
      rule('create,get', 'clusterroles', 'rbac.authorization.k8s.io'),
    ])
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
    await untilStatus(context, () => who.send('GET', `${path}/none`), 404)
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }
    const body = { ...clusterRole(context.unique('r')), aggregationRule }
    refused(await who.send('POST', path, { body }), {
      code: 403,
      reason: 'Forbidden',
      message: /must have cluster-admin privileges to use the aggregationRule$/,
    })
  },
})

export const ROLE_CASES = [...objects, ...defaults, ...escalation]
