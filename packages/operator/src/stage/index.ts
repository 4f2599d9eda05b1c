export { createStageController } from './controller.ts'
export { decideStage } from './decide.ts'
export { type ObservedStage, observeStage, type StageSources } from './observe.ts'
