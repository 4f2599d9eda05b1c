export * from './fleet.ts'
export type { LogStreamRequest } from './kubelet/logsource.ts'
export { PLAY_ANNOTATIONS } from './kubelet/script.ts'
export { FLEET_LABEL } from './nodes/node.ts'
export { DEFAULT_FLEET, FLEET_DEFAULTS, GROUP_DEFAULTS } from './spec/defaultfleet.ts'
export type {
  AircraftGroup,
  ContainerRole,
  FleetSpec,
  FuelBehaviour,
  PlayMatch,
  PlayRule,
  Span,
} from './spec/fleetspec.ts'
export { parseFleet } from './spec/parse.ts'
