/** The custom resources that the suite defines for itself: Widget with everything, Gadget plain and without namespace, Gizmo in two versions. */
import type { JsonObject } from '@sortie/machinery'
import { answerOf } from './answer.ts'
import type { ConformanceServer } from './case.ts'

export const GROUP = 'conformance.sortie.test'
export const WIDGETS = `${GROUP}/v1`

const string = { type: 'string' } as const
const integer = { type: 'integer' } as const

const spec = {
  type: 'object',
  'x-kubernetes-validations': [
    {
      rule: '!has(self.min) || !has(self.max) || self.min <= self.max',
      message: 'min must not exceed max',
      fieldPath: '.max',
      reason: 'FieldValueInvalid',
    },
    { rule: '!has(oldSelf.frozen) || has(self.frozen)', message: 'frozen must stay' },
    {
      rule: "!has(self.color) || self.color != 'red' || self.size < 50",
      messageExpression: "self.size > 90 ? 'red may not be huge' : 'red may not be large'",
    },
  ],
  properties: {
    size: { ...integer, minimum: 0, maximum: 100, default: 1 },
    replicas: integer,
    color: { ...string, enum: ['red', 'green', 'blue'] },
    name: { ...string, minLength: 1, maxLength: 10, pattern: '^[a-z]+$' },
    mode: { ...string, default: 'auto' },
    even: { ...integer, multipleOf: 2 },
    ratio: { type: 'number' },
    flag: { type: 'boolean' },
    when: { ...string, format: 'date-time' },
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', maxItems: 5, items: string },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: {
        type: 'object',
        required: ['id'],
        properties: { id: string, weight: { ...integer, default: 1 }, note: string },
      },
    },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        required: ['port'],
        properties: { port: integer, protocol: { ...string, default: 'TCP' }, name: string },
      },
    },
    blob: { type: 'array', items: string, minItems: 1 },
    labels: { type: 'object', additionalProperties: string, maxProperties: 3 },
    point: {
      type: 'object',
      'x-kubernetes-map-type': 'atomic',
      properties: { x: integer, y: integer },
    },
    nested: {
      type: 'object',
      properties: {
        deep: { type: 'object', default: {}, properties: { level: { ...integer, default: 3 } } },
      },
    },
    free: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { known: integer },
    },
    either: { 'x-kubernetes-int-or-string': true },
    maybe: { ...string, nullable: true },
    maybeDefault: { ...string, nullable: true, default: 'd' },
    frozen: {
      ...string,
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'frozen may not change' }],
    },
    counter: {
      ...integer,
      'x-kubernetes-validations': [
        { rule: 'self >= oldSelf', message: 'the counter may not fall' },
      ],
    },
    words: {
      type: 'array',
      maxItems: 5,
      items: { ...string, nullable: true },
      'x-kubernetes-validations': [{ rule: "self.map(x, x + 's').size() < 3", message: 'words' }],
    },
    min: integer,
    max: integer,
    template: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
  },
}

const status = {
  type: 'object',
  properties: {
    phase: string,
    replicas: integer,
    selector: string,
    observed: integer,
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status'],
        properties: { type: string, status: { ...string, enum: ['True', 'False', 'Unknown'] } },
      },
    },
  },
}

const openSpec = (properties: JsonObject): JsonObject => ({
  openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
})

interface Naming {
  readonly plural: string
  readonly kind: string
  readonly scope: 'Namespaced' | 'Cluster'
  readonly group?: string
  readonly more?: JsonObject
}

/** A CustomResourceDefinition of the suite's group. */
export function definitionOf(naming: Naming, versions: readonly object[]): JsonObject {
  const { plural, kind, scope, group = GROUP, more } = naming
  const names = { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List`, ...more }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope, names, versions: versions as readonly JsonObject[] },
  }
}

const widgets = definitionOf(
  {
    plural: 'widgets',
    kind: 'Widget',
    scope: 'Namespaced',
    more: { shortNames: ['wdg'], categories: ['toys'] },
  },
  [
    {
      name: 'v1',
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          description: 'A widget.',
          properties: { spec, status },
        },
      },
      subresources: {
        status: {},
        scale: {
          specReplicasPath: '.spec.replicas',
          statusReplicasPath: '.status.replicas',
          labelSelectorPath: '.status.selector',
        },
      },
      selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }],
      additionalPrinterColumns: [
        { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'How big.' },
        { name: 'Color', type: 'string', jsonPath: '.spec.color', priority: 1 },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
    },
  ],
)

const gadgets = definitionOf({ plural: 'gadgets', kind: 'Gadget', scope: 'Cluster' }, [
  { name: 'v1', served: true, storage: true, schema: openSpec({ text: string, size: integer }) },
])

const gizmos = definitionOf({ plural: 'gizmos', kind: 'Gizmo', scope: 'Namespaced' }, [
  {
    name: 'v1beta1',
    served: true,
    storage: false,
    deprecated: true,
    schema: openSpec({ text: string }),
  },
  { name: 'v1', served: true, storage: true, schema: openSpec({ text: string }) },
  { name: 'v2alpha1', served: false, storage: false, schema: openSpec({ text: string }) },
])

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const PATIENCE_MS = 30_000

/** Defines the suite's own kinds and waits until the server serves them. */
export async function createFixtures({ admin }: ConformanceServer): Promise<void> {
  for (const body of [widgets, gadgets, gizmos]) {
    const answer = answerOf(await admin.request({ method: 'POST', path: DEFINITIONS, body }))
    if (answer.status !== 201 && answer.status !== 409) {
      throw new Error(`a definition is refused: ${JSON.stringify(answer.body)}`)
    }
  }
  const deadline = performance.now() + PATIENCE_MS
  for (const plural of ['widgets', 'gadgets', 'gizmos']) {
    for (;;) {
      const path = `/apis/${WIDGETS}/${plural}`
      if ((await admin.request({ method: 'GET', path })).status === 200) break
      if (performance.now() > deadline) throw new Error(`${plural} are not served`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** A Widget of that name. */
export const widget = (name: string, content: object = {}, more: object = {}): object => ({
  apiVersion: WIDGETS,
  kind: 'Widget',
  metadata: { name },
  spec: content,
  ...more,
})

/** A ConfigMap of that name. */
export const configMap = (
  name: string,
  data: Readonly<Record<string, string>> = {},
  metadata: object = {},
): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data })

/** A Pod of that name with one container. */
export const pod = (name: string, podSpec: object = {}, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'busybox' }], ...podSpec },
})

export const node = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  ...more,
})
