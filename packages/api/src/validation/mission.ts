/** Checks of Mission, MissionStage and MissionTemplate. */
import { type JsonValue, MAX_NAME_LENGTH } from '@sortie/machinery'
import { GATES } from '../constants.ts'
import { rootSchema } from '../crd.ts'
import type { FailurePolicy, MissionSpec, MissionStageTemplate } from '../kinds/mission.ts'
import type { MissionStageSpec } from '../kinds/missionstage.ts'
import type { MissionTemplateSpec, TemplateParameter } from '../kinds/templates.ts'
import { MESSAGES } from '../messages.ts'
import { MAX_TASK_NAME, stageObjectName, taskObjectName } from '../naming/names.ts'
import { copyName, nameTasks } from '../naming/tasks.ts'
import { renderTemplate, valueProblem } from '../templates/render.ts'
import { checkDependencies } from './dag.ts'
import { type CheckContext, type ValidationOptions, validateObject } from './object.ts'
import { type Path, type Problem, problem, show, under, warning } from './problem.ts'
import { checkLimit, checkStageTasks } from './tasks.ts'

/** All that is wrong with a Mission; where its stages come from a template, check what `renderTemplate` gives as well. */
export function validateMission(object: unknown, options?: ValidationOptions): readonly Problem[] {
  return validateObject<MissionSpec>(
    object,
    { kind: 'Mission', schema: rootSchema('Mission'), check: checkMission },
    options,
  )
}

function checkMission(spec: MissionSpec, context: CheckContext): readonly Problem[] {
  const found: Problem[] = []
  const stages = spec.stages ?? []
  if ((spec.templateRef !== undefined) === stages.length > 0) {
    const path = stages.length > 0 ? ['spec', 'templateRef'] : ['spec', 'stages']
    found.push(problem(path, 'Exclusive', MESSAGES.stagesOrTemplate))
  }
  if (spec.parameters !== undefined && spec.templateRef === undefined) {
    found.push(problem(['spec', 'parameters'], 'Exclusive', MESSAGES.parametersWithoutTemplate))
  }
  const { failurePolicy, cancellationPolicy } = spec.config
  return [
    ...found,
    ...under(['spec', 'stages'], checkStages(stages, context)),
    ...under(['spec', 'config', 'failurePolicy'], checkFailurePolicy(failurePolicy)),
    ...checkLimit(cancellationPolicy.gracePeriod, [
      'spec',
      'config',
      'cancellationPolicy',
      'gracePeriod',
    ]),
  ]
}

/** The stages of a mission, as written or as rendered from a template. Paths start at the list. */
export function checkStages(
  stages: readonly MissionStageTemplate[],
  context: CheckContext,
): readonly Problem[] {
  return [
    ...checkDependencies('stage', stages, []),
    ...stages.flatMap((stage, index) => under([index], checkStage(stage, context))),
  ]
}

function checkStage(stage: MissionStageTemplate, context: CheckContext): readonly Problem[] {
  const tasks = stage.flightTasks ?? []
  const found: Problem[] = []
  if (tasks.length === 0) {
    found.push(
      warning(['flightTasks'], 'NoEffect', 'the stage has no tasks and ends as soon as it starts'),
    )
  }
  stage.startGates?.forEach((gate, index) => {
    if (gate.name !== GATES.dependencies) return
    const what = `${show(gate.name)} is Sortie's own gate; give yours another name`
    found.push(problem(['startGates', index, 'name'], 'Reserved', what))
  })
  const { podPolicy } = context
  return [
    ...found,
    ...checkLimit(stage.timeout, ['timeout']),
    ...under(['flightTasks'], checkStageTasks(tasks, { type: stage.type, podPolicy })),
    ...checkNameLength(stage, context.name),
  ]
}

/** Only the longest name is told of: one message per stage is enough. */
function checkNameLength(stage: MissionStageTemplate, mission: string): readonly Problem[] {
  let longest: { readonly path: Path; readonly length: number; readonly task: string } | undefined
  nameTasks(stage.flightTasks ?? []).forEach((task, index) => {
    const last = task.count === undefined ? task.name : copyName(task.name, task.count)
    const { length } = `${mission}-${stage.name}-${last}`
    if (length > (longest?.length ?? MAX_TASK_NAME)) {
      longest = { path: ['flightTasks', index, 'name'], length, task: last }
    }
  })
  if (longest !== undefined) {
    const made = taskObjectName({ mission, stage: stage.name, task: longest.task })
    return [
      longName(longest.path, longest.length - MAX_TASK_NAME, { length: longest.length, made }),
    ]
  }
  const { length } = `${mission}-${stage.name}`
  if (length <= MAX_NAME_LENGTH) return []
  const made = stageObjectName(mission, stage.name)
  return [longName(['name'], length - MAX_NAME_LENGTH, { length, made })]
}

/** The name that is made is shown whole: its end tells it from others. */
function longName(
  path: Path,
  excess: number,
  { length, made }: { readonly length: number; readonly made: string },
): Problem {
  const many = `would have ${length} characters, ${excess} too many`
  return warning(path, 'LongName', `the name of its object ${many}, and becomes "${made}"`)
}

export function checkFailurePolicy(policy: Partial<FailurePolicy>): readonly Problem[] {
  const found: Problem[] = []
  if (policy.backoff !== undefined && policy.retryStrategy !== 'custom') {
    const message = `has no effect with retryStrategy ${policy.retryStrategy ?? 'exponential'}; use custom`
    found.push(warning(['backoff'], 'NoEffect', message))
  }
  const { backoff } = policy
  if (backoff !== undefined && backoff.maxSeconds < backoff.baseSeconds) {
    const message = `${backoff.maxSeconds} is less than baseSeconds, ${backoff.baseSeconds}`
    found.push(problem(['backoff', 'maxSeconds'], 'Bounds', message))
  }
  return found
}

/** All that is wrong with a MissionStage, whether a mission made it or a person. */
export function validateMissionStage(
  object: unknown,
  options?: ValidationOptions,
): readonly Problem[] {
  return validateObject<MissionStageSpec>(
    object,
    { kind: 'MissionStage', schema: rootSchema('MissionStage'), check: checkMissionStage },
    options,
  )
}

function checkMissionStage(spec: MissionStageSpec, context: CheckContext): readonly Problem[] {
  const { podPolicy } = context
  const tasks = checkStageTasks(spec.flightTasks ?? [], { type: spec.stageType, podPolicy })
  return [
    ...under(['spec', 'flightTasks'], tasks),
    ...under(['spec', 'failurePolicy'], checkFailurePolicy(spec.failurePolicy)),
    ...checkLimit(spec.config?.timeout, ['spec', 'config', 'timeout']),
  ]
}

/** All that is wrong with a MissionTemplate; it is rendered with its defaults where that can be done. */
export function validateMissionTemplate(
  object: unknown,
  options?: ValidationOptions,
): readonly Problem[] {
  return validateObject<MissionTemplateSpec>(
    object,
    {
      kind: 'MissionTemplate',
      schema: rootSchema('MissionTemplate'),
      check: checkMissionTemplate,
    },
    options,
  )
}

function checkMissionTemplate(
  spec: MissionTemplateSpec,
  context: CheckContext,
): readonly Problem[] {
  const parameters = spec.parameters ?? []
  const wrong = parameters.flatMap((parameter, index) =>
    under(['spec', 'parameters', index], checkParameter(parameter)),
  )
  if (wrong.length > 0) return wrong
  // Parameters without default take a stand-in, so that what does not depend on them is checked.
  const standIns = parameters.filter((parameter) => parameter.default === undefined)
  const values = Object.fromEntries(
    standIns.map((parameter) => [parameter.name, standIn(parameter)] as const),
  )
  const { stages, problems } = renderTemplate({ spec }, values)
  if (problems.length > 0) return problems
  return under(['spec', 'stages'], checkStages(stages, context))
}

function checkParameter(parameter: TemplateParameter): readonly Problem[] {
  const choices = parameter.enum ?? []
  if (parameter.type === 'enum' && choices.length === 0) {
    return [problem(['enum'], 'Required', MESSAGES.enumWithoutValues)]
  }
  if (parameter.default === undefined) return []
  const wrong = valueProblem(parameter, parameter.default)
  return wrong === undefined ? [] : [problem(['default'], 'Parameter', wrong)]
}

function standIn(parameter: TemplateParameter): JsonValue {
  switch (parameter.type) {
    case 'string':
    case 'enum':
      return parameter.enum?.[0] ?? 'x'
    case 'integer':
      return 1
    case 'boolean':
      return true
    case 'duration':
      return '1m'
  }
}
