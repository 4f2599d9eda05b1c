/** Lists: order, pages, selectors, versions. */
import assert from 'node:assert/strict'
import { type Answer, badRequest, created, ok, refused } from '../answer.ts'
import { type ConformanceContext, casesOf } from '../case.ts'
import { configMap, node, pod, WIDGETS, widget } from '../fixtures.ts'

const namesOf = (answer: Answer): unknown[] =>
  answer.all('items').map((item) => (item as { metadata: { name: string } }).metadata.name)

async function fill({ namespaced }: ConformanceContext, count: number): Promise<void> {
  const maps = namespaced('v1', 'configmaps')
  for (let i = 0; i < count; i++) {
    const labels = { index: String(i), parity: i % 2 === 0 ? 'even' : 'odd' }
    created(await maps.create(configMap(`m${i}`, {}, { labels })))
  }
}

const plain = casesOf('lists', {
  'an empty list has items and a version': async ({ namespaced }) => {
    const answer = ok(await namespaced('v1', 'configmaps').list())
    assert.equal(answer.at('kind'), 'ConfigMapList')
    assert.equal(answer.at('apiVersion'), 'v1')
    assert.deepEqual(answer.at('items'), [])
    assert.match(answer.resourceVersion, /^[1-9]\d*$/)
  },
  'items come by name and without kind and apiVersion of their own': async (context) => {
    const maps = context.namespaced('v1', 'configmaps')
    for (const name of ['c', 'a', 'b']) created(await maps.create(configMap(name)))
    const answer = ok(await maps.list())
    assert.deepEqual(namesOf(answer), ['a', 'b', 'c'])
    assert.equal(answer.at('items.0.kind'), undefined)
    assert.equal(answer.at('items.0.apiVersion'), undefined)
  },
  'items of a custom resource carry kind and apiVersion': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a')))
    const answer = ok(await widgets.list())
    assert.equal(answer.at('kind'), 'WidgetList')
    assert.equal(answer.at('items.0.kind'), 'Widget')
    assert.equal(answer.at('items.0.apiVersion'), WIDGETS)
  },
  'the version of a list is not older than the last write': async ({ namespaced }) => {
    const maps = namespaced('v1', 'configmaps')
    const { resourceVersion } = created(await maps.create(configMap('a')))
    assert.ok(BigInt(ok(await maps.list()).resourceVersion) >= BigInt(resourceVersion))
  },
  'a list over all namespaces has the objects of each': async (context) => {
    await fill(context, 1)
    const answer = ok(await context.cluster('v1', 'configmaps').list())
    const found = answer.all('items').map((item) => (item as { metadata: object }).metadata)
    assert.ok(found.some((meta) => (meta as { namespace: string }).namespace === context.namespace))
  },
  'a list in a namespace that is not there is empty': async ({ send }) => {
    const answer = ok(await send('GET', '/api/v1/namespaces/not-there/configmaps'))
    assert.deepEqual(answer.at('items'), [])
  },
  'a list at version 0 is served': async (context) => {
    const maps = context.namespaced('v1', 'configmaps')
    await fill(context, 2)
    const list = () => maps.list({ resourceVersion: '0' })
    await context.eventually(list, (answer) => namesOf(answer).length === 2)
  },
  'a list at a version is at least as new': async (context) => {
    const maps = context.namespaced('v1', 'configmaps')
    await fill(context, 2)
    const { resourceVersion } = ok(await maps.list())
    const answer = ok(await maps.list({ resourceVersion }))
    assert.equal(namesOf(answer).length, 2)
    assert.ok(BigInt(answer.resourceVersion) >= BigInt(resourceVersion))
  },
  'a list of exactly a version shows the past': async (context) => {
    const maps = context.namespaced('v1', 'configmaps')
    await fill(context, 1)
    const { resourceVersion } = ok(await maps.list())
    created(await maps.create(configMap('later')))
    const query = { resourceVersion, resourceVersionMatch: 'Exact' }
    const answer = ok(await maps.list(query))
    assert.deepEqual(namesOf(answer), ['m0'])
    assert.equal(answer.resourceVersion, resourceVersion)
  },
  'a list at a version far ahead is too large': async ({ namespaced }) => {
    const answer = await namespaced('v1', 'configmaps').list({ resourceVersion: '999999999999' })
    refused(answer, {
      code: 504,
      reason: 'Timeout',
      message: /^Timeout: Too large resource version: 999999999999, current: \d+/,
    })
  },
  'resourceVersionMatch needs a resourceVersion': async ({ namespaced }) => {
    const answer = await namespaced('v1', 'configmaps').list({ resourceVersionMatch: 'Exact' })
    refused(answer, { code: 422, reason: 'Invalid', message: /resourceVersionMatch/ })
  },
  'resourceVersionMatch of an unknown kind is invalid': async ({ namespaced }) => {
    const query = { resourceVersion: '1', resourceVersionMatch: 'Near' }
    refused(await namespaced('v1', 'configmaps').list(query), {
      code: 422,
      reason: 'Invalid',
      message: /resourceVersionMatch/,
    })
  },
  'exactly version 0 is forbidden': async ({ namespaced }) => {
    const query = { resourceVersion: '0', resourceVersionMatch: 'Exact' }
    refused(await namespaced('v1', 'configmaps').list(query), {
      code: 422,
      reason: 'Invalid',
      message: /resourceVersionMatch/,
    })
  },
})

const pages = casesOf('lists: pages', {
  'pages follow each other and cover the list': async (context) => {
    await fill(context, 5)
    const maps = context.namespaced('v1', 'configmaps')
    const first = ok(await maps.list({ limit: '2' }))
    assert.deepEqual(namesOf(first), ['m0', 'm1'])
    assert.equal(first.at('metadata.remainingItemCount'), 3)
    const second = ok(
      await maps.list({ limit: '2', continue: String(first.at('metadata.continue')) }),
    )
    assert.deepEqual(namesOf(second), ['m2', 'm3'])
    assert.equal(second.at('metadata.remainingItemCount'), 1)
    const third = ok(
      await maps.list({ limit: '2', continue: String(second.at('metadata.continue')) }),
    )
    assert.deepEqual(namesOf(third), ['m4'])
    assert.equal(third.at('metadata.continue'), undefined)
    assert.equal(third.at('metadata.remainingItemCount'), undefined)
  },
  'later pages show the state of the first': async (context) => {
    await fill(context, 4)
    const maps = context.namespaced('v1', 'configmaps')
    const first = ok(await maps.list({ limit: '2' }))
    created(await maps.create(configMap('m9')))
    ok(await maps.item('m3').delete())
    const rest = ok(await maps.list({ continue: String(first.at('metadata.continue')) }))
    assert.deepEqual(namesOf(rest), ['m2', 'm3'])
    assert.equal(rest.resourceVersion, first.resourceVersion)
  },
  'a limit that all items fit in gives no token': async (context) => {
    await fill(context, 2)
    const answer = ok(await context.namespaced('v1', 'configmaps').list({ limit: '2' }))
    assert.equal(answer.at('metadata.continue'), undefined)
  },
  'with a selector no remaining count is told': async (context) => {
    await fill(context, 5)
    const query = { limit: '1', labelSelector: 'parity=even' }
    const answer = ok(await context.namespaced('v1', 'configmaps').list(query))
    assert.deepEqual(namesOf(answer), ['m0'])
    assert.equal(answer.at('metadata.remainingItemCount'), undefined)
    const token = String(answer.at('metadata.continue'))
    const rest = await context
      .namespaced('v1', 'configmaps')
      .list({ labelSelector: 'parity=even', continue: token })
    assert.deepEqual(namesOf(ok(rest)), ['m2', 'm4'])
  },
  'a token that is none is refused': async ({ namespaced }) => {
    badRequest(
      await namespaced('v1', 'configmaps').list({ continue: 'nonsense' }),
      /continue key is not valid/,
    )
  },
  'a token with a resourceVersion is refused': async (context) => {
    await fill(context, 2)
    const maps = context.namespaced('v1', 'configmaps')
    const first = ok(await maps.list({ limit: '1' }))
    const query = { continue: String(first.at('metadata.continue')), resourceVersion: '1' }
    badRequest(
      await maps.list(query),
      'specifying resource version is not allowed when using continue',
    )
  },
  'a token whose history is gone is Expired and brings one to go on': async (context) => {
    const { server, namespaced } = context
    if (server.compact === undefined) return
    await fill(context, 4)
    const maps = namespaced('v1', 'configmaps')
    const first = ok(await maps.list({ limit: '2' }))
    created(await maps.create(configMap('m9')))
    await server.compact()
    const token = String(first.at('metadata.continue'))
    const answer = await context.eventually(
      () => maps.list({ continue: token, limit: '2' }),
      ({ status }) => status === 410,
    )
    refused(answer, { code: 410, reason: 'Expired', message: /continue/ })
    const next = ok(await maps.list({ continue: String(answer.at('metadata.continue')) }))
    assert.deepEqual(namesOf(next), ['m2', 'm3', 'm9'])
  },
  'a negative limit is refused or ignored': async (context) => {
    await fill(context, 1)
    const answer = await context.namespaced('v1', 'configmaps').list({ limit: '-1' })
    assert.deepEqual(namesOf(ok(answer)), ['m0'])
  },
  'a limit that is no number is refused': async ({ namespaced }) => {
    badRequest(await namespaced('v1', 'configmaps').list({ limit: 'many' }))
  },
})

const SELECTORS: readonly (readonly [selector: string, names: string])[] = [
  ['parity=even', 'm0 m2 m4'],
  ['parity==odd', 'm1 m3'],
  ['parity!=even', 'm1 m3'],
  ['missing!=x', 'm0 m1 m2 m3 m4'],
  ['index in (1, 2,9)', 'm1 m2'],
  ['index notin (1,2)', 'm0 m3 m4'],
  ['missing notin (1)', 'm0 m1 m2 m3 m4'],
  ['index', 'm0 m1 m2 m3 m4'],
  ['!index', ''],
  ['!missing', 'm0 m1 m2 m3 m4'],
  ['index>2', 'm3 m4'],
  ['index<2', 'm0 m1'],
  ['parity=even,index!=2', 'm0 m4'],
  ['parity in (even),index', 'm0 m2 m4'],
  ['missing=', ''],
]

const selectors = casesOf('lists: selectors', {
  ...Object.fromEntries(
    SELECTORS.map(([labelSelector, expected]) => [
      `the label selector ${labelSelector}`,
      async (context: ConformanceContext) => {
        await fill(context, 5)
        const answer = ok(await context.namespaced('v1', 'configmaps').list({ labelSelector }))
        assert.equal(namesOf(answer).join(' '), expected)
      },
    ]),
  ),
  ...Object.fromEntries(
    ['a b', '=x', 'a in', 'a in (', 'a=b=c', 'index>x', 'a in b', '-a=1'].map((labelSelector) => [
      `the label selector ${labelSelector} is refused`,
      async ({ namespaced }: ConformanceContext) => {
        badRequest(
          await namespaced('v1', 'configmaps').list({ labelSelector }),
          /unable to parse requirement|found|invalid/,
        )
      },
    ]),
  ),
  'the field selector metadata.name': async (context) => {
    await fill(context, 3)
    const maps = context.namespaced('v1', 'configmaps')
    const list = async (fieldSelector: string) => namesOf(ok(await maps.list({ fieldSelector })))
    assert.deepEqual(await list('metadata.name=m1'), ['m1'])
    assert.deepEqual(await list('metadata.name==m1'), ['m1'])
    assert.deepEqual(await list('metadata.name!=m1'), ['m0', 'm2'])
    assert.deepEqual(await list('metadata.name!=m1,metadata.name!=m2'), ['m0'])
    assert.deepEqual(await list(`metadata.name=m1,metadata.namespace=${context.namespace}`), ['m1'])
  },
  'metadata.namespace over all namespaces': async (context) => {
    await fill(context, 2)
    const query = {
      fieldSelector: `metadata.namespace=${context.namespace},metadata.name!=kube-root-ca.crt`,
    }
    const answer = ok(await context.cluster('v1', 'configmaps').list(query))
    assert.deepEqual(namesOf(answer), ['m0', 'm1'])
  },
  'a field that cannot be selected is refused': async ({ namespaced }) => {
    badRequest(
      await namespaced('v1', 'configmaps').list({ fieldSelector: 'data.x=1' }),
      /"data\.x" is not a known field selector: only "metadata\.name", "metadata\.namespace"/,
    )
  },
  'a field selector that is none is refused': async ({ namespaced }) => {
    badRequest(
      await namespaced('v1', 'configmaps').list({ fieldSelector: 'metadata.name' }),
      /invalid selector: 'metadata\.name'; can't understand 'metadata\.name'/,
    )
  },
  'pods by node name, phase and policy': async ({ namespaced }) => {
    const pods = namespaced('v1', 'pods')
    created(await pods.create(pod('a', { nodeName: 'n1' })))
    created(await pods.create(pod('b', { restartPolicy: 'Never', schedulerName: 'mine' })))
    const list = async (fieldSelector: string) => namesOf(ok(await pods.list({ fieldSelector })))
    assert.deepEqual(await list('spec.nodeName=n1'), ['a'])
    assert.deepEqual(await list('spec.nodeName='), ['b'])
    assert.deepEqual(await list('spec.nodeName!='), ['a'])
    assert.deepEqual(await list('status.phase=Pending'), ['a', 'b'])
    assert.deepEqual(await list('status.phase!=Pending'), [])
    assert.deepEqual(await list('spec.restartPolicy=Never'), ['b'])
    assert.deepEqual(await list('spec.schedulerName=mine'), ['b'])
  },
  'nodes by unschedulable': async ({ cluster, unique }) => {
    const nodes = cluster('v1', 'nodes')
    const name = unique('n')
    created(await nodes.create(node(name, { spec: { unschedulable: true } })))
    const list = async (value: string) => {
      const fieldSelector = `metadata.name=${name},spec.unschedulable=${value}`
      return namesOf(ok(await nodes.list({ fieldSelector })))
    }
    assert.deepEqual(await list('true'), [name])
    assert.deepEqual(await list('false'), [])
  },
  'secrets by type': async ({ namespaced }) => {
    const secrets = namespaced('v1', 'secrets')
    created(await secrets.create({ metadata: { name: 'a' } }))
    created(await secrets.create({ metadata: { name: 'b' }, type: 'mine/type' }))
    const answer = await secrets.list({ fieldSelector: 'type=Opaque' })
    assert.deepEqual(namesOf(ok(answer)), ['a'])
  },
  'custom resources by their selectable fields': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    created(await widgets.create(widget('a', { color: 'green', size: 5 })))
    created(await widgets.create(widget('b', { color: 'blue' })))
    created(await widgets.create(widget('c')))
    const list = async (fieldSelector: string) => namesOf(ok(await widgets.list({ fieldSelector })))
    assert.deepEqual(await list('spec.color=green'), ['a'])
    assert.deepEqual(await list('spec.color='), ['c'])
    assert.deepEqual(await list('spec.size=5'), ['a'])
    assert.deepEqual(await list('spec.size=1'), ['b', 'c'])
  },
  'other fields of custom resources cannot be selected': async ({ namespaced }) => {
    const widgets = namespaced(WIDGETS, 'widgets')
    badRequest(
      await widgets.list({ fieldSelector: 'spec.mode=auto' }),
      /field label not supported: spec\.mode/,
    )
  },
  'other fields of pods cannot be selected': async ({ namespaced }) => {
    badRequest(
      await namespaced('v1', 'pods').list({ fieldSelector: 'spec.hostname=x' }),
      /field label not supported: spec\.hostname/,
    )
  },
})

export const LIST_CASES = [...plain, ...pages, ...selectors]
