import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodedBuiltin } from './encoding.ts'

const CONFIG_MAP = { group: '', version: 'v1', kind: 'ConfigMap' }
const POD = { group: '', version: 'v1', kind: 'Pod' }
const NODE = { group: '', version: 'v1', kind: 'Node' }
const DEFINITION = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
}

test('empty maps and lists that are optional go, and nulls with them', () => {
  const object = { data: {}, binaryData: { a: 'YQ==' }, immutable: null }
  assert.deepEqual(encodedBuiltin(CONFIG_MAP, object), { binaryData: { a: 'YQ==' } })
  const pod = { spec: { containers: [], volumes: [], nodeSelector: {} } }
  assert.deepEqual(encodedBuiltin(POD, pod), { spec: { containers: [] }, status: {} })
})

test('nulls within maps and lists are what Go makes of them', () => {
  assert.deepEqual(encodedBuiltin(CONFIG_MAP, { data: { a: null } }), { data: { a: '' } })
  const pod = { spec: { containers: [{ name: 'a', args: [null] }] } }
  assert.deepEqual(encodedBuiltin(POD, pod), {
    spec: { containers: [{ name: 'a', args: [''], resources: {} }] },
    status: {},
  })
})

test('what is no list or map of the kind stays, however empty', () => {
  const schema = { type: 'object', properties: { a: { type: 'array', default: [] } } }
  const versions = [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
  ]
  const names = { plural: 'as', kind: 'A' }
  const object = { spec: { group: 'a.b', scope: 'Cluster', names, versions } }
  const { status, ...rest } = encodedBuiltin(DEFINITION, object)
  assert.deepEqual(rest, object)
  const nothing = {
    acceptedNames: { kind: '', plural: '' },
    conditions: null,
    storedVersions: null,
  }
  assert.deepEqual(status, nothing)
  const pod = { spec: { containers: [], volumes: [{ name: 'a', emptyDir: {} }] }, status: {} }
  assert.equal(encodedBuiltin(POD, pod), pod)
})

test('what is zero goes where Go leaves it out, and stays where Go holds a pointer', () => {
  const spec = {
    containers: [],
    hostNetwork: false,
    hostname: '',
    terminationGracePeriodSeconds: 0,
  }
  const { spec: encoded } = encodedBuiltin(POD, { spec, status: {} })
  assert.deepEqual(encoded, { containers: [], terminationGracePeriodSeconds: 0 })
})

test('what Go always writes is there, and amounts are canonical', () => {
  const status = {
    capacity: { cpu: '0.5', memory: '1024Mi', pods: null },
    conditions: [{ type: 'Ready', status: 'True' }],
  }
  const encoded = encodedBuiltin(NODE, { status })
  const times = { lastHeartbeatTime: null, lastTransitionTime: null }
  const shown = encoded['status'] as typeof status & { daemonEndpoints: unknown }
  assert.deepEqual(encoded['spec'], {})
  assert.deepEqual(shown.capacity, { cpu: '500m', memory: '1Gi', pods: '0' })
  assert.deepEqual(shown.conditions, [{ type: 'Ready', status: 'True', ...times }])
  assert.deepEqual(shown.daemonEndpoints, { kubeletEndpoint: { Port: 0 } })
})

test('an object without anything to leave out is the same object', () => {
  const object = { metadata: { labels: {} }, data: { a: 'b' } }
  assert.equal(encodedBuiltin(CONFIG_MAP, object), object)
})
