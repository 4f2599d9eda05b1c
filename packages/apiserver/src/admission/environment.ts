/** What expressions of a policy see: the variables and their types. */
import {
  BOOL,
  type CelType,
  DYN,
  INT,
  listOf,
  mapOf,
  type ObjectField,
  STRING,
  TIMESTAMP,
} from '../cel/index.ts'

function objectType(fields: Readonly<Record<string, CelType>>): CelType {
  const declared = Object.entries(fields).map(([property, type]): [string, ObjectField] => [
    property,
    { property, type },
  ])
  return { kind: 'object', fields: new Map(declared) }
}

const KIND = objectType({ group: STRING, version: STRING, kind: STRING })
const RESOURCE = objectType({ group: STRING, version: STRING, resource: STRING })

/** admission/v1 AdmissionRequest, without the objects. */
const REQUEST = objectType({
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: objectType({
    username: STRING,
    uid: STRING,
    groups: listOf(STRING),
    extra: mapOf(STRING, listOf(STRING)),
  }),
  dryRun: BOOL,
  options: DYN,
})

const NAMESPACE = objectType({
  metadata: objectType({
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING, STRING),
    annotations: mapOf(STRING, STRING),
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  }),
  spec: objectType({ finalizers: listOf(STRING) }),
  status: objectType({ phase: STRING }),
})

export interface Surroundings {
  readonly hasParams: boolean
  /** The variables that the policy declares before this expression; undefined where it may see none. */
  readonly variables?: ReadonlyMap<string, CelType>
}

/** In this order `evaluate` takes the values; `params` and `variables` last, where there are any. */
export function declaredVariables({
  hasParams,
  variables,
}: Surroundings): ReadonlyMap<string, CelType> {
  const declared = new Map<string, CelType>([
    ['object', DYN],
    ['oldObject', DYN],
    ['request', REQUEST],
    ['namespaceObject', NAMESPACE],
    ['authorizer', { kind: 'authorizer' }],
    ['authorizer.requestResource', { kind: 'resourceCheck' }],
  ])
  if (hasParams) declared.set('params', DYN)
  if (variables !== undefined) {
    declared.set('variables', objectType(Object.fromEntries(variables)))
  }
  return declared
}
