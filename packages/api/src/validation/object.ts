/** What all kinds have in common: the envelope, the schema, and checks of meaning on top. */
import { isJsonObject, type JsonObject } from '@sortie/machinery'
import { API_VERSION, LIMITS } from '../constants.ts'
import { applyDefaults } from '../schema/defaults.ts'
import type { StructuralSchema } from '../schema/structural.ts'
import { checkMetadata } from './metadata.ts'
import type { PodPolicy } from './podpolicy.ts'
import { didYouMean, type Problem, problem, show } from './problem.ts'
import { checkShape } from './shape.ts'

/** What a check may take for granted. */
export interface ValidationOptions {
  /** Checks podTemplates and weapon containers against this policy too; without it they are left to the controller. */
  readonly podPolicy?: PodPolicy
}

export interface KindRules<S> {
  readonly kind: string
  readonly schema: StructuralSchema
  /** Checks of meaning; called where the object's types are right, with defaults filled in. */
  readonly check: (spec: S, context: CheckContext) => readonly Problem[]
}

export interface CheckContext extends ValidationOptions {
  /** Name of the object; empty where it has none. */
  readonly name: string
}

/** All that is wrong with an object of one kind. Total over any value. */
export function validateObject<S>(
  object: unknown,
  rules: KindRules<S>,
  options: ValidationOptions = {},
): readonly Problem[] {
  if (!isJsonObject(object)) {
    return [problem([], 'Type', `${show(object)} is no object of kind ${rules.kind}`)]
  }
  const shape = checkShape(rules.schema, withoutStatus(object))
  const found = [...checkEnvelope(object, rules.kind), ...shape]
  const broken = shape.some(({ code, path }) => path[0] === 'spec' && BREAKING.has(code))
  const filled = applyDefaults(rules.schema, object)
  const spec = isJsonObject(filled) ? filled['spec'] : undefined
  if (broken || !isJsonObject(spec)) return found
  const name = nameOf(object)
  const said = new Set(found.map(({ path }) => path.join('/')))
  const meant = rules.check(spec as unknown as S, { ...options, name })
  // One word per mistake: what the schema refused is not said again.
  return [...found, ...meant.filter(({ path }) => !said.has(path.join('/')))]
}

/** Problems after which the static types no longer hold. */
const BREAKING: ReadonlySet<string> = new Set(['Type', 'Required', 'TooLarge'])

/** A manifest's status is dropped by the API server, and metadata has rules of its own. */
function withoutStatus(object: JsonObject): JsonObject {
  const { status: _status, metadata: _metadata, ...rest } = object
  return rest
}

function nameOf(object: JsonObject): string {
  const { metadata } = object
  const name = isJsonObject(metadata) ? metadata['name'] : undefined
  return typeof name === 'string' ? name : ''
}

function checkEnvelope(object: JsonObject, kind: string): readonly Problem[] {
  const found: Problem[] = []
  if (object['apiVersion'] !== API_VERSION) {
    const what = `${show(object['apiVersion'])} is not served; it must be ${API_VERSION}`
    found.push(problem(['apiVersion'], 'NotAllowed', what))
  }
  if (object['kind'] !== kind) {
    const what = `${show(object['kind'])} is not ${kind}`
    found.push(problem(['kind'], 'NotAllowed', what))
  }
  return [...found, ...checkMetadata(object['metadata'])]
}

/** Whether an object is larger than the API server takes by default; `bytes` is its size as JSON. */
export function checkObjectSize(bytes: number): readonly Problem[] {
  if (bytes <= LIMITS.objectBytes) return []
  const size = `${(bytes / 1_048_576).toFixed(1)} MiB`
  const advice = 'split the mission, or use count instead of many equal tasks'
  return [problem([], 'TooLarge', `the object has ${size}; at most 1.5 MiB are stored: ${advice}`)]
}

/** A hint for a kind that is not ours. */
export function unknownKind(kind: string, kinds: readonly string[]): string {
  return `${show(kind)} is no kind of ${API_VERSION}${didYouMean(kind, kinds)}`
}
