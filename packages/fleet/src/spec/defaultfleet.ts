import type { AircraftGroup, FleetSpec } from './fleetspec.ts'

/** What a group is where the file does not say. */
export const GROUP_DEFAULTS = {
  count: 1,
  zones: ['north'],
  fuelLevel: { min: 90, max: 90 },
  hardpoints: 4,
  capabilities: [],
  slots: 1,
  cpu: '8',
  memory: '16Gi',
  pods: 110,
  labels: {},
  annotations: {},
  fuelBurnPerHour: 12,
} as const satisfies Partial<AircraftGroup>

/** What the fleet is where the file does not say. */
export const FLEET_DEFAULTS = {
  rules: [],
  heartbeat: 'lease',
  heartbeatSeconds: 10,
  metrics: true,
} as const satisfies Partial<FleetSpec>

const INTERNAL_BAY = 'internal-bay'
const PYLON = 'pylon'

/** The fleet of `sortie up`: 14 aircraft of 5 types. */
export const DEFAULT_FLEET: FleetSpec = {
  ...FLEET_DEFAULTS,
  fuel: { refuelPerMinute: 5 },
  aircraft: [
    {
      ...GROUP_DEFAULTS,
      type: 'j20',
      count: 4,
      namePrefix: 'j20',
      zones: ['east', 'east', 'south', 'north'],
      base: 'east-1',
      fuelLevel: { min: 85, max: 100 },
      hardpoints: 6,
      hardpointTypes: {
        hp1: INTERNAL_BAY,
        hp2: INTERNAL_BAY,
        hp3: INTERNAL_BAY,
        hp4: INTERNAL_BAY,
        hp5: PYLON,
        hp6: PYLON,
      },
      capabilities: ['stealth', 'air-superiority', 'strike'],
    },
    {
      ...GROUP_DEFAULTS,
      type: 'j16',
      count: 4,
      namePrefix: 'j16',
      zones: ['east', 'south', 'south', 'north'],
      base: 'south-1',
      fuelLevel: { min: 70, max: 95 },
      hardpoints: 12,
      hardpointTypes: pylons(12),
      capabilities: ['air-superiority', 'strike', 'electronic-warfare'],
    },
    {
      ...GROUP_DEFAULTS,
      type: 'kj500',
      count: 2,
      namePrefix: 'kj500',
      zones: ['east', 'north'],
      base: 'north-1',
      hardpoints: 0,
      capabilities: ['early-warning', 'command'],
      fuelBurnPerHour: 7,
    },
    {
      ...GROUP_DEFAULTS,
      type: 'h6k',
      count: 2,
      namePrefix: 'h6k',
      zones: ['south', 'north'],
      base: 'south-2',
      hardpoints: 8,
      hardpointTypes: pylons(8),
      capabilities: ['bombing', 'strike', 'long-range'],
      fuelBurnPerHour: 9,
    },
    {
      ...GROUP_DEFAULTS,
      type: 'y20',
      count: 2,
      namePrefix: 'y20',
      zones: ['north', 'south'],
      base: 'north-1',
      fuelLevel: { min: 100, max: 100 },
      hardpoints: 0,
      capabilities: ['refuel', 'transport'],
      fuelBurnPerHour: 8,
    },
  ],
}

function pylons(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`hp${index + 1}`, PYLON]))
}
