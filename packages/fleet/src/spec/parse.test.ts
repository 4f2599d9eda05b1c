import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseFleet } from './parse.ts'

function problemsOf(source: string): string[] {
  try {
    parseFleet(source, 'fleet.yaml')
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}

describe('a fleet file', () => {
  test('gives groups with defaults for what it leaves out', () => {
    const fleet = parseFleet('aircraft:\n- type: j20\n  count: 2\n')
    const [group] = fleet.aircraft
    assert.equal(group?.namePrefix, 'j20')
    assert.equal(group?.slots, 1)
    assert.deepEqual(group?.fuelLevel, { min: 90, max: 90 })
    assert.equal(fleet.heartbeat, 'lease')
    assert.equal(fleet.fuel, undefined)
  })

  test('says everything there is to say about aircraft and rules', () => {
    const fleet = parseFleet(`
heartbeat: none
heartbeatSeconds: 2.5
fuel: {}
aircraft:
- type: H6K
  namePrefix: heavy
  count: 3
  zones: [north, south]
  base: base-1
  fuelLevel: 70..95
  hardpoints: 8
  hardpointTypes: {hp1: pylon}
  capabilities: [bombing]
  compatibleWeapons: [kd-20]
  slots: 2
  cpu: 4
  memory: 8Gi
  labels: {squadron: "7"}
  fuelBurnPerHour: 9.5
rules:
- match: {image: "*.bad/*", role: main, chance: 0.5}
  duration: 1s..3s
  termination: ignore
  exitCode: 2
- duration: forever
`)
    const [group] = fleet.aircraft
    assert.deepEqual(group?.fuelLevel, { min: 70, max: 95 })
    assert.equal(group?.cpu, '4')
    assert.deepEqual(fleet.rules[0]?.duration, { min: 1000, max: 3000 })
    assert.equal(fleet.rules[0]?.termination, 'ignore')
    assert.deepEqual(fleet.rules[1], { match: {}, duration: 'forever' })
    assert.deepEqual(fleet.fuel, { refuelPerMinute: 5 })
  })

  const cases: Readonly<Record<string, readonly [source: string, problem: RegExp]>> = {
    'an empty file': ['', /^fleet.yaml:1:1: the file is empty$/],
    'a list': ['- a\n', /^fleet.yaml:1:1: must be a map, not a list$/],
    'a text': ['hello\n', /must be a map, not "hello"/],
    'two documents': ['aircraft: []\n---\naircraft: []\n', /:3:1: one document only/],
    'broken syntax': ['aircraft: [\n', /^fleet.yaml:2:1: /],
    tabs: ['aircraft:\n\t- type: j20\n', /^fleet.yaml:2:1: Tabs are not allowed/],
    'no aircraft': ['rules: []\n', /aircraft is missing/],
    'an unknown field': [
      'aircraft:\n- type: j20\n  coun: 2\n',
      /^fleet.yaml:3:3: aircraft\[0\].coun: unknown field "coun": did you mean count\?$/,
    ],
    'no type': ['aircraft:\n- count: 2\n', /^fleet.yaml:2:3: aircraft\[0\]: type is missing/],
    'a fractional count': [
      'aircraft:\n- type: j20\n  count: 1.5\n',
      /^fleet.yaml:3:10: aircraft\[0\].count: must be a whole number from 0 to 20000, not 1.5$/,
    ],
    'a negative count': ['aircraft:\n- {type: j20, count: -1}\n', /count: must be a whole number/],
    'a textual count': ['aircraft:\n- {type: j20, count: many}\n', /not "many"/],
    'a quantity that is none': [
      'aircraft:\n- {type: j20, memory: lots}\n',
      /"lots" is no quantity/,
    ],
    'a fuel level past full': ['aircraft:\n- {type: j20, fuelLevel: 101}\n', /no fuel level/],
    'a fuel level upside down': ['aircraft:\n- {type: j20, fuelLevel: 9..3}\n', /no fuel level/],
    'a type that is no label': ['aircraft:\n- {type: 歼二十}\n', /can't be the value of a label/],
    'a type that is no name': ['aircraft:\n- {type: A_1}\n', /give a namePrefix/],
    'a prefix in upper case': ['aircraft:\n- {type: a, namePrefix: A}\n', /namePrefix: "A":/],
    'the same names twice': ['aircraft:\n- {type: a}\n- {type: a}\n', /two groups/],
    'no zone': ['aircraft:\n- {type: a, zones: []}\n', /zones is empty/],
    'too many': ['aircraft:\n- {type: a, count: 15000}\n- {type: b, count: 15000}\n', /30000/],
    'a duration without unit': ['aircraft:\n- {type: a}\nrules:\n- duration: 5\n', /no duration/],
    'a span upside down': ['aircraft:\n- {type: a}\nrules:\n- pull: 3s..1s\n', /no span of time/],
    'an unknown role': [
      'aircraft:\n- {type: a}\nrules:\n- match: {role: pilot}\n',
      /rules\[0\].match.role: must be one of init, sidecar, main, not "pilot"/,
    ],
    'metrics that are neither on nor off': [
      'metrics: maybe\naircraft:\n- {type: a}\n',
      /metrics: must be true or false/,
    ],
    'a chance past one': ['aircraft:\n- {type: a}\nrules:\n- match: {chance: 2}\n', /from 0 to 1/],
    'a field without value': ['aircraft:\n- type: a\n  count:\n', /count: .*not nothing/],
  }
  for (const [name, [source, problem]] of Object.entries(cases)) {
    test(`is refused for ${name}`, () => {
      assert.match(problemsOf(source)[0] ?? 'no problem', problem)
    })
  }

  test('may begin with a byte order mark', () => {
    assert.deepEqual(problemsOf('\uFEFFaircraft:\n- type: j20\n'), [])
  })

  test('shows at most ten of its problems', () => {
    const groups = Array.from({ length: 15 }, () => '- count: 1\n').join('')
    const problems = problemsOf(`aircraft:\n${groups}`)
    assert.equal(problems.length, 11)
    assert.match(problems[10] ?? '', /^and \d+ more$/)
  })
})
