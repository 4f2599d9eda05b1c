import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiStatusError, type JsonObject } from '@sortie/machinery'
import fc from 'fast-check'
import { decodeProtobuf, isProtobufBody } from './decode.ts'
import { KINDS, messageTable } from './fieldtable.ts'

/** What kubectl 1.32 sent to a server that wrote the bodies down. */
const RECORDED: readonly (readonly [command: string, body: string, object: JsonObject])[] = [
  [
    'create namespace x',
    'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhkKEQoBeBIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==',
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } },
  ],
  [
    'create configmap cm --from-literal=a=b --from-literal=c=d',
    'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiQKEgoCY20SABoAIgAqADIAOABCABIGCgFhEgFiEgYKAWMSAWQaACIA',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { a: 'b', c: 'd' } },
  ],
  [
    'create configmap cb --from-file=bin.dat',
    'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiQKEgoCY2ISABoAIgAqADIAOABCABoOCgdiaW4uZGF0EgMA/wEaACIA',
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cb' },
      binaryData: { 'bin.dat': 'AP8B' },
    },
  ],
  [
    'create secret generic s --from-literal=pw=hunter2',
    'azhzAAoMCgJ2MRIGU2VjcmV0EiQKEQoBcxIAGgAiACoAMgA4AEIAEg0KAnB3EgdodW50ZXIyGgAaACIA',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { pw: 'aHVudGVyMg==' } },
  ],
  [
    'create serviceaccount sa',
    'azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSFAoSCgJzYRIAGgAiACoAMgA4AEIAGgAiAA==',
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' } },
  ],
  [
    'create token sa --duration=10m',
    'azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBIdChAKABIAGgAiACoAMgA4AEIAEgMg2AQaBAoAEgAaACIA',
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { expirationSeconds: 600 },
    },
  ],
  [
    'auth can-i create pods -n foo',
    'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSOwoQCgASABoAIgAqADIAOABCABId' +
      'ChsKA2ZvbxIGY3JlYXRlGgAiACoEcG9kczIAOgAaCAgAEgAaACAAGgAiAA==',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: {},
      spec: { resourceAttributes: { namespace: 'foo', verb: 'create', resource: 'pods' } },
    },
  ],
  [
    "auth can-i '*' /healthz",
    'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSLQoQCgASABoAIgAqADIAOABCABIP' +
      'Eg0KCC9oZWFsdGh6EgEqGggIABIAGgAgABoAIgA=',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: {},
      spec: { nonResourceAttributes: { path: '/healthz', verb: '*' } },
    },
  ],
  [
    'auth can-i --list -n foo',
    'azhzAAoxChdhdXRob3JpemF0aW9uLms4cy5pby92MRIWU2VsZlN1YmplY3RSdWxlc1JldmlldxIfChAKABIAGgAiACoAMgA4AEIAEgUK' +
      'A2ZvbxoEGAAiABoAIgA=',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      metadata: {},
      spec: { namespace: 'foo' },
    },
  ],
  [
    'auth whoami',
    'azhzAAotChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESEVNlbGZTdWJqZWN0UmV2aWV3EhoKEAoAEgAaACIAKgAyADgAQgASBgoECgAS' +
      'ABoAIgA=',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} },
  ],
  [
    'drain n1 --disable-eviction --grace-period=3 (DELETE of a pod)',
    'azhzAAoTCgJ2MRINRGVsZXRlT3B0aW9ucxICCAMaACIA',
    { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 3 },
  ],
  [
    'create role r --verb=get --resource=pods',
    'azhzAAokChxyYmFjLmF1dGhvcml6YXRpb24uazhzLmlvL3YxEgRSb2xlEiIKEQoBchIAGgAiACoAMgA4AEIAEg0KA2dldBIAGgRwb2Rz' +
      'GgAiAA==',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    },
  ],
  [
    'create service clusterip svc --tcp=80:8080',
    'azhzAAoNCgJ2MRIHU2VydmljZRJpCh8KA3N2YxIAGgAiACoAMgA4AEIAWgoKA2FwcBIDc3ZjEkIKGwoHODAtODA4MBIDVENQGFAiBwgA' +
      'EJA/GgAoABIKCgNhcHASA3N2YxoAIglDbHVzdGVySVA6AEIAUgBaAGAAaAAaAgoAGgAiAA==',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'svc', labels: { app: 'svc' } },
      spec: {
        ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }],
        selector: { app: 'svc' },
        type: 'ClusterIP',
      },
    },
  ],
  [
    'create job j --image=busybox -- echo hi',
    'azhzAAoPCghiYXRjaC92MRIDSm9iEoIBChEKAWoSABoAIgAqADIAOABCABJjMmEKEAoAEgAaACIAKgAyADgAQgASTRIqCgFqEgdidXN5' +
      'Ym94GgRlY2hvGgJoaSoAQgBqAHIAgAEAiAEAkAEAogEAGgVOZXZlcjIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAGgggACgAMAA6ABoA' +
      'IgA=',
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j' },
      spec: {
        template: {
          spec: {
            containers: [{ name: 'j', image: 'busybox', command: ['echo', 'hi'] }],
            restartPolicy: 'Never',
          },
        },
      },
    },
  ],
  [
    'create deployment d --image=nginx --replicas=2 --port=8080',
    'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErEBChsKAWQSABoAIgAqADIAOABCAFoICgNhcHASAWQSgwEIAhIKCggKA2FwcBIBZBpr' +
      'ChoKABIAGgAiACoAMgA4AEIAWggKA2FwcBIBZBJNEi8KBW5naW54EgVuZ2lueCoAMgsKABAAGJA/IgAqAEIAagByAIABAIgBAJABAKIB' +
      'ABoAMgBCAEoAUgBYAGAAaACCAQCKAQCaAQDCAQAiAgoAKAA4ABoMCAAQABgAIAAoADgAGgAiAA==',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', labels: { app: 'd' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'd' } },
        template: {
          metadata: { labels: { app: 'd' } },
          spec: {
            containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 8080 }] }],
          },
        },
      },
    },
  ],
  [
    'create priorityclass urgent --value=1000 --description=first',
    'azhzAAolChRzY2hlZHVsaW5nLms4cy5pby92MRINUHJpb3JpdHlDbGFzcxI6ChYKBnVyZ2VudBIAGgAiACoAMgA4AEIAEOgHGAAiBWZp' +
      'cnN0KhRQcmVlbXB0TG93ZXJQcmlvcml0eRoAIgA=',
    {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'urgent' },
      value: 1000,
      description: 'first',
      preemptionPolicy: 'PreemptLowerPriority',
    },
  ],
  [
    'create quota q --hard=cpu=1,pods=2 --scopes=BestEffort',
    'azhzAAoTCgJ2MRINUmVzb3VyY2VRdW90YRI8ChEKAXESABoAIgAqADIAOABCABIlCgoKA2NwdRIDCgExCgsKBHBvZHMSAwoBMhIKQmVz' +
      'dEVmZm9ydBoAGgAiAA==',
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: { hard: { cpu: '1', pods: '2' }, scopes: ['BestEffort'] },
    },
  ],
  [
    "create ingress i --rule='a.example/b*=svc:80,tls=cert'",
    'azhzAAofChRuZXR3b3JraW5nLms4cy5pby92MRIHSW5ncmVzcxJaChEKAWkSABoAIgAqADIAOABCABJBEhEKCWEuZXhhbXBsZRIEY2Vy' +
      'dBosCglhLmV4YW1wbGUSHwodChsKAi9iEg0iCwoDc3ZjEgQKABBQGgZQcmVmaXgaAgoAGgAiAA==',
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'i' },
      spec: {
        tls: [{ hosts: ['a.example'], secretName: 'cert' }],
        rules: [
          {
            host: 'a.example',
            http: {
              paths: [
                {
                  path: '/b',
                  backend: { service: { name: 'svc', port: { number: 80 } } },
                  pathType: 'Prefix',
                },
              ],
            },
          },
        ],
      },
    },
  ],
]

/** A list of messages keeps empty ones, and so does JSON; kubectl's empty structs are not worth naming above. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, child]) => [key, withoutEmpty(child)] as const)
  const isEmpty = (child: unknown): boolean =>
    typeof child === 'object' && child !== null && Object.keys(child).length === 0
  return Object.fromEntries(entries.filter(([, child]) => !isEmpty(child)))
}

for (const [command, body, object] of RECORDED) {
  test(`the body of "kubectl ${command}" is read`, () => {
    const bytes = Buffer.from(body, 'base64')
    assert.ok(isProtobufBody(bytes))
    assert.deepEqual(withoutEmpty(decodeProtobuf(bytes)), withoutEmpty(object))
  })
}

/** The wire format written by hand, for what kubectl does not send. */
const varint = (value: number | bigint): number[] => {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}
const bytes = (number: number, content: readonly number[] | string): number[] => {
  const list = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [...varint((number << 3) | 2), ...varint(list.length), ...list]
}
const int = (number: number, value: number | bigint): number[] => [
  ...varint(number << 3),
  ...varint(value),
]
const body = (apiVersion: string, kind: string, raw: readonly number[]): Uint8Array => {
  const type = bytes(1, [...bytes(1, apiVersion), ...bytes(2, kind)])
  return Uint8Array.from([...Buffer.from('k8s\0'), ...type, ...bytes(2, raw)])
}

test('negative numbers, times and fields that are kept though zero are read', () => {
  const spec = [
    ...bytes(1, 'holder'),
    ...int(2, 0),
    ...bytes(4, int(1, 1_700_000_000)),
    ...int(5, -1),
  ]
  assert.deepEqual(decodeProtobuf(body('coordination.k8s.io/v1', 'Lease', bytes(2, spec))), {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    spec: {
      holderIdentity: 'holder',
      leaseDurationSeconds: 0,
      renewTime: '2023-11-14T22:13:20.000000Z',
      leaseTransitions: -1,
    },
  })
})

test('fields that are not known, of any wire type, are skipped', () => {
  const unknown = [
    ...bytes(999, 'x'),
    ...int(998, 1),
    0xf9,
    0x3e,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    0xfd,
    0x3e,
    1,
    2,
    3,
    4,
  ]
  const raw = [...unknown, ...bytes(1, bytes(1, 'a'))]
  assert.deepEqual(decodeProtobuf(body('v1', 'Namespace', raw)), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a' },
  })
})

test('a map key named __proto__ is data', () => {
  const entry = [...bytes(1, '__proto__'), ...bytes(2, 'x')]
  const object = decodeProtobuf(body('v1', 'ConfigMap', bytes(2, entry)))
  assert.equal(JSON.stringify(object['data']), '{"__proto__":"x"}')
})

for (const [what, given, code] of [
  ['JSON', Buffer.from('{}'), 400],
  ['nothing', Buffer.alloc(0), 400],
  ['an unknown kind', body('v1', 'Endpoints', []), 415],
  ['no type', Buffer.from('k8s\0'), 415],
  ['a length past the end', body('v1', 'Pod', [0x0a, 0x7f]), 400],
  ['a length of 2^63', body('v1', 'Pod', [0x0a, ...varint(2n ** 63n)]), 400],
  ['an endless varint', body('v1', 'Pod', [0x08, ...new Array<number>(11).fill(0xff)]), 400],
  ['a group', body('v1', 'Pod', [0x0b, 0x0c]), 400],
  ['a number where a message belongs', body('v1', 'Pod', int(1, 1)), 400],
  ['a message where a number belongs', body('v1', 'DeleteOptions', bytes(1, 'x')), 400],
  ['broken UTF-8', body('v1', 'Namespace', bytes(1, bytes(1, [0xff]))), 400],
  [
    'a time beyond the year 9999',
    body('v1', 'Namespace', bytes(1, bytes(8, int(1, 2n ** 60n)))),
    400,
  ],
  [
    'broken embedded JSON',
    body('v1', 'Namespace', bytes(1, bytes(17, bytes(7, bytes(1, '{'))))),
    400,
  ],
] as const) {
  test(`${what} is refused with ${code}`, () => {
    assert.throws(
      () => decodeProtobuf(given),
      (error) => error instanceof ApiStatusError && error.code === code,
    )
  })
}

test('no bytes make the decoder fail other than by an API error', () => {
  const anything = fc.uint8Array({ maxLength: 60 })
  const kinds = [...KINDS.keys()].map((key) => key.split(' '))
  fc.assert(
    fc.property(fc.constantFrom(...kinds), anything, ([apiVersion = '', kind = ''], raw) => {
      try {
        decodeProtobuf(body(apiVersion, kind, [...raw]))
      } catch (error) {
        assert.ok(error instanceof ApiStatusError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('a recorded body with a byte changed, cut or added never does worse than an API error', () => {
  const recorded = RECORDED.map(([, text]) => Buffer.from(text, 'base64'))
  fc.assert(
    fc.property(
      fc.constantFrom(...recorded),
      fc.nat(),
      fc.nat({ max: 255 }),
      (source, at, byte) => {
        const changed = Uint8Array.from(source)
        changed[at % changed.length] = byte
        for (const given of [changed, source.subarray(0, at % source.length)]) {
          try {
            decodeProtobuf(given)
          } catch (error) {
            assert.ok(error instanceof ApiStatusError, String(error))
          }
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('every message that a table names has a table', () => {
  const special = [
    's',
    'i',
    'b',
    'y',
    'Time',
    'MicroTime',
    'Quantity',
    'FieldsV1',
    'RawExtension',
    'IntOrString',
    'ExtraValue',
  ]
  const seen = new Set<string>(special)
  const queue = [...KINDS.values()]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const table = messageTable(name)
    assert.ok(table !== undefined && table.size > 0, name)
    for (const row of table.values()) queue.push(row.type)
  }
  assert.ok(seen.size > 200, String(seen.size))
})
