/** The parts at work on the embedded server, their requests held against the rights that the installation gives them. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { parseManifests, WEAPONS } from '@sortie/api'
import { createClient } from '@sortie/client'
import { createFleet, DEFAULT_FLEET, FLEET_LABEL } from '@sortie/fleet'
import { type KubeObject, NODES, silentLogger } from '@sortie/machinery'
import { createOperator } from '@sortie/operator'
import { observeRequests, type RequestAttributes, runAll } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { applyDocuments } from '../manifests/apply.ts'
import { FLEET_RULES, fleetManifests } from './fleet.ts'
import { DEFAULT_SETTINGS, nameOf, PARTS, type PartName } from './manifest.ts'
import { onMachines, SIMULATED } from './placement.ts'
import { leaseRules, PART_RIGHTS, type Rule } from './rights.ts'
import { workloads } from './workloads.ts'

const EXAMPLES = join(import.meta.dirname, '../../../../examples')
const NAMESPACE = DEFAULT_SETTINGS.namespace

/** `patch pods/status`, with the group before it where there is one. */
function wordsOf({ verb, group, resource, subresource }: RequestAttributes): string {
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  return group === '' ? `${verb} ${full}` : `${verb} ${group}/${full}`
}

function rightsOf(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((full) => {
        const [resource = '', subresource = ''] = full.split('/')
        const rest = { group, resource, subresource, namespace: '', name: '' }
        return verbs.map((verb) => wordsOf({ verb, ...rest }))
      }),
    ),
  )
}

function allRights(part: PartName): ReadonlySet<string> {
  const { cluster, namespaced } = PART_RIGHTS[part]
  const lease = leaseRules(nameOf(DEFAULT_SETTINGS, part))
  return new Set(rightsOf([...cluster, ...namespaced, ...lease]))
}

/** What no example needs, and when it is needed; events are patched when they are said again. */
const RARE: Readonly<Record<PartName, readonly string[]>> = {
  operator: [
    // A pod that is gone from the cache is asked for by name; a create that met an object of the same name looks whose it is.
    ...['get pods', 'get nodes'],
    ...['get airforce.airforce.mil/missionstages', 'get airforce.airforce.mil/flighttasks'],
    // A plan that changes drops stages and tasks.
    ...['delete airforce.airforce.mil/missionstages', 'delete airforce.airforce.mil/flighttasks'],
    'patch events',
  ],
  scheduler: [
    // A binding whose answer was lost.
    'get pods',
    'patch events',
  ],
}

type Seen = ReadonlyMap<PartName | 'fleet', readonly RequestAttributes[]>

async function fly(): Promise<Seen> {
  const cluster = await startTestCluster()
  const { clock, random, client } = cluster
  const seen = new Map<PartName | 'fleet', RequestAttributes[]>(
    [...PARTS, 'fleet' as const].map((part) => [part, []]),
  )
  const deps = (part: PartName | 'fleet') => {
    const transport = observeRequests(cluster.server.transport(), clock, (attributes) =>
      seen.get(part)?.push(attributes),
    )
    const partClient = createClient(transport, { clock, random, fieldManager: part })
    return { client: partClient, clock, random, log: silentLogger }
  }
  const election = (part: PartName) => ({
    leaderElection: { namespace: NAMESPACE, name: nameOf(DEFAULT_SETTINGS, part), identity: 'a' },
  })
  await client
    .resource({
      group: '',
      version: 'v1',
      plural: 'namespaces',
      kind: 'Namespace',
      namespaced: false,
    })
    .create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE },
    })
  const stop = new AbortController()
  const running = runAll(
    [
      createFleet({ ...deps('fleet'), fleet: DEFAULT_FLEET }),
      createOperator({ ...deps('operator'), ...election('operator') }),
      createScheduler({ ...deps('scheduler'), config: election('scheduler') }),
    ],
    stop.signal,
  )
  await clock.advance(2000)
  await use(cluster)
  stop.abort()
  await clock.advance(5000)
  await running
  await cluster.stop()
  return seen
}

/** Flies the examples (not the thousand tasks of one), and does what people do meanwhile. */
async function use({ client, clock }: TestCluster): Promise<void> {
  const documents = globSync('0*/*.yaml', {
    cwd: EXAMPLES,
    exclude: ['005-thousand-tasks/**'],
  }).flatMap((file) => parseManifests(readFileSync(join(EXAMPLES, file), 'utf8'), file).documents)
  const { failures } = await applyDocuments({ client, namespace: 'default' }, documents, {})
  assert.deepEqual(failures, [])
  // As nodes of the earlier system are: labelled, and without the resources of an aircraft.
  const { status: _, ...bare } = makeAircraft('bare')
  await client.resource(NODES).create(bare)
  await clock.advance(4000)
  const body = {
    spec: { image: { tag: 'v2' }, updateStrategy: { type: 'HotReload' } },
  }
  for (const { metadata } of (await client.resource(WEAPONS).list()).items) {
    await client.resource(WEAPONS).patch(metadata, { type: 'merge', body })
  }
  await clock.advance(60_000)
  const short = {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'Mission',
    metadata: { name: 'short', namespace: 'default' },
    spec: {
      ttlSecondsAfterFinished: 1,
      stages: [{ name: 'one', flightTasks: [{ aircraft: 'j20', count: 40 }] }],
    },
  }
  const missions = { group: 'airforce.airforce.mil', version: 'v1alpha1', plural: 'missions' }
  const type = { ...missions, kind: 'Mission', namespaced: true }
  await client.resource(type).create(short as KubeObject)
  await clock.advance(3000)
  await client
    .resource(type)
    .patch(
      { namespace: 'default', name: 'short' },
      { type: 'merge', body: { spec: { cancel: true } } },
    )
  await clock.advance(120_000)
}

describe('rights', () => {
  let seen: Seen
  before(async () => {
    seen = await fly()
  })

  test('simulated aircraft ask for nothing that config/fleet does not give, but to tell their usage', () => {
    const granted = new Set(rightsOf(FLEET_RULES))
    // Discovery is everybody's.
    const asked = seen.get('fleet')?.filter(({ resource }) => resource !== '')
    const used = new Set(asked?.map(wordsOf))
    assert.ok(used.has('create nodes') && used.has('patch pods/status'))
    assert.deepEqual(
      // Only the embedded server takes it, and says so by discovery.
      [...used].filter((words) => !granted.has(words) && !words.includes('metrics.k8s.io')),
      [],
    )
  })

  test('pods of the installation keep off the nodes that a fleet simulates', () => {
    assert.equal(SIMULATED, FLEET_LABEL.key)
    const pods = [...workloads(DEFAULT_SETTINGS), ...fleetManifests(DEFAULT_SETTINGS)].filter(
      ({ kind }) => kind === 'Deployment',
    )
    assert.equal(pods.length, 4)
    for (const pod of pods) assert.ok(JSON.stringify(pod).includes(JSON.stringify(onMachines())))
  })

  for (const part of PARTS) {
    test(`the ${part} asks for nothing that it has no right to`, () => {
      const granted = allRights(part)
      const used = new Set(seen.get(part)?.map(wordsOf))
      assert.ok(used.size > 6)
      assert.deepEqual(
        [...used].filter((words) => !granted.has(words)),
        [],
      )
    })

    test(`the ${part} has no right that it does not use, but for rare cases that are named`, () => {
      const used = new Set([...(seen.get(part)?.map(wordsOf) ?? []), ...RARE[part]])
      // A server that does not stream lists, or has lost the history, is listed.
      const isUsed = (words: string): boolean =>
        used.has(words) || (words.startsWith('list ') && used.has(words.replace('list', 'watch')))
      const unused = [...allRights(part)].filter((words) => !isUsed(words))
      assert.deepEqual(unused, [])
    })

    test(`the ${part} writes no lease but its own`, () => {
      const leases = seen.get(part)?.filter(({ resource }) => resource === 'leases') ?? []
      assert.ok(leases.length > 0)
      for (const { namespace, name, verb } of leases) {
        assert.equal(namespace, NAMESPACE)
        if (verb !== 'create') assert.equal(name, nameOf(DEFAULT_SETTINGS, part))
      }
    })
  }
})
