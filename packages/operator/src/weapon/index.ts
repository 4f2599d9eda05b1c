export { createWeaponController } from './controller.ts'
export { decideWeapon } from './decide.ts'
export type { WeaponObservation } from './observation.ts'
