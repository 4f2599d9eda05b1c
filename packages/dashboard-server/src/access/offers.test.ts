/** What the dashboard offers a person to do, held against what the API server lets that person do: random roles, bound in one namespace or in all. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AccessQuestion, FLIGHT_TASKS, GROUP, MISSIONS, VERSION, WEAPONS } from '@sortie/api'
import { type KubeObject, NAMESPACES, NODES, type ResourceType } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import fc from 'fast-check'
import type { Browser } from '../testing/browser.ts'
import { mission, task, weapon } from '../testing/objects.ts'
import { type Site, startSite } from '../testing/site.ts'

const SPACES = ['north', 'south'] as const
const NAMES = ['one', 'two'] as const
const RBAC = 'rbac.authorization.k8s.io'

/** As the buttons ask, and as they write where they are pressed. */
interface Offer {
  readonly question: AccessQuestion
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body: unknown
}

const METHODS = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const
type Verb = keyof typeof METHODS

function offer(verb: Verb, type: ResourceType, object: KubeObject): Offer {
  const { group, plural: resource } = type
  const { namespace, name = '' } = object.metadata ?? {}
  const root = group === '' ? '/api/kube/api/v1' : `/api/kube/apis/${GROUP}/${VERSION}`
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`
  const place = verb === 'create' ? {} : { name }
  const tail = verb === 'create' ? '' : `/${name}`
  const bodies = { create: object, update: object, delete: {} }
  const patch = type === NODES ? { spec: { unschedulable: true } } : { spec: {} }
  return {
    question: {
      verb,
      group,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...place,
    },
    method: METHODS[verb],
    path: `${root}${within}/${resource}${tail}?dryRun=All`,
    body: verb === 'patch' ? patch : bodies[verb],
  }
}

interface RoleSpec {
  /** By a cluster’s role everywhere, or by a role of the namespace. */
  readonly where: 'all' | (typeof SPACES)[number]
  readonly groups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly names: readonly string[]
}

const roleSpec = fc.record<RoleSpec>({
  where: fc.constantFrom('all', ...SPACES),
  groups: fc.constantFrom([GROUP], [GROUP, ''], ['*'], [''], ['apps']),
  resources: fc.oneof(
    fc.constant(['*']),
    fc.subarray(['missions', 'missions/status', 'flighttasks', 'weapons', 'nodes'], {
      minLength: 1,
    }),
  ),
  verbs: fc.oneof(
    fc.constant(['*']),
    fc.subarray(['get', 'create', 'update', 'patch', 'delete'], { minLength: 1 }),
  ),
  names: fc.oneof(fc.constant([]), fc.subarray([...NAMES, 'a1'])),
})

const EVERYTHING: RoleSpec = {
  where: 'north',
  groups: ['*'],
  resources: ['*'],
  verbs: ['*'],
  names: [],
}

/** What is asked before all missions of a list are cancelled at once: of a namespace, or of all; no single name is known then. */
const BULK: readonly AccessQuestion[] = [undefined, ...SPACES].map((namespace) => ({
  verb: 'patch',
  group: GROUP,
  resource: 'missions',
  ...(namespace === undefined ? {} : { namespace }),
}))

let site: Site
const offers: Offer[] = []
before(async () => {
  site = await startSite({ mode: 'strict' })
  const plant = async (type: ResourceType, object: KubeObject, verbs: readonly Verb[]) => {
    await site.create(type, object)
    const { name = '', namespace } = object.metadata ?? {}
    const ref = namespace === undefined ? { name } : { namespace, name }
    const made = await site.cluster.client.resource<KubeObject>(type).get(ref)
    offers.push(...verbs.map((verb) => offer(verb, type, made)))
  }
  for (const space of SPACES) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } }
    await site.create(NAMESPACES, namespace)
    offers.push(offer('create', MISSIONS, mission('new', space)))
    for (const name of NAMES) {
      await plant(MISSIONS, mission(name, space), ['patch', 'update', 'delete'])
      await plant(FLIGHT_TASKS, task(name, { namespace: space }), ['update'])
      await plant(WEAPONS, weapon(name, space), ['update'])
    }
  }
  await plant(NODES, makeAircraft('a1', { type: 'uav' }), ['patch'])
})
after(() => site.stop())

let roles = 0
async function give(person: string, { where, ...spec }: RoleSpec): Promise<void> {
  const metadata = { name: `r${++roles}` }
  const rule = { apiGroups: spec.groups, resources: spec.resources, verbs: spec.verbs }
  const names = spec.names.length === 0 ? {} : { resourceNames: spec.names }
  const make = async (plural: string, object: object): Promise<void> => {
    const within = where === 'all' ? '' : `/namespaces/${where}`
    const path = `/apis/${RBAC}/v1${within}/${plural}`
    const body = { apiVersion: `${RBAC}/v1`, metadata, ...object }
    await site.cluster.client.raw({ method: 'POST', path, body })
  }
  const [role, binding] =
    where === 'all' ? ['ClusterRole', 'ClusterRoleBinding'] : ['Role', 'RoleBinding']
  await make(`${role?.toLowerCase()}s`, { kind: role, rules: [{ ...rule, ...names }] })
  await make(`${binding?.toLowerCase()}s`, {
    kind: binding,
    roleRef: { apiGroup: RBAC, kind: role, name: metadata.name },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: person }],
  })
}

/** Whether the API server does it, without its being done. */
async function isDone(browser: Browser, { method, path, body }: Offer): Promise<boolean> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const reply = await browser.ask(path, { method, body, headers: { 'content-type': type } })
  const { status } = reply
  assert.ok(status < 300 || status === 403, `${method} ${path}: ${status} ${reply.text}`)
  return status !== 403
}

test('a person is offered what the API server does for that person, one by one or in bulk, and nothing else', async () => {
  let people = 0
  const seen = { done: 0, refused: 0, bulk: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(roleSpec, { minLength: 1, maxLength: 4 }), async (specs) => {
      const person = `p${++people}`
      for (const spec of specs) await give(person, spec)
      const browser = await site.signIn(`token-${person}`)
      const body = [...offers.map(({ question }) => question), ...BULK]
      const reply = await browser.ask('/api/access', { method: 'POST', body })
      const answers = reply.json<readonly { readonly allowed: boolean }[]>()
      for (const [at, one] of offers.entries()) {
        const done = await isDone(browser, one)
        seen[done ? 'done' : 'refused'] += 1
        assert.equal(answers[at]?.allowed, done, `${one.method} ${one.path}`)
      }
      for (const [at, { namespace }] of BULK.entries()) {
        if (answers[offers.length + at]?.allowed !== true) continue
        seen.bulk += 1
        const all = offers.filter(
          ({ method, question }) =>
            method === 'PATCH' &&
            question.resource === 'missions' &&
            (namespace === undefined || question.namespace === namespace),
        )
        assert.ok(all.length > 0)
        for (const one of all) assert.ok(await isDone(browser, one), `in bulk: ${one.path}`)
      }
    }),
    { numRuns: 15, examples: [[[{ ...EVERYTHING, where: 'all' }]], [[EVERYTHING]]] },
  )
  // Neither all nor nothing was allowed.
  assert.ok(seen.done > 30 && seen.refused > 30 && seen.bulk > 0, JSON.stringify(seen))
})
