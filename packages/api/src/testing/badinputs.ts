/** Inputs that must be refused with a clear word, as quality.md and the list of reliability ask. Only tests use them. */
import type { JsonObject } from '@sortie/machinery'
import { missionOf, missionWithTasks, objectOf } from './manifests.ts'

export interface BadInput {
  readonly name: string
  readonly object: JsonObject
  /** Path of the problem, as text. */
  readonly at: string
  readonly says: RegExp
  /** Who refuses: the API server by the CRD as well, or only lint and controllers. */
  readonly by: 'server' | 'checks'
}

const server = (
  name: string,
  object: JsonObject,
  expected: readonly [string, RegExp],
): BadInput => ({
  name,
  object,
  at: expected[0],
  says: expected[1],
  by: 'server',
})
const checks = (
  name: string,
  object: JsonObject,
  expected: readonly [string, RegExp],
): BadInput => ({
  ...server(name, object, expected),
  by: 'checks',
})

const stage = (more: object = {}): object => ({ name: 's', flightTasks: [{}], ...more })
const named = (name: unknown): JsonObject => missionOf([{ name, flightTasks: [{}] }])
const pod = (spec: object, more: object = {}): JsonObject =>
  missionWithTasks([{ podTemplate: { spec }, ...more }])
const armed = { weaponLoadout: [{ weapon: 'radar' }] }
const main = { name: 'main', image: 'busybox' }
const failure = (policy: object): JsonObject =>
  missionOf([stage()], { config: { failurePolicy: policy } })
const NAME = 'spec.stages[0].name'
const TASK = 'spec.stages[0].flightTasks[0]'
const RETRIES = 'spec.config.failurePolicy.maxRetries'

const names: readonly BadInput[] = [
  server('no stages', missionOf(undefined), ['spec.stages', /exactly one of stages/]),
  server('an empty list of stages', missionOf([]), ['spec.stages', /exactly one of stages/]),
  server('a repeated stage name', missionOf([stage(), stage()]), [
    'spec.stages[1].name',
    /there already/,
  ]),
  checks('a repeated task name', missionWithTasks([{ name: 'a' }, { name: 'a' }]), [
    'spec.stages[0].flightTasks[1].name',
    /task 1 of the stage/,
  ]),
  checks(
    'a copy that takes the name of another task',
    missionWithTasks([{ name: 'a-0002' }, { name: 'a', count: 3 }]),
    ['spec.stages[0].flightTasks[1].name', /"a-0002"/],
  ),
  server('an empty name', named(''), [NAME, /empty/]),
  server('an over-long name', named('a'.repeat(64)), [NAME, /at most 63/]),
  server('an upper-case name', named('Recon'), [NAME, /lower-case/]),
  server('a CJK name', named('侦察'), [NAME, /lower-case/]),
  server('an emoji for a name', named('🚀'), [NAME, /lower-case/]),
  server('a name with a hidden direction mark', named('a\u202eb'), [NAME, /\\u\{202e\}/]),
  server('a name with a leading dash', named('-a'), [NAME, /letter or digit at both ends/]),
  server('a numeric name', named(5), [NAME, /5 is not a text/]),
  server('a missing stage name', missionOf([{ flightTasks: [] }]), [NAME, /is missing/]),
  server('an aircraft type that is no label value', missionWithTasks([{ aircraft: '歼-20' }]), [
    `${TASK}.aircraft`,
    /letters, digits/,
  ]),
]

const graph: readonly BadInput[] = [
  server('a stage that depends on itself', missionOf([stage({ dependsOn: ['s'] })]), [
    'spec.stages[0].dependsOn[0]',
    /cannot depend on itself/,
  ]),
  server(
    'a stage that depends on nothing there is',
    missionOf([{ name: 'recon', flightTasks: [{}] }, stage({ dependsOn: ['recn'] })]),
    ['spec.stages[1].dependsOn[0]', /"recn" is no stage of this mission; did you mean "recon"\?/],
  ),
  server(
    'a repeated dependency',
    missionOf([{ name: 'a', flightTasks: [{}] }, stage({ dependsOn: ['a', 'a'] })]),
    ['spec.stages[1].dependsOn[1]', /there already/],
  ),
  checks(
    'a cycle of three',
    missionOf([
      { name: 'a', dependsOn: ['c'], flightTasks: [{}] },
      { name: 'b', dependsOn: ['a'], flightTasks: [{}] },
      { name: 'c', dependsOn: ['b'], flightTasks: [{}] },
    ]),
    ['spec.stages[0].dependsOn', /a → c → b → a/],
  ),
  server(
    'a task that depends on itself',
    missionWithTasks([{ name: 'a', dependsOn: ['a'] }], { type: 'mixed' }),
    [`${TASK}.dependsOn[0]`, /cannot depend on itself/],
  ),
  checks(
    'a task that depends on nothing there is',
    missionWithTasks([{ name: 'a', dependsOn: ['b'] }], { type: 'mixed' }),
    [`${TASK}.dependsOn[0]`, /"b" is no task of this stage/],
  ),
]

const numbers: readonly BadInput[] = [
  server('a negative number', failure({ maxRetries: -1 }), [RETRIES, /-1 is less than 0/]),
  server('a huge number', failure({ maxRetries: 101 }), [RETRIES, /101 is more than 100/]),
  server('a fractional number', failure({ maxRetries: 1.5 }), [
    RETRIES,
    /1.5 is not a whole number/,
  ]),
  server('a number as text', failure({ maxRetries: '3' }), [RETRIES, /"3" is not a whole number/]),
  server('count 0', missionWithTasks([{ count: 0 }]), [`${TASK}.count`, /0 is less than 1/]),
  server('count 10,001', missionWithTasks([{ count: 10_001 }]), [
    `${TASK}.count`,
    /10001 is more than 10000/,
  ]),
  checks('more tasks than a stage may have', missionWithTasks([{ count: 6000 }, { count: 6000 }]), [
    'spec.stages[0].flightTasks',
    /12000 tasks/,
  ]),
  server('257 tasks in a list', missionWithTasks(new Array(257).fill({})), [
    'spec.stages[0].flightTasks',
    /257 items; at most 256/,
  ]),
  server('65 stages', missionOf(Array.from({ length: 65 }, (_, i) => ({ name: `s${i}` }))), [
    'spec.stages',
    /65 items; at most 64/,
  ]),
  server('fuel over 100', missionWithTasks([{ aircraftRequirement: { minFuelLevel: 101 } }]), [
    `${TASK}.aircraftRequirement.minFuelLevel`,
    /101 is more than 100/,
  ]),
  server(
    'a latitude beyond the pole',
    missionOf([stage()], { objective: { targetCoordinates: { latitude: '91' } } }),
    ['spec.objective.targetCoordinates.latitude', /"91"/],
  ),
  server(
    'a longitude in words',
    missionOf([stage()], { objective: { targetCoordinates: { longitude: '12N' } } }),
    ['spec.objective.targetCoordinates.longitude', /"12N"/],
  ),
]

const timeout = (value: unknown): JsonObject => missionOf([stage({ timeout: value })])
const TIMEOUT = 'spec.stages[0].timeout'
const texts: readonly BadInput[] = [
  server('a duration without unit', timeout('30'), [TIMEOUT, /unit is missing/]),
  server('a duration that is a number', timeout(30), [TIMEOUT, /30 is not a text/]),
  server('a negative duration', timeout('-5m'), [TIMEOUT, /without a sign/]),
  server('a duration of zero', timeout('0s'), [TIMEOUT, /longer than zero/]),
  server('an empty duration', timeout(''), [TIMEOUT, /empty/]),
  server('a duration in years', timeout('1y'), [TIMEOUT, /unknown unit "y"/]),
  checks('a duration of centuries', timeout('999999h'), [TIMEOUT, /longer than a year/]),
  server('an unknown enum value', missionOf([stage()], { priority: 'urgent' }), [
    'spec.priority',
    /"urgent" is none of low, medium, high, critical/,
  ]),
  server('an enum value in the wrong case', missionOf([stage({ type: 'Parallel' })]), [
    'spec.stages[0].type',
    /did you mean "parallel"\?/,
  ]),
  checks('an unknown field', missionOf([stage({ dependson: ['a'] })]), [
    'spec.stages[0].dependson',
    /no such field; did you mean "dependsOn"\?/,
  ]),
  server('a list where an object is meant', objectOf('Mission', []), [
    'spec',
    /a list is not an object/,
  ]),
  server('a key of a map that is a list', missionWithTasks([{ taskParams: { a: ['b'] } }]), [
    `${TASK}.taskParams.a`,
    /a list is not a text/,
  ]),
]

const pods: readonly BadInput[] = [
  checks('a podTemplate without containers', pod({ containers: [] }), [
    `${TASK}.podTemplate.spec.containers`,
    /at least one/,
  ]),
  server('a podTemplate that is a text', missionWithTasks([{ podTemplate: 'busybox' }]), [
    `${TASK}.podTemplate`,
    /not an object/,
  ]),
  server('restartPolicy Always', pod({ restartPolicy: 'Always', containers: [main] }), [
    `${TASK}.podTemplate.spec.restartPolicy`,
    /Never, OnFailure/,
  ]),
  server('a container named like a weapon', pod({ containers: [{ ...main, name: 'weapon-x' }] }), [
    `${TASK}.podTemplate.spec.containers[0].name`,
    /reserved for the loadout/,
  ]),
  checks('two containers of one name', pod({ containers: [main, main] }), [
    `${TASK}.podTemplate.spec.containers[1].name`,
    /another container/,
  ]),
  checks(
    'a volume named weapon-interface beside a loadout',
    pod({ containers: [main], volumes: [{ name: 'weapon-interface', emptyDir: {} }] }, armed),
    [`${TASK}.podTemplate.spec.volumes[0].name`, /reserved/],
  ),
  checks(
    'a mount at /interface beside a loadout',
    pod(
      { containers: [{ ...main, volumeMounts: [{ name: 'v', mountPath: '/interface/' }] }] },
      armed,
    ),
    [`${TASK}.podTemplate.spec.containers[0].volumeMounts[0].mountPath`, /reserved/],
  ),
  checks('a scheduler of its own', pod({ containers: [main], schedulerName: 'mine' }), [
    `${TASK}.podTemplate.spec.schedulerName`,
    /sortie-scheduler/,
  ]),
  checks('a node name', pod({ containers: [main], nodeName: 'n1' }), [
    `${TASK}.podTemplate.spec.nodeName`,
    /not allowed/,
  ]),
]

const others: readonly BadInput[] = [
  server('parameters without templateRef', missionOf([stage()], { parameters: { a: 1 } }), [
    'spec.parameters',
    /need a templateRef/,
  ]),
  server('stages and templateRef together', missionOf([stage()], { templateRef: { name: 't' } }), [
    'spec.templateRef',
    /exactly one/,
  ]),
  server(
    'a weapon in another namespace',
    missionWithTasks([{ weaponLoadout: [{ weapon: 'ns/radar' }] }]),
    [`${TASK}.weaponLoadout[0].weapon`, /"ns\/radar"/],
  ),
  server(
    'a weapon twice',
    objectOf('FlightTask', {
      weaponLoadout: [{ weaponRef: { name: 'a' } }, { weaponRef: { name: 'a' } }],
    }),
    ['spec.weaponLoadout[1].weaponRef.name', /listed once/],
  ),
  checks('a weapon without image', objectOf('Weapon', {}), ['spec.image.repository', /is missing/]),
  checks('an image with spaces', objectOf('Weapon', { image: { repository: 'a b' } }), [
    'spec.image.repository',
    /no image reference/,
  ]),
  checks('an image with two tags', objectOf('Weapon', { image: { repository: 'x:a:b' } }), [
    'spec.image.repository',
    /no image reference/,
  ]),
  server(
    'an unknown update strategy',
    objectOf('Weapon', { image: { repository: 'x' }, updateStrategy: { type: 'Hot' } }),
    ['spec.updateStrategy.type', /OnNextTask/],
  ),
  server('an empty loadout', objectOf('WeaponLoadout', { weapons: [] }), [
    'spec.weapons',
    /at least 1/,
  ]),
  checks('a gate of our own', missionOf([stage({ startGates: [{ name: 'dependencies' }] })]), [
    'spec.stages[0].startGates[0].name',
    /Sortie's own gate/,
  ]),
]

export const BAD_INPUTS: readonly BadInput[] = [
  ...names,
  ...graph,
  ...numbers,
  ...texts,
  ...pods,
  ...others,
]
