export { createMissionController } from './controller.ts'
export { decideMission } from './decide.ts'
export { type MissionSources, type ObservedMission, observeMission } from './observe.ts'
