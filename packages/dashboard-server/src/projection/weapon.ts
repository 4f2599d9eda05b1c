/** Weapon, WeaponLoadout and MissionTemplate to rows. */
import {
  imageOf,
  type LoadoutRow,
  type MissionTemplate,
  type TemplateRow,
  type Weapon,
  type WeaponLoadout,
  type WeaponRow,
} from '@sortie/api'
import type { Stored } from '@sortie/machinery'
import { identity, rowOf, said } from './row.ts'

export function weaponRow(weapon: Stored<Weapon>): WeaponRow {
  const { spec, status } = weapon
  const rate = status?.usage?.successRate
  const lastCondition = status?.conditions?.find(({ status: is }) => is === 'False')
  return rowOf<WeaponRow>({
    ...identity(weapon),
    title: said(spec.weaponName),
    weaponType: said(spec.weaponType),
    category: said(spec.category),
    phase: status?.phase ?? 'Available',
    image: said(status?.currentImage) ?? imageOf(spec.image) ?? '',
    version: said(spec.version?.current),
    hardpoints: spec.resources?.hardpoints ?? 1,
    lifecycle: spec.container?.lifecycle ?? 'Sidecar',
    updateStrategy: spec.updateStrategy?.type ?? 'OnNextTask',
    aircraftTypes: spec.compatibility?.aircraftTypes ?? [],
    hardpointTypes: spec.compatibility?.hardpointTypes ?? [],
    deployed: status?.usage?.totalDeployed ?? 0,
    successRate: rate === undefined ? undefined : String(rate),
    message: said(lastCondition?.message),
  })
}

export function loadoutRow(loadout: Stored<WeaponLoadout>): LoadoutRow {
  const { spec } = loadout
  return rowOf<LoadoutRow>({
    ...identity(loadout),
    aircraftType: said((spec.aircraftTypes ?? []).join(', ')),
    weapons: (spec.weapons ?? []).map(({ weapon }) => weapon),
  })
}

export function templateRow(template: Stored<MissionTemplate>): TemplateRow {
  const { spec } = template
  return rowOf<TemplateRow>({
    ...identity(template),
    parameters: (spec.parameters ?? []).map(({ name }) => name),
    description: said(spec.description),
  })
}
