/** Which objects a list or a watch wants. */
import { type FieldRequirement, getPath, matchesLabels } from '@sortie/machinery'
import type { ResourceDefinition } from '../registry/definition.ts'
import { badRequest } from '../registry/failures.ts'
import type { ListQuery } from '../request/query.ts'
import type { ApiObject } from '../store/index.ts'

export interface Selection {
  /** The namespace, or undefined for all. */
  readonly namespace: string | undefined
  /** The one name that can match, where the field selector says so. */
  readonly name: string | undefined
  /** True where neither labels nor fields are asked for. */
  readonly isEverything: boolean
  matches(object: ApiObject): boolean
}

type Test = (object: ApiObject) => boolean

/** @throws ApiStatusError BadRequest for a field that the kind cannot be selected by */
export function compileSelection(
  definition: ResourceDefinition,
  query: ListQuery,
  namespace: string,
): Selection {
  const tests: Test[] = query.fields.map((wanted) => fieldTest(definition, wanted))
  if (query.labels.requirements.length > 0 || query.labels.matchesNothing === true) {
    tests.push((object) => matchesLabels(query.labels, object.metadata.labels))
  }
  if (namespace !== '') tests.unshift((object) => object.metadata.namespace === namespace)
  const name = query.fields.find(
    (wanted) => wanted.field === 'metadata.name' && wanted.operator === '=',
  )?.value
  return {
    namespace: namespace === '' ? undefined : namespace,
    name,
    isEverything: query.fields.length === 0 && query.labels.requirements.length === 0,
    matches: allOf(tests),
  }
}

function allOf(tests: readonly Test[]): Test {
  const [first, second] = tests
  if (first === undefined) return () => true
  if (second === undefined) return first
  return (object) => tests.every((test) => test(object))
}

function fieldTest(definition: ResourceDefinition, wanted: FieldRequirement): Test {
  const value = fieldReader(definition, wanted.field)
  if (value === undefined) throw badRequest(unknownField(definition, wanted.field))
  const equal = wanted.operator === '='
  return (object) => (value(object) === wanted.value) === equal
}

/** A kind that can be selected by nothing but its name says so. */
function unknownField({ isCustom, selectableFields }: ResourceDefinition, field: string): string {
  if (isCustom || selectableFields.length > 0) return `field label not supported: ${field}`
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
}

function fieldReader(
  definition: ResourceDefinition,
  field: string,
): ((object: ApiObject) => string) | undefined {
  if (field === 'metadata.name') return (object) => object.metadata.name ?? ''
  if (field === 'metadata.namespace') return (object) => object.metadata.namespace ?? ''
  if (!definition.selectableFields.includes(field)) return undefined
  const path = field.split('.')
  const { strategy } = definition
  return (object) => strategy.fields?.(object)[field] ?? textOf(getPath(object, path))
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}
