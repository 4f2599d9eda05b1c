import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import {
  API_VERSION,
  MISSION_TEMPLATES,
  type MissionTemplate,
  WEAPON_LOADOUTS,
  WEAPONS,
  type WeaponLoadout,
} from '@sortie/api'
import { findCondition, type KubeObject, NAMESPACES, type ResourceType } from '@sortie/machinery'
import { type Harness, startHarness } from '../harness.fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(() => harness.stop())

const create = (type: ResourceType, metadata: { name: string; namespace?: string }, spec: object) =>
  harness.cluster.client.resource<KubeObject>(type).create({
    apiVersion: API_VERSION,
    kind: type.kind,
    metadata: { namespace: 'default', ...metadata },
    spec,
  } as KubeObject)
const createWeapon = (hardpoints: number, namespace = 'default') =>
  create(
    WEAPONS,
    { name: 'radar', namespace },
    { image: { repository: 'radar' }, resources: { hardpoints } },
  )
const loadout = async () => {
  const ref = { namespace: 'default', name: 'l' }
  const { status } = await harness.cluster.client.resource<WeaponLoadout>(WEAPON_LOADOUTS).get(ref)
  const condition = findCondition(status?.conditions, 'LoadoutValid')
  return `${condition?.status} ${condition?.reason} ${status?.totalHardpoints}`
}
const writesTo = (plural: string) =>
  harness.writes().filter(({ path }) => path.includes(`/${plural}/`)).length

test('a loadout turns valid when its weapon comes, and says so when it goes', async () => {
  await harness.startOperator()
  await create(WEAPON_LOADOUTS, { name: 'l' }, { weapons: [{ weapon: 'radar', quantity: 2 }] })
  await harness.pass(50)
  assert.equal(await loadout(), 'False WeaponNotFound undefined')
  await createWeapon(3)
  await harness.pass(50)
  assert.equal(await loadout(), 'True LoadoutValid 6')
  await harness.cluster.client.resource(WEAPONS).delete({ namespace: 'default', name: 'radar' })
  await harness.pass(50)
  assert.equal(await loadout(), 'False WeaponNotFound undefined')
  assert.equal(writesTo('weaponloadouts'), 3)
})

test('a loadout finds its weapons in the shared namespace, whichever the operator looks after', async () => {
  await harness.cluster.client
    .resource<KubeObject>(NAMESPACES)
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'arsenal' } })
  await createWeapon(3, 'arsenal')
  await create(WEAPON_LOADOUTS, { name: 'l' }, { weapons: [{ weapon: 'radar' }] })
  const stop = await harness.startOperator({ weaponNamespace: 'arsenal' })
  assert.equal(await loadout(), 'True LoadoutValid 3')
  await stop()
  await harness.startOperator({ namespace: 'default', weaponNamespace: 'arsenal' })
  assert.equal(await loadout(), 'True LoadoutValid 3')
  assert.equal(writesTo('weaponloadouts'), 1)
})

test('a template is written once, also over restarts, and nothing is written while nothing changes', async () => {
  await create(
    MISSION_TEMPLATES,
    { name: 't' },
    {
      parameters: [{ name: 'area' }, { name: 'rounds', type: 'integer' }],
      stages: [{ name: 's', flightTasks: [{ name: 'a' }] }],
    },
  )
  const stop = await harness.startOperator()
  const ref = { namespace: 'default', name: 't' }
  const { status } = await harness.cluster.client
    .resource<MissionTemplate>(MISSION_TEMPLATES)
    .get(ref)
  assert.equal(status?.parameterNames, 'area, rounds')
  await stop()
  await harness.startOperator()
  await harness.pass(2000)
  assert.equal(writesTo('missiontemplates'), 1)
})
