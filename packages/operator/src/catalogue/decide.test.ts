import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  API_VERSION,
  type MissionTemplate,
  type MissionTemplateSpec,
  type WeaponLoadout,
  type WeaponLoadoutSpec,
} from '@sortie/api'
import { findCondition, type Stored } from '@sortie/machinery'
import type { Plan } from '@sortie/runtime'
import { readWeapon, type WeaponFacts } from '../pod/index.ts'
import { START, statusOf } from '../stage/fixtures.ts'
import { decideLoadout, decideTemplate } from './decide.ts'

const metadata = {
  name: 'x',
  namespace: 'default',
  uid: 'u',
  resourceVersion: '1',
  generation: 3,
  creationTimestamp: '2026-11-23T10:00:00Z',
}
const templateOf = (
  spec: Partial<MissionTemplateSpec>,
  status: MissionTemplate['status'] = {},
): Stored<MissionTemplate> =>
  ({
    apiVersion: API_VERSION,
    kind: 'MissionTemplate',
    metadata,
    spec: { stages: [{ name: 's', flightTasks: [{ name: 'a' }] }], ...spec },
    status,
  }) as unknown as Stored<MissionTemplate>
const loadoutOf = (
  weapons: readonly { readonly weapon: string; readonly quantity?: number }[],
  { aircraftTypes = [], status = {} }: { aircraftTypes?: string[]; status?: object } = {},
): Stored<WeaponLoadout> =>
  ({
    apiVersion: API_VERSION,
    kind: 'WeaponLoadout',
    metadata,
    spec: { weapons, aircraftTypes } as unknown as WeaponLoadoutSpec,
    status,
  }) as unknown as Stored<WeaponLoadout>
const weaponOf = (name: string, hardpoints: number, aircraftTypes: string[] = []): WeaponFacts =>
  readWeapon({
    apiVersion: API_VERSION,
    kind: 'Weapon',
    metadata: { ...metadata, name },
    spec: { resources: { hardpoints }, compatibility: { aircraftTypes } },
  } as unknown as Stored<WeaponLoadout>)
const arsenal = (...weapons: WeaponFacts[]) => ({
  weaponOf: (name: string) => weapons.find((weapon) => weapon.name === name),
  searched: ['default', 'arsenal'],
})
const said = (plan: Plan<{ readonly conditions?: unknown }>, type: string) =>
  findCondition(statusOf(plan).conditions as never, type)

describe('a template says what it can be given, and whether it is right', () => {
  const parameters = [
    { name: 'area', type: 'string' as const },
    { name: 'rounds', type: 'integer' as const, default: 2 },
  ]
  test('its parameters are listed for kubectl get', () => {
    const plan = decideTemplate(templateOf({ parameters }), START)
    assert.equal(statusOf(plan).parameterNames, 'area, rounds')
    assert.equal(said(plan, 'Accepted')?.status, 'True')
    assert.equal(statusOf(plan).observedGeneration, 3)
    assert.deepEqual(plan.events, [])
  })
  test('one that is wrong says where, as a condition and as an event', () => {
    const wrong = [{ name: 'rounds', type: 'integer' as const, default: 'two' }]
    const plan = decideTemplate(templateOf({ parameters: wrong }), START)
    assert.equal(said(plan, 'Accepted')?.status, 'False')
    assert.match(said(plan, 'Accepted')?.message ?? '', /parameters/)
    assert.deepEqual(
      plan.events?.map(({ type, reason }) => [type, reason]),
      [['Warning', 'Invalid']],
    )
  })
  test('a text that has no parameters any more loses the list', () => {
    const plan = decideTemplate(templateOf({}, { parameterNames: 'area' }), START)
    assert.equal('parameterNames' in statusOf(plan), false)
  })
  test('what is on record is not written again, nor told again', () => {
    const status = statusOf(decideTemplate(templateOf({ parameters }), START))
    assert.deepEqual(decideTemplate(templateOf({ parameters }, status), START + 60_000), {})
  })
})

describe('a loadout says what it takes, and follows its weapons', () => {
  const items = [{ weapon: 'radar', quantity: 2 }, { weapon: 'pod' }]
  test('each weapon takes its hardpoints times its quantity', () => {
    const plan = decideLoadout(
      loadoutOf(items),
      arsenal(weaponOf('radar', 3), weaponOf('pod', 1)),
      START,
    )
    assert.equal(statusOf(plan).totalHardpoints, 7)
    assert.equal(said(plan, 'LoadoutValid')?.status, 'True')
  })
  test('missing weapons are named, with the namespaces that were searched', () => {
    const plan = decideLoadout(
      loadoutOf(items, { status: { totalHardpoints: 7 } }),
      arsenal(weaponOf('pod', 1)),
      START,
    )
    const condition = said(plan, 'LoadoutValid')
    assert.equal(condition?.reason, 'WeaponNotFound')
    assert.equal(
      condition?.message,
      'Weapon radar does not exist in namespace default and in arsenal',
    )
    assert.equal('totalHardpoints' in statusOf(plan), false)
  })
  test('a weapon that fits none of an aircraft type it is meant for is named with what would fit', () => {
    const plan = decideLoadout(
      loadoutOf([{ weapon: 'radar' }], { aircraftTypes: ['j20', 'h6k'] }),
      arsenal(weaponOf('radar', 1, ['h6k'])),
      START,
    )
    const condition = said(plan, 'LoadoutValid')
    assert.equal(condition?.reason, 'Incompatible')
    assert.equal(condition?.message, 'Weapon default/radar does not fit j20; it fits h6k')
  })
  test('what is on record is not written again', () => {
    const sources = arsenal(weaponOf('radar', 3))
    const status = statusOf(decideLoadout(loadoutOf(items), sources, START))
    assert.deepEqual(decideLoadout(loadoutOf(items, { status }), sources, START + 60_000), {})
  })
})
