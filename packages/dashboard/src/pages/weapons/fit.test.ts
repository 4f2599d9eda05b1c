import type { AircraftFacts, NodeRow, WeaponRow } from '@sortie/api'
import { expect, it } from 'vitest'
import { fitOf, fitsByType } from './fit.ts'

const weapon = (rest: Partial<WeaponRow> = {}): WeaponRow => ({
  uid: 'w',
  name: 'pod-a',
  created: 0,
  phase: 'Available',
  image: 'i',
  hardpoints: 2,
  lifecycle: 'Sidecar',
  updateStrategy: 'OnNextTask',
  aircraftTypes: [],
  hardpointTypes: [],
  deployed: 0,
  ...rest,
})
const plane = (facts: Partial<AircraftFacts> & { type: string }): NodeRow => ({
  uid: facts.type,
  name: facts.type,
  created: 0,
  ready: true,
  roles: [],
  taints: [],
  allocatable: {},
  problems: [],
  aircraft: { name: facts.type, capabilities: [], hardpoints: {}, ...facts },
})

it('asks for the type, for the list of the aircraft, for hardpoints, in this order', () => {
  expect(fitOf(weapon(), plane({ type: 'drone' }))).toBe('fits')
  expect(fitOf(weapon({ aircraftTypes: ['jet'] }), plane({ type: 'drone' }))).toBe('wrongType')
  expect(fitOf(weapon(), plane({ type: 'drone', compatibleWeapons: ['other'] }))).toBe('unlisted')
  expect(fitOf(weapon(), plane({ type: 'drone', hardpointTotal: 1 }))).toBe('tooFewHardpoints')
})

it('counts the able aircraft of each type', () => {
  const nodes = [
    plane({ type: 'drone', hardpointTotal: 1 }),
    plane({ type: 'drone', hardpointTotal: 4 }),
    plane({ type: 'awacs', hardpointTotal: 0 }),
  ]
  expect(fitsByType(weapon(), nodes)).toEqual([
    { type: 'awacs', aircraft: 1, able: 0, why: 'tooFewHardpoints' },
    { type: 'drone', aircraft: 2, able: 1, why: 'fits' },
  ])
})

it('passes over nodes that are no aircraft', () => {
  const { aircraft: _, ...node } = plane({ type: 'x' })
  expect(fitsByType(weapon(), [node as NodeRow])).toEqual([])
})
