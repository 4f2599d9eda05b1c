import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonSchema } from '../schema/index.ts'
import {
  buildGroupVersionDocument,
  buildIndex,
  builtinIds,
  compiledBuiltin,
  type DocumentSource,
  decodingProblems,
  fieldSchema,
  lazyDocument,
  referencesIn,
  schemaById,
} from './index.ts'

const POD = { group: '', version: 'v1', kind: 'Pod' }
const LEASE = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' }

const MISSION: JsonSchema = {
  type: 'object',
  properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
}

const SOURCES: readonly DocumentSource[] = [
  {
    groupVersion: { group: '', version: 'v1' },
    resources: [
      { plural: 'pods', kind: 'Pod', namespaced: true, subresources: ['status', 'binding', 'log'] },
      { plural: 'nodes', kind: 'Node', namespaced: false, subresources: ['status'] },
    ],
  },
  {
    groupVersion: { group: 'airforce.airforce.mil', version: 'v1alpha1' },
    resources: [
      { plural: 'missions', kind: 'Mission', namespaced: true, subresources: ['status'] },
    ],
    schemas: { Mission: MISSION },
  },
  {
    groupVersion: { group: 'apiextensions.k8s.io', version: 'v1' },
    resources: [
      { plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false },
    ],
  },
]

function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema {
  const property = schema?.properties?.[name]
  assert.ok(property, name)
  return property
}

describe('built-in schemas', () => {
  it('name nothing that is not there', () => {
    for (const id of builtinIds()) {
      const schema = schemaById(id)
      assert.ok(schema, id)
      for (const used of referencesIn(schema)) assert.ok(schemaById(used), `${id} → ${used}`)
    }
  })

  it('say how lists merge', () => {
    const spec = schemaById('io.k8s.api.core.v1.PodSpec')
    const containers = propertyOf(spec, 'containers')
    assert.equal(containers['x-kubernetes-list-type'], 'map')
    assert.deepEqual(containers['x-kubernetes-list-map-keys'], ['name'])
    assert.equal(containers['x-kubernetes-patch-merge-key'], 'name')
    assert.equal(containers['x-kubernetes-patch-strategy'], 'merge')
    assert.equal(propertyOf(spec, 'volumes')['x-kubernetes-patch-strategy'], 'merge,retainKeys')
    assert.equal(propertyOf(spec, 'tolerations')['x-kubernetes-list-type'], 'atomic')
    assert.equal(propertyOf(spec, 'nodeSelector')['x-kubernetes-map-type'], 'atomic')
    const ports = propertyOf(schemaById('io.k8s.api.core.v1.Container'), 'ports')
    assert.deepEqual(ports['x-kubernetes-list-map-keys'], ['containerPort', 'protocol'])
    assert.equal(ports['x-kubernetes-patch-merge-key'], 'containerPort')
    const meta = schemaById('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')
    assert.equal(propertyOf(meta, 'finalizers')['x-kubernetes-list-type'], 'set')
  })

  it('are found by kind', () => {
    assert.ok(fieldSchema(POD))
    assert.ok(fieldSchema(LEASE))
    assert.ok(fieldSchema({ group: 'events.k8s.io', version: 'v1', kind: 'Event' }))
    assert.equal(fieldSchema({ group: 'x', version: 'v1', kind: 'Pod' }), undefined)
  })

  it('compile, also where they refer to themselves', () => {
    const crd = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' }
    const schema = {
      type: 'object',
      properties: { a: { type: 'object', properties: { b: { type: 'string' } } } },
    }
    const object = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'x' },
      spec: {
        group: 'g',
        names: { kind: 'K', plural: 'ks' },
        scope: 'Cluster',
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
        ],
      },
    }
    const compiled = compiledBuiltin(crd)
    assert.equal(compiled?.normalise(object).value, object)
    assert.deepEqual(compiled?.validate(object), [])
    assert.deepEqual(
      compiled?.unknownFields({
        spec: { versions: [{ schema: { openAPIV3Schema: { properties: { a: { typ: 1 } } } } }] },
      }),
      ['spec.versions[0].schema.openAPIV3Schema.properties.a.typ'],
    )
  })

  it('prune a pod of unknown fields and keep the rest', () => {
    const pod = {
      metadata: { name: 'a', labels: { x: 'y' } },
      spec: { containers: [{ name: 'c', image: 'i', foo: 1 }], bar: 2 },
    }
    const compiled = compiledBuiltin(POD)
    assert.deepEqual(compiled?.unknownFields(pod), ['spec.containers[0].foo', 'spec.bar'])
    assert.deepEqual(compiled?.normalise(pod).value, {
      metadata: { name: 'a', labels: { x: 'y' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    })
  })
})

describe('decodingProblems', () => {
  const ROWS: readonly (readonly [unknown, string])[] = [
    [
      { spec: { containers: 'x' } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      { spec: { containers: [{ name: 1 }] } },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    ],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [{ spec: [] }, 'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec'],
    [
      { spec: { terminationGracePeriodSeconds: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
    ],
    [
      { spec: { containers: [{ resources: { limits: { cpu: 'x' } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ]
  for (const [object, error] of ROWS) {
    it(`says ${error}`, () => assert.equal(decodingProblems(POD, object)?.error, error))
  }

  it('finds nothing wrong with a good pod, and names unknown fields', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { creationTimestamp: null },
      spec: {
        containers: [
          {
            name: 'a',
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { port: 'http' } },
          },
        ],
        x: 1,
      },
    }
    assert.deepEqual(decodingProblems(POD, pod), { unknown: ['spec.x'] })
  })
})

describe('documents', () => {
  for (const source of SOURCES) {
    const { group, version } = source.groupVersion
    it(`refer to nothing outside themselves: ${group}/${version}`, () => {
      const document = buildGroupVersionDocument(source)
      const { schemas } = document.components
      for (const used of JSON.stringify(document).matchAll(
        /"\$ref":"#\/components\/schemas\/([^"]+)"/g,
      )) {
        assert.ok(schemas[used[1] ?? ''], used[1])
      }
    })
  }

  it('say what each operation is and of which kind', () => {
    const document = buildGroupVersionDocument(SOURCES[1] as DocumentSource)
    const path =
      document.paths['/apis/airforce.airforce.mil/v1alpha1/namespaces/{namespace}/missions/{name}']
    const patch = path?.['patch'] as unknown as Record<string, unknown>
    assert.equal(patch['x-kubernetes-action'], 'patch')
    const kind = { group: 'airforce.airforce.mil', version: 'v1alpha1', kind: 'Mission' }
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], kind)
    const schema = document.components.schemas['mil.airforce.airforce.v1alpha1.Mission']
    assert.deepEqual(schema?.['x-kubernetes-group-version-kind'], [kind])
    assert.ok(document.components.schemas['mil.airforce.airforce.v1alpha1.MissionList'])
  })

  it('are built once, and found by their hash', () => {
    const get = lazyDocument(() => SOURCES[1] as DocumentSource)
    assert.equal(get(), get())
    assert.match(get().hash, /^[0-9A-F]{128}$/)
    const index = buildIndex(new Map([['apis/airforce.airforce.mil/v1alpha1', get()]]))
    assert.match(
      index.paths['apis/airforce.airforce.mil/v1alpha1']?.serverRelativeURL ?? '',
      /^\/openapi\/v3\/apis\/airforce\.airforce\.mil\/v1alpha1\?hash=[0-9A-F]+$/,
    )
  })
})
