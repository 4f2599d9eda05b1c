/** MissionTemplates: stages with parameters. Values are put in as they are; nothing in them is evaluated. */
import { durationProblem, isJsonObject, type JsonObject, type JsonValue } from '@sortie/machinery'
import type { MissionStageTemplate } from '../kinds/mission.ts'
import { missionStages } from '../kinds/mission.ts'
import type { MissionTemplate, TemplateParameter } from '../kinds/templates.ts'
import { applyDefaults } from '../schema/defaults.ts'
import {
  didYouMean,
  hasErrors,
  type Path,
  type Problem,
  problem,
  show,
} from '../validation/problem.ts'
import { checkShape } from '../validation/shape.ts'

export interface RenderedTemplate {
  /** Stages as in Mission.spec.stages, defaults filled in; empty where there are errors. */
  readonly stages: readonly MissionStageTemplate[]
  /** Paths under `parameters` are of the mission, the others of the template. */
  readonly problems: readonly Problem[]
}

const PLACEHOLDER = /\$?\$\{params\.([^}]*)\}/g
const WHOLE = /^\$\{params\.([^}]*)\}$/

let stagesSchema: ReturnType<typeof missionStages>['json'] | undefined

/** The stages of a template with the mission's parameters put in. Never throws. */
export function renderTemplate(
  template: Pick<MissionTemplate, 'spec'>,
  parameters: JsonObject = {},
): RenderedTemplate {
  const declared = template.spec.parameters ?? []
  const { values, problems } = parameterValues(declared, parameters)
  if (hasErrors(problems)) return { stages: [], problems }
  const renderer = new Renderer(values, new Set(declared.map((parameter) => parameter.name)))
  const rendered = renderer.render(template.spec.stages as unknown as JsonValue, ['spec', 'stages'])
  stagesSchema ??= missionStages().json
  const wrong =
    renderer.problems.length > 0 ? [] : checkShape(stagesSchema, rendered, ['spec', 'stages'])
  const all = [...problems, ...renderer.problems, ...wrong]
  if (hasErrors(all)) return { stages: [], problems: all }
  const stages = applyDefaults(stagesSchema, rendered) as unknown as readonly MissionStageTemplate[]
  return { stages, problems: all }
}

/** The value of every parameter that has one, and what is wrong with what the mission gives. */
export function parameterValues(
  declared: readonly TemplateParameter[],
  given: JsonObject,
): { readonly values: ReadonlyMap<string, JsonValue>; readonly problems: readonly Problem[] } {
  const values = new Map<string, JsonValue>()
  const problems: Problem[] = []
  const names = declared.map((parameter) => parameter.name)
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue
    const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
    const message = `the template has no such parameter; ${known}${didYouMean(name, names)}`
    problems.push(problem(parameterPath(name), 'Parameter', message))
  }
  for (const parameter of declared) {
    const value = Object.hasOwn(given, parameter.name) ? given[parameter.name] : undefined
    const chosen = value === undefined || value === null ? parameter.default : value
    if (chosen === undefined || chosen === null) {
      if (parameter.required === true) problems.push(missing(parameter))
      continue
    }
    const wrong = valueProblem(parameter, chosen)
    if (wrong === undefined) values.set(parameter.name, chosen)
    else problems.push(problem(parameterPath(parameter.name), 'Parameter', wrong))
  }
  return { values, problems }
}

const parameterPath = (name: string): Path => ['spec', 'parameters', name]

function missing(parameter: TemplateParameter): Problem {
  const what = parameter.description === undefined ? '' : ` (${parameter.description})`
  const message = `is missing; the template needs a value of type ${parameter.type}${what}`
  return problem(parameterPath(parameter.name), 'Parameter', message)
}

/** What is wrong with a value for a parameter; undefined where nothing is. */
export function valueProblem(parameter: TemplateParameter, value: JsonValue): string | undefined {
  switch (parameter.type) {
    case 'string':
      return textProblem(value) ?? choiceProblem(parameter, value)
    case 'enum':
      return textProblem(value) ?? choiceProblem(parameter, value)
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : `${show(value)} is not a whole number`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `${show(value)} is neither true nor false`
    case 'duration':
      return lengthOfTimeProblem(value)
  }
}

function textProblem(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return `${show(value)} is not a text; put it in quotes`
  return value.length > 4096
    ? `has ${value.length} characters; at most 4096 are allowed`
    : undefined
}

function choiceProblem(parameter: TemplateParameter, value: JsonValue): string | undefined {
  const choices = parameter.enum ?? []
  if (choices.length === 0 || typeof value !== 'string' || choices.includes(value)) return undefined
  return `${show(value)} is none of ${choices.join(', ')}${didYouMean(value, choices)}`
}

function lengthOfTimeProblem(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return `${show(value)} is not a duration; write it as '30m'`
  const wrong = durationProblem(value)
  if (wrong !== undefined) return `${show(value)} is no duration: ${wrong}`
  return value.startsWith('-') ? `${show(value)} is negative` : undefined
}

/** Replaces placeholders in every text of a JSON value; keys stay as they are. */
class Renderer {
  readonly problems: Problem[] = []
  private readonly values: ReadonlyMap<string, JsonValue>
  private readonly declared: ReadonlySet<string>

  constructor(values: ReadonlyMap<string, JsonValue>, declared: ReadonlySet<string>) {
    this.values = values
    this.declared = declared
  }

  render(value: JsonValue, path: Path): JsonValue {
    if (typeof value === 'string') return this.text(value, path)
    if (Array.isArray(value)) return value.map((item, index) => this.render(item, [...path, index]))
    if (!isJsonObject(value)) return value
    const entries = Object.entries(value).filter(([, child]) => child !== undefined)
    return Object.fromEntries(
      entries.map(([key, child]) => [key, this.render(child ?? null, [...path, key])]),
    )
  }

  /** A text that is one placeholder takes the value with its type; in longer ones it is written out. */
  private text(text: string, path: Path): JsonValue {
    const whole = WHOLE.exec(text)
    if (whole !== null) return this.value(whole[1] ?? '', path) ?? text
    if (!text.includes('${params.')) return text
    return text.replace(PLACEHOLDER, (found, name: string) => {
      if (found.startsWith('$$')) return found.slice(1)
      return String(this.value(name, path) ?? found)
    })
  }

  private value(name: string, path: Path): JsonValue | undefined {
    const value = this.values.get(name)
    if (value !== undefined) return value
    const message = this.declared.has(name)
      ? `parameter ${show(name)} has neither a value nor a default`
      : `${show(name)} is no parameter of the template${didYouMean(name, this.declared)}`
    this.problems.push(problem(path, 'Parameter', message))
    return undefined
  }
}
