/** The stages of a mission that refers to a MissionTemplate. */
import {
  formatProblem,
  hasErrors,
  type Mission,
  type MissionStageTemplate,
  type MissionTemplate,
  REASONS,
  renderTemplate,
} from '@sortie/api'
import type { JsonObject, Stored } from '@sortie/machinery'

export type Rendered =
  | { readonly kind: 'stages'; readonly stages: readonly MissionStageTemplate[] }
  /** It may yet come, or be corrected by its author: the mission waits. */
  | { readonly kind: 'missing'; readonly reason: string; readonly message: string }
  /** What the mission says does not fit the template. */
  | { readonly kind: 'invalid'; readonly reason: string; readonly problems: readonly string[] }

/** Renders the template with the mission's parameters. Never throws. */
export function stagesFromTemplate(
  mission: Stored<Mission>,
  template: Stored<MissionTemplate> | undefined,
): Rendered {
  const name = mission.spec.templateRef?.name ?? ''
  if (template === undefined) {
    const namespace = mission.metadata.namespace ?? 'default'
    const message = `waits for MissionTemplate ${name} to appear in namespace ${namespace}`
    return { kind: 'missing', reason: REASONS.templateNotFound, message }
  }
  const parameters = (mission.spec.parameters ?? {}) as JsonObject
  const { stages, problems } = renderTemplate(template as MissionTemplate, parameters)
  if (!hasErrors(problems)) return { kind: 'stages', stages }
  const errors = problems.filter(({ severity }) => severity === 'error')
  return {
    kind: 'invalid',
    reason: REASONS.templateInvalid,
    problems: errors.map((problem) => `MissionTemplate ${name}: ${formatProblem(problem)}`),
  }
}
