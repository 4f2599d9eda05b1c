/** Which weapon fits which aircraft, as labels and weapons say. Pure. */
import type { NodeRow, WeaponRow } from '@sortie/api'

export type Fit = 'fits' | 'wrongType' | 'tooFewHardpoints' | 'unlisted'

export interface FitOfType {
  readonly type: string
  /** Aircraft of this type, and those of them that could carry it. */
  readonly aircraft: number
  readonly able: number
  /** Why not, where none could. */
  readonly why: Fit
}

/** One weapon on one aircraft. */
export function fitOf(weapon: WeaponRow, node: NodeRow): Fit | undefined {
  const { aircraft } = node
  if (aircraft === undefined) return undefined
  const { aircraftTypes, hardpoints, name } = weapon
  if (aircraftTypes.length > 0 && !aircraftTypes.includes(aircraft.type)) return 'wrongType'
  if (aircraft.compatibleWeapons !== undefined && !aircraft.compatibleWeapons.includes(name))
    return 'unlisted'
  if ((aircraft.hardpointTotal ?? Number.POSITIVE_INFINITY) < hardpoints) return 'tooFewHardpoints'
  return 'fits'
}

/** One weapon on each type of the fleet, types in their order. */
export function fitsByType(weapon: WeaponRow, nodes: readonly NodeRow[]): readonly FitOfType[] {
  const types = new Map<string, { aircraft: number; able: number; why: Fit }>()
  for (const node of nodes) {
    const fit = fitOf(weapon, node)
    if (fit === undefined || node.aircraft === undefined) continue
    const found = types.get(node.aircraft.type) ?? { aircraft: 0, able: 0, why: fit }
    types.set(node.aircraft.type, {
      aircraft: found.aircraft + 1,
      able: found.able + (fit === 'fits' ? 1 : 0),
      why: fit === 'fits' ? 'fits' : found.why,
    })
  }
  return [...types]
    .map(([type, rest]) => ({ type, ...rest }))
    .sort((a, b) => (a.type < b.type ? -1 : 1))
}
