/**
 * Least privilege, held against what is asked for: everything that the parts do is done once on a real API server, and by its audit log
 * no request is refused and no right that the installation gives is left unused.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { MissionStatus } from '@sortie/api'
import type { Daemon } from '@sortie/testing'
import {
  auditOf,
  isOurs,
  missingForSite,
  type PartName,
  type Site,
  startSite,
  until,
} from './site.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const PARTS: readonly PartName[] = ['operator', 'scheduler', 'fleet']
const ELECTED = ['--leader-elect', '--leader-elect-namespace', 'sortie-system']
/** A list is streamed as a watch by servers that can; those of before 1.32 are asked for it (skew.test.ts). */
const STANDS_FOR: Readonly<Record<string, string>> = { list: 'watch' }

describe('the rights that an installation gives', { skip: missingForSite() }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site?.stop())

  const apply = (...objects: readonly object[]): Promise<string> =>
    site.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    )
  const phaseOf = async (kind: string, name: string): Promise<string> =>
    (await site.get<{ status?: { phase?: string } }>(kind, name)).status?.phase ?? ''
  const ended = (name: string): Promise<void> =>
    until(async () => {
      const phase = await phaseOf('mission', name)
      return ['Succeeded', 'Failed', 'Cancelled'].includes(phase) || `${name} is ${phase}`
    })
  const running = (name: string): Promise<void> =>
    until(async () => {
      const phase = await phaseOf('flighttask', name)
      return phase === 'Running' || `${name} is ${phase}`
    })

  let fleet: Daemon
  const withoutFleet = async (run: () => Promise<void>): Promise<void> => {
    await fleet.stop()
    try {
      await run()
    } finally {
      fleet = await site.start('fleet')
    }
  }
  const podIsNoMore = (name: string, uid: string): Promise<void> =>
    until(async () => {
      const path = 'jsonpath={.metadata.uid}'
      const is = await site.kubectl(['get', 'pod', name, '--ignore-not-found', '-o', path])
      return is !== uid || `${name} is still there`
    })
  const suspend = async (name: string): Promise<void> => {
    for (const isOn of [true, false]) {
      await site.kubectl([...PATCH, name, '-p', `{"spec":{"suspend":${isOn}}}`])
      await until(async () => {
        const { status } = await site.get<{ status?: MissionStatus }>('mission', name)
        const is = status?.conditions?.find(({ type }) => type === 'Suspended')?.status
        return is === (isOn ? 'True' : 'False') || `${name} is ${JSON.stringify(status)}`
      })
    }
  }
  /** Until a part has said so of an object, so many times by one event. */
  const said = (part: PartName, { name, words, times }: Saying): Promise<void> =>
    until(async () => {
      const { items } = await site.get<{ items: readonly EventParts[] }>('events', '-n', 'default')
      const theirs = items.filter(
        ({ source, involvedObject, message }) =>
          source?.component === `sortie-${part}` &&
          involvedObject.name === name &&
          words.test(message),
      )
      return (
        theirs.some(({ count = 1 }) => count >= times) || `${name}: not ${times} times ${words}`
      )
    })

  test('are enough for missions that fly, retry, change, are stopped, and are cleared away', async () => {
    // Two of each that both act: what the other one made or bound is asked for by name.
    for (const part of ['operator', 'scheduler'] as const) {
      await site.start(part, ...ELECTED)
      await site.start(part)
    }
    fleet = await site.start('fleet')
    await site.kubectl([
      'apply',
      '-f',
      'examples/001-first-mission',
      '-f',
      'examples/006-mission-template',
    ])
    await apply(LOADOUT, mission('many', { stages: MANY }), mission('brief', BRIEF))
    await Promise.all(['dawn-patrol', 'many'].map(ended))
    await until(async () => {
      const left = await site.kubectl(['get', 'mission', 'brief', '--ignore-not-found'])
      return left === '' || 'brief is there beyond its time'
    })
  })

  test('are enough for what people and machines do to missions under way', async () => {
    await apply(WEAPON, mission('long', LONG))
    await running('long-now-a')
    await running('long-now-b')
    const ofTask = (name: string, path: string): Promise<string> =>
      site.kubectl(['get', 'pod', `long-now-${name}-pod`, '-o', `jsonpath={${path}}`])
    const [nodeOfA, nodeOfB] = await Promise.all(
      ['a', 'b'].map((name) => ofTask(name, '.spec.nodeName')),
    )
    const image = { repository: 'sortie/pod', tag: 'v2' }
    await apply({ ...WEAPON, spec: { ...WEAPON.spec, image } })
    await until(async () => {
      const held = await ofTask('a', '.spec.initContainers[*].image')
      return held.includes('v2') || held
    })
    await site.kubectl(['annotate', 'node', `${nodeOfA}`, 'aircraft.mil/slots=2'])
    await site.kubectl(['delete', 'pod', 'long-now-a-pod', '--force', '--grace-period=0'])
    const uid = await ofTask('b', '.metadata.uid')
    await withoutFleet(async () => {
      await site.kubectl(['delete', 'node', `${nodeOfB}`])
      await podIsNoMore('long-now-b-pod', uid)
    })
    // Of three times one of the two operators tells at least two, by one event.
    for (let round = 0; round < 3; round++) await suspend('long')
    await apply(mission('long', SHORTER))
    await site.kubectl([...PATCH, 'long', '-p', '{"spec":{"cancel":true}}'])
    await ended('long')
  })

  test('are enough for a gang that waits, loses one of its tasks, and waits again', async () => {
    await apply(mission('gang', GANG))
    const whole = { name: 'gang-g-t-0001-pod', words: /waits whole/ }
    await said('scheduler', { ...whole, times: 1 })
    // As long as somebody holds the pod no other is made in its place.
    const held = ['patch', 'pod', 'gang-g-t-0002-pod', '--type=merge', '-p']
    await site.kubectl([...held, '{"metadata":{"finalizers":["example.com/held"]}}'])
    await site.kubectl(['delete', 'pod', 'gang-g-t-0002-pod', '--wait=false'])
    await said('scheduler', { ...whole, words: /until it is complete/, times: 1 })
    await site.kubectl([...held, '{"metadata":{"finalizers":null}}'])
    await said('scheduler', { ...whole, times: 2 })
  })

  test('are enough for aircraft that come back with less than they had', async () => {
    const [name = ''] = (
      await site.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}'])
    ).split(' ')
    const slot = '/status/allocatable/aircraft.mil~1slot'
    const taken = JSON.stringify([{ op: 'remove', path: slot }])
    await withoutFleet(async () => {
      await site.kubectl(['label', 'node', name, 'aircraft.mil/type-'])
      await site.kubectl([
        'patch',
        'node',
        name,
        '--subresource=status',
        '--type=json',
        '-p',
        taken,
      ])
    })
    await until(async () => {
      const node = await site.get<NodeParts>('node', name)
      const isWhole = node.metadata.labels['aircraft.mil/type'] !== undefined
      return (isWhole && node.status.allocatable['aircraft.mil/slot'] !== undefined) || 'not whole'
    })
  })

  test('are asked for nothing that they do not cover', () => {
    const refused = auditOf(site.plane).filter(
      (event) => isOurs(event) && [401, 403].includes(event.responseStatus?.code ?? 0),
    )
    assert.deepEqual(
      refused.map(({ user, verb, requestURI }) => `${user.username} ${verb} ${requestURI}`),
      [],
    )
  })

  test('are all used, name no wildcard and no secrets', async () => {
    const used = new Set(
      auditOf(site.plane, { withWatches: true }).filter(isOurs).map(wordsOfRequest),
    )
    const unused: string[] = []
    for (const part of PARTS) {
      for (const words of wordsOfRules(await rulesOf(part))) {
        assert.doesNotMatch(words, /\*|secrets/)
        const [verb = '', ...resource] = words.split(' ')
        const alternatives = [verb, STANDS_FOR[verb] ?? verb]
        const isUsed = alternatives.some((one) =>
          used.has([`sortie-${part}`, one, ...resource].join(' ')),
        )
        if (!isUsed) unused.push(`${part}: ${words}`)
      }
    }
    assert.deepEqual(unused, [])
  })

  async function rulesOf(part: PartName): Promise<readonly Rule[]> {
    const roles = [site.get<{ rules: readonly Rule[] }>('clusterrole', `sortie-${part}`)]
    if (part !== 'fleet') {
      const leases = `sortie-${part}-leases`
      roles.push(site.get<{ rules: readonly Rule[] }>('-n', 'sortie-system', 'role', leases))
    }
    return (await Promise.all(roles)).flatMap(({ rules }) => rules)
  }
})

function wordsOfRules(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
    ),
  )
}

function wordsOfRequest({ user, verb, objectRef }: ReturnType<typeof auditOf>[number]): string {
  const account = user.username.split(':').at(-1)
  const { apiGroup = '', resource = '', subresource } = objectRef ?? {}
  return `${account} ${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`
}

const PATCH = ['patch', 'mission', '--type=merge']

interface NodeParts {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly status: { readonly allocatable: Readonly<Record<string, string>> }
}

interface EventParts {
  readonly message: string
  readonly count?: number
  readonly involvedObject: { readonly name: string }
  readonly source?: { readonly component?: string }
}

interface Saying {
  /** Of the object. */
  readonly name: string
  readonly words: RegExp
  readonly times: number
}

const VERSION = { apiVersion: 'airforce.airforce.mil/v1alpha1' }
const meta = (name: string) => ({ name, namespace: 'default' })
const mission = (name: string, spec: object) => ({
  ...VERSION,
  kind: 'Mission',
  metadata: meta(name),
  spec,
})
const task = (name: string, seconds: number, more: object = {}) => ({
  name,
  aircraft: 'j20',
  podTemplate: {
    spec: {
      containers: [{ name: 'task', image: 'busybox:1.36', command: ['sleep', String(seconds)] }],
    },
  },
  ...more,
})

/** Stages that all begin at once: two operators are sure to meet. */
const MANY = Array.from({ length: 12 }, (_, index) => ({
  name: `s${index}`,
  dependsOn: [],
  flightTasks: [task('t', 1, { aircraft: 'j16' })],
}))
const BRIEF = { ttlSecondsAfterFinished: 1, stages: [{ name: 's', flightTasks: [task('t', 1)] }] }
const WEAPON = {
  ...VERSION,
  kind: 'Weapon',
  metadata: meta('pod'),
  spec: { image: { repository: 'sortie/pod', tag: 'v1' }, updateStrategy: { type: 'HotReload' } },
}
const LOADOUT = {
  ...VERSION,
  kind: 'WeaponLoadout',
  metadata: meta('light'),
  spec: { weapons: [{ weapon: 'none-yet', quantity: 1 }] },
}
const LONG = {
  config: { failurePolicy: { maxRetries: 3 } },
  stages: [
    {
      name: 'now',
      flightTasks: [
        task('a', 600, { weaponLoadout: [{ weapon: 'pod', quantity: 1 }] }),
        task('b', 600),
        // Nothing of the fleet is of this type, so it waits and is told why.
        task('nowhere', 600, { aircraft: 'glider' }),
        task('dropped', 600, { weaponLoadout: [{ weapon: 'none-yet', quantity: 1 }] }),
      ],
    },
    { name: 'later', dependsOn: ['now'], flightTasks: [task('never', 1)] },
  ],
}
/** One more than there are aircraft of the type. */
const GANG = {
  config: { failurePolicy: { maxRetries: 3 } },
  stages: [
    {
      name: 'g',
      synchronization: { waitForAll: true },
      flightTasks: [{ name: 't', aircraft: 'kj500', count: 3 }],
    },
  ],
}
/** Without the stage that has not begun, and the task that waits for its weapon. */
const SHORTER = {
  ...LONG,
  stages: LONG.stages.slice(0, 1).map((stage) => ({
    ...stage,
    flightTasks: stage.flightTasks.filter(({ name }) => name !== 'dropped'),
  })),
}
