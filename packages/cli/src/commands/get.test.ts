/** How `get` and the commands of one object are told what they are about, and what they say of what is not there. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CommandRun, startCommandRun } from '../testing/commandrun.ts'

let it: CommandRun
before(async () => {
  it = await startCommandRun()
  const mission = (name: string) => `apiVersion: airforce.airforce.mil/v1alpha1
kind: Mission
metadata: {name: ${name}}
spec: {stages: [{name: one, flightTasks: [{aircraft: j20}]}]}
`
  await it.run(['apply', '-f', '-'], { stdin: `${mission('dawn')}---\n${mission('dusk')}` })
})
after(() => it.stop())

test('get takes what it prints for a name: TYPE/NAME, of several types too', async () => {
  const one = await it.run(['get', 'mission/dawn'])
  assert.match(one.out, /^NAME .*\ndawn /)
  const several = await it.run(['get', 'mission/dawn', 'ns/default', 'missions/dusk'])
  assert.equal(several.status, 2)
  assert.match(several.err, /unknown resource "ns"/)
  const both = await it.run(['get', 'mission/dawn', 'mi/dusk', '-o', 'json'])
  assert.equal(JSON.parse(both.out).items.length, 2)
  const mixed = await it.run(['get', 'mission/dawn', 'dusk'])
  assert.equal(mixed.status, 2)
  assert.match(mixed.err, /"dusk": write TYPE\/NAME for each, or the type once before the names/)
  for (const words of [['mission/'], ['missions', 'mission/dawn'], ['mission/dawn', '-A']]) {
    assert.equal((await it.run(['get', ...words])).status, 2, words.join(' '))
  }
})

test('get -o name prints what get and the other commands take', async () => {
  const { status, out } = await it.run(['get', 'missions', '-o', 'name'])
  const names = 'mission.airforce.airforce.mil/dawn\nmission.airforce.airforce.mil/dusk\n'
  assert.deepEqual([status, out], [0, names])
  const again = await it.run(['get', ...out.trim().split('\n'), '-o', 'name'])
  assert.equal(again.out, out)
  const [first = ''] = out.split('\n')
  assert.match((await it.run(['suspend', first])).out, /^mission dawn suspended/)
  assert.match((await it.run(['tree', first])).out, /dawn/)
  const wrong = await it.run(['suspend', 'stage/dawn-one'])
  assert.equal(wrong.status, 2)
  assert.match(wrong.err, /"stage\/dawn-one" names no mission/)
})

test('of several names one that is not there does not hide the others', async () => {
  for (const [format, shown] of [
    ['wide', /dawn[\s\S]*dusk/],
    ['yaml', /name: dawn[\s\S]*name: dusk/],
    ['name', /\/dawn\n.*\/dusk\n$/],
  ] as const) {
    const names = ['dawn', 'nobody', 'dusk']
    const { status, out, err } = await it.run(['get', 'missions', ...names, '-o', format])
    assert.equal(status, 4)
    assert.match(out, shown)
    assert.match(err, /^sortie: .*"nobody" not found\n$/)
  }
})

test('get says where it found nothing', async () => {
  const here = await it.run(['get', 'stages', '-n', 'elsewhere'])
  assert.deepEqual(here, {
    status: 0,
    out: '',
    err: 'No resources found in elsewhere namespace.\n',
  })
  for (const words of [['stages', '-A'], ['aircraft']]) {
    assert.equal((await it.run(['get', ...words])).err, 'No resources found\n')
  }
})

test('logs refuses a number of lines that is none, and takes -1 for all', async () => {
  const { status, err } = await it.run(['logs', 'nobody', '--tail', 'few'])
  assert.equal(status, 2)
  assert.match(err, /--tail few: a number of lines, or -1 for all/)
  assert.match((await it.run(['logs', 'nobody', '--tail', '-1'])).err, /"nobody" not found/)
})
