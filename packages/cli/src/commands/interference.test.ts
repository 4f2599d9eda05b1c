/** What commands do where others write at the same time, or the server goes away in the middle. */
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import { MISSION_STAGES, type MissionStage, WEAPON_LOADOUTS } from '@sortie/api'
import { CUSTOM_RESOURCE_DEFINITIONS } from '@sortie/machinery'
import { type CommandRun, startCommandRun } from '../testing/commandrun.ts'
import { withRelay } from '../testing/relay.ts'

let it: CommandRun
before(async () => {
  it = await startCommandRun()
})
after(() => it.stop())

const stages = () => it.cluster.client.resource<MissionStage>(MISSION_STAGES)
const gatesOf = async (name: string): Promise<readonly string[]> => {
  const { spec } = await stages().get({ namespace: 'default', name })
  return (spec.startGates ?? []).map((gate) => gate.name)
}

async function makeStage(name: string, gates: readonly string[]): Promise<void> {
  const startGates = gates.map((gate) => ({ name: gate }))
  await stages().create({
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'MissionStage',
    metadata: { name, namespace: 'default' },
    spec: { stageName: name, startGates },
  } as unknown as MissionStage)
}

test('approve opens its gate although the operator changes the stage in between, and keeps that change', async () => {
  await makeStage('contested', ['dependencies', 'commander-approval'])
  let patches = 0
  const operatorFirst = async ({ method }: IncomingMessage) => {
    if (method === 'PATCH' && patches++ === 0) {
      const startGates = [{ name: 'commander-approval' }]
      const body = { spec: { startGates } }
      await stages().patch({ namespace: 'default', name: 'contested' }, { type: 'merge', body })
    }
    return 'passes' as const
  }
  await withRelay(it, operatorFirst, async (kubeconfig) => {
    const answer = await it.run(['approve', 'contested', '--kubeconfig', kubeconfig])
    const out = 'stage contested: opened commander-approval\n'
    assert.deepEqual(answer, { status: 0, out, err: '' })
  })
  assert.deepEqual(await gatesOf('contested'), [])
})

test('approve of a gate that somebody else opened in between says that it is open', async () => {
  await makeStage('raced', ['commander-approval', 'weather'])
  const otherFirst = async ({ method }: IncomingMessage) => {
    if (method === 'PATCH') {
      const body = { spec: { startGates: [{ name: 'weather' }] } }
      await stages().patch({ namespace: 'default', name: 'raced' }, { type: 'merge', body })
    }
    return 'passes' as const
  }
  await withRelay(it, otherFirst, async (kubeconfig) => {
    const gate = ['--gate', 'commander-approval', '--kubeconfig', kubeconfig]
    const { status, err } = await it.run(['approve', 'raced', ...gate])
    assert.equal(status, 4)
    assert.match(err, /has no gate commander-approval: it has weather/)
  })
  assert.deepEqual(await gatesOf('raced'), ['weather'])
})

const WEAPONS = ['first', 'second', 'third']
const MANIFEST = WEAPONS.map(
  (name) => `apiVersion: airforce.airforce.mil/v1alpha1
kind: Weapon
metadata:
  name: ${name}
spec:
  weaponName: ${name}
  image: {repository: registry.example/weapon, tag: "1"}
`,
).join('---\n')

test('apply that loses the server in the middle says what it had applied', async () => {
  const loseSecond = ({ method = '', url = '' }) =>
    method === 'PATCH' && url.includes('/second') ? ('lost' as const) : ('passes' as const)
  await withRelay(it, loseSecond, async (kubeconfig) => {
    const args = ['apply', '-f', '-', '--kubeconfig', kubeconfig]
    const { status, out, err } = await it.run(args, { stdin: MANIFEST })
    assert.equal(status, 3)
    assert.equal(out, 'weapon.airforce.airforce.mil/first created\n')
    assert.match(err, /^sortie: .*does the API server run/)
    const listed = await it.run([...args, '-o', 'json'], { stdin: MANIFEST })
    assert.equal(listed.status, 3)
    assert.equal(JSON.parse(listed.out).metadata.name, 'first')
  })
})

test('a cluster without the CRDs is told from one without the object, with the next step', async () => {
  const { plural, group } = WEAPON_LOADOUTS
  const missing = await it.run(['get', 'loadouts', 'nobody'])
  assert.equal(missing.status, 4)
  assert.doesNotMatch(missing.err, /sortie install/)
  await it.cluster.client
    .resource(CUSTOM_RESOURCE_DEFINITIONS)
    .delete({ name: `${plural}.${group}` })
  for (const words of [['loadouts'], ['loadouts', 'nobody'], ['loadouts', '-o', 'json']]) {
    const { status, out, err } = await it.run(['get', ...words])
    assert.deepEqual([status, out], [4, ''])
    assert.match(err, /could not find the requested resource.*`sortie install`/)
  }
})
