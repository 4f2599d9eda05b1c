/** The kinds that sequences are about: random custom ones, built-in ones, and Sortie's own. */
import { customResourceDefinitions } from '@sortie/api'
import type { JsonObject } from '@sortie/machinery'
import fc from 'fast-check'
import { asJson, type FuzzSchema, kindSchema } from './schema.ts'

export interface FuzzKind {
  readonly name: string
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Built-in kinds take strategic merge patches. */
  readonly builtIn: boolean
  readonly hasStatus: boolean
  /** Of the whole object, without apiVersion, kind and metadata. */
  readonly schema: FuzzSchema
  /** Text of steps that are not played; the reason stands beside it. */
  readonly avoids?: RegExp
  /** What every spec says. */
  readonly fixedSpec?: JsonObject
  /** To be created first; absent where the kind is there already. */
  readonly definition?: JsonObject
}

/** A definition of a random schema. @param number part of its name @param group a run's own */
export function customKind(number: number, group: string): fc.Arbitrary<FuzzKind> {
  return fc
    .tuple(kindSchema, fc.constantFrom(true, true, true, false))
    .map(([schema, hasStatus]) => {
      const plural = `fuzzes${number}`
      const kind = `Fuzz${number}`
      const version = {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: asJson(schema) },
        ...(hasStatus ? { subresources: { status: {} } } : {}),
      }
      const definition: JsonObject = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural, kind },
          versions: [version],
        },
      }
      return {
        name: plural,
        apiVersion: `${group}/v1`,
        kind,
        plural,
        namespaced: true,
        builtIn: false,
        hasStatus,
        schema,
        definition,
      }
    })
}

/** What an object has beside what it says of itself. */
function contentOf({ properties = {}, ...schema }: FuzzSchema): FuzzSchema {
  const { apiVersion: _, kind: __, metadata: ___, ...content } = properties
  return { ...schema, properties: content }
}

/** Sortie's own kinds, with their schemas as they ship. */
export function ownKinds(): FuzzKind[] {
  return customResourceDefinitions().map((definition) => {
    const { group, names, versions } = definition.spec
    const [version] = versions
    return {
      name: names.plural,
      apiVersion: `${group}/${version?.name ?? ''}`,
      kind: names.kind,
      plural: names.plural,
      namespaced: true,
      builtIn: false,
      hasStatus: version?.subresources !== undefined,
      schema: contentOf(version?.schema.openAPIV3Schema as unknown as FuzzSchema),
      definition: definition as unknown as JsonObject,
    }
  })
}

const text: FuzzSchema = { type: 'string' }
const word: FuzzSchema = { type: 'string', enum: ['a', 'b', 'ab'] }
const integer: FuzzSchema = { type: 'integer' }
const texts: FuzzSchema = { type: 'object', additionalProperties: text }

const object = (properties: Record<string, FuzzSchema>, required: string[] = []): FuzzSchema => ({
  type: 'object',
  properties,
  required,
})

const list = (items: FuzzSchema, ...keys: string[]): FuzzSchema => ({
  type: 'array',
  items,
  ...(keys.length === 0
    ? {}
    : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }),
})

const quantity: FuzzSchema = { type: 'string', enum: ['1', '100m', '0.5', '1Gi', '1000m', '2'] }
const resources = object({
  requests: { type: 'object', properties: { cpu: quantity, memory: quantity } },
  limits: { type: 'object', properties: { cpu: quantity, memory: quantity } },
})

const choice = (...values: string[]): FuzzSchema => ({ type: 'string', enum: values })

const container = object(
  {
    name: word,
    image: choice('busybox', 'nginx:1', 'nginx:latest'),
    command: list(text),
    args: list(word),
    env: list(object({ name: word, value: text }, ['name']), 'name'),
    ports: list(
      object(
        {
          containerPort: { type: 'integer', minimum: 1 },
          protocol: choice('TCP', 'UDP'),
          name: word,
        },
        ['containerPort'],
      ),
      'containerPort',
      'protocol',
    ),
    imagePullPolicy: choice('Always', 'IfNotPresent', 'Never'),
    resources,
    volumeMounts: list(
      object({ name: word, mountPath: choice('/a', '/b'), readOnly: { type: 'boolean' } }, [
        'name',
        'mountPath',
      ]),
      'mountPath',
    ),
    workingDir: text,
    tty: { type: 'boolean' },
  },
  ['name', 'image'],
)

const toleration = object({
  key: word,
  operator: choice('Exists', 'Equal'),
  value: word,
  effect: choice('NoSchedule', 'NoExecute', 'PreferNoSchedule'),
  tolerationSeconds: integer,
})

const condition = object(
  {
    type: choice('Ready', 'a.b/c'),
    status: choice('True', 'False', 'Unknown'),
    reason: text,
    message: text,
  },
  ['type', 'status'],
)

const podSpec = object(
  {
    containers: { ...list(container, 'name'), minItems: 1 },
    initContainers: list(container, 'name'),
    volumes: list(
      object({ name: word, emptyDir: object({ medium: choice('', 'Memory') }) }, [
        'name',
        'emptyDir',
      ]),
      'name',
    ),
    restartPolicy: choice('Always', 'Never', 'OnFailure'),
    terminationGracePeriodSeconds: { type: 'integer', minimum: 0 },
    activeDeadlineSeconds: { type: 'integer', minimum: 1 },
    nodeSelector: texts,
    tolerations: list(toleration),
    schedulerName: word,
    hostname: word,
    imagePullSecrets: list(object({ name: word }), 'name'),
    schedulingGates: list(object({ name: choice('a', 'a.b/c') }, ['name']), 'name'),
    automountServiceAccountToken: { type: 'boolean' },
    hostNetwork: { type: 'boolean' },
    hostAliases: list(
      object({ ip: choice('10.0.0.1', '10.0.0.2'), hostnames: list(word) }, ['ip']),
      'ip',
    ),
  },
  ['containers'],
)

const podStatus = object({
  phase: choice('Pending', 'Running', 'Succeeded', 'Failed'),
  message: text,
  reason: text,
  podIP: choice('10.0.0.1', '10.0.0.2'),
  conditions: list(condition, 'type'),
  containerStatuses: list(
    object(
      {
        name: word,
        image: text,
        imageID: text,
        ready: { type: 'boolean' },
        restartCount: integer,
        state: object({ waiting: object({ reason: text }) }),
      },
      ['name', 'image', 'imageID', 'ready', 'restartCount'],
    ),
  ),
})

const nodeSpec = object({
  podCIDR: choice('10.1.0.0/24'),
  podCIDRs: list(choice('10.1.0.0/24')),
  providerID: text,
  unschedulable: { type: 'boolean' },
  taints: list(
    object(
      { key: word, value: word, effect: choice('NoSchedule', 'NoExecute', 'PreferNoSchedule') },
      ['key', 'effect'],
    ),
  ),
})

const nodeStatus = object({
  capacity: { type: 'object', properties: { cpu: quantity, memory: quantity } },
  allocatable: { type: 'object', properties: { cpu: quantity, memory: quantity } },
  phase: choice('Running'),
  conditions: list(condition, 'type'),
  addresses: list(
    object({ type: choice('InternalIP', 'Hostname'), address: word }, ['type', 'address']),
  ),
})

const builtIn = (
  given: Pick<FuzzKind, 'kind' | 'plural' | 'schema'> & Partial<FuzzKind>,
): FuzzKind => ({
  name: given.plural,
  apiVersion: 'v1',
  namespaced: true,
  builtIn: true,
  hasStatus: false,
  ...given,
})

export const BUILT_IN_KINDS: readonly FuzzKind[] = [
  builtIn({
    kind: 'ConfigMap',
    plural: 'configmaps',
    // In one that is immutable Go tells an empty map, until it is stored, from none, and calls it a change; the embedded server takes
    // the two for the same. That immutable ones are kept is a case of the conformance suite. Bytes that are null are stored as no bytes
    // and shown as empty ones, so that sending them back unchanged is a change.
    avoids:
      /"immutable":true|"\/immutable","value":true|"binaryData":\{[^}]*null|\/binaryData\/\w+","value":null|"(?:copy|move)"[^}]*\/binaryData\//,
    schema: object({
      data: texts,
      binaryData: { type: 'object', additionalProperties: { type: 'string', enum: ['YWI=', ''] } },
      immutable: { type: 'boolean', enum: [false] },
    }),
  }),
  builtIn({
    kind: 'Pod',
    plural: 'pods',
    hasStatus: true,
    schema: object({ spec: podSpec, status: podStatus }, ['spec']),
    // Where a number comes by apply or strategic merge that 32 bits do not hold, Go takes what they leave of it; here it is refused.
    avoids: /^(?=.*"do":"(?:apply|strategic)").*2147483648/,
    // The test bed has no controller that makes service accounts, and its admission does not fill them in.
    fixedSpec: { serviceAccountName: 'default', serviceAccount: 'default' },
  }),
  builtIn({
    kind: 'Node',
    plural: 'nodes',
    // An `allocatable` that is there and empty is in Go no reason to fill it from `capacity`, until it is stored; the embedded server
    // takes it for none. Nobody writes one.
    avoids: /"allocatable":(?:null|\{\}|\{[^}]*(?:null|\$)[^}]*\})|\/status\/allocatable/,
    namespaced: false,
    hasStatus: true,
    schema: object({ spec: nodeSpec, status: nodeStatus }),
  }),
]
