import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AircraftFacts, parseAircraft } from '@sortie/api'
import { makeAircraft } from '@sortie/testing'
import type { LoadoutItem } from '../pod/index.ts'
import {
  conditionOf,
  decide,
  kinds,
  makeWeapon,
  observe,
  startObservation,
  type WeaponOptions,
} from './fixtures.ts'
import { judgeLoadout, type LoadoutObservation } from './loadout.ts'

const item = (weapon: string, changes: Partial<LoadoutItem> = {}): LoadoutItem => ({
  weapon,
  quantity: 1,
  mountPoints: [],
  ...changes,
})
const fleet = (
  ...options: NonNullable<Parameters<typeof makeAircraft>[1]>[]
): readonly AircraftFacts[] =>
  options.flatMap((option, index) => {
    const reading = parseAircraft(makeAircraft(`viper-${index}`, option))
    return reading.kind === 'aircraft' ? [reading.facts] : []
  })

function loadout(
  items: readonly LoadoutItem[],
  weapons: Readonly<Record<string, WeaponOptions>>,
  changes: Partial<LoadoutObservation> = {},
) {
  const made = Object.entries(weapons).map(([name, options]) => makeWeapon(name, options))
  return startObservation(made, { loadout: { items, ...changes } }).loadout
}

const fits = (aircraftTypes: string[], hardpointTypes: string[] = []): WeaponOptions => ({
  spec: { compatibility: { aircraftTypes, hardpointTypes } },
})

test('verdicts', async (t) => {
  const mounts = {
    annotations: { 'aircraft.mil/hardpoints': '{"hp1":"internal-bay","hp2":"wing"}' },
  }
  const internal = { aim: fits([], ['internal-bay']) }
  const isHardpointType = (name: string) => name === 'internal-bay' || name === 'wing'
  const cases: readonly [string, LoadoutObservation, string, string][] = [
    ['nothing carried', loadout([], {}), 'j20', 'valid'],
    ['all there and no demands', loadout([item('aim')], { aim: {} }), 'j20', 'valid'],
    [
      'a weapon that is missing',
      loadout([item('aim'), item('bomb')], { aim: {} }),
      'j20',
      'WeaponNotFound',
    ],
    [
      'a loadout that is missing',
      loadout([], {}, { missingLoadout: 'default/sweep' }),
      'j20',
      'LoadoutNotFound',
    ],
    [
      'an aircraft type that fits',
      loadout([item('aim')], { aim: fits(['f22', 'j20']) }),
      'j20',
      'valid',
    ],
    ['one that does not', loadout([item('aim')], { aim: fits(['f22']) }), 'j20', 'Incompatible'],
    ['a task of any type', loadout([item('aim')], { aim: fits(['f22']) }), '', 'valid'],
    [
      'a mount point of the right type by the aircraft (D12)',
      loadout([item('aim', { mountPoints: ['hp1'] })], internal, { fleet: fleet(mounts) }),
      'j20',
      'valid',
    ],
    [
      'a mount point of another type',
      loadout([item('aim', { mountPoints: ['hp2'] })], internal, { fleet: fleet(mounts) }),
      'j20',
      'Incompatible',
    ],
    [
      'a mount point that one of the aircraft has right',
      loadout([item('aim', { mountPoints: ['hp2'] })], internal, {
        fleet: fleet(mounts, {
          annotations: { 'aircraft.mil/hardpoints': '{"hp2":"internal-bay"}' },
        }),
      }),
      'j20',
      'valid',
    ],
    [
      'a mount point that no aircraft describes',
      loadout([item('aim', { mountPoints: ['hp9'] })], internal, {
        fleet: fleet(mounts),
        isHardpointType,
      }),
      'j20',
      'valid',
    ],
    [
      'a mount point that is itself the type',
      loadout([item('aim', { mountPoints: ['internal-bay'] })], internal, { isHardpointType }),
      'j20',
      'valid',
    ],
    [
      'a mount point that is itself another type',
      loadout([item('aim', { mountPoints: ['wing'] })], internal, { isHardpointType }),
      'j20',
      'Incompatible',
    ],
    [
      'a weapon that fits every mount',
      loadout([item('aim', { mountPoints: ['hp2'] })], { aim: {} }, { fleet: fleet(mounts) }),
      'j20',
      'valid',
    ],
    [
      'as many hardpoints as an aircraft has (D13)',
      loadout(
        [item('aim', { quantity: 6 })],
        { aim: {} },
        { fleet: fleet({ hardpoints: 4 }, { hardpoints: 6 }) },
      ),
      'j20',
      'valid',
    ],
    [
      'more than any has',
      loadout(
        [item('aim', { quantity: 7 })],
        { aim: {} },
        { fleet: fleet({ hardpoints: 4 }, { hardpoints: 6 }) },
      ),
      'j20',
      'Incompatible',
    ],
    [
      'more, counted over all weapons',
      loadout(
        [item('aim', { quantity: 2 }), item('bomb')],
        { aim: {}, bomb: { spec: { resources: { hardpoints: 3 } } } },
        { fleet: fleet({ hardpoints: 4 }) },
      ),
      'j20',
      'Incompatible',
    ],
    [
      'more than a fleet that is not there',
      loadout([item('aim', { quantity: 99 })], { aim: {} }),
      'j20',
      'valid',
    ],
    [
      'quantity 0',
      loadout([item('aim', { quantity: 0 })], { aim: {} }, { fleet: fleet({ hardpoints: 0 }) }),
      'j20',
      'valid',
    ],
    [
      'a mount point called like a property of every object',
      loadout([item('aim', { mountPoints: ['__proto__', 'constructor'] })], internal, {
        fleet: fleet(mounts),
      }),
      'j20',
      'valid',
    ],
  ]
  for (const [name, observed, type, expected] of cases) {
    await t.test(name, () => {
      const verdict = judgeLoadout(observed, type)
      assert.equal(verdict.kind === 'valid' ? 'valid' : verdict.reason, expected)
    })
  }
})

test('an incompatible loadout fails the task, naming weapon, aircraft and what would fit', () => {
  const spec = {
    aircraftRequirement: { type: 'j20' },
    weaponLoadout: [{ weaponRef: { name: 'aim' } }],
  }
  const observed = observe({ spec })
  const start = startObservation([makeWeapon('aim', fits(['f22', 'f35']))], {
    loadout: { items: observed.order.loadout },
  })
  const plan = decide({ ...observed, start })
  assert.equal(plan.status.phase, 'Failed')
  assert.equal(conditionOf(plan, 'LoadoutValid')?.status, 'False')
  assert.equal(conditionOf(plan, 'LoadoutValid')?.reason, 'Incompatible')
  assert.match(
    plan.status.message ?? '',
    /default\/aim does not fit aircraft "j20"; it fits f22, f35/,
  )
  assert.deepEqual(kinds(plan), [])
})

test('a missing weapon makes the task wait, not fail', () => {
  const spec = { weaponLoadout: [{ weaponRef: { name: 'aim' } }] }
  const observed = observe({ spec })
  const start = startObservation([], {
    loadout: { items: observed.order.loadout, searched: ['default', 'arsenal'] },
  })
  const plan = decide({ ...observed, start })
  assert.equal(plan.status.phase, 'Pending')
  assert.equal(conditionOf(plan, 'LoadoutValid')?.reason, 'WeaponNotFound')
  assert.match(
    plan.status.message ?? '',
    /"aim" does not exist in namespace default and in arsenal/,
  )
  assert.deepEqual(kinds(plan), [])
})

test('the loadout of a task that flies is not judged again', () => {
  const spec = { weaponLoadout: [{ weaponRef: { name: 'aim' } }] }
  const observed = observe({ spec })
  const flying = decide({
    ...observed,
    pods: [],
    start: startObservation([makeWeapon('aim')], { loadout: { items: observed.order.loadout } }),
  })
  assert.deepEqual(kinds(flying), ['create'])
})
