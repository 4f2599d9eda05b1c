/** Where a task's pod may run: its aircraft's needs and-ed with whatever the template says already. */
import { AIRCRAFT, type Problem, problem, show } from '@sortie/api'
import {
  isJsonObject,
  isLabelKey,
  isLabelValue,
  type JsonObject,
  type NodeSelectorRequirement,
} from '@sortie/machinery'
import { fieldOf, listOf, objectOf } from './fields.ts'
import type { AircraftNeed } from './order.ts'

export interface ExcludedNodes {
  readonly names: readonly string[]
  /** False where no other aircraft could take the task: then they are merely avoided. */
  readonly required: boolean
}

export interface PlacementRequest {
  readonly need: AircraftNeed
  readonly excluded: ExcludedNodes
  /** podTemplate.spec. */
  readonly template: JsonObject
}

export interface Placement {
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly affinity: JsonObject
  readonly problems: readonly Problem[]
}

/** Weight of the preferred location, and of avoiding an aircraft that has failed the task. */
const LOCATION_WEIGHT = 50
const AVOID_WEIGHT = 100

const SPEC_PATH = ['spec', 'podTemplate', 'spec']
const TERMS_PATH = [
  ...SPEC_PATH,
  'affinity',
  'nodeAffinity',
  'requiredDuringSchedulingIgnoredDuringExecution',
  'nodeSelectorTerms',
]

export function placePod(request: PlacementRequest): Placement {
  const problems = [...needProblems(request.need)]
  const nodeSelector = combineSelectors(request, problems)
  const affinity = combineAffinity(request, problems)
  return { nodeSelector, affinity, problems }
}

function needProblems(need: AircraftNeed): readonly Problem[] {
  const right = "use letters, digits, '-', '_' and '.'"
  const problems: Problem[] = []
  if (need.type !== '' && !isLabelValue(need.type)) {
    const message = `${show(need.type)} is no value of a node's label; ${right}, at most 63`
    problems.push(problem(['spec', 'aircraftRequirement', 'type'], 'Pattern', message))
  }
  for (const [index, capability] of need.capabilities.entries()) {
    if (isLabelKey(AIRCRAFT.capabilityPrefix + capability)) continue
    const path = ['spec', 'aircraftRequirement', 'capabilities', index]
    const message = `${show(capability)} cannot be part of a node's label; ${right}`
    problems.push(problem(path, 'Pattern', message))
  }
  return problems
}

function combineSelectors(
  { need, template }: PlacementRequest,
  problems: Problem[],
): Readonly<Record<string, string>> {
  const combined = new Map<string, string>()
  for (const [key, value] of Object.entries(objectOf(template.nodeSelector))) {
    if (typeof value === 'string') combined.set(key, value)
  }
  const ours = {
    ...(need.type === '' ? {} : { [AIRCRAFT.type]: need.type }),
    [AIRCRAFT.status]: 'ready',
  }
  for (const [key, value] of Object.entries(ours)) {
    const theirs = combined.get(key)
    if (theirs !== undefined && theirs !== value) {
      const message = `is ${show(theirs)}, but the task needs ${key}=${value}; leave it out of the template`
      problems.push(problem([...SPEC_PATH, 'nodeSelector', key], 'PodTemplate', message))
    }
    combined.set(key, value)
  }
  return Object.fromEntries(combined)
}

function requirements(need: AircraftNeed): readonly NodeSelectorRequirement[] {
  const atLeast = (key: string, least: number): readonly NodeSelectorRequirement[] =>
    least > 0 ? [{ key, operator: 'Gt', values: [String(least - 1)] }] : []
  return [
    ...atLeast(AIRCRAFT.fuelLevel, need.minFuelLevel),
    ...atLeast(AIRCRAFT.hardpointAvailable, need.requiredHardpoints),
    ...need.capabilities.map((capability) => ({
      key: AIRCRAFT.capabilityPrefix + capability,
      operator: 'In' as const,
      values: ['true'],
    })),
  ]
}

/** By the node's own name and not by a label, which a node may lack; the API takes one name per requirement only. */
function avoidFields(names: readonly string[]): readonly NodeSelectorRequirement[] {
  return names.map((name) => ({ key: 'metadata.name', operator: 'NotIn', values: [name] }))
}

function combineAffinity(request: PlacementRequest, problems: Problem[]): JsonObject {
  const affinity = objectOf(request.template.affinity)
  const nodeAffinity = objectOf(affinity.nodeAffinity)
  const required = requiredTerms(request, nodeAffinity, problems)
  const preferred = preferredTerms(request, nodeAffinity)
  const combined = {
    ...nodeAffinity,
    ...(required.length === 0
      ? {}
      : { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: required } }),
    ...(preferred.length === 0
      ? {}
      : { preferredDuringSchedulingIgnoredDuringExecution: preferred }),
  }
  if (Object.keys(combined).length === 0) return affinity
  return { ...affinity, nodeAffinity: combined }
}

/**
 * The terms of a required node affinity are or-ed, what is in one term is and-ed: so what we need goes into every term.
 * A term without any requirement matches no node, and must not come to match some by ours.
 */
function requiredTerms(
  { need, excluded }: PlacementRequest,
  nodeAffinity: JsonObject,
  problems: Problem[],
): readonly JsonObject[] {
  const theirs = fieldOf(
    nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution,
    'nodeSelectorTerms',
  )
  const expressions = requirements(need)
  const fields = excluded.required ? avoidFields(excluded.names) : []
  if (theirs === undefined) {
    if (expressions.length === 0 && fields.length === 0) return []
    return [withRequirements({}, expressions, fields)]
  }
  const terms = listOf(theirs).filter(isJsonObject).filter(hasRequirement)
  if (terms.length === 0) {
    const message = 'matches no node, since no term has a requirement; leave it out or fill it in'
    problems.push(problem(TERMS_PATH, 'PodTemplate', message))
  }
  return terms.map((term) => withRequirements(term, expressions, fields))
}

function hasRequirement(term: JsonObject): boolean {
  return listOf(term.matchExpressions).length > 0 || listOf(term.matchFields).length > 0
}

function withRequirements(
  term: JsonObject,
  expressions: readonly NodeSelectorRequirement[],
  fields: readonly NodeSelectorRequirement[],
): JsonObject {
  const matchExpressions = [...listOf(term.matchExpressions), ...expressions]
  const matchFields = [...listOf(term.matchFields), ...fields]
  return {
    ...term,
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
    ...(matchFields.length === 0 ? {} : { matchFields }),
  } as JsonObject
}

function preferredTerms(
  { need, excluded }: PlacementRequest,
  nodeAffinity: JsonObject,
): readonly JsonObject[] {
  const terms = listOf(nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution).filter(
    isJsonObject,
  )
  const ours: unknown[] = []
  if (need.preferredLocation !== undefined && isLabelValue(need.preferredLocation)) {
    const zone = { key: AIRCRAFT.zone, operator: 'In', values: [need.preferredLocation] }
    ours.push({ weight: LOCATION_WEIGHT, preference: { matchExpressions: [zone] } })
  }
  if (!excluded.required && excluded.names.length > 0) {
    const preference = { matchFields: avoidFields(excluded.names) }
    ours.push({ weight: AVOID_WEIGHT, preference })
  }
  return [...terms, ...(ours as JsonObject[])]
}
