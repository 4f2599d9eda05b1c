export {
  type ApplyPatchOptions,
  type ApplyResult,
  applyPatch,
  type UpdateManagedFieldsOptions,
  updateManagedFields,
} from './apply.ts'
export { type Comparison, compareObjects } from './compare.ts'
export type { FieldSet } from './fieldset.ts'
export { MAX_UPDATE_ENTRIES } from './managers.ts'
export {
  type CompileMergeOptions,
  compileMergeSchema,
  type MapNode,
  type MergeSchemaSource,
} from './mergeschema.ts'
export {
  applyStrategicMergePatch,
  type PatchSchemaSource,
  type StrategicMergeOptions,
} from './strategicmerge.ts'
export { typedErrors } from './typedcheck.ts'
