/** The built-in types as schemas, made from their notation when they are first asked for. */
import type { JsonValue } from '@sortie/machinery'
import { type CompiledSchema, compileSchema, type JsonSchema } from '../schema/index.ts'
import { CORE } from './kinds/core.ts'
import { ADMISSION, APIEXTENSIONS } from './kinds/extension.ts'
import {
  AUTHORIZATION,
  AUTOSCALING,
  BATCH,
  COORDINATION,
  EVENTS,
  METRICS,
  POLICY,
  RBAC,
} from './kinds/groups.ts'
import { META } from './kinds/meta.ts'
import {
  type FieldModel,
  type FieldType,
  type KindName,
  readPackage,
  type TypeModel,
} from './model.ts'

export const REF_PREFIX = '#/components/schemas/'

const PACKAGES = [
  META,
  CORE,
  EVENTS,
  COORDINATION,
  RBAC,
  AUTHORIZATION,
  POLICY,
  AUTOSCALING,
  METRICS,
  BATCH,
  APIEXTENSIONS,
  ADMISSION,
]

interface Catalog {
  readonly byName: ReadonlyMap<string, TypeModel>
  readonly byId: ReadonlyMap<string, TypeModel>
  readonly byKind: ReadonlyMap<string, TypeModel>
}

let catalog: Catalog | undefined

function types(): Catalog {
  if (catalog !== undefined) return catalog
  const models = PACKAGES.flatMap(readPackage)
  const byKind = new Map<string, TypeModel>()
  for (const model of models) for (const kind of model.kinds) byKind.set(kindKey(kind), model)
  catalog = {
    byName: new Map(models.map((model) => [model.name, model])),
    byId: new Map(models.map((model) => [model.id, model])),
    byKind,
  }
  return catalog
}

const kindKey = ({ group, version, kind }: KindName): string => `${group}/${version}/${kind}`

/** The model of a built-in kind. */
export function builtinModel(kind: KindName): TypeModel | undefined {
  return types().byKind.get(kindKey(kind))
}

/**
 * The model of a type by the name that notation gives it. @throws Error for a name that is none.
 */
export function modelNamed(name: string): TypeModel {
  const model = types().byName.get(name)
  if (model === undefined) throw new Error(`no built-in type is called ${name}`)
  return model
}

/** Names of all built-in types in documents. */
export function builtinIds(): readonly string[] {
  return [...types().byId.keys()]
}

const schemas = new Map<string, JsonSchema>()

/** The schema of a built-in type by its name in documents. */
export function schemaById(id: string): JsonSchema | undefined {
  const known = schemas.get(id)
  if (known !== undefined) return known
  const model = types().byId.get(id)
  if (model === undefined) return undefined
  const made = schemaOfType(model)
  schemas.set(id, made)
  return made
}

/** What a `$ref` of the built-in schemas names. */
export function resolveRef(ref: string): JsonSchema | undefined {
  return ref.startsWith(REF_PREFIX) ? schemaById(ref.slice(REF_PREFIX.length)) : undefined
}

/**
 * The schema of a built-in kind, with references (see resolveRef), list types, list-map keys and
 * the keys of strategic merge;
 * undefined for a kind that is not built in.
 */
export function fieldSchema(kind: KindName): JsonSchema | undefined {
  const model = builtinModel(kind)
  return model === undefined ? undefined : schemaById(model.id)
}

const compiledKinds = new Map<string, CompiledSchema>()

/**
 * The compiled schema of a built-in kind: prunes unknown fields, and reports wrong types, by the
 * same engine as CRDs.
 */
export function compiledBuiltin(kind: KindName): CompiledSchema | undefined {
  const schema = fieldSchema(kind)
  if (schema === undefined) return undefined
  const key = kindKey(kind)
  const known = compiledKinds.get(key)
  if (known !== undefined) return known
  const compiled = compileSchema(schema, { resolve: resolveRef, resourceRoot: false })
  compiledKinds.set(key, compiled)
  return compiled
}

function schemaOfType(model: TypeModel): JsonSchema {
  const fields = [...model.fields.values()]
  const required = fields.filter((field) => field.required).map((field) => field.name)
  return {
    description: model.description,
    type: 'object',
    ...(fields.length === 0
      ? {}
      : {
          properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchemaOf(field)])),
        }),
    ...(required.length === 0 ? {} : { required }),
    ...(model.open ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(model.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(model.kinds.length === 0 ? {} : { 'x-kubernetes-group-version-kind': model.kinds }),
  }
}

function fieldSchemaOf(field: FieldModel): JsonSchema {
  const base = typeSchema(field.type, zeroOf(field))
  return {
    ...(field.description === '' ? {} : { description: field.description }),
    ...base,
    ...(field.listType === undefined ? {} : { 'x-kubernetes-list-type': field.listType }),
    ...(field.keys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': field.keys }),
    ...(field.mapAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(field.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': field.mergeKey }),
    ...(field.strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': field.strategy }),
  }
}

/** What stands in for a field that is left out, which apply needs to know of the keys of lists. */
function zeroOf({ name, required, type }: FieldModel): JsonValue | undefined {
  if (name === 'protocol' && !required) return 'TCP'
  return required && type.of === 'scalar' ? ZEROS[type.name] : undefined
}

const ZEROS: Readonly<Record<string, JsonValue>> = {
  string: '',
  int32: 0,
  int64: 0,
  number: 0,
  bool: false,
}

const OPEN: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

const SCALARS: Readonly<Record<string, JsonSchema>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  byte: { type: 'string', format: 'byte' },
  Time: { type: 'string', format: 'date-time' },
  MicroTime: { type: 'string', format: 'date-time' },
  IntOrString: {
    'x-kubernetes-int-or-string': true,
    format: 'int-or-string',
    anyOf: [{ type: 'integer' }, { type: 'string' }],
  },
  Quantity: {
    'x-kubernetes-int-or-string': true,
    format: 'int-or-string',
    anyOf: [{ type: 'integer' }, { type: 'string' }],
  },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
}

function typeSchema(type: FieldType, zero?: JsonValue): JsonSchema {
  switch (type.of) {
    case 'scalar': {
      const scalar = SCALARS[type.name] ?? OPEN
      return zero === undefined ? scalar : { ...scalar, default: zero }
    }
    case 'list':
      return { type: 'array', items: typeSchema(type.element) }
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.element) }
    default:
      return { allOf: [{ $ref: REF_PREFIX + modelNamed(type.name).id }] }
  }
}
