/** What is wrong with an object, in the same words for `kubectl`, lint, controllers and the dashboard. */
import { closest } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'

export type Severity = 'error' | 'warning'

/** Keys and list indexes from the root of the object: `['spec', 'stages', 1, 'dependsOn', 0]`. */
export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  /** One CamelCase word that a program can match. */
  readonly code: string
  /** What is wrong, the value cut at 64 characters, what would be right; without the path. */
  readonly message: string
  readonly severity: Severity
}

export type ProblemCode =
  | 'Type'
  | 'Required'
  | 'UnknownField'
  | 'NotAllowed'
  | 'Pattern'
  | 'Bounds'
  | 'Duplicate'
  | 'Exclusive'
  | 'UnknownReference'
  | 'SelfReference'
  | 'Cycle'
  | 'Duration'
  | 'TooMany'
  | 'LongName'
  | 'Reserved'
  | 'PodTemplate'
  | 'PodPolicy'
  | 'NoEffect'
  | 'Image'
  | 'Parameter'
  | 'TooLarge'
  | 'AircraftLabel'

export function problem(path: Path, code: ProblemCode, message: string): Problem {
  return { path, code, message, severity: 'error' }
}

export function warning(path: Path, code: ProblemCode, message: string): Problem {
  return { path, code, message, severity: 'warning' }
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((found) => found.severity === 'error')
}

/** `spec.stages[1].dependsOn[0]`; a key that is no plain word is put in brackets and quotes. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** `spec.priority: "urgent" is none of …`. */
export function formatProblem(found: Problem): string {
  return found.path.length === 0 ? found.message : `${formatPath(found.path)}: ${found.message}`
}

/** The errors as one text for a status message: the first few in full, the rest counted. */
export function summarizeProblems(problems: readonly Problem[], most = 5): string {
  const errors = problems.filter((found) => found.severity === 'error')
  const shown = errors.slice(0, most).map(formatProblem)
  if (errors.length > most) shown.push(`and ${errors.length - most} more`)
  return shown.join('; ')
}

/** A value as a message shows it: JSON with control and format characters escaped, cut at 64 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object'
  const long = typeof value === 'string' && value.length > LIMITS.shownValue
  const text = JSON.stringify(long ? `${value.slice(0, LIMITS.shownValue)}…` : value)
  return text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter)
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** `; did you mean "recon"?` where a candidate is near, else nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = closest(word, candidates)
  return near === undefined || near === word ? '' : `; did you mean ${show(near)}?`
}

/** Moves problems of a part to where the part stands in the whole. */
export function under(path: Path, problems: readonly Problem[]): readonly Problem[] {
  return path.length === 0 || problems.length === 0
    ? problems
    : problems.map((found) => ({ ...found, path: [...path, ...found.path] }))
}
