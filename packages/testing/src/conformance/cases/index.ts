/** All cases of the suite. */
import type { ConformanceCase } from '../case.ts'
import { ACCESS_CASES } from './access.ts'
import { APPLY_CASES } from './applies.ts'
import { BAD_REQUEST_CASES } from './badrequests.ts'
import { BUILT_IN_FORM_CASES } from './builtinforms.ts'
import { CUSTOM_RESOURCE_CASES } from './customresources.ts'
import { DEFINITION_CASES } from './definitions.ts'
import { DELETION_CASES } from './deletions.ts'
import { DISCOVERY_CASES } from './discovery.ts'
import { FUZZED_CASES } from './fuzzed.ts'
import { LIST_CASES } from './lists.ts'
import { OBJECT_CASES } from './objects.ts'
import { PATCH_CASES } from './patches.ts'
import { POD_CASES } from './pods.ts'
import { POLICY_CASES } from './policies.ts'
import { REVIEW_CASES } from './reviews.ts'
import { ROLE_CASES } from './roles.ts'
import { SERVICE_CASES } from './services.ts'
import { WATCH_CASES } from './watches.ts'

export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...OBJECT_CASES,
  ...LIST_CASES,
  ...WATCH_CASES,
  ...PATCH_CASES,
  ...APPLY_CASES,
  ...CUSTOM_RESOURCE_CASES,
  ...DEFINITION_CASES,
  ...DELETION_CASES,
  ...POD_CASES,
  ...DISCOVERY_CASES,
  ...SERVICE_CASES,
  ...BAD_REQUEST_CASES,
  ...FUZZED_CASES,
  ...BUILT_IN_FORM_CASES,
  ...ACCESS_CASES,
  ...ROLE_CASES,
  ...REVIEW_CASES,
  ...POLICY_CASES,
]
