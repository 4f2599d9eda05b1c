export { type DecodingProblems, decodingProblems, metadataProblems } from './decoding.ts'
export * from './document.ts'
export type { FieldModel, FieldType, KindName, TypeModel } from './model.ts'
export {
  builtinIds,
  builtinModel,
  compiledBuiltin,
  fieldSchema,
  REF_PREFIX,
  resolveRef,
  schemaById,
} from './schemas.ts'
