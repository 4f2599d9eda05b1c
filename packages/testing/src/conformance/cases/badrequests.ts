/** Requests that no client should make, and the words with which they are refused. */
import assert from 'node:assert/strict'
import type { HttpMethod } from '@sortie/machinery'
import { badRequest, created, notFound, ok, type Refusal, refused } from '../answer.ts'
import { type CaseRun, casesOf } from '../case.ts'
import { type Sending, sender } from '../collection.ts'
import { configMap, WIDGETS } from '../fixtures.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const MAPS = '/api/v1/namespaces/NS/configmaps'
const WIDGET_PATH = `/apis/${WIDGETS}/namespaces/NS/widgets`

interface Row {
  readonly name: string
  readonly request: readonly [method: HttpMethod, path: string, sending?: Sending]
  readonly expect: Refusal
}

const raw = (text: string, headers: Readonly<Record<string, string>> = JSON_TYPE): Sending => ({
  body: bytes(text),
  headers,
})
const BAD = { code: 400, reason: 'BadRequest' } as const
const MISSING = {
  code: 404,
  reason: 'NotFound',
  message: 'the server could not find the requested resource',
} as const
const NOT_ALLOWED = {
  code: 405,
  reason: 'MethodNotAllowed',
  message: 'the server does not allow this method on the requested resource',
} as const

const ROWS: readonly Row[] = [
  { name: 'JSON that breaks off', request: ['POST', MAPS, raw('{"metadata":{')], expect: BAD },
  { name: 'JSON that is none', request: ['POST', MAPS, raw('hello')], expect: BAD },
  { name: 'an empty body', request: ['POST', MAPS, raw('')], expect: BAD },
  { name: 'a list for an object', request: ['POST', MAPS, raw('[]')], expect: BAD },
  { name: 'a text for an object', request: ['POST', MAPS, raw('"x"')], expect: BAD },
  {
    name: 'JSON with something after it',
    request: ['POST', MAPS, raw('{"metadata":{"name":"a"}} x')],
    expect: BAD,
  },
  {
    name: 'a number for data’s text',
    request: ['POST', MAPS, raw('{"metadata":{"name":"a"},"data":{"x":5}}')],
    expect: {
      ...BAD,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    },
  },
  {
    name: 'a number for a name',
    request: ['POST', MAPS, raw('{"metadata":{"name":5}}')],
    expect: {
      ...BAD,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    },
  },
  {
    name: 'labels that are a list',
    request: ['POST', MAPS, raw('{"metadata":{"name":"a","labels":[]}}')],
    expect: {
      ...BAD,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    },
  },
  {
    name: 'a text for an integer of a pod',
    request: [
      'POST',
      '/api/v1/namespaces/NS/pods',
      raw(
        '{"metadata":{"name":"a"},"spec":{"priority":"high","containers":[{"name":"m","image":"b"}]}}',
      ),
    ],
    expect: {
      ...BAD,
      message:
        'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.priority of type int32',
    },
  },
  {
    name: 'a fraction for an integer of a pod',
    request: [
      'POST',
      '/api/v1/namespaces/NS/pods',
      raw(
        '{"metadata":{"name":"a"},"spec":{"terminationGracePeriodSeconds":1.5,"containers":[{"name":"m","image":"b"}]}}',
      ),
    ],
    expect: BAD,
  },
  {
    name: 'a quantity that is none',
    request: [
      'POST',
      '/api/v1/namespaces/NS/pods',
      raw(
        '{"metadata":{"name":"a"},"spec":{"containers":[{"name":"m","image":"b","resources":{"requests":{"cpu":"much"}}}]}}',
      ),
    ],
    expect: {
      ...BAD,
      message:
        'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
    },
  },
  {
    name: 'a time that is none',
    request: [
      'POST',
      '/apis/coordination.k8s.io/v1/namespaces/NS/leases',
      raw('{"metadata":{"name":"a"},"spec":{"renewTime":"now"}}'),
    ],
    expect: { ...BAD, message: /parsing time/ },
  },
  {
    name: 'base64 that is none',
    request: [
      'POST',
      '/api/v1/namespaces/NS/secrets',
      raw('{"metadata":{"name":"a"},"data":{"x":"%%%"}}'),
    ],
    expect: { ...BAD, message: /illegal base64 data at input byte 0/ },
  },
  {
    name: 'a kind that is not the path’s',
    request: ['POST', MAPS, raw('{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}')],
    expect: { ...BAD, message: /Secret in version "v1" cannot be handled as a ConfigMap/ },
  },
  {
    name: 'a version that is not the path’s',
    request: ['POST', MAPS, raw('{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}}')],
    expect: { ...BAD, message: /ConfigMap in version "v2" cannot be handled as a ConfigMap/ },
  },
  {
    name: 'a content type that nobody reads',
    request: ['POST', MAPS, raw('{}', { 'content-type': 'text/plain' })],
    expect: {
      code: 415,
      reason: 'UnsupportedMediaType',
      message:
        /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml, application\/vnd\.kubernetes\.protobuf/,
    },
  },
  {
    name: 'an Accept that nobody writes',
    request: ['GET', MAPS, { headers: { accept: 'text/html' } }],
    expect: { code: 406, reason: 'NotAcceptable' },
  },
  {
    name: 'broken protobuf',
    request: [
      'POST',
      MAPS,
      raw('k8s\u0000nonsense', { 'content-type': 'application/vnd.kubernetes.protobuf' }),
    ],
    expect: BAD,
  },
  {
    name: 'a custom resource that breaks off',
    request: ['POST', WIDGET_PATH, raw('{"metadata"')],
    expect: BAD,
  },
  {
    name: 'a custom resource that is a list',
    request: ['POST', WIDGET_PATH, raw('[]')],
    expect: BAD,
  },
  {
    name: 'a merge patch that breaks off',
    request: [
      'PATCH',
      `${MAPS}/there`,
      raw('{"data":', { 'content-type': 'application/merge-patch+json' }),
    ],
    expect: BAD,
  },
  {
    name: 'a JSON patch that breaks off',
    request: [
      'PATCH',
      `${MAPS}/there`,
      raw('[{', { 'content-type': 'application/json-patch+json' }),
    ],
    expect: BAD,
  },
  {
    name: 'an apply of broken YAML',
    request: [
      'PATCH',
      `${MAPS}/there`,
      {
        ...raw('a: [', { 'content-type': 'application/apply-patch+yaml' }),
        query: { fieldManager: 'm' },
      },
    ],
    expect: BAD,
  },
  { name: 'an unknown resource', request: ['GET', '/api/v1/namespaces/NS/frobs'], expect: MISSING },
  {
    name: 'an unknown resource of a group',
    request: ['GET', '/apis/apps/v1/namespaces/NS/frobs'],
    expect: MISSING,
  },
  { name: 'an unknown version', request: ['GET', '/apis/apps/v9/deployments'], expect: MISSING },
  { name: 'an unknown subresource', request: ['GET', `${MAPS}/there/frob`], expect: MISSING },
  {
    name: 'an unknown subresource of a custom resource',
    request: ['GET', `${WIDGET_PATH}/there/frob`],
    expect: { code: 404, reason: 'NotFound' },
  },
  { name: 'a PUT on a collection', request: ['PUT', MAPS, { body: {} }], expect: NOT_ALLOWED },
  {
    name: 'a PATCH on a collection',
    request: ['PATCH', MAPS, raw('{}', { 'content-type': 'application/merge-patch+json' })],
    expect: NOT_ALLOWED,
  },
  {
    name: 'a POST on an object',
    request: ['POST', `${MAPS}/there`, { body: {} }],
    expect: NOT_ALLOWED,
  },
  {
    name: 'a DELETE of a status',
    request: ['DELETE', '/api/v1/namespaces/NS/pods/x/status'],
    expect: NOT_ALLOWED,
  },
  {
    name: 'a GET of a review',
    request: ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
    expect: NOT_ALLOWED,
  },
  {
    name: 'a limit that is no number',
    request: ['GET', MAPS, { query: { limit: 'x' } }],
    expect: BAD,
  },
  {
    name: 'a watch flag that is none',
    request: ['GET', MAPS, { query: { limit: '1.5' } }],
    expect: BAD,
  },
]

const rows = casesOf(
  'bad requests',
  Object.fromEntries(
    ROWS.map(({ name, request: [method, path, sending], expect }): [string, CaseRun] => [
      name,
      async ({ namespace, namespaced, send }) => {
        created(await namespaced('v1', 'configmaps').create(configMap('there')))
        refused(await send(method, path.replace('NS', namespace), sending), expect)
      },
    ]),
  ),
)

const others = casesOf('bad requests: sizes, tokens, paths', {
  'a body of more than 3 MiB is too large': async ({ namespaced }) => {
    const data = { x: 'x'.repeat(3 * 1024 * 1024 + 1) }
    refused(await namespaced('v1', 'configmaps').create(configMap('a', data)), {
      code: 413,
      reason: 'RequestEntityTooLarge',
    })
  },
  'a config map of more than 1 MiB is invalid': async ({ namespaced }) => {
    const data = { x: 'x'.repeat(1024 * 1024 + 1) }
    refused(await namespaced('v1', 'configmaps').create(configMap('a', data)), {
      code: 422,
      reason: 'Invalid',
      message: /Too long: may not be more than 1048576 bytes/,
    })
  },
  'nobody may do nothing': async ({ namespace, server }) => {
    const answer = await sender(server.nobody)('GET', `/api/v1/namespaces/${namespace}/configmaps`)
    refused(answer, {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "${namespace}"`,
      details: { kind: 'configmaps' },
    })
  },
  'a path beneath nothing is answered as not found': async ({ send }) => {
    for (const path of ['/frob', '/apis/nope.example/v1/frobs', '/api/v9/pods']) {
      assert.equal((await send('GET', path)).status, 404, path)
    }
  },
  'health is served': async ({ send }) => {
    for (const path of ['/healthz', '/livez', '/readyz']) {
      assert.equal(ok(await send('GET', path)).body, 'ok')
    }
  },
  'HEAD is not served on resources': async ({ send, namespace }) => {
    const answer = await send('HEAD', `/api/v1/namespaces/${namespace}/configmaps`)
    assert.equal(answer.status, 405)
  },
  'YAML is read where it is named': async ({ send, namespace }) => {
    const answer = await send('POST', MAPS.replace('NS', namespace), {
      body: bytes('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yes-man}\ndata: {x: "1"}\n'),
      headers: { 'content-type': 'application/yaml' },
    })
    assert.deepEqual(created(answer).at('data'), { x: '1' })
  },
  'y is a boolean in YAML': async ({ send, namespace }) => {
    const answer = await send('POST', MAPS.replace('NS', namespace), {
      body: bytes('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\n'),
      headers: { 'content-type': 'application/yaml' },
    })
    badRequest(
      answer,
      /cannot unmarshal bool into Go struct field ObjectMeta\.metadata\.name of type string/,
    )
  },
  'a content type with parameters is read': async ({ send, namespace }) => {
    const answer = await send('POST', MAPS.replace('NS', namespace), {
      body: bytes('{"metadata":{"name":"y"}}'),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    })
    created(answer)
  },
  'a trailing slash': async ({ send, namespace }) => {
    ok(await send('GET', `/api/v1/namespaces/${namespace}/configmaps/`))
  },
  // kubectl looks into them without asking whether they are there.
  'what is not served is refused with details, empty as they are': async ({ send, namespace }) => {
    const pods = `/api/v1/namespaces/${namespace}/pods`
    for (const path of [`${pods}/x/nope`, '/api/v1/things']) {
      const answer = refused(await send('GET', path), { code: 404, reason: 'NotFound' })
      assert.deepEqual(answer.at('details'), {})
    }
    const answer = refused(await send('DELETE', '/api/v1/namespaces'), NOT_ALLOWED)
    assert.deepEqual(answer.at('details'), {})
  },
  'an object of nobody’s namespace': async ({ send }) => {
    notFound(await send('GET', '/api/v1/namespaces/nope/configmaps/x'), 'configmaps "x" not found')
  },
  'an unknown query parameter is ignored': async ({ namespaced }) => {
    ok(await namespaced('v1', 'configmaps').list({ frob: '1' }))
  },
  'a key of a config map is checked': async ({ namespaced }) => {
    refused(await namespaced('v1', 'configmaps').create(configMap('a', { 'a b': '1' })), {
      code: 422,
      reason: 'Invalid',
      causes: [{ field: 'data[a b]', reason: 'FieldValueInvalid' }],
    })
  },
  'two field managers are not merged into one': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { x: '1' }), { fieldManager: 'one' }))
    const answer = ok(await maps.item('a').merge({ data: { y: '2' } }, { fieldManager: 'two' }))
    const managers = answer
      .all('metadata.managedFields')
      .map((entry) => (entry as { manager: string }).manager)
    assert.deepEqual(managers, ['one', 'two'])
  },
  'null is not a body of a create': async ({ send, namespace }) => {
    badRequestOr422(await send('POST', MAPS.replace('NS', namespace), raw('null')))
  },
})

function badRequestOr422(answer: Parameters<typeof badRequest>[0]): void {
  assert.ok(answer.status === 400 || answer.status === 422, JSON.stringify(answer.body))
}

export const BAD_REQUEST_CASES = [...rows, ...others]
