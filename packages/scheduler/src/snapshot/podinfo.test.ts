import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Container, Pod, Stored } from '@sortie/machinery'
import { infoOf, makeNode, makePod, makeTaskPod, type PodOptions } from './builders.fixtures.ts'
import { podInfo, portsClash } from './podinfo.ts'

const specOf = (spec: object): PodOptions => ({ spec: spec as Partial<Pod['spec']> })
const portsOf = (options: PodOptions) => podInfo(makePod('p', options)).hostPorts

describe('the host ports of a pod', () => {
  const port = { containerPort: 80, hostPort: 8080 }
  const tcp = { ip: '0.0.0.0', protocol: 'TCP', port: 8080 }
  const container = (ports: Container['ports'], more: object = {}) => ({
    name: 'c',
    ports,
    ...more,
  })
  const cases: Readonly<Record<string, readonly [PodOptions, readonly object[]]>> = {
    'are none without ports': [{}, []],
    'are not its containers’ own': [{ ports: [{ containerPort: 80 }] }, []],
    'are those that it asks for, on every address': [{ ports: [port] }, [tcp]],
    'are on the address and of the protocol that it names': [
      { ports: [{ ...port, hostIP: '10.0.0.1', protocol: 'UDP' }] },
      [{ ip: '10.0.0.1', protocol: 'UDP', port: 8080 }],
    ],
    'are all of its containers’ on the host’s network': [
      { ports: [{ containerPort: 80 }], spec: { hostNetwork: true } as Partial<Pod['spec']> },
      [{ ...tcp, port: 80 }],
    ],
    'are those of all containers, and of sidecars that start before them': [
      specOf({
        initContainers: [
          container([port], { restartPolicy: 'Always' }),
          container([{ containerPort: 1, hostPort: 1 }]),
        ],
        containers: [
          container([{ containerPort: 2, hostPort: 2 }]),
          container([{ containerPort: 3, hostPort: 3 }]),
        ],
      }),
      [tcp, { ...tcp, port: 2 }, { ...tcp, port: 3 }],
    ],
  }
  for (const [title, [options, ports]] of Object.entries(cases)) {
    test(title, () => assert.deepEqual(portsOf(options), ports))
  }

  test('clash where number and protocol are equal and the addresses meet', () => {
    const one = { ip: '10.0.0.1', protocol: 'TCP', port: 80 }
    const any = { ...one, ip: '0.0.0.0' }
    const others = [one, any, { ...one, ip: '10.0.0.2' }, { ...one, port: 81 }]
    const other = { ...one, protocol: 'UDP' }
    assert.deepEqual(
      [...others, other].map((two) => portsClash(one, two)),
      [true, true, false, false, false],
    )
    assert.deepEqual(
      [...others, other].map((two) => portsClash(any, two)),
      [true, true, true, false, false],
    )
  })
})

test('where a pod goes depends on others where it has affinities to pods, spreads, or takes host ports', () => {
  const cases: readonly (readonly [PodOptions, boolean])[] = [
    [{}, false],
    [specOf({ affinity: { nodeAffinity: {} } }), false],
    [specOf({ topologySpreadConstraints: [] }), false],
    [specOf({ affinity: { podAffinity: {} } }), true],
    [specOf({ affinity: { podAntiAffinity: {} } }), true],
    [specOf({ topologySpreadConstraints: [{ topologyKey: 'zone', maxSkew: 1 }] }), true],
    [{ ports: [{ containerPort: 80, hostPort: 80 }] }, true],
    [{ ports: [{ containerPort: 80 }] }, false],
  ]
  for (const [options, interacts] of cases) {
    assert.equal(podInfo(makePod('p', options)).interacts, interacts, JSON.stringify(options))
  }
})

describe('the signature of a pod', () => {
  const signatureOf = (options: PodOptions, name = 'p'): string =>
    podInfo(makeTaskPod(name, options)).signature
  const onNodes = specOf({ affinity: { nodeAffinity: {} } })
  const selector = {
    matchLabels: { app: 'a' },
    matchExpressions: [{ key: 'tier', operator: 'Exists' }],
  }
  const term = { topologyKey: 'zone', labelSelector: selector }
  const near = (...terms: readonly object[]) =>
    specOf({
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
    })
  const wish = [{ weight: 1, podAffinityTerm: term }]
  const shy = specOf({
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: wish } },
  })
  const spreading = specOf({ topologySpreadConstraints: [{ ...term, maxSkew: 1 }] })

  test('is the same for pods that can go to the same nodes at the same cost', () => {
    for (const options of [{}, onNodes]) {
      const labelled = { ...options, labels: { app: 'a' } }
      assert.equal(signatureOf(options, 'p'), signatureOf(labelled, 'q'))
    }
  })

  test('takes of the labels those by which the pod selects pods', () => {
    const keyed = near({ ...term, matchLabelKeys: ['run'], mismatchLabelKeys: ['side'] })
    for (const [options, keys] of [
      [near(term), ['app', 'tier']],
      [shy, ['app', 'tier']],
      [spreading, ['app', 'tier']],
      [keyed, ['app', 'tier', 'run', 'side']],
    ] as const) {
      const plain = signatureOf(options)
      assert.equal(signatureOf({ ...options, labels: { flighttask: 't' } }), plain)
      for (const key of keys) {
        assert.notEqual(signatureOf({ ...options, labels: { [key]: 'x' } }), plain, key)
      }
    }
  })

  test('differs with each thing that decides where a pod may go', () => {
    const volumes = (volume: object) => specOf({ volumes: [{ name: 'v', ...volume }] })
    const all: readonly PodOptions[] = [
      {},
      { namespace: 'other' },
      { requests: { cpu: '1' } },
      { ports: [{ containerPort: 80, hostPort: 80 }] },
      specOf({ nodeName: 'n' }),
      specOf({ nodeSelector: { type: 'j20' } }),
      specOf({ tolerations: [{ operator: 'Exists' }] }),
      volumes({ persistentVolumeClaim: { claimName: 'c' } }),
      onNodes,
      near(term),
      { ...near(term), labels: { app: 'a' } },
      shy,
      spreading,
      { ...spreading, labels: { app: 'a' } },
    ]
    assert.equal(new Set(all.map((options) => signatureOf(options))).size, all.length)
    assert.equal(signatureOf(volumes({ emptyDir: {} })), signatureOf({}))
  })
})

test('a pod is described once, and takes a slot where it asks for one', () => {
  const pod: Stored<Pod> = makePod('p')
  assert.equal(podInfo(pod), podInfo(pod))
  assert.equal(podInfo(pod).takesSlot, false)
  assert.equal(podInfo(makeTaskPod('p')).takesSlot, true)
  const none = makePod('p', { requests: { 'aircraft.mil/slot': '0' } })
  assert.equal(podInfo(none).takesSlot, false)
})

test('what aircraft are compared by is read from their labels, and what makes no sense is nothing', () => {
  const factsOf = (labels: Readonly<Record<string, string>>) =>
    infoOf(makeNode('n', { labels })).facts
  assert.deepEqual(factsOf({}), { fuel: 0, hardpoints: 0, capabilities: [] })
  const labels = {
    'aircraft.mil/fuel.level': '70',
    'aircraft.mil/hardpoint.total': '0.5',
    'aircraft.mil/capability.stealth': 'true',
    'aircraft.mil/capability.strike': 'false',
    'aircraft.mil/armed': 'true',
  }
  assert.deepEqual(factsOf(labels), { fuel: 70, hardpoints: 0.5, capabilities: ['stealth'] })
  for (const text of ['-3', 'full', '', 'Infinity']) {
    assert.equal(factsOf({ 'aircraft.mil/fuel.level': text }).fuel, 0, text)
  }
})
