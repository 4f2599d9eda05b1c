/**
 * Two hundred tasks on a real API server while parts die, the server goes away and people interfere: the mission ends the same, and
 * nothing flies twice. The seed of a run is printed; SORTIE_SEED repeats it, as far as the machine's own timing lets it.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { MISSIONS, type Mission } from '@sortie/api'
import type { Client } from '@sortie/client'
import { seededRandom } from '@sortie/machinery'
import type { Daemon } from '@sortie/testing'
import { auditOf, missingForSite, type Site, startSite } from '../site.ts'
import { type Flights, watchFlights } from './flights.ts'
import { type End, endOf, isEnded, TASKS, twoHundredTasks, withoutRetries } from './mission.ts'

/** As many aircraft as keep few failures from putting any of them into quarantine. */
const FLEET = `aircraft:
  - {type: drone, count: 60, namePrefix: drone}
rules:
  - {match: {}, startDelay: 50ms..250ms}
`
const KILLS = 20
const seed = Number(process.env['SORTIE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const random = seededRandom(seed)
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const between = (low: number, high: number): number => low + random.next() * (high - low)

describe(`a mission of ${TASKS} tasks on a real API server (SORTIE_SEED=${seed})`, {
  skip: missingForSite(),
}, () => {
  let site: Site
  let client: Client
  let flights: Flights
  let undisturbed: End
  let attempts: readonly string[]
  const operators: Daemon[] = []
  before(async () => {
    process.stderr.write(`faults: SORTIE_SEED=${seed}\n`)
    site = await startSite()
    client = site.plane.client('harness')
    flights = await watchFlights(client)
    const file = join(dirname(site.plane.kubeconfig()), 'fleet.yaml')
    writeFileSync(file, FLEET)
    await site.start('scheduler')
    await site.start('fleet', '--fleet', file)
  })
  after(async () => {
    await flights?.stop()
    await site?.stop()
  })

  const startOperator = async (...flags: readonly string[]): Promise<Daemon> => {
    const operator = await site.start('operator', ...flags)
    operators.push(operator)
    return operator
  }
  const launch = async (name: string, duration?: string): Promise<string> => {
    await site.kubectl(['apply', '-f', '-'], JSON.stringify(twoHundredTasks(name, duration)))
    return name
  }
  const hasEnded = async (name: string): Promise<boolean> => {
    const mission = await client
      .resource<Mission>(MISSIONS)
      .get({ namespace: 'default', name })
      .catch(() => undefined)
    return isEnded(mission?.status?.phase)
  }
  /** Waits until so many attempts of the mission have flown. */
  const flown = async (name: string, count: number): Promise<void> => {
    while (flights.of(name).size < count && !(await hasEnded(name))) await sleep(100)
  }
  const attemptsOf = (name: string): readonly string[] =>
    [...flights.of(name).keys()].map((attempt) => attempt.slice(name.length + 1)).sort()

  /** The mission ended as the undisturbed one, by the same attempts, and each was flown by one pod. */
  const expectSame = async (name: string): Promise<void> => {
    assert.deepEqual(await endOf(client, name), undisturbed)
    expectNoneTwice(name)
    assert.deepEqual(attemptsOf(name), attempts)
  }
  const expectNoneTwice = (name: string): void => {
    const twice = [...flights.of(name)].filter(([, pods]) => pods.size > 1)
    assert.deepEqual(twice, [])
    const bound = auditOf(site.plane)
      .filter(({ objectRef, verb }) => verb === 'create' && objectRef?.subresource === 'binding')
      .filter(({ objectRef, responseStatus }) => {
        return objectRef?.name?.startsWith(`${name}-`) === true && responseStatus?.code === 201
      })
      .map(({ objectRef }) => objectRef?.name)
    assert.equal(new Set(bound).size, bound.length, 'a pod of one name was placed once')
  }
  const stopOperators = async (): Promise<void> => {
    await Promise.all(operators.splice(0).map((operator) => operator.stop()))
  }

  test('the API server comes back with what it had stored, told to end or killed', async () => {
    const { plane } = site
    const isUp = (): Promise<boolean> =>
      plane
        .transport()
        .request({ method: 'GET', path: '/readyz' })
        .then(
          ({ status }) => status === 200,
          () => false,
        )
    for (const crash of [false, true]) {
      await site.kubectl(['create', 'configmap', `kept-${crash}`])
      const seen: boolean[] = []
      await plane.restart({ crash, whileDown: async () => void seen.push(await isUp()) })
      assert.deepEqual([...seen, await isUp()], [false, true])
      await site.get('configmap', `kept-${crash}`)
    }
  })

  test('ends as it should when nobody interferes', async () => {
    await startOperator()
    const name = await launch('calm')
    undisturbed = await endOf(client, name)
    assert.equal(undisturbed.phase, 'Succeeded')
    assert.equal(Object.keys(undisturbed.tasks).length, TASKS)
    expectNoneTwice(name)
    attempts = attemptsOf(name)
    // Four fail once, two for good and are tried twice.
    assert.equal(attempts.length, TASKS + 4 + 2)
    await stopOperators()
  })

  test(`ends the same when its operator is killed ${KILLS} times at random moments`, async () => {
    let kills = 0
    for (let flight = 1; kills < KILLS; flight++) {
      const name = await launch(`killed-${flight}`)
      while (kills < KILLS && !(await hasEnded(name))) {
        const operator = await startOperator()
        await sleep(between(200, 3000))
        await operator.kill()
        kills++
      }
      await startOperator()
      await expectSame(name)
      await stopOperators()
    }
  })

  test('ends the same when the API server goes away and comes back, its history forgotten', async () => {
    await startOperator()
    const name = await launch('away')
    await flown(name, between(20, 60))
    await site.plane.restart()
    await flown(name, between(100, 140))
    await site.plane.compact()
    await site.plane.restart({ crash: true, whileDown: () => sleep(between(1000, 4000)) })
    await expectSame(name)
    await stopOperators()
  })

  test('ends the same when etcd forgets its history again and again, and the operator with it', async () => {
    const first = await startOperator()
    const name = await launch('compacted')
    await flown(name, between(20, 80))
    await first.kill()
    await site.plane.compact()
    await startOperator()
    while (!(await hasEnded(name))) {
      await site.plane.compact()
      await sleep(500)
    }
    await expectSame(name)
    await stopOperators()
  })

  test('ends the same with two operators that both act', async () => {
    await Promise.all([startOperator(), startOperator()])
    await expectSame(await launch('twin'))
    await stopOperators()
  })

  test('ends the same when the leader is killed and the other takes over', async () => {
    const elected = ['--leader-elect', '--leader-elect-namespace', 'sortie-system']
    const leader = await startOperator(...elected)
    const name = await launch('succession')
    await flown(name, 1)
    await startOperator(...elected)
    await flown(name, between(30, 100))
    await leader.kill()
    await expectSame(name)
    await stopOperators()
  })

  test('ends well when people delete and edit what flies, by kubectl', async () => {
    await startOperator()
    const name = await launch('meddled', '3s')
    await flown(name, 20)
    await meddle(name)
    const end = await endOf(client, name)
    assert.deepEqual(withoutRetries(end), withoutRetries(undisturbed))
    await stopOperators()
  })

  async function meddle(name: string): Promise<void> {
    const kubectl = (...args: readonly string[]): Promise<string> => site.kubectl(args)
    // One pod per task at most, since a task has one retry; the latest have longest to go.
    const [task, ...pods] = flights.running(name).slice(-4)
    const taskName = task?.metadata.labels?.['flighttask'] ?? ''
    await kubectl('delete', `flighttask/${taskName}`, '--wait=false')
    await kubectl('delete', 'pods', ...pods.map(({ metadata }) => metadata.name), '--wait=false')
    const tasks = pods.map(({ metadata }) => metadata.labels?.['flighttask'] ?? '')
    await kubectl('label', 'flighttasks', ...tasks, 'aircraft-', 'colour=red')
    await kubectl('delete', `missionstage/${name}-last`, '--wait=false')
    await kubectl('patch', 'mission', name, '--type=merge', '-p', '{"spec":{"suspend":true}}')
    await sleep(500)
    await kubectl('patch', 'mission', name, '--type=merge', '-p', '{"spec":{"suspend":false}}')
    const lie = '{"status":{"phase":"Running","message":"nonsense"}}'
    const onStatus = ['--subresource=status', '--type=merge', '-p', lie]
    await kubectl('patch', `missionstage/${name}-order`, ...onStatus)
  }
})
