import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LEASES, NODES, PODS } from './core.ts'
import { apiVersionOf, controllerOf, isDeleting, type KubeObject, keyOf, splitKey } from './meta.ts'

const named = (metadata: KubeObject['metadata']): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
})

test('the group of an apiVersion is left out where it is the core’s', () => {
  assert.equal(apiVersionOf(PODS), 'v1')
  assert.equal(apiVersionOf(LEASES), 'coordination.k8s.io/v1')
  assert.deepEqual([PODS.namespaced, NODES.namespaced, LEASES.namespaced], [true, false, true])
})

test('a key is the name, with the namespace before it where there is one', () => {
  assert.equal(keyOf(named({ name: 'a', namespace: 'ns' })), 'ns/a')
  assert.equal(keyOf(named({ name: 'a', namespace: '' })), 'a')
  assert.equal(keyOf(named({ name: 'a' })), 'a')
  assert.equal(keyOf(named({ generateName: 'a-' })), '')
  assert.equal(keyOf(named({ generateName: 'a-', namespace: 'ns' })), 'ns/')
})

test('a key taken apart gives namespace and name back', () => {
  const part = fc.stringMatching(/^[a-z0-9][-a-z0-9.]{0,9}$/)
  fc.assert(
    fc.property(fc.option(part, { nil: '' }), part, (namespace, name) => {
      assert.deepEqual(splitKey(keyOf(named({ name, namespace }))), { namespace, name })
    }),
  )
  assert.deepEqual(splitKey('/a'), { namespace: '', name: 'a' })
})

test('of several owners the one that controls is the controller', () => {
  const owner = (name: string, controller?: boolean) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    name,
    uid: name,
    ...(controller === undefined ? {} : { controller }),
  })
  const owners = [owner('a'), owner('b', false), owner('c', true), owner('d', true)]
  assert.equal(controllerOf(named({ ownerReferences: owners }))?.name, 'c')
  assert.equal(controllerOf(named({ ownerReferences: owners.slice(0, 2) })), undefined)
  assert.equal(controllerOf(named({})), undefined)
})

test('an object is being deleted from when its deletion has a time', () => {
  assert.equal(isDeleting(named({ deletionTimestamp: '2026-11-23T10:00:00Z' })), true)
  assert.equal(isDeleting(named({ finalizers: ['a'] })), false)
})
