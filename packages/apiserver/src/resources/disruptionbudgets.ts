/** What a PodDisruptionBudget must look like: an eviction goes by it. */
import { isJsonObject } from '@sortie/machinery'
import { type FieldError, invalid } from '../schema/fielderror.ts'
import { labelSelectorErrors } from '../schema/labelselector.ts'
import type { ApiObject } from '../store/index.ts'
import { objectOf } from './pods/fields.ts'

const PERCENT = /^\d+%$/
const PERCENT_RULE =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
const MEASURES = ['minAvailable', 'maxUnavailable'] as const

export function disruptionBudgetErrors(budget: ApiObject): readonly FieldError[] {
  const spec = objectOf(budget, 'spec')
  const { selector } = spec
  const given = MEASURES.filter((measure) => spec[measure] !== undefined)
  const why = 'minAvailable and maxUnavailable cannot be both set'
  return [
    ...(given.length > 1 ? [invalid('spec', spec, why)] : []),
    ...given.flatMap((measure) => measureErrors(spec[measure], `spec.${measure}`)),
    ...(isJsonObject(selector) ? labelSelectorErrors(selector, 'spec.selector') : []),
  ]
}

/** A number of pods, or a share of them such as `30%`. */
function measureErrors(measure: unknown, path: string): readonly FieldError[] {
  if (typeof measure === 'number') {
    return measure < 0 ? [invalid(path, measure, 'must be greater than or equal to 0')] : []
  }
  const text = String(measure)
  if (!PERCENT.test(text)) return [invalid(path, text, PERCENT_RULE)]
  return Number.parseInt(text, 10) > 100
    ? [invalid(path, text, 'must not be greater than 100%')]
    : []
}
