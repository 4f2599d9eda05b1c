/** The access gate, held against what the API server itself gives a person: random roles, taken away and given. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  BATCH_MILLIS,
  FLIGHT_TASKS,
  GROUP,
  MISSION_STAGES,
  MISSIONS,
  type RowKind,
  VERSION,
  WEAPONS,
} from '@sortie/api'
import {
  type KubeObject,
  NAMESPACES,
  type ResourceType,
  statusError,
  type Transport,
  TransportError,
} from '@sortie/machinery'
import fc from 'fast-check'
import type { Held, Stream } from '../testing/browser.ts'
import {
  binding,
  mission,
  ROLE_BINDINGS,
  ROLES,
  role,
  stage,
  task,
  weapon,
} from '../testing/objects.ts'
import { type Site, startSite, until } from '../testing/site.ts'
import { REVIEW_MILLIS } from './gate.ts'

const SPACES = ['north', 'south', 'east', 'west', 'home'] as const
const KINDS = ['missions', 'stages', 'tasks', 'weapons'] as const satisfies readonly RowKind[]
type Kind = (typeof KINDS)[number]
const TYPES: Readonly<Record<Kind, ResourceType>> = {
  missions: MISSIONS,
  stages: MISSION_STAGES,
  tasks: FLIGHT_TASKS,
  weapons: WEAPONS,
}
const MAKERS: Readonly<Record<Kind, (name: string, namespace: string) => KubeObject>> = {
  missions: (name, namespace) => mission(name, namespace),
  stages: (name, namespace) => stage(name, 'm', namespace),
  tasks: (name, namespace) => task(name, { namespace }),
  weapons: (name, namespace) => weapon(name, namespace),
}

/** What a role of a person says of one kind. */
const VERBS = [
  ['list', 'watch'],
  ['get', 'list', 'watch'],
  ['*'],
  ['list'],
  ['watch'],
  ['get'],
  [],
] as const
const GROUPS = [[GROUP], ['*'], ['apps']] as const

interface RoleSpec {
  readonly namespace: (typeof SPACES)[number]
  readonly kinds: readonly Kind[]
  readonly verbs: readonly string[]
  readonly groups: readonly string[]
  readonly names: boolean
}

const roleSpec = fc.record<RoleSpec>({
  namespace: fc.constantFrom(...SPACES),
  kinds: fc.subarray([...KINDS], { minLength: 1 }),
  verbs: fc.constantFrom(...VERBS),
  groups: fc.constantFrom(...GROUPS, GROUPS[0], GROUPS[0]),
  names: fc.nat(3).map((one) => one === 0),
})

const sites = new Map<'hub' | 'strict', Site>()
let people = 0
before(async () => {
  for (const mode of ['hub', 'strict'] as const) {
    const site = await startSite({ mode })
    sites.set(mode, site)
    for (const name of SPACES) {
      await site.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      for (const kind of KINDS) {
        await site.create(TYPES[kind], MAKERS[kind](`${kind}-in-${name}`, name))
      }
    }
    await letListNamespaces(site)
  }
})
after(async () => {
  for (const site of sites.values()) await site.stop()
})

/** Everybody may see which namespaces there are: without, only a named one is asked about. */
async function letListNamespaces({ cluster }: Site): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list'] }]
  const api = '/apis/rbac.authorization.k8s.io/v1'
  const shared = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'spaces' } }
  const role = { ...shared, kind: 'ClusterRole', rules }
  const everybody = {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Group',
    name: 'system:authenticated',
  }
  const bound = {
    ...shared,
    kind: 'ClusterRoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'spaces' },
    subjects: [everybody],
  }
  await cluster.client.raw({ method: 'POST', path: `${api}/clusterroles`, body: role })
  await cluster.client.raw({ method: 'POST', path: `${api}/clusterrolebindings`, body: bound })
}

let roles = 0

/** What is returned are the bindings, as `namespace/name`. */
async function give(site: Site, person: string, specs: readonly RoleSpec[]): Promise<string[]> {
  const names: string[] = []
  for (const { namespace, kinds, verbs, groups, names: few } of specs) {
    const name = `${person}-${++roles}`
    const rule = {
      apiGroups: groups,
      resources: kinds.map((kind) => TYPES[kind].plural),
      verbs: verbs.length === 0 ? ['delete'] : verbs,
      ...(few ? { resourceNames: ['somebody'] } : {}),
    }
    await site.create(ROLES, role(name, namespace, [rule]))
    await site.create(ROLE_BINDINGS, binding(name, namespace, person))
    names.push(`${namespace}/${name}`)
  }
  return names
}

/** Names of the objects that the person's own LIST returns, where the person may watch them too. */
async function listed(site: Site, person: string, kind: Kind): Promise<string[]> {
  const transport = site.cluster.server.transport({
    name: person,
    groups: ['system:authenticated'],
  })
  const found: string[] = []
  for (const namespace of SPACES) {
    const path = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/${TYPES[kind].plural}`
    const { status, body } = await transport.request({ method: 'GET', path })
    if (status !== 200 || !(await mayWatch(transport, path))) continue
    for (const { metadata } of (body as { items: KubeObject[] }).items)
      found.push(metadata.name ?? '')
  }
  await transport.close()
  return found.sort()
}

async function mayWatch(transport: Transport, path: string): Promise<boolean> {
  try {
    const request = { method: 'GET', path, query: { watch: 'true' } } as const
    ;(await transport.watch(request, { onEvent() {}, onEnd() {} })).close()
    return true
  } catch {
    return false
  }
}

async function open(site: Site, person: string): Promise<[Stream, Map<Kind, Held>]> {
  const stream = await (await site.signIn(`token-${person}`)).stream()
  const held = new Map<Kind, Held>()
  for (const kind of KINDS) held.set(kind, await stream.show(kind))
  return [stream, held]
}

async function assertShown(
  site: Site,
  person: string,
  held: ReadonlyMap<Kind, Held>,
): Promise<void> {
  for (const [kind, shown] of held) {
    const expected = await listed(site, person, kind)
    await until(
      () => shown.names().join() === expected.join(),
      `${kind}: ${expected} not ${shown.names()}`,
    )
    await until(
      () => shown.state === (expected.length === 0 ? 'forbidden' : 'live'),
      `${kind} state`,
    )
  }
}

for (const mode of ['hub', 'strict'] as const) {
  test(`${mode}: a browser is sent what the person’s own LIST returns, before and after rights change`, async () => {
    const site = sites.get(mode) as Site
    await fc.assert(
      fc.asyncProperty(
        fc.array(roleSpec, { maxLength: 6 }),
        fc.array(roleSpec, { maxLength: 3 }),
        fc.nat(),
        async (first, later, pick) => {
          const person = `p${++people}`
          const bindings = await give(site, person, first)
          const [stream, held] = await open(site, person)
          await assertShown(site, person, held)
          const taken = bindings[pick % Math.max(1, bindings.length)]
          if (taken !== undefined) {
            const [namespace = '', name = ''] = taken.split('/')
            await site.cluster.client.resource(ROLE_BINDINGS).delete({ namespace, name })
          }
          await give(site, person, later)
          await site.clock.advance(REVIEW_MILLIS + 1_000)
          await assertShown(site, person, held)
          await assertNothingHidden(site, { person, stream, held })
          stream.close()
        },
      ),
      { numRuns: 12 },
    )
  })
}

/** Changes everything once more: what is hidden must not be in a frame, not even as a uid. */
async function assertNothingHidden(
  { cluster, clock }: Site,
  { stream, held }: { person: string; stream: Stream; held: ReadonlyMap<Kind, Held> },
): Promise<void> {
  const from = stream.texts.length
  const hidden: string[] = []
  for (const kind of KINDS) {
    const client = cluster.client.resource(TYPES[kind])
    for (const { metadata } of (await client.listAll()).items) {
      if (held.get(kind)?.rows.has(metadata.uid) === false) hidden.push(metadata.uid, metadata.name)
      const ref = { namespace: metadata.namespace ?? '', name: metadata.name }
      const value = String(clock.now())
      const spec = {
        missions: 'missionName',
        stages: 'stageName',
        tasks: 'role',
        weapons: 'weaponName',
      }
      await client.patch(ref, { type: 'merge', body: { spec: { [spec[kind]]: value } } })
    }
  }
  await clock.advance(BATCH_MILLIS)
  const frames = stream.texts.slice(from).join('\n')
  for (const text of hidden) assert.ok(!frames.includes(`"${text}"`), `${text} was sent`)
}

test('hub: the gate closes when its question stays without answer, and opens with a new snapshot', async () => {
  const site = sites.get('hub') as Site
  const [stream, held] = await open(site, 'admin')
  const missions = held.get('missions') as Held
  assert.equal(missions.state, 'live')
  site.fault = (path) =>
    path.includes('authorization.k8s.io') ? new TransportError('no answer') : undefined
  await site.clock.advance(REVIEW_MILLIS)
  await until(() => missions.state === 'error')
  const snapshots = missions.snapshots
  await site.create(MISSIONS, mission('unseen', 'north'))
  await site.clock.advance(BATCH_MILLIS * 4)
  assert.ok(!stream.texts.some((text) => text.includes('unseen')))
  site.fault = undefined
  await site.clock.advance(REVIEW_MILLIS)
  await until(() => missions.state === 'live' && missions.names().includes('unseen'))
  assert.ok(missions.snapshots > snapshots)
  stream.close()
})

test('hub: whose token is no longer taken is shown nothing any more', async () => {
  const site = sites.get('hub') as Site
  const [stream, held] = await open(site, 'admin')
  const missions = held.get('missions') as Held
  const unauthorized = statusError('Unauthorized', { message: 'Unauthorized' })
  site.fault = (path) => (path.includes('authorization.k8s.io') ? unauthorized : undefined)
  await site.clock.advance(REVIEW_MILLIS)
  await until(() => missions.state === 'forbidden' && missions.rows.size === 0)
  site.fault = undefined
  stream.close()
})

test('hub: two people with the same rights are one class, and share their views', async () => {
  const site = sites.get('hub') as Site
  const watches = () =>
    (site.requests.get('hub') ?? []).filter(({ method }) => method === 'WATCH').length
  const spec = { kinds: ['missions'], verbs: ['*'], groups: ['*'], names: false } as const
  for (const person of ['cleo', 'dora']) await give(site, person, [{ ...spec, namespace: 'home' }])
  const [first] = await open(site, 'cleo')
  const before = watches()
  const [second, held] = await open(site, 'dora')
  assert.deepEqual(held.get('missions')?.names(), ['missions-in-home'])
  assert.equal(watches(), before)
  first.close()
  second.close()
})

test('a namespace that may not be listed is asked about once somebody names it', async (t) => {
  const site = await startSite({ mode: 'strict' })
  t.after(() => site.stop())
  await site.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'home' } })
  await site.create(MISSIONS, mission('alpha', 'home'))
  const spec = { kinds: ['missions'], verbs: ['*'], groups: ['*'], names: false } as const
  await give(site, 'eve', [{ ...spec, namespace: 'home' }])
  const stream = await (await site.signIn('token-eve')).stream()
  assert.equal((await stream.show('missions')).state, 'forbidden')
  const named = stream.subscribe('missions', { namespace: 'home' })
  await until(() => named.state === 'live')
  assert.deepEqual(named.names(), ['alpha'])
})
