export { createFlightTaskController } from './controller.ts'
export { decideTask } from './decide.ts'
export type { TaskObservation } from './observation.ts'
export type { TaskPlan } from './plan.ts'
