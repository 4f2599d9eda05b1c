/** Ten thousand runs of an informer against a server and a network that fail in every way we know, on a virtual clock. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createVirtualClock,
  type KubeObject,
  PODS,
  type Random,
  type Stored,
  seededRandom,
  silentLogger,
  type VirtualClock,
} from '@sortie/machinery'
import { createClient } from '../client/client.ts'
import { type FaultRates, NO_FAULTS } from '../faults/answers.ts'
import { createModelServer, type ModelServer } from '../faults/server.ts'
import { createInformer, type Informer } from './informer.ts'
import { compareVersions } from './version.ts'

const SCHEDULES = Number(process.env['SORTIE_SCHEDULES'] ?? 10_000)
const FIRST_SEED = Number(process.env['SORTIE_SEED'] ?? 1)
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

test(`${SCHEDULES} seeded fault schedules end with the cache and the handlers equal to the server`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
    try {
      await runSchedule(seed)
    } catch (error) {
      throw new Error(`seed ${seed} (SORTIE_SEED=${seed} SORTIE_SCHEDULES=1)`, { cause: error })
    }
  }
})

async function runSchedule(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const server = createModelServer(clock, random)
  server.watchList = random.next() < 0.7
  server.rates = drawRates(random)
  for (const name of NAMES.slice(0, Math.floor(random.next() * NAMES.length))) server.put(name)

  const client = createClient(server.transport, { clock, random })
  const informer = createInformer<KubeObject>({
    client,
    type: PODS,
    clock,
    random,
    log: silentLogger,
    indexers: { colour: (object) => [object.metadata.labels?.['colour'] ?? ''] },
  })
  const { view, problems } = followHandlers(informer)
  informer.start()
  await disturb(server, clock, random)
  server.rates = NO_FAULTS
  let seen = ''
  informer.whenSeen(latestVersion(server), () => {
    seen = latestVersion(server)
  })
  await settleDown(clock, () => isEqual(informer, server))

  assert.deepEqual(problems, [])
  assert.deepEqual(versionsOf(informer.list()), versionsOf(server.objects.values()), 'cache')
  assert.deepEqual(versionsOf(view.values()), versionsOf(server.objects.values()), 'handlers')
  for (const colour of ['red', 'blue']) {
    const wanted = [...server.objects.values()].filter(
      (o) => o.metadata.labels?.['colour'] === colour,
    )
    assert.deepEqual(versionsOf(informer.byIndex('colour', colour)), versionsOf(wanted), colour)
  }
  assert.equal(seen, latestVersion(server), 'whenSeen called back')
  await informer.stop()
  assert.equal(clock.pendingTimers(), 0, 'timers after stop')
  assert.equal(server.connections().open, 0, 'connections after stop')
  assert.ok(server.connections().most <= 1, 'one connection at a time')
  const { total } = server.connections()
  // Lists of a few pages come in a burst; otherwise nothing is tried again within 0.8 s.
  assert.ok(total <= 20 + clock.monotonic() / 400, `${total} requests in ${clock.monotonic()} ms`)
}

function drawRates(random: Random): FaultRates {
  const rate = (most: number): number => (random.next() < 0.3 ? 0 : random.next() * most)
  return {
    refuse: rate(0.4),
    disturb: rate(0.3),
    stale: rate(0.5),
    compact: rate(0.4),
    repeat: rate(1),
    delay: rate(0.6),
  }
}

async function disturb(server: ModelServer, clock: VirtualClock, random: Random): Promise<void> {
  const steps = 5 + Math.floor(random.next() * 25)
  for (let step = 0; step < steps; step++) {
    const name = NAMES[Math.floor(random.next() * NAMES.length)] ?? 'a'
    const choice = random.next()
    if (choice < 0.45) server.put(name)
    else if (choice < 0.65) server.remove(name)
    else if (choice < 0.8) server.put(name, `again-${step}`)
    else if (choice < 0.9) server.bookmark()
    else await clock.advance(random.next() * 90_000)
    if (random.next() < 0.6) await clock.advance(random.next() * 2000)
  }
}

/** Without faults everything is right again within the silence limit, the longest wait, and a list. */
async function settleDown(clock: VirtualClock, isDone: () => boolean): Promise<void> {
  const end = clock.monotonic() + 150_000 + 60_000 + 30_000 + 60_000 + 5000
  while (!isDone() && clock.monotonic() < end) if (!(await clock.step())) return
}

/** What a controller would know from its handlers alone, and what was told that can't have happened. */
function followHandlers(informer: Informer<KubeObject>): {
  readonly view: ReadonlyMap<string, Stored<KubeObject>>
  readonly problems: readonly string[]
} {
  const view = new Map<string, Stored<KubeObject>>()
  const newest = new Map<string, string>()
  const problems: string[] = []
  const see = ({ metadata }: Stored<KubeObject>): void => {
    const { uid, resourceVersion } = metadata
    const before = newest.get(uid) ?? ''
    if (compareVersions(resourceVersion, before) < 0) {
      problems.push(`${uid} went back from ${before} to ${resourceVersion}`)
    }
    newest.set(uid, resourceVersion)
  }
  const key = (object: Stored<KubeObject>): string => object.metadata.name
  informer.addHandler({
    onAdd(object) {
      see(object)
      if (view.has(key(object))) problems.push(`${key(object)} was added twice`)
      view.set(key(object), object)
    },
    onUpdate(old, object) {
      see(object)
      if (view.get(key(object)) !== old)
        problems.push(`${key(object)} was updated from another state`)
      if (old.metadata.uid !== object.metadata.uid) problems.push(`${key(object)} changed its uid`)
      view.set(key(object), object)
    },
    onDelete(object) {
      see(object)
      const held = view.get(key(object))
      if (held?.metadata.uid !== object.metadata.uid) problems.push(`${key(object)} was not there`)
      view.delete(key(object))
    },
  })
  return { view, problems }
}

function versionsOf(objects: Iterable<Stored<KubeObject>>): readonly string[] {
  return [...objects]
    .map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
    .sort()
}

function isEqual(informer: Informer<KubeObject>, server: ModelServer): boolean {
  if (!informer.hasSynced() || informer.size !== server.objects.size) return false
  if (!informer.hasSeen(latestVersion(server))) return false
  for (const [key, object] of server.objects) {
    if (informer.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion)
      return false
  }
  return true
}

function latestVersion(server: ModelServer): string {
  const versions = [...server.objects.values()].map(({ metadata }) => metadata.resourceVersion)
  return versions.sort(compareVersions).at(-1) ?? '100'
}
