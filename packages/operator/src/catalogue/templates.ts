/** The controller of MissionTemplates: says what their parameters are, and whether they can be flown. */
import { FIELD_MANAGERS, MISSION_TEMPLATES, type MissionTemplate } from '@sortie/api'
import { isDeleting } from '@sortie/machinery'
import { applyPlan, type Controller, createController } from '@sortie/runtime'
import { type ControllerDeps, selectionOf, writingFor } from '../controllers.ts'
import { decideTemplate } from './decide.ts'

/** Creates the controller; it is to be added to a manager on the informers that it asks for. */
export function createTemplateController(deps: ControllerDeps): Controller {
  const { clock, config, informers } = deps
  const templates = informers.informer<MissionTemplate>(MISSION_TEMPLATES, selectionOf(deps))
  const writing = writingFor(deps, FIELD_MANAGERS.catalogue, [templates])
  return createController<MissionTemplate>({
    ...deps,
    name: 'missiontemplate',
    primary: templates,
    barrier: writing.barrier,
    async reconcile(key) {
      const template = templates.get(key)
      if (template === undefined || isDeleting(template as MissionTemplate)) return undefined
      const plan = decideTemplate(template, clock.now())
      const owner = { type: MISSION_TEMPLATES, object: template }
      return applyPlan(writing, owner, plan)
    },
    workers: config.workers,
  })
}
