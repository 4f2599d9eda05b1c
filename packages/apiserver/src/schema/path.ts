/** Where in an object a check stands, kept as a stack so that only errors pay for the text. */

/** A field's name, a list index, or a map key written as `[key]`. */
export type PathStep = string | number
export type FieldPath = PathStep[]

/** The path as the API server writes it: `spec.stages[0].name`. */
export function pathText(path: readonly PathStep[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (step.startsWith('[') || text === '') text += step
    else text += `.${step}`
  }
  return text
}

export function childText(path: readonly PathStep[], step: PathStep): string {
  return pathText([...path, step])
}
