/** What Go's types make of pods, nodes and patches that random sequences of writes tried (see `fuzz`). */
import assert from 'node:assert/strict'
import { created, invalid, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import type { Item } from '../collection.ts'
import { configMap, node, pod, WIDGETS, widget } from '../fixtures.ts'

const podsOf = ({ namespaced }: ConformanceContext) => namespaced('v1', 'pods')
const nodesOf = ({ cluster }: ConformanceContext) => cluster('v1', 'nodes')

async function seededPod(context: ConformanceContext, spec: object = {}): Promise<Item> {
  created(await podsOf(context).create(pod('a', spec)))
  return podsOf(context).item('a')
}

async function seededNode(context: ConformanceContext, more: object = {}): Promise<Item> {
  const name = context.unique('node')
  created(await nodesOf(context).create(node(name, more)))
  return nodesOf(context).item(name)
}

const forms = casesOf('fuzzed: forms of built-in kinds', {
  'what is false or empty and no pointer is left out': async (context) => {
    const spec = {
      hostNetwork: false,
      hostname: '',
      nodeSelector: {},
      terminationGracePeriodSeconds: 0,
    }
    const item = await seededPod(context, spec)
    const answer = ok(await item.get())
    for (const field of ['hostNetwork', 'hostname', 'nodeSelector']) {
      assert.equal(answer.at(`spec.${field}`), undefined)
    }
    assert.equal(answer.at('spec.terminationGracePeriodSeconds'), 0)
  },
  'a condition has its times, and a node its ports': async (context) => {
    const conditions = [{ type: 'Ready', status: 'True' }]
    const answer = ok(await (await seededNode(context, { status: { conditions } })).get())
    assert.equal(answer.at('status.conditions.0.lastHeartbeatTime'), null)
    assert.deepEqual(answer.at('status.daemonEndpoints'), { kubeletEndpoint: { Port: 0 } })
    assert.equal(answer.at('status.nodeInfo.kubeletVersion'), '')
  },
  'amounts are canonical, and what a node can do it may do': async (context) => {
    const capacity = { cpu: '0.5', memory: '1024Mi' }
    const answer = ok(await (await seededNode(context, { status: { capacity } })).get())
    for (const list of ['capacity', 'allocatable']) {
      assert.deepEqual(answer.at(`status.${list}`), { cpu: '500m', memory: '1Gi' })
    }
  },
  'bytes may be a list of numbers': async (context) => {
    const maps = context.namespaced('v1', 'configmaps')
    const body = { ...configMap('bytes'), binaryData: { a: [104, 105] } }
    assert.deepEqual(created(await maps.create(body)).at('binaryData'), { a: 'aGk=' })
  },
})

const nodes = casesOf('fuzzed: nodes', {
  'a range stands by itself and in the list, and stays': async (context) => {
    const item = await seededNode(context, { spec: { podCIDR: '10.9.0.0/24' } })
    assert.deepEqual(ok(await item.get()).at('spec.podCIDRs'), ['10.9.0.0/24'])
    const answer = await item.merge({ spec: { podCIDR: '10.8.0.0/24', podCIDRs: null } })
    refused(answer, { code: 422, reason: 'Invalid', message: /may not change podCIDR/ })
  },
  'two ranges of a family are too many, and what is no range is none': async (context) => {
    const make = (podCIDRs: string[]) =>
      nodesOf(context).create(node(context.unique('bad'), { spec: { podCIDRs } }))
    invalid(await make(['10.1.0.0/24', '10.2.0.0/24']), ['spec.podCIDRs', 'FieldValueInvalid'])
    invalid(await make(['x']), ['spec.podCIDRs[0]', 'FieldValueInvalid', /valid CIDR/])
  },
  'taints are judged by key, value and effect': async (context) => {
    const make = (...taints: object[]) =>
      nodesOf(context).create(node(context.unique('bad'), { spec: { taints } }))
    const taint = { key: 'a', effect: 'NoSchedule' }
    invalid(await make({ key: 'a' }), ['metadata.taints[0].effect', 'FieldValueRequired'])
    invalid(await make({ ...taint, value: '-' }), ['metadata.taints[0].value', 'FieldValueInvalid'])
    const twice = ['metadata.taints[1]', 'FieldValueDuplicate', /"Key":"a".*unique by key/] as const
    invalid(await make(taint, taint), twice)
  },
  'its status may change its owners, that of a pod may not': async (context) => {
    const owner = { apiVersion: 'none.test/v1', kind: 'None', name: 'a', uid: '1' }
    const patch = { metadata: { ownerReferences: [owner] } }
    const item = await seededNode(context)
    const answer = ok(await item.sub('status').merge(patch))
    assert.deepEqual(answer.at('metadata.ownerReferences'), [owner])
    const kept = ok(await (await seededPod(context)).sub('status').merge(patch))
    assert.equal(kept.at('metadata.ownerReferences'), undefined)
  },
  'a status that is applied comes with a new node': async (context) => {
    const name = context.unique('applied')
    const body = node(name, { status: { phase: 'Running' } })
    const answer = created(await nodesOf(context).item(name).apply(body))
    assert.equal(answer.at('status.phase'), 'Running')
  },
})

const port = { containerPort: 80 }
const container = (more: object = {}): object => ({ name: 'main', image: 'busybox:1', ...more })

const pods = casesOf('fuzzed: pods', {
  'a port on the node’s network is the node’s': async (context) => {
    const spec = { hostNetwork: true, containers: [container({ ports: [port] })] }
    const item = await seededPod(context, spec)
    assert.equal(ok(await item.get()).at('spec.containers.0.ports.0.hostPort'), 80)
  },
  'tolerations that every pod has come back': async (context) => {
    const item = await seededPod(context)
    const answer = ok(await item.patch('strategic', { spec: { tolerations: null } }))
    assert.equal(answer.all('spec.tolerations').length, 2)
  },
  'containers are neither added nor removed': async (context) => {
    const item = await seededPod(context)
    const patch = { spec: { containers: [{ name: 'more', image: 'b' }] } }
    const answer = await item.patch('strategic', patch)
    invalid(answer, ['spec.containers', 'FieldValueForbidden', /may not add or remove/])
  },
  'a toleration for a time is for evictions': async (context) => {
    const tolerations = [
      { key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 5 },
    ]
    const answer = await podsOf(context).create(pod('a', { tolerations }))
    invalid(answer, ['spec.tolerations[0].effect', 'FieldValueInvalid', /'NoExecute' when/])
  },
  'the class of service stays': async (context) => {
    const item = await seededPod(context)
    const answer = await item.sub('status').merge({ status: { qosClass: 'Guaranteed' } })
    invalid(answer, ['status.qosClass', 'FieldValueInvalid', /immutable/])
  },
  'its addresses are addresses, the single one and the list': async (context) => {
    const status = (await seededPod(context)).sub('status')
    const answer = ok(await status.merge({ status: { podIP: '10.0.0.9' } }))
    assert.deepEqual(answer.at('status.podIPs'), [{ ip: '10.0.0.9' }])
    invalid(await status.merge({ status: { podIP: 'x' } }), [
      'status.podIPs[0]',
      'FieldValueInvalid',
    ])
  },
  'names that hide each other are warned of': async (context) => {
    const env = [
      { name: 'a', value: '1' },
      { name: 'a', value: '2' },
    ]
    const ports = [port, port]
    const answer = created(
      await podsOf(context).create(pod('a', { containers: [container({ env, ports })] })),
    )
    assert.match(answer.headers['warning'] ?? '', /hides previous definition/)
    assert.match(answer.headers['warning'] ?? '', /duplicate port definition/)
  },
})

const strategic = casesOf('fuzzed: strategic merge patches', {
  'what is new comes before what the patch does not name': async (context) => {
    const maps = context.namespaced('v1', 'configmaps')
    const finalizers = ['a.b/1']
    created(await maps.create({ ...configMap('a'), metadata: { name: 'a', finalizers } }))
    const patch = { metadata: { finalizers: ['a.b/2'] } }
    const answer = ok(await maps.item('a').patch('strategic', patch))
    assert.deepEqual(answer.at('metadata.finalizers'), ['a.b/2', 'a.b/1'])
    ok(await maps.item('a').merge({ metadata: { finalizers: null } }))
  },
  'an object with $patch delete is emptied, and one that is new and directed stays away': async (
    context,
  ) => {
    const maps = context.namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { a: '1' })))
    const patch = { data: { $patch: 'delete' }, binaryData: { $patch: 'replace', b: 'aGk=' } }
    const answer = ok(await maps.item('a').patch('strategic', patch))
    assert.equal(answer.at('data'), undefined)
    assert.equal(answer.at('binaryData'), undefined)
  },
  'kept keys name all that the patch sets': async (context) => {
    const maps = context.namespaced('v1', 'configmaps')
    created(await maps.create(configMap('a', { a: '1', b: '2' })))
    const patch = (data: object) => maps.item('a').patch('strategic', { data })
    const refusal = {
      code: 400,
      reason: 'BadRequest',
      message: 'invalid patch format of retainKeys',
    }
    refused(await patch({ $retainKeys: ['a'], c: '3' }), refusal)
    assert.deepEqual(ok(await patch({ $retainKeys: ['a'] })).at('data'), { a: '1' })
  },
  'an order is one of what the patch has': async (context) => {
    const item = await seededPod(context)
    const order = [{ name: 'main' }, { name: 'more' }]
    const containers = [{ name: 'more' }, { name: 'main' }]
    const patch = { spec: { '$setElementOrder/containers': order, containers } }
    const answer = await item.patch('strategic', patch)
    assert.equal(answer.status, 500)
    assert.match(String(answer.at('message')), /The order in patch list/)
  },
})

const widgets = casesOf('fuzzed: custom resources', {
  'an owner that comes twice comes once, with a warning': async ({ namespaced }) => {
    const one = { apiVersion: 'none.test/v1', kind: 'None', name: 'a', uid: '1' }
    const metadata = { name: 'a', ownerReferences: [one, one] }
    const answer = created(
      await namespaced(WIDGETS, 'widgets').create({ ...widget('a'), metadata }),
    )
    assert.deepEqual(answer.at('metadata.ownerReferences'), [one])
    assert.match(answer.headers['warning'] ?? '', /duplicate UID\(s\) observed: 1/)
  },
  'an item of a list is known by a null key too': async ({ namespaced }) => {
    const item = namespaced(WIDGETS, 'widgets').item('a')
    const answer = await item.apply(widget('a', { parts: [{ id: null }] }))
    assert.equal(answer.status, 422)
    assert.match(
      String(answer.at('message')),
      /spec\.parts\[0\]\.id in body must be of type string/,
    )
  },
  'an empty list goes with the object that an apply takes the rest out of': async ({
    namespaced,
  }) => {
    const item = namespaced(WIDGETS, 'widgets').item('a')
    created(await item.apply(widget('a', { nested: { deep: { level: 4 } } })))
    const answer = ok(await item.apply(widget('a', { tags: [] })))
    assert.equal(answer.at('spec.nested'), undefined)
    assert.equal(answer.at('spec.tags'), undefined)
  },
})

export const BUILT_IN_FORM_CASES = [...forms, ...nodes, ...pods, ...strategic, ...widgets]
