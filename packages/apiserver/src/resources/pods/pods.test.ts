import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answered, PODS, podNamed, startTestServer } from '../../testing/server.ts'

type Fields = Record<string, unknown>

const spec = ({ body }: Answered): Fields => body['spec'] as Fields
const bind = (node: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: 'p', ...more },
  target: { kind: 'Node', name: node },
})

describe('a new pod', () => {
  test('is filled with the defaults of the API server', async () => {
    const { send } = await startTestServer()
    const made = await send(`POST ${PODS}`, podNamed('p'))
    const { tolerations, containers, ...rest } = spec(made)
    assert.deepEqual(rest, {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    })
    assert.deepEqual(containers, [
      {
        name: 'task',
        image: 'busybox:1.36',
        imagePullPolicy: 'IfNotPresent',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ])
    assert.equal((tolerations as unknown[]).length, 2)
    assert.deepEqual(made.body['status'], { phase: 'Pending', qosClass: 'BestEffort' })
    assert.equal(made.body.metadata.generation, 1)
  })

  const images: readonly (readonly [string, string])[] = [
    ['busybox', 'Always'],
    ['busybox:latest', 'Always'],
    ['busybox:1', 'IfNotPresent'],
    ['localhost:5000/busybox', 'Always'],
    ['localhost:5000/busybox:2', 'IfNotPresent'],
    ['busybox@sha256:0123', 'IfNotPresent'],
  ]
  for (const [image, policy] of images) {
    test(`pulls ${image} ${policy}`, async () => {
      const { send } = await startTestServer()
      const made = await send(
        `POST ${PODS}`,
        podNamed('p', { spec: { containers: [{ name: 'c', image }] } }),
      )
      assert.equal((spec(made)['containers'] as Fields[])[0]?.['imagePullPolicy'], policy)
    })
  }

  test('gets requests from limits and a class from both', async () => {
    const { send } = await startTestServer()
    const limits = { cpu: '1', memory: '1Gi' }
    const containers = [{ name: 'c', image: 'i:1', resources: { limits } }]
    const made = await send(`POST ${PODS}`, podNamed('p', { spec: { containers } }))
    const [container] = spec(made)['containers'] as Fields[]
    assert.deepEqual(container?.['resources'], { limits, requests: limits })
    assert.equal((made.body['status'] as Fields)['qosClass'], 'Guaranteed')
  })

  const container = (fields: object): object => ({
    containers: [{ name: 'task', image: 'i:1', ...fields }],
  })
  const invalid: readonly (readonly [string, object, string])[] = [
    ['no containers', { containers: [] }, 'spec.containers: Required value'],
    ['no image', container({ image: '' }), 'spec.containers[0].image: Required value'],
    [
      'a container name that is no label',
      container({ name: 'Bad' }),
      'spec.containers[0].name: Invalid value: "Bad": a lowercase RFC 1123 label',
    ],
    [
      'a restart policy that is none',
      { ...container({}), restartPolicy: 'Sometimes' },
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      'a mount of no volume',
      container({ volumeMounts: [{ name: 'x', mountPath: '/x' }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "x"',
    ],
    [
      'a port out of range',
      container({ ports: [{ containerPort: 70_000 }] }),
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      'a request above its limit',
      container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      'an extended resource without limit',
      container({ resources: { requests: { 'aircraft.mil/slot': '1' } } }),
      'Limit must be set for non overcommitable resources',
    ],
    [
      'a quantity that is none',
      container({ resources: { limits: { cpu: 'x' } } }),
      'quantities must match the regular expression',
    ],
    [
      'a container named twice',
      {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'a', image: 'i' },
        ],
      },
      'spec.containers[1].name: Duplicate value: "a"',
    ],
  ]
  for (const [what, podSpec, message] of invalid) {
    test(`is refused with ${what}`, async () => {
      const { send } = await startTestServer()
      const { status, body } = await send(`POST ${PODS}`, podNamed('p', { spec: podSpec }))
      assert.equal(status === 422 || status === 400, true, String(status))
      assert.ok(String(body['message']).includes(message), String(body['message']))
    })
  }

  test('takes its priority from its class, and is refused with a class that is none', async () => {
    const { send } = await startTestServer()
    await send('POST /apis/scheduling.k8s.io/v1/priorityclasses', {
      metadata: { name: 'high' },
      value: 99,
    })
    const containers = [{ name: 'c', image: 'i' }]
    const made = await send(
      `POST ${PODS}`,
      podNamed('p', { spec: { containers, priorityClassName: 'high' } }),
    )
    assert.equal(spec(made)['priority'], 99)
    const none = await send(
      `POST ${PODS}`,
      podNamed('q', { spec: { containers, priorityClassName: 'none' } }),
    )
    assert.equal(none.status, 403)
    assert.equal(
      none.body['message'],
      'pods "q" is forbidden: no PriorityClass with name none was found',
    )
  })
})

describe('binding', () => {
  test('gives a pod its node, once, with annotations and a condition', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    const bound = await send(`POST ${PODS}/p/binding`, bind('n1', { annotations: { why: 'near' } }))
    assert.equal(bound.status, 201)
    const pod = await send(`GET ${PODS}/p`)
    assert.equal(spec(pod)['nodeName'], 'n1')
    assert.deepEqual(pod.body.metadata.annotations, { why: 'near' })
    const { conditions } = pod.body['status'] as { conditions: Fields[] }
    assert.deepEqual(
      conditions.map((one) => [one['type'], one['status']]),
      [['PodScheduled', 'True']],
    )
    const again = await send(`POST ${PODS}/p/binding`, bind('n2'))
    assert.equal(again.status, 409)
    assert.equal(
      again.body['message'],
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    )
  })

  test('is refused for another uid, a gated pod, a pod that goes, and no pod', async () => {
    const { send } = await startTestServer()
    const containers = [{ name: 'c', image: 'i' }]
    await send(
      `POST ${PODS}`,
      podNamed('p', { spec: { containers, schedulingGates: [{ name: 'wait' }] } }),
    )
    assert.equal((await send(`POST ${PODS}/p/binding`, bind('n1', { uid: 'other' }))).status, 409)
    assert.equal((await send(`POST ${PODS}/p/binding`, bind('n1'))).status, 409)
    assert.equal(
      (await send(`POST ${PODS}/none/binding`, bind('n1', { name: 'none' }))).status,
      404,
    )
    await send(`PATCH ${PODS}/p`, { spec: { schedulingGates: [] } })
    await send(`PATCH ${PODS}/p`, { metadata: { finalizers: ['example.com/hold'] } })
    await send(`DELETE ${PODS}/p`)
    const gone = await send(`POST ${PODS}/p/binding`, bind('n1'))
    assert.match(String(gone.body['message']), /is being deleted, cannot be assigned to a host/)
  })

  test('may be posted to the collection of bindings', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    const posted = await send('POST /api/v1/namespaces/default/bindings', bind('n1'))
    assert.equal(posted.status, 201)
    assert.equal(spec(await send(`GET ${PODS}/p`))['nodeName'], 'n1')
  })
})

describe('an update of a pod', () => {
  const changes: readonly (readonly [string, object, number])[] = [
    ['an image', { containers: [{ name: 'task', image: 'other:2' }] }, 200],
    ['a deadline', { activeDeadlineSeconds: 5 }, 200],
    ['a node', { nodeName: 'n1' }, 422],
    ['a command', { containers: [{ name: 'task', command: ['x'] }] }, 422],
    // Admission puts those that every pod has back.
    ['its tolerations to none', { tolerations: null }, 200],
    ['a scheduler', { schedulerName: 'x' }, 422],
    ['a new gate', { schedulingGates: [{ name: 'x' }] }, 422],
  ]
  for (const [what, change, status] of changes) {
    test(`that changes ${what} is answered ${status}`, async () => {
      const { send } = await startTestServer()
      await send(`POST ${PODS}`, podNamed('p'))
      const patched = await send(`PATCH ${PODS}/p`, { spec: change }, { type: 'strategic-merge' })
      assert.equal(patched.status, status, String(patched.body['message']))
    })
  }

  test('of its status leaves the spec alone', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    const status = { phase: 'Running' }
    const patch = { status, spec: { nodeName: 'n9' } }
    const patched = await send(`PATCH ${PODS}/p/status`, patch)
    assert.equal(spec(patched)['nodeName'], undefined)
    assert.deepEqual(patched.body['status'], { phase: 'Running', qosClass: 'BestEffort' })
    assert.equal(patched.body.metadata.generation, 1)
  })

  test('of its status keeps the class of service', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    const refused = await send(`PATCH ${PODS}/p/status`, { status: { qosClass: 'Burstable' } })
    assert.equal(refused.status, 422)
    assert.match(String(refused.body['message']), /status.qosClass: Invalid value: "Burstable"/)
  })
})

describe('deleting a pod', () => {
  test('without node removes it at once', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    assert.equal((await send(`DELETE ${PODS}/p`)).body['kind'], 'Pod')
    assert.equal((await send(`GET ${PODS}/p`)).status, 404)
  })

  test('on a node waits for the kubelet, and may be made shorter but not longer', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    await send(`POST ${PODS}/p/binding`, bind('n1'))
    const { body } = await send(`DELETE ${PODS}/p`)
    assert.equal(body.metadata.deletionTimestamp, '2026-11-23T10:00:30Z')
    assert.equal(body.metadata.deletionGracePeriodSeconds, 30)
    assert.equal(body.metadata.generation, 3)
    await send(`DELETE ${PODS}/p`, { gracePeriodSeconds: 60 })
    const shorter = await send(`DELETE ${PODS}/p`, { gracePeriodSeconds: 5 })
    assert.equal(shorter.body.metadata.deletionTimestamp, '2026-11-23T10:00:05Z')
    const { uid } = shorter.body.metadata
    const done = await send(`DELETE ${PODS}/p`, { gracePeriodSeconds: 0, preconditions: { uid } })
    assert.equal(done.status, 200)
    assert.equal((await send(`GET ${PODS}/p`)).status, 404)
  })

  test('that has ended removes it at once', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    await send(`POST ${PODS}/p/binding`, bind('n1'))
    await send(`PATCH ${PODS}/p/status`, { status: { phase: 'Succeeded' } })
    await send(`DELETE ${PODS}/p`)
    assert.equal((await send(`GET ${PODS}/p`)).status, 404)
  })
})

describe('eviction', () => {
  test('deletes, unless a disruption budget has none left', async () => {
    const { send } = await startTestServer()
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
    const selector = { matchLabels: { app: 'a' } }
    await send(`POST ${budgets}`, { metadata: { name: 'b' }, spec: { selector, minAvailable: 1 } })
    for (const name of ['p', 'q']) {
      await send(`POST ${PODS}`, podNamed(name, { metadata: { name, labels: { app: 'a' } } }))
      await send(`PATCH ${PODS}/${name}/status`, { status: { phase: 'Running' } })
    }
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }
    const refused = await send(`POST ${PODS}/p/eviction`, eviction)
    assert.equal(refused.status, 429)
    assert.equal(
      refused.body['message'],
      "Cannot evict pod as it would violate the pod's disruption budget.",
    )
    await send(`PATCH ${budgets}/b/status`, { status: { disruptionsAllowed: 1 } })
    assert.equal((await send(`POST ${PODS}/p/eviction`, eviction)).status, 201)
    assert.equal((await send(`GET ${PODS}/p`)).status, 404)
    const { body } = await send(`GET ${budgets}/b`)
    assert.equal((body['status'] as Fields)['disruptionsAllowed'], 0)
  })
})

describe('logs', () => {
  test('come from the log source of the node, with the options of the request', async () => {
    const asked: unknown[] = []
    const { send, transport, settle } = await startTestServer({
      logSource: (request) => {
        if (request.node !== 'n1') return undefined
        asked.push([request.pod, request.container, request.follow, request.tailLines])
        return (sink) => {
          queueMicrotask(() => {
            sink.onChunk(Buffer.from('hello\n'))
            sink.onEnd()
          })
          return { close: () => undefined }
        }
      },
    })
    await send(`POST ${PODS}`, podNamed('p'))
    assert.equal((await send(`GET ${PODS}/p/log`)).body, '' as unknown)
    await send(`POST ${PODS}/p/binding`, bind('n1'))
    let text = ''
    let ended = false
    await transport.stream(
      { method: 'GET', path: `${PODS}/p/log`, query: { follow: 'true', tailLines: '5' } },
      {
        onChunk: (chunk) => {
          text += Buffer.from(chunk).toString()
        },
        onEnd: () => {
          ended = true
        },
      },
    )
    await settle()
    assert.deepEqual([text, ended], ['hello\n', true])
    assert.deepEqual(asked, [['p', 'task', true, 5]])
  })

  test('are refused without a server of the node, and for a container that is none', async () => {
    const { send } = await startTestServer()
    await send(`POST ${PODS}`, podNamed('p'))
    await send(`POST ${PODS}/p/binding`, bind('n1'))
    assert.equal((await send(`GET ${PODS}/p/log`)).status, 503)
    const wrong = await send(`GET ${PODS}/p/log?container=x`)
    assert.equal(wrong.body['message'], 'container x is not valid for pod p')
  })
})
