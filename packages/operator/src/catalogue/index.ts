export { createLoadoutController } from './loadouts.ts'
export { createTemplateController } from './templates.ts'
