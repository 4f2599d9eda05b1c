/** What the server knows of the fields of a kind, built in or custom. */
import type { JsonObject } from '@sortie/machinery'
import {
  compileMergeSchema,
  type MapNode,
  type MergeSchemaSource,
  type PatchSchemaSource,
  typedErrors,
} from '../apply/index.ts'
import {
  builtinModel,
  decodingProblems,
  encodedBuiltin,
  fieldSchema,
  metadataProblems,
  resolveRef,
  schemaById,
} from '../openapi/index.ts'
import type { ServedResource } from '../registry/catalog.ts'
import type { ServedVersion } from '../registry/definition.ts'
import type { ApiObject } from '../store/index.ts'

export interface DecodedObject {
  /** The object without the fields that its kind does not know, where the kind is built in. */
  readonly object: ApiObject
  /** Why the object cannot be of its kind, as Go's decoder words it. */
  readonly error?: string
  readonly unknown: readonly string[]
}

/** Looks at an object as the API server's decoder would. */
export function decodeKind(
  { definition, version }: ServedResource,
  object: ApiObject,
): DecodedObject {
  if (definition.isCustom) {
    const looked = [
      metadataProblems(object.metadata),
      ...(version.embeddedMetadata?.(object) ?? []).map(([path, one]) =>
        metadataProblems(one, path),
      ),
    ]
    const unknown = [
      ...(version.unknownFields?.(object) ?? []),
      ...looked.flatMap((one) => one.unknown),
    ]
    const error = looked.find((one) => one.error !== undefined)?.error
    return { object, unknown, ...(error === undefined ? {} : { error }) }
  }
  const kind = { group: definition.group, version: version.version, kind: definition.kind }
  const problems = decodingProblems(kind, object)
  if (problems === undefined) {
    const encoded = encodedBuiltin(kind, object) as ApiObject
    return { object: encoded, ...metadataProblems(object.metadata) }
  }
  if (problems.error !== undefined) return { object, ...problems }
  return { object: encodedBuiltin(kind, object) as ApiObject, unknown: problems.unknown }
}

const mergeSchemas = new WeakMap<ServedVersion, MapNode>()

/** The rules of server-side apply for a kind. */
export function mergeSchemaOf(served: ServedResource): MapNode {
  const known = mergeSchemas.get(served.version)
  if (known !== undefined) return known
  const made = makeMergeSchema(served)
  mergeSchemas.set(served.version, made)
  return made
}

function makeMergeSchema({ definition, version }: ServedResource): MapNode {
  if (version.schema !== undefined) return compileMergeSchema(version.schema)
  const { group, kind } = definition
  const schema = fieldSchema({ group, version: version.version, kind })
  const resolve = (ref: string): MergeSchemaSource | undefined => resolveRef(ref)
  return compileMergeSchema(schema, { resolve })
}

const blanks = new WeakMap<ServedVersion, JsonObject>()

/** What a new object of a kind holds before anything is set: what Go writes of a built-in one in any case. */
export function blankOf({ definition, version }: ServedResource): JsonObject {
  const known = blanks.get(version)
  if (known !== undefined) return known
  const { group, kind } = definition
  const name = { group, version: version.version, kind }
  const made = builtinModel(name) === undefined ? {} : (encodedBuiltin(name, {}) as JsonObject)
  blanks.set(version, made)
  return made
}

/** What keeps a configuration from being applied: fields that its kind does not declare, values of other types. */
export function applyProblems(
  { definition, version }: ServedResource,
  value: unknown,
  options: { readonly allowDuplicates?: boolean } = {},
): string[] {
  const { group, kind } = definition
  const schema = version.schema ?? fieldSchema({ group, version: version.version, kind }) ?? {}
  const metadata = schemaById(OBJECT_META) ?? {}
  const resolve = (ref: string): MergeSchemaSource | undefined => resolveRef(ref)
  return typedErrors(schema, value, { metadata, resolve, ...options })
}

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** The rules of strategic merge patches for a built-in kind. */
export function patchSchemaOf({ definition, version }: ServedResource): {
  readonly schema?: PatchSchemaSource
  readonly resolve: (ref: string) => PatchSchemaSource | undefined
} {
  const { group, kind } = definition
  const schema = fieldSchema({ group, version: version.version, kind })
  return { resolve: resolveRef, ...(schema === undefined ? {} : { schema }) }
}
