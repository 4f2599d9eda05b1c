/** What a meta/v1 LabelSelector in an object must look like, in the API server's words. */
import { labelKeyErrors, labelValueErrors } from '@sortie/machinery'
import { type Fields, listOf, objectOf, textOf } from '../resources/pods/fields.ts'
import { type FieldError, forbidden, invalid, required } from './fielderror.ts'

/** @param path of the selector in its object: `aggregationRule.clusterRoleSelectors[0]` */
export function labelSelectorErrors(selector: Fields, path: string): readonly FieldError[] {
  const labels = Object.entries(objectOf(selector, 'matchLabels')).flatMap(([key, value]) =>
    labelErrors(key, String(value), `${path}.matchLabels`),
  )
  const expressions = listOf(selector, 'matchExpressions').flatMap((one, index) =>
    expressionErrors(one, `${path}.matchExpressions[${index}]`),
  )
  return [...labels, ...expressions]
}

function labelErrors(key: string, value: string, path: string): readonly FieldError[] {
  return [
    ...labelKeyErrors(key).map((why) => invalid(path, key, why)),
    ...labelValueErrors(value).map((why) => invalid(path, value, why)),
  ]
}

function expressionErrors(expression: Fields, path: string): readonly FieldError[] {
  const key = textOf(expression, 'key')
  const given = expression['values']
  const values = Array.isArray(given) ? given.map(String) : []
  return [
    ...operatorErrors(textOf(expression, 'operator'), values, path),
    ...labelKeyErrors(key).map((why) => invalid(`${path}.key`, key, why)),
    ...values.flatMap((value, index) =>
      labelValueErrors(value).map((why) => invalid(`${path}.values[${index}]`, value, why)),
    ),
  ]
}

function operatorErrors(
  operator: string,
  values: readonly string[],
  path: string,
): readonly FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return []
      return [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist': {
      const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
      return values.length === 0 ? [] : [forbidden(`${path}.values`, why)]
    }
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
  }
}
