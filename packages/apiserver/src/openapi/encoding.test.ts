import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodedBuiltin } from './encoding.ts'

const CONFIG_MAP = { group: '', version: 'v1', kind: 'ConfigMap' }
const POD = { group: '', version: 'v1', kind: 'Pod' }
const DEFINITION = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
}

test('empty maps and lists that are optional go, and nulls with them', () => {
  const object = { data: {}, binaryData: { a: 'YQ==' }, immutable: null }
  assert.deepEqual(encodedBuiltin(CONFIG_MAP, object), { binaryData: { a: 'YQ==' } })
  const pod = { spec: { containers: [], volumes: [], nodeSelector: {} } }
  assert.deepEqual(encodedBuiltin(POD, pod), { spec: { containers: [] } })
})

test('nulls within maps and lists are what Go makes of them', () => {
  assert.deepEqual(encodedBuiltin(CONFIG_MAP, { data: { a: null } }), { data: { a: '' } })
  const pod = { spec: { containers: [{ name: 'a', args: [null] }] } }
  assert.deepEqual(encodedBuiltin(POD, pod), {
    spec: { containers: [{ name: 'a', args: [''] }] },
  })
})

test('what is no list or map of the kind stays, however empty', () => {
  const schema = { type: 'object', properties: { a: { type: 'array', default: [] } } }
  const versions = [{ name: 'v1', schema: { openAPIV3Schema: schema } }]
  const object = { spec: { versions } }
  assert.deepEqual(encodedBuiltin(DEFINITION, object), object)
  const volumes = [{ name: 'a', emptyDir: {} }]
  assert.deepEqual(encodedBuiltin(POD, { spec: { volumes } }), { spec: { volumes } })
})

test('an object without anything to leave out is the same object', () => {
  const object = { metadata: { labels: {} }, data: { a: 'b' } }
  assert.equal(encodedBuiltin(CONFIG_MAP, object), object)
})
