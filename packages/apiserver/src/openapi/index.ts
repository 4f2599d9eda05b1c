export { type DecodingProblems, decodingProblems, metadataProblems } from './decoding.ts'
export * from './document.ts'
export { encodedBuiltin } from './encoding.ts'
export type { FieldModel, FieldType, KindName, TypeModel } from './model.ts'
export {
  builtinIds,
  builtinModel,
  compiledBuiltin,
  fieldSchema,
  modelNamed,
  REF_PREFIX,
  resolveRef,
  schemaById,
} from './schemas.ts'
