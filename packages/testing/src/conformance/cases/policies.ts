/** ValidatingAdmissionPolicies: what they must look like, which writes they are about, and what they say. */
import assert from 'node:assert/strict'
import { type Answer, created, invalid, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { configMap, pod } from '../fixtures.ts'

const ADMISSION = 'admissionregistration.k8s.io/v1'

const CONFIG_MAPS = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['configmaps'],
}
const MATCH = { resourceRules: [CONFIG_MAPS] }

const policiesOf = ({ cluster }: ConformanceContext) =>
  cluster(ADMISSION, 'validatingadmissionpolicies')
const bindingsOf = ({ cluster }: ConformanceContext) =>
  cluster(ADMISSION, 'validatingadmissionpolicybindings')

/** Makes a policy that is refused: nothing of it stays. */
function attempt(context: ConformanceContext, spec: object): Promise<Answer> {
  const metadata = { name: context.unique('policy') }
  return policiesOf(context).create({ metadata, spec }, { dryRun: 'All' })
}

function attemptBinding(context: ConformanceContext, spec: object): Promise<Answer> {
  const metadata = { name: context.unique('binding') }
  return bindingsOf(context).create({ metadata, spec }, { dryRun: 'All' })
}

interface Force {
  readonly policy: object
  readonly binding?: object
}

/** A validation that this very name fails, so that a case can tell when its policy is in force. */
const PROBE = {
  expression: "object == null || object.metadata.name != 'probe'",
  message: 'in force',
}

interface Policy {
  readonly name: string
  readonly validations?: readonly object[]
  readonly [field: string]: unknown
}

/** Puts a policy into force in the case's namespace, and waits until it is. The probe comes first of its validations. */
async function enforce(context: ConformanceContext, { policy, binding }: Force): Promise<string> {
  const name = context.unique('policy')
  const { validations = [], ...spec } = policy as Policy
  const matchResources = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': context.namespace } },
  }
  const whole = { matchConstraints: MATCH, ...spec, validations: [PROBE, ...validations] }
  created(await policiesOf(context).create({ metadata: { name }, spec: whole }))
  const bound = { policyName: name, validationActions: ['Deny'], matchResources, ...binding }
  created(await bindingsOf(context).create({ metadata: { name }, spec: bound }))
  return name
}

const mapsOf = ({ namespaced }: ConformanceContext) => namespaced('v1', 'configmaps')

async function untilInForce(context: ConformanceContext): Promise<void> {
  await context.eventually(
    () => mapsOf(context).create(configMap('probe'), { dryRun: 'All' }),
    (answer) => answer.status === 422 || answer.headers['warning'] !== undefined,
  )
}

async function enforced(context: ConformanceContext, force: Force): Promise<string> {
  const name = await enforce(context, force)
  await untilInForce(context)
  return name
}

const denied = (answer: Answer, name: string, why: string): Answer =>
  refused(answer, {
    code: 422,
    reason: 'Invalid',
    message: new RegExp(
      ` is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: ${escaped(why)}$`,
    ),
  })

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const objects = casesOf('policies and bindings', {
  'a policy needs constraints, and something to check': async (context) => {
    invalid(
      await attempt(context, {}),
      ['spec.matchConstraints', 'FieldValueRequired'],
      ['spec.validations', 'FieldValueRequired', /must contain at least one item/],
      ['spec.auditAnnotations', 'FieldValueRequired', /must contain at least one item/],
    )
  },
  'constraints need rules': async (context) => {
    const spec = { matchConstraints: {}, validations: [{ expression: 'true' }] }
    invalid(await attempt(context, spec), [
      'spec.matchConstraints.resourceRules',
      'FieldValueRequired',
    ])
  },
  'a policy has its defaults': async (context) => {
    const spec = { matchConstraints: MATCH, validations: [{ expression: 'true' }] }
    const answer = created(await attempt(context, spec))
    assert.equal(answer.at('spec.failurePolicy'), 'Fail')
    assert.equal(answer.at('metadata.generation'), 1)
    assert.deepEqual(answer.at('spec.matchConstraints'), {
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      resourceRules: [{ ...CONFIG_MAPS, scope: '*' }],
    })
  },
  'an unknown name is shown where it stands': async (context) => {
    const spec = { matchConstraints: MATCH, validations: [{ expression: 'objec.x == 1' }] }
    invalid(await attempt(context, spec), [
      'spec.validations[0].expression',
      'FieldValueInvalid',
      `Invalid value: "objec.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'objec' (in container '')
 | objec.x == 1
 | ^`,
    ])
  },
  'a validation is true or false': async (context) => {
    const validations = [{ expression: '1 + 1' }, { expression: 'object.x' }, { expression: '' }]
    invalid(
      await attempt(context, { matchConstraints: MATCH, validations }),
      [
        'spec.validations[0].expression',
        'FieldValueInvalid',
        'Invalid value: "1 + 1": must evaluate to bool but got int',
      ],
      ['spec.validations[1].expression', 'FieldValueInvalid', /must evaluate to bool but got dyn/],
      [
        'spec.validations[2].expression',
        'FieldValueRequired',
        'Required value: expression is not specified',
      ],
    )
  },
  'messages are one line, reasons are known': async (context) => {
    const validations = [
      { expression: 'true', message: 'a\nb' },
      { expression: 'true', messageExpression: '1' },
      { expression: 'true', reason: 'Whim' },
    ]
    invalid(
      await attempt(context, { matchConstraints: MATCH, validations }),
      ['spec.validations[0].message', 'FieldValueInvalid', /must not contain line breaks/],
      [
        'spec.validations[1].messageExpression',
        'FieldValueInvalid',
        'Invalid value: "1": must evaluate to string but got int',
      ],
      ['spec.validations[2].reason', 'FieldValueNotSupported'],
    )
  },
  'params and variables are there where they are declared': async (context) => {
    const validations = [{ expression: 'params.x == 1' }, { expression: 'variables.a == 2' }]
    invalid(
      await attempt(context, { matchConstraints: MATCH, validations }),
      ['spec.validations[0].expression', 'FieldValueInvalid', /undeclared reference to 'params'/],
      [
        'spec.validations[1].expression',
        'FieldValueInvalid',
        /undeclared reference to 'variables'/,
      ],
    )
  },
  'a variable sees those before it': async (context) => {
    const spec = {
      matchConstraints: MATCH,
      variables: [
        { name: '1x', expression: '1' },
        { name: 'a', expression: 'variables.b' },
        { name: 'b', expression: '2' },
      ],
      validations: [{ expression: 'variables.b == 2' }],
    }
    invalid(
      await attempt(context, spec),
      ['spec.variables[0].name', 'FieldValueInvalid', /must be a valid CEL identifier/],
      ['spec.variables[1].expression', 'FieldValueInvalid', /undefined field 'b'/],
    )
  },
  'the request and the namespace have the fields that they have': async (context) => {
    const validations = [
      { expression: 'request.foo == 1' },
      { expression: 'namespaceObject.metadata.nme == "a"' },
      { expression: 'authorizer.nope()' },
    ]
    invalid(
      await attempt(context, { matchConstraints: MATCH, validations }),
      ['spec.validations[0].expression', 'FieldValueInvalid', /undefined field 'foo'/],
      ['spec.validations[1].expression', 'FieldValueInvalid', /undefined field 'nme'/],
      ['spec.validations[2].expression', 'FieldValueInvalid', /undeclared reference to 'nope'/],
    )
  },
  'rules are of known operations and scopes': async (context) => {
    const rule = { ...CONFIG_MAPS, apiGroups: [], operations: ['PATCH'], scope: 'x' }
    const spec = {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: 'true' }],
      failurePolicy: 'Perhaps',
    }
    invalid(
      await attempt(context, spec),
      ['spec.failurePolicy', 'FieldValueNotSupported', /"Fail", "Ignore"/],
      ['spec.matchConstraints.resourceRules[0].operations[0]', 'FieldValueNotSupported'],
      ['spec.matchConstraints.resourceRules[0].apiGroups', 'FieldValueRequired'],
      ['spec.matchConstraints.resourceRules[0].scope', 'FieldValueNotSupported'],
    )
  },
  'conditions have names of their own': async (context) => {
    const spec = {
      matchConstraints: MATCH,
      validations: [{ expression: 'true' }],
      matchConditions: [
        { name: 'a b', expression: 'true' },
        { name: '', expression: '1' },
      ],
    }
    invalid(
      await attempt(context, spec),
      ['spec.matchConditions[0].name', 'FieldValueInvalid'],
      ['spec.matchConditions[1].expression', 'FieldValueInvalid', /must evaluate to bool/],
      ['spec.matchConditions[1].name', 'FieldValueRequired'],
    )
  },
  'a binding names a policy and what to do': async (context) => {
    invalid(
      await attemptBinding(context, {}),
      ['spec.policyName', 'FieldValueRequired'],
      [
        'spec.validationActions',
        'FieldValueRequired',
        'Required value: at least one validation action is required',
      ],
    )
  },
  'to deny and to warn is one too many': async (context) => {
    const validationActions = ['Deny', 'Warn', 'Shrug', 'Deny']
    invalid(
      await attemptBinding(context, { policyName: 'x', validationActions }),
      ['spec.validationActions[2]', 'FieldValueNotSupported', /"Audit", "Deny", "Warn"/],
      ['spec.validationActions[3]', 'FieldValueDuplicate'],
      ['spec.validationActions', 'FieldValueInvalid', /must not contain both Deny and Warn/],
    )
  },
  'parameters are named or selected, and may be missing or not': async (context) => {
    const spec = { policyName: 'x', validationActions: ['Deny'] }
    invalid(
      await attemptBinding(context, { ...spec, paramRef: { name: 'a', selector: {} } }),
      ['spec.paramRef.name', 'FieldValueForbidden', /mutually exclusive/],
      ['spec.paramRef.selector', 'FieldValueForbidden', /mutually exclusive/],
      ['spec.paramRef.parameterNotFoundAction', 'FieldValueRequired'],
    )
    invalid(
      await attemptBinding(context, { ...spec, paramRef: {} }),
      ['spec.paramRef', 'FieldValueRequired', /one of name or selector must be specified/],
      ['spec.paramRef.parameterNotFoundAction', 'FieldValueRequired'],
    )
  },
})

const rule = (expression: string, more: object = {}): object => ({ expression, ...more })

const judgements = casesOf('policies: judgements', {
  'a validation without a message is quoted': async (context) => {
    const expression = "!has(object.data.a) || object.data.a != 'x'"
    const name = await enforced(context, {
      policy: { validations: [rule(`object == null || !has(object.data) || ${expression}`)] },
    })
    const answer = denied(
      await mapsOf(context).create(configMap('m', { a: 'x' })),
      name,
      `failed expression: object == null || !has(object.data) || ${expression}`,
    )
    const causes = answer.all('details.causes') as { message: string }[]
    assert.equal(causes.length, 1)
    assert.match(causes[0]?.message ?? '', /^ValidatingAdmissionPolicy /)
    created(await mapsOf(context).create(configMap('m', { a: 'y' })))
  },
  'a message is said': async (context) => {
    const name = await enforced(context, {
      policy: { validations: [rule("object.metadata.name != 'bad'", { message: 'not bad' })] },
    })
    const answer = await mapsOf(context).create(configMap('bad'))
    denied(answer, name, 'not bad')
    assert.match(String(answer.at('message')), /^configmaps "bad" is forbidden/)
    assert.equal(answer.at('details.name'), 'bad')
  },
  'a reason decides the code': async (context) => {
    const validations = [
      rule("object.metadata.name != 'a'", { message: 'a', reason: 'Forbidden' }),
      rule("object.metadata.name != 'b'", { message: 'b', reason: 'RequestEntityTooLarge' }),
    ]
    await enforced(context, { policy: { validations } })
    refused(await mapsOf(context).create(configMap('a')), { code: 403, reason: 'Forbidden' })
    refused(await mapsOf(context).create(configMap('b')), {
      code: 413,
      reason: 'RequestEntityTooLarge',
    })
  },
  'a message is made from the object': async (context) => {
    const messageExpression = "'name ' + object.metadata.name + ' in ' + request.namespace"
    const name = await enforced(context, {
      policy: { validations: [rule("object.metadata.name != 'bad'", { messageExpression })] },
    })
    const answer = await mapsOf(context).create(configMap('bad'))
    denied(answer, name, `name bad in ${context.namespace}`)
  },
  'a message that cannot be made gives way': async (context) => {
    const of = (name: string, messageExpression: string) =>
      rule(`object.metadata.name != '${name}'`, { message: 'written', messageExpression })
    const name = await enforced(context, {
      policy: {
        validations: [of('a', 'string(object.nope)'), of('b', "'one\\ntwo'"), of('c', "'  '")],
      },
    })
    for (const one of ['a', 'b', 'c']) {
      denied(await mapsOf(context).create(configMap(one)), name, 'written')
    }
  },
  'an expression that fails refuses': async (context) => {
    const name = await enforced(context, {
      policy: { validations: [rule("object.data.a == '1'")] },
    })
    denied(
      await mapsOf(context).create(configMap('m', { b: '1' })),
      name,
      `expression 'object.data.a == '1'' resulted in error: no such key: a`,
    )
  },
  'or passes, where the policy ignores failures': async (context) => {
    await enforced(context, {
      policy: { failurePolicy: 'Ignore', validations: [rule("object.data.a == '1'")] },
    })
    created(await mapsOf(context).create(configMap('m', { b: '1' })))
  },
  'variables are shared': async (context) => {
    const name = await enforced(context, {
      policy: {
        variables: [
          { name: 'data', expression: 'has(object.data) ? object.data : {}' },
          { name: 'size', expression: 'size(variables.data)' },
        ],
        validations: [
          rule('variables.size < 3', { messageExpression: "string(variables.size) + ' are many'" }),
        ],
      },
    })
    created(await mapsOf(context).create(configMap('few', { a: '1' })))
    const many = configMap('many', { a: '1', b: '2', c: '3' })
    denied(await mapsOf(context).create(many), name, '3 are many')
  },
  'a variable that fails is named, and only where it is asked for': async (context) => {
    const expression = "object.metadata.name != 'ask' || variables.broken == 1"
    const name = await enforced(context, {
      policy: {
        variables: [{ name: 'broken', expression: 'object.nope.x' }],
        validations: [rule(expression)],
      },
    })
    created(await mapsOf(context).create(configMap('quiet')))
    denied(
      await mapsOf(context).create(configMap('ask')),
      name,
      `expression '${expression}' resulted in error: composited variable "broken" fails to evaluate: no such key: nope`,
    )
  },
  'the first that fails is told': async (context) => {
    const name = await enforced(context, {
      policy: {
        validations: [rule("object.metadata.name != 'm'", { message: 'first' }), rule('false')],
      },
    })
    denied(await mapsOf(context).create(configMap('m')), name, 'first')
  },
  'a generated name is known': async (context) => {
    const name = await enforced(context, {
      policy: {
        validations: [rule("!object.metadata.name.startsWith('gen-')", { message: 'gen' })],
      },
    })
    const body = { metadata: { generateName: 'gen-' } }
    const answer = denied(await mapsOf(context).create(body), name, 'gen')
    assert.match(String(answer.at('details.name')), /^gen-\w{5}$/)
  },
  'a dry run is judged, too': async (context) => {
    const name = await enforced(context, {
      policy: { validations: [rule('!request.dryRun', { message: 'dry' })] },
    })
    denied(await mapsOf(context).create(configMap('m'), { dryRun: 'All' }), name, 'dry')
    created(await mapsOf(context).create(configMap('m')))
  },
  'an update sees what was': async (context) => {
    const name = await enforced(context, {
      policy: {
        validations: [
          rule("request.operation != 'UPDATE' || object.data.a == oldObject.data.a", {
            message: 'a stays',
          }),
        ],
      },
    })
    created(await mapsOf(context).create(configMap('m', { a: '1' })))
    denied(
      await mapsOf(context)
        .item('m')
        .merge({ data: { a: '2' } }),
      name,
      'a stays',
    )
    denied(
      await mapsOf(context)
        .item('m')
        .replace(configMap('m', { a: '3' })),
      name,
      'a stays',
    )
    ok(
      await mapsOf(context)
        .item('m')
        .merge({ data: { b: '2' } }),
    )
  },
  'apply is a create or an update': async (context) => {
    const name = await enforced(context, {
      policy: {
        validations: [
          rule("request.operation != 'CREATE' || object.metadata.name != 'new'", {
            message: 'new',
          }),
          rule("request.operation != 'UPDATE'", { message: 'changed' }),
        ],
      },
    })
    const applied = (one: string, data = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      ...configMap(one, data),
    })
    denied(await mapsOf(context).item('new').apply(applied('new')), name, 'new')
    created(
      await mapsOf(context)
        .item('m')
        .apply(applied('m', { a: '1' })),
    )
    denied(
      await mapsOf(context)
        .item('m')
        .apply(applied('m', { a: '2' })),
      name,
      'changed',
    )
  },
  'a delete has an old object only': async (context) => {
    const name = await enforced(context, {
      policy: {
        validations: [
          rule(
            "request.operation != 'DELETE' || object == null && oldObject.metadata.name != 'keep'",
            { message: 'kept' },
          ),
        ],
      },
    })
    created(await mapsOf(context).create(configMap('keep')))
    created(await mapsOf(context).create(configMap('drop')))
    denied(await mapsOf(context).item('keep').delete(), name, 'kept')
    ok(await mapsOf(context).item('drop').delete())
    const all = denied(await mapsOf(context).deleteAll(), name, 'kept')
    assert.equal(all.at('details.name'), 'Unknown')
  },
  'who asks is known': async (context) => {
    const name = await enforced(context, {
      policy: {
        validations: [
          rule(
            "object.metadata.name != 'mine' || request.userInfo.username != 'admin' || !('system:masters' in request.userInfo.groups)",
            { messageExpression: "'not for ' + request.userInfo.username" },
          ),
        ],
      },
    })
    denied(await mapsOf(context).create(configMap('mine')), name, 'not for admin')
  },
  'the request says what it is of': async (context) => {
    const expression = [
      "request.kind.kind == 'ConfigMap'",
      "request.kind.version == 'v1'",
      "request.resource.resource == 'configmaps'",
      "request.resource.group == ''",
      `request.namespace == '${context.namespace}'`,
      '!has(request.subResource)',
      "(request.operation != 'CREATE' || request.name == object.metadata.name)",
    ].join(' && ')
    await enforced(context, { policy: { validations: [rule(expression)] } })
    created(await mapsOf(context).create(configMap('m')))
  },
  'the namespace is at hand': async (context) => {
    const labelled = `namespaceObject.metadata.labels['kubernetes.io/metadata.name']`
    const expression = `${labelled} == '${context.namespace}' && namespaceObject.status.phase == 'Active'`
    await enforced(context, { policy: { validations: [rule(expression)] } })
    created(await mapsOf(context).create(configMap('m')))
  },
  'the user’s rights are at hand': async (context) => {
    const account = "authorizer.serviceAccount('default', 'default')"
    const questions = [
      "authorizer.group('').resource('pods').namespace('default').check('get').allowed()",
      "authorizer.path('/healthz').check('get').allowed()",
      "authorizer.requestResource.check('create').allowed()",
      `!${account}.group('').resource('pods').check('get').allowed()`,
      `!${account}.path('/version').check('get').allowed()`,
      "authorizer.path('/version').check('get').reason() == ''",
    ]
    const validations = questions.map((one) => rule(one))
    const name = await enforced(context, {
      policy: {
        validations: [
          ...validations,
          rule(
            "object.metadata.name != 'm' || authorizer.group('apps').resource('deployments').subresource('scale').name('d').check('get').errored()",
            { message: 'asked' },
          ),
        ],
      },
    })
    denied(await mapsOf(context).create(configMap('m')), name, 'asked')
  },
  'whole numbers of an object are numbers': async (context) => {
    const name = await enforced(context, {
      policy: {
        matchConstraints: {
          resourceRules: [CONFIG_MAPS, { ...CONFIG_MAPS, resources: ['pods'] }],
        },
        validations: [
          rule(
            'object == null || !has(object.spec) || object.spec.terminationGracePeriodSeconds <= 60',
            { message: 'too patient' },
          ),
        ],
      },
    })
    const pods = context.namespaced('v1', 'pods')
    denied(await pods.create(pod('p', { terminationGracePeriodSeconds: 61 })), name, 'too patient')
    created(await pods.create(pod('p', { terminationGracePeriodSeconds: 60 })))
  },
})

const scopes = casesOf('policies: scope', {
  'conditions decide whether a policy applies': async (context) => {
    const name = await enforced(context, {
      policy: {
        matchConditions: [
          { name: 'named', expression: "object.metadata.name in ['probe', 'yes', 'odd']" },
          { name: 'odd', expression: "object.metadata.name != 'odd' || object.data.a == '1'" },
        ],
        validations: [rule('false', { message: 'applied' })],
      },
    })
    created(await mapsOf(context).create(configMap('no')))
    denied(await mapsOf(context).create(configMap('yes')), name, 'applied')
    denied(
      await mapsOf(context).create(configMap('odd', { b: '1' })),
      name,
      `expression 'object.metadata.name != 'odd' || object.data.a == '1'' resulted in error: no such key: a`,
    )
  },
  'a binding is about its namespaces': async (context) => {
    await enforced(context, { policy: { validations: [rule('false')] } })
    const path = '/api/v1/namespaces/default/configmaps'
    const body = configMap(context.unique('m'))
    ok(await context.send('POST', path, { body, query: { dryRun: 'All' } }), 201)
  },
  'objects are selected by their labels, before or after': async (context) => {
    const name = await enforce(context, {
      policy: { validations: [rule('false', { message: 'marked' })] },
      binding: {
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': context.namespace } },
          objectSelector: { matchLabels: { marked: 'yes' } },
        },
      },
    })
    const labels = { marked: 'yes' }
    created(await mapsOf(context).create(configMap('m')))
    await context.eventually(
      () => mapsOf(context).create(configMap('n', {}, { labels }), { dryRun: 'All' }),
      (answer) => answer.status === 422,
    )
    denied(await mapsOf(context).item('m').merge({ metadata: { labels } }), name, 'marked')
    ok(
      await mapsOf(context)
        .item('m')
        .merge({ data: { a: '1' } }),
    )
  },
  'operations and names are looked at': async (context) => {
    const rules = [{ ...CONFIG_MAPS, operations: ['CREATE'], resourceNames: ['probe', 'bad'] }]
    const name = await enforced(context, {
      policy: {
        matchConstraints: { resourceRules: rules },
        validations: [rule('false', { message: 'no' })],
      },
    })
    created(await mapsOf(context).create(configMap('good')))
    ok(
      await mapsOf(context)
        .item('good')
        .merge({ data: { a: '1' } }),
    )
    denied(await mapsOf(context).create(configMap('bad')), name, 'no')
  },
  'what is excluded is left alone': async (context) => {
    const name = await enforced(context, {
      policy: {
        matchConstraints: {
          resourceRules: [{ ...CONFIG_MAPS, resources: ['*'] }],
          excludeResourceRules: [{ ...CONFIG_MAPS, resourceNames: ['free'] }],
        },
        validations: [rule("object == null || object.kind != 'ConfigMap'", { message: 'no' })],
      },
    })
    created(await mapsOf(context).create(configMap('free')))
    denied(await mapsOf(context).create(configMap('bound')), name, 'no')
    created(await context.namespaced('v1', 'secrets').create({ metadata: { name: 's' } }))
  },
  'a subresource is named': async (context) => {
    const name = await enforced(context, {
      policy: {
        matchConstraints: {
          resourceRules: [CONFIG_MAPS, { ...CONFIG_MAPS, resources: ['pods/status'] }],
        },
        validations: [
          rule("!has(request.subResource) || request.subResource != 'status'", {
            message: 'no status',
          }),
        ],
      },
    })
    const pods = context.namespaced('v1', 'pods')
    created(await pods.create(pod('p')))
    denied(
      await pods
        .item('p')
        .sub('status')
        .merge({ status: { phase: 'Failed' } }),
      name,
      'no status',
    )
    ok(await pods.item('p').merge({ metadata: { labels: { a: 'b' } } }))
  },
  'a binding of a pod is a create': async (context) => {
    const name = await enforced(context, {
      policy: {
        matchConstraints: {
          resourceRules: [CONFIG_MAPS, { ...CONFIG_MAPS, resources: ['pods/binding'] }],
        },
        validations: [
          rule("object == null || object.kind != 'Binding' || object.target.name != 'bad'", {
            message: 'bad node',
          }),
        ],
      },
    })
    const pods = context.namespaced('v1', 'pods')
    created(await pods.create(pod('p')))
    const bind = (node: string) =>
      pods
        .item('p')
        .sub('binding')
        .post({ metadata: { name: 'p' }, target: { kind: 'Node', name: node } })
    denied(await bind('bad'), name, 'bad node')
    created(await bind('good'))
  },
  'a warning is no refusal': async (context) => {
    const name = await enforced(context, {
      policy: { validations: [rule("object.metadata.name != 'odd'", { message: 'it is odd' })] },
      binding: { validationActions: ['Warn', 'Audit'] },
    })
    const answer = created(await mapsOf(context).create(configMap('odd')))
    assert.equal(
      answer.headers['warning'],
      `299 - "Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${name}': it is odd"`,
    )
    assert.equal(
      created(await mapsOf(context).create(configMap('even'))).headers['warning'],
      undefined,
    )
  },
  'a refusal warns, too': async (context) => {
    await enforced(context, {
      policy: { validations: [rule("object.metadata.name != 'odd'", { message: 'it is odd' })] },
      binding: { validationActions: ['Warn'] },
    })
    created(await mapsOf(context).create(configMap('odd')))
    const again = await mapsOf(context).create(configMap('odd'))
    refused(again, { code: 409, reason: 'AlreadyExists' })
    assert.match(String(again.headers['warning']), /it is odd/)
  },
  'what is only audited passes in silence': async (context) => {
    const binding = { validationActions: ['Audit'] }
    await enforce(context, { policy: { validations: [rule('false')] }, binding })
    assert.equal(
      created(await mapsOf(context).create(configMap('m'))).headers['warning'],
      undefined,
    )
  },
  'a policy without a binding is not in force': async (context) => {
    const name = context.unique('policy')
    const spec = { matchConstraints: MATCH, validations: [rule('false')] }
    created(await policiesOf(context).create({ metadata: { name }, spec }))
    created(await mapsOf(context).create(configMap('m')))
    ok(await policiesOf(context).item(name).delete())
  },
  'a policy that is gone is in force no more': async (context) => {
    const name = await enforced(context, { policy: { validations: [rule('false')] } })
    ok(await bindingsOf(context).item(name).delete())
    await context.eventually(
      () => mapsOf(context).create(configMap('m'), { dryRun: 'All' }),
      (answer) => answer.status === 201,
    )
  },
})

const PARAM_KIND = { apiVersion: 'v1', kind: 'ConfigMap' }
const limited = {
  paramKind: PARAM_KIND,
  validations: [
    rule("object.metadata.name != 'm' || object.data.max == params.data.max", {
      messageExpression: "'max must be ' + params.data.max",
    }),
  ],
}

const parameters = casesOf('policies: parameters', {
  'a binding hands its parameters over': async (context) => {
    created(await mapsOf(context).create(configMap('limits', { max: '3' })))
    const binding = { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } }
    const name = await enforced(context, { policy: limited, binding })
    await context.eventually(
      () => mapsOf(context).create(configMap('m', { max: '4' }), { dryRun: 'All' }),
      (answer) => String(answer.at('message')).endsWith('max must be 3'),
    )
    denied(await mapsOf(context).create(configMap('m', { max: '4' })), name, 'max must be 3')
    created(await mapsOf(context).create(configMap('m', { max: '3' })))
  },
  'parameters that are missing refuse': async (context) => {
    const binding = { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } }
    const name = await enforced(context, { policy: limited, binding })
    const why =
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'
    await context.eventually(
      () => mapsOf(context).create(configMap('m'), { dryRun: 'All' }),
      (answer) => String(answer.at('message')).endsWith(why),
    )
    denied(await mapsOf(context).create(configMap('m', { max: '4' })), name, why)
  },
  'or pass, where the binding allows it': async (context) => {
    const paramRef = { name: 'limits', parameterNotFoundAction: 'Allow' }
    await enforce(context, { policy: limited, binding: { paramRef } })
    created(await mapsOf(context).create(configMap('m', { max: '4' })))
  },
  'each of the selected parameters is held against': async (context) => {
    const limit = (one: string, max: string) =>
      configMap(one, { max }, { labels: { limit: 'yes' } })
    created(await mapsOf(context).create(limit('a', '3')))
    const selector = { matchLabels: { limit: 'yes' } }
    const paramRef = { selector, parameterNotFoundAction: 'Deny' }
    await enforced(context, { policy: limited, binding: { paramRef } })
    created(await mapsOf(context).create(limit('b', '5')))
    await context.eventually(
      () => mapsOf(context).create(configMap('m', { max: '3' }), { dryRun: 'All' }),
      (answer) => String(answer.at('message')).endsWith('max must be 5'),
    )
  },
  'without a reference the parameters are null': async (context) => {
    const name = await enforced(context, {
      policy: {
        paramKind: PARAM_KIND,
        validations: [rule("object.metadata.name != 'm' || params != null", { message: 'null' })],
      },
    })
    denied(await mapsOf(context).create(configMap('m')), name, 'null')
  },
})

export const POLICY_CASES = [...objects, ...judgements, ...scopes, ...parameters]
