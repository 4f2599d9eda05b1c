/** Where a task's pod may run: its aircraft's needs and-ed with whatever the template says already. */
import { AIRCRAFT, LIMITS } from '@sortie/api'
import {
  isJsonObject,
  isLabelKey,
  isLabelValue,
  type JsonObject,
  type NodeSelectorRequirement,
} from '@sortie/machinery'
import { fieldOf, listOf, objectOf } from './fields.ts'
import type { AircraftNeed } from './order.ts'

/** A field that cannot stand, by its path in the FlightTask. */
export interface PodProblem {
  readonly path: string
  readonly message: string
}

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
  readonly problems: readonly PodProblem[]
}

/** Weight of the preferred location, and of avoiding an aircraft that has failed the task. */
const LOCATION_WEIGHT = 50
const AVOID_WEIGHT = 100

const SELECTOR_PATH = 'spec.podTemplate.spec.nodeSelector'
const TERMS_PATH =
  'spec.podTemplate.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution'

export function placePod(request: PlacementRequest): Placement {
  const problems = [...needProblems(request.need)]
  const nodeSelector = combineSelectors(request, problems)
  const affinity = combineAffinity(request, problems)
  return { nodeSelector, affinity, problems }
}

function needProblems(need: AircraftNeed): readonly PodProblem[] {
  const problems: PodProblem[] = []
  if (need.type !== '' && !isLabelValue(need.type)) {
    problems.push({
      path: 'spec.aircraftRequirement.type',
      message: `${shown(need.type)} is no value of a node's label; use letters, digits, '-', '_' and '.', at most 63`,
    })
  }
  for (const [index, capability] of need.capabilities.entries()) {
    if (isLabelKey(AIRCRAFT.capabilityPrefix + capability)) continue
    problems.push({
      path: `spec.aircraftRequirement.capabilities[${index}]`,
      message: `${shown(capability)} cannot be part of a node's label; use letters, digits, '-', '_' and '.'`,
    })
  }
  return problems
}

function combineSelectors(
  { need, template }: PlacementRequest,
  problems: PodProblem[],
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
      problems.push({
        path: `${SELECTOR_PATH}['${key}']`,
        message: `is ${shown(theirs)}, but the task needs ${key}=${value}; leave it out of the template`,
      })
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

function combineAffinity(request: PlacementRequest, problems: PodProblem[]): JsonObject {
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
  problems: PodProblem[],
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
    problems.push({
      path: `${TERMS_PATH}.nodeSelectorTerms`,
      message: 'matches no node, since no term has a requirement; leave it out or fill it in',
    })
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

/** A value as a message shows it: as JSON, and cut. */
export function shown(value: unknown): string {
  if (typeof value !== 'string') return cut(JSON.stringify(value) ?? 'nothing')
  return JSON.stringify(cut(value))
}

function cut(text: string): string {
  return text.length > LIMITS.shownValue ? `${text.slice(0, LIMITS.shownValue - 1)}…` : text
}
