export { createAircraftController } from './controller.ts'
export { type AircraftObservation, decideAircraft } from './decide.ts'
